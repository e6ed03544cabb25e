"""What stands behind a row of the example frame, for people to look at."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from deepfm.log.log import Log


def events_of(
    log: Log,
    user: str,
    before: datetime | None = None,
    since: datetime | None = None,
    limit: int = 200,
) -> pd.DataFrame:
    """The newest events of one user, newest first.

    Args:
        before: only events strictly before it.
        since: only events at or after it.
        limit: at most so many rows.

    Returns:
        The columns of the canonical log.
    """
    query = 'SELECT * FROM read_parquet(?) WHERE "user" = ?'
    values: list[object] = [str(log.parquet), user]
    if before is not None:
        query += " AND time < ?"
        values.append(before)
    if since is not None:
        query += " AND time >= ?"
        values.append(since)
    query += " ORDER BY time DESC, line DESC LIMIT ?"
    return duckdb.execute(query, [*values, limit]).df()


def sample_examples(examples: Path, snapshot: datetime, rows: int = 200) -> pd.DataFrame:
    """Some rows of the example frame at one snapshot, the same ones at every call.

    Args:
        examples: the Parquet file that ``write_examples`` wrote.
    """
    query = 'SELECT * FROM read_parquet(?) WHERE snapshot = ? ORDER BY hash("user"), "user" LIMIT ?'
    return duckdb.execute(query, [str(examples), snapshot, rows]).df()
