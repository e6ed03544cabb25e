"""The list as a table: everyone ranked, best first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import rankdata

from deepfm.evaluation.metrics import sigmoid
from deepfm.model.scoring import Floats
from deepfm.prospects.people import PAIRED, People
from deepfm.whole import whole

TOP_REASONS = 3
REASONS = ("for", "against")
TIERS = {"A": 0.05, "B": 0.20, "C": 0.50, "D": 1.0}


def ranked(
    who: People, logit: Floats, probability: Floats, last_seen: pd.Series[Any]
) -> pd.DataFrame:
    """A list without reasons yet.

    Args:
        who: the people, best first ``[p]``.
        logit: of each, descending ``[p]``.
        probability: calibrated ``[p]``.
        last_seen: as from ``deepfm.prospects.people.last_seen``.

    Returns:
        rank (from 1), user, ``value`` (question of pairs), logit, score (its sigmoid), percentile
        (share of people below, ties and oneself by half, in percent), probability, tier (A: the
        first 5 %, B: up to 20 %, C: up to 50 %, D: the rest), last_seen, and for each of ``for_1``
        … ``for_3``, ``against_1`` … ``against_3``: the field's name, ``…_value`` (its contribution
        to the logit) and ``…_seen`` (the person's own value as text); null where there is no
        further reason.
    """
    people = len(who)
    table = pd.DataFrame(
        {
            "rank": np.arange(1, people + 1, dtype=np.int32),
            "user": who.users,
            **({} if who.values is None else {PAIRED: who.values}),
            "logit": logit,
            "score": sigmoid(logit),
            "percentile": 100.0 * (rankdata(logit) - 0.5) / people,
            "probability": probability,
            "tier": tiers(people),
            "last_seen": last_seen.reindex(who.users).to_numpy("datetime64[us]"),
        }
    )
    for name in reason_names():
        table[name] = np.full(people, None, dtype=object)
        table[f"{name}_value"] = np.nan
        table[f"{name}_seen"] = np.full(people, None, dtype=object)
    return table


def best_first(logit: Floats) -> NDArray[np.int64]:
    """The order of the list ``[p]``, for logits in the order of the people's ids ``[p]``."""
    # A stable sort settles ties by the id, the same way each time.
    return np.argsort(-logit, kind="stable")


def tiers(people: int) -> NDArray[np.object_]:
    """Tier of each rank ``[people]``."""
    places = (np.arange(people) + 0.5) / people
    names = np.array(list(TIERS), dtype=object)
    return np.asarray(names[np.searchsorted(list(TIERS.values()), places)])


def reason_names() -> Iterator[str]:
    """``for_1`` and the others."""
    for side in REASONS:
        for place in range(1, TOP_REASONS + 1):
            yield f"{side}_{place}"


def write_ranking(table: pd.DataFrame, path: Path) -> None:
    """Write what ``ranked`` made; ``path`` is whole or not there."""
    types = {"rank": pa.int32(), "last_seen": pa.timestamp("us")}
    types |= dict.fromkeys(("logit", "score", "percentile", "probability"), pa.float64())
    types |= {f"{name}_value": pa.float64() for name in reason_names()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in table.columns])
    content = pa.Table.from_pandas(table, schema=schema, preserve_index=False)
    # Two readers may ask for the same list at once.
    with whole(path) as draft:
        pq.write_table(content, draft, compression="zstd")
