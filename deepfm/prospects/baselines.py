"""The lists of the simpler ways, for when one of them beats DeepFM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from deepfm.model.scoring import Floats
from deepfm.prospects.people import People

BASELINES = "baselines.parquet"


def save_baselines(user: pd.Series[Any], scores: Mapping[str, Floats], path: Path) -> None:
    """Write each person's score in each simpler way, higher is likelier.

    Args:
        user: of the rows of part "now" ``[n]``; several rows of a person count with their mean.
        scores: by name of the way ``[n]``.
        path: Parquet with ``user`` (ascending) and one DOUBLE column a way.
    """
    rows = pd.DataFrame({"user": user.to_numpy(object), **scores})
    rows = rows.sort_values("user", kind="stable", ignore_index=True)
    people = People.of(rows["user"])
    means = {name: people.mean(rows[name].to_numpy()) for name in scores}
    pd.DataFrame({"user": people.users, **means}).to_parquet(path, index=False)
