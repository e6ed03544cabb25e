"""Which fields move the scores of the list most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from deepfm.log.lines import identifier

_PARTS = (":first", ":interaction", ":deep")
_OTHERS = ("user", "base", "logit")


def field_strength(contributions: Path) -> pd.Series[Any]:
    """Mean absolute contribution of each field, over the people who are explained.

    Args:
        contributions: contributions.parquet.

    Returns:
        By name of the field, the strongest first.
    """
    columns = pq.read_schema(contributions).names
    # A field's own name may end like a part; only the columns that have all parts are fields.
    fields = [
        name
        for name in columns
        if name not in _OTHERS and all(name + part in columns for part in _PARTS)
    ]
    means = ", ".join(f"avg(abs({identifier(name)}))" for name in fields)
    with duckdb.connect() as connection:
        row = connection.execute(
            f"SELECT {means} FROM read_parquet(?)", [str(contributions)]
        ).fetchone()
    strength = pd.Series(row, index=fields, dtype=float)
    return strength.sort_values(ascending=False, kind="stable")
