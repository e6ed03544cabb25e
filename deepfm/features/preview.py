"""What stands behind a row of the example frame, for people to look at."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from deepfm.features.feature import Feature
from deepfm.log.closed import closed
from deepfm.log.log import Log
from deepfm.log.sql import identifier
from deepfm.task.question import Question


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
    with closed(log.parquet) as connection:
        return connection.execute(query, [*values, limit]).df()


def events_behind(
    events: pd.DataFrame, feature: Feature, row: pd.Series[Any], question: Question
) -> pd.DataFrame:
    """The events that make one value of the example frame.

    Args:
        events: all of the user's, as from ``events_of``.
        feature: whose value.
        row: of the example frame.
        question: that the frame answers.
    """
    if feature.source == "row":
        own: pd.DataFrame = events[events["line"] == row["line"]]
        return own
    known: pd.DataFrame = events[events["time"] < row["snapshot"]]
    if feature.source == "pair":
        known = known[known[str(question.by)] == row["value"]]
    return feature.trace.events(known, row["snapshot"], question.lookback_days, row[feature.name])


def sample_examples(
    examples: Path, snapshot: datetime | None = None, rows: int = 200
) -> pd.DataFrame:
    """Some rows of the example frame whose outcome is known, the same ones at every call.

    Args:
        examples: the Parquet file that ``write_examples`` wrote.
        snapshot: only rows of this one; None for all.
        rows: at most so many.
    """
    query = (
        "SELECT * EXCLUDE (file_row_number) FROM read_parquet(?, file_row_number = true) "
        "WHERE label IS NOT NULL AND snapshot = coalesce(?, snapshot) "
        'ORDER BY hash("user"), file_row_number LIMIT ?'
    )
    with closed(examples) as connection:
        return connection.execute(query, [str(examples), snapshot, rows]).df()


def feature_values(
    examples: Path, name: str, snapshot: datetime | None = None, most: int = 200_000
) -> pd.DataFrame:
    """One feature beside the label, over the rows whose outcome is known.

    Args:
        examples: the Parquet file that ``write_examples`` wrote.
        name: of the feature.
        snapshot: only rows of this one; None for all.
        most: at most so many rows, the same ones at every call.

    Returns:
        The feature under its name, and label (0 or 1).
    """
    query = (
        f"SELECT {identifier(name)}, label FROM read_parquet(?, file_row_number = true) "
        "WHERE label IS NOT NULL AND snapshot = coalesce(?, snapshot) "
        'ORDER BY hash("user"), file_row_number LIMIT ?'
    )
    with closed(examples) as connection:
        return connection.execute(query, [str(examples), snapshot, most]).df()


def sample_of_parts(examples: Path, rows: int = 20_000) -> pd.DataFrame:
    """At most ``rows`` rows of each part, of the same users in all, the same ones at every call."""
    query = (
        "SELECT * EXCLUDE (file_row_number) FROM read_parquet(?, file_row_number = true) QUALIFY "
        'row_number() OVER (PARTITION BY part ORDER BY hash("user"), file_row_number) <= ?'
    )
    with closed(examples) as connection:
        return connection.execute(query, [str(examples), rows]).df()


def snapshots(examples: Path) -> list[datetime]:
    """The snapshots of the example frame whose outcome is known, the earliest first."""
    query = (
        "SELECT DISTINCT snapshot FROM read_parquet(?) WHERE label IS NOT NULL ORDER BY snapshot"
    )
    with closed(examples) as connection:
        return [row[0] for row in connection.execute(query, [str(examples)]).fetchall()]
