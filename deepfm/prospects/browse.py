"""The list read from disk a page at a time, however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd


@dataclass(frozen=True)
class Filter:
    """Whom to show.

    Attributes:
        user: part of the user's id; empty for everyone.
        tiers: of these tiers; empty for all.
        least_probability: calibrated probability from 0 to 1.
        reason: name of a field that is among the reasons for; None for any.
    """

    user: str = ""
    tiers: Sequence[str] = ()
    least_probability: float = 0.0
    reason: str | None = None

    def sql(self) -> tuple[str, list[object]]:
        """The condition and its values."""
        conditions = ["probability >= ?"]
        values: list[object] = [self.least_probability]
        if self.user:
            # contains, not LIKE: an id may hold % and _.
            conditions.append('contains(lower("user"), lower(?))')
            values.append(self.user)
        if self.tiers:
            conditions.append("list_contains(?, tier)")
            values.append(list(self.tiers))
        if self.reason is not None:
            conditions.append("? IN (for_1, for_2, for_3)")
            values.append(self.reason)
        return " AND ".join(conditions), values


def browse(prospects: Path, chosen: Filter, rows: int, skip: int = 0) -> tuple[pd.DataFrame, int]:
    """One page of the list.

    Args:
        prospects: prospects.parquet.
        chosen: whom to show.
        rows: length of the page.
        skip: people before it.

    Returns:
        The rows of the page, best first, and how many people fit the filter altogether.
    """
    condition, values = chosen.sql()
    with duckdb.connect() as connection:
        found = f"FROM read_parquet(?) WHERE {condition}"
        values = [str(prospects), *values]
        total = connection.execute(f"SELECT count(*) {found}", values).fetchone()
        query = f"SELECT * {found} ORDER BY rank LIMIT ? OFFSET ?"
        page = connection.execute(query, [*values, rows, skip]).df()
    return page, int(total[0]) if total else 0


def probabilities(prospects: Path) -> pd.Series[float]:
    """The calibrated probability of everyone on the list, best first."""
    return pd.read_parquet(prospects, columns=["probability"])["probability"]


def reason_fields(prospects: Path) -> list[str]:
    """Names of the fields that are among anyone's reasons for, the most frequent first."""
    query = (
        "SELECT name FROM (SELECT unnest([for_1, for_2, for_3]) AS name FROM read_parquet(?)) "
        "WHERE name IS NOT NULL GROUP BY name ORDER BY count(*) DESC, name"
    )
    with duckdb.connect() as connection:
        return [row[0] for row in connection.execute(query, [str(prospects)]).fetchall()]
