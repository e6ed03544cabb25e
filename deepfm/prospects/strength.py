"""Which fields move the scores of the list most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from deepfm.errors import InputError
from deepfm.log.sql import identifier

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
    with duckdb.connect() as connection:
        row = connection.execute(
            f"SELECT {means} FROM read_parquet(?)", [str(contributions)]
        ).fetchone()
    fields = [name.removeprefix(_TOTAL) for name in columns]
    strength = pd.Series(row, index=fields, dtype=float)
    return strength.sort_values(ascending=False, kind="stable")
