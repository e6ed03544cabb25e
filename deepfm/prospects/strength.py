"""Which fields and pairs of fields move the scores of the list most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from deepfm.errors import InputError
from deepfm.explanation.pairs import mean_interactions
from deepfm.log.closed import closed
from deepfm.log.sql import identifier
from deepfm.model.scoring import Floats
from deepfm.prospects.scorer import Scorer

MOST_EXAMPLES = 2_000
_TOTAL = "total:"


def field_strength(contributions: Path) -> pd.Series[Any]:
    """Mean absolute contribution of each field, over the people who are explained.

    Args:
        contributions: contributions.parquet.

    Returns:
        By name of the field, the strongest first.

    Raises:
        InputError: another version wrote the file.
    """
    columns = [name for name in pq.read_schema(contributions).names if name.startswith(_TOTAL)]
    if not columns:
        raise InputError(
            "The contributions of this run were written by another version. Train it again."
        )
    means = ", ".join(f"avg(abs({identifier(name)}))" for name in columns)
    with closed(contributions) as connection:
        row = connection.execute(
            f"SELECT {means} FROM read_parquet(?)", [str(contributions)]
        ).fetchone()
    fields = [name.removeprefix(_TOTAL) for name in columns]
    strength = pd.Series(row, index=fields, dtype=float)
    return strength.sort_values(ascending=False, kind="stable")


def pair_strength(scorer: Scorer, examples: Path, part: str = "test") -> Floats:
    """What each pair of fields adds through the FM, by its mean size over the examples of a part.

    Args:
        scorer: the trained model.
        examples: the run's example frame; 2,000 rows of the part are looked at.
        part: its name.

    Returns:
        ``[F, F]``, as from ``mean_interactions``, fields in the model's order.
    """
    query = f"""SELECT {", ".join(map(identifier, scorer.fields.names))} FROM (
        SELECT * FROM read_parquet(?) WHERE part = ?
    ) USING SAMPLE reservoir({MOST_EXAMPLES} ROWS) REPEATABLE (0)"""
    # In one thread the same rows are drawn each time.
    with closed(examples, threads=1) as connection:
        rows = connection.execute(query, [str(examples), part]).df()
    return mean_interactions(scorer.model, scorer.fields.encode(rows), scorer.typical)


def strongest_pairs(strength: Floats) -> list[tuple[int, int, float]]:
    """Each pair of fields once, with its strength, the strongest first."""
    first, second = np.triu_indices(len(strength), 1)
    values = strength[first, second]
    order = np.argsort(-values, kind="stable")
    return [(int(first[i]), int(second[i]), float(values[i])) for i in order]
