"""The lists of the simpler ways, for when one of them beats DeepFM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from deepfm.model.scoring import Floats
from deepfm.prospects.people import PAIRED, People, sorted_by_person

BASELINES = "baselines.parquet"


def save_baselines(now: pd.DataFrame, scores: Mapping[str, Floats], path: Path) -> None:
    """Write each person's score in each simpler way, higher is likelier.

    Args:
        now: the rows of part "now": ``user``, and ``value`` in a question of pairs ``[n]``;
            several rows of a person count with their mean.
        scores: by name of the way ``[n]``.
        path: Parquet with ``user`` (ascending), ``value`` if there is one, and a DOUBLE column a
            way.
    """
    keys = [name for name in ("user", PAIRED) if name in now.columns]
    rows = sorted_by_person(now[keys].reset_index(drop=True).assign(**scores))
    people = People.of(rows)
    means = {name: people.mean(rows[name].to_numpy()) for name in scores}
    who = {"user": people.users}
    if people.values is not None:
        who[PAIRED] = people.values
    pd.DataFrame({**who, **means}).to_parquet(path, index=False)
