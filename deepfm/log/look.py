"""A log for people to look at."""

from __future__ import annotations

import pandas as pd

from deepfm.language import Language, translate
from deepfm.log.closed import closed
from deepfm.log.log import Log
from deepfm.log.sql import identifier
from deepfm.spreadsheet import BYTE_ORDER_MARK, neutral

_SET_ASIDE = {"file": "File", "line": "Line", "reason": "Reason", "text": "Row"}


def events_by_day(log: Log) -> pd.DataFrame:
    """Count the events of each action on each day of the likely span; stray times are left out.

    Returns:
        day (midnight), action, events; ordered by day and action, days without events are absent.
    """
    query = (
        "SELECT date_trunc('day', time)::TIMESTAMP AS day, action, count(*) AS events "
        "FROM read_parquet(?) WHERE time BETWEEN ? AND ? GROUP BY ALL ORDER BY day, action"
    )
    span = [log.report.likely_start, log.report.likely_now]
    with closed(log.parquet) as connection:
        return connection.execute(query, [str(log.parquet), *span]).df()


def hour_counts(log: Log) -> list[int]:
    """The number of events in each hour of the day, in the log's zone ``[24]``."""
    query = "SELECT hour(time), count(*) FROM read_parquet(?) GROUP BY 1"
    with closed(log.parquet) as connection:
        counts = dict(connection.execute(query, [str(log.parquet)]).fetchall())
    return [counts.get(hour, 0) for hour in range(24)]


def events_by_hour(log: Log) -> pd.DataFrame:
    """Count the events of each hour of the week, in the log's zone; stray times are left out.

    Returns:
        weekday (0 is Monday), hour (0 to 23), events; hours without events are absent.
    """
    query = (
        "SELECT isodow(time) - 1 AS weekday, hour(time) AS hour, count(*) AS events "
        "FROM read_parquet(?) WHERE time BETWEEN ? AND ? GROUP BY ALL ORDER BY ALL"
    )
    span = [log.report.likely_start, log.report.likely_now]
    with closed(log.parquet) as connection:
        return connection.execute(query, [str(log.parquet), *span]).df()


def missing_values(log: Log) -> pd.DataFrame:
    """The share of events, 0 to 1, without a value, for each column that may lack one.

    Returns:
        column, missing; the most often missing first.
    """
    table = pd.DataFrame(log.report.missing.items(), columns=["column", "missing"])
    return table.sort_values("missing", ascending=False, kind="stable", ignore_index=True)


def frequent_values(log: Log, column: str, most: int = 200) -> list[str]:
    """The most frequent values of an id column, the most frequent first."""
    query = (
        f"SELECT {identifier(column)} FROM read_parquet(?) WHERE {identifier(column)} IS NOT NULL "
        "GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT ?"
    )
    with closed(log.parquet) as connection:
        rows = connection.execute(query, [str(log.parquet), most]).fetchall()
    return [row[0] for row in rows]


def first_events(log: Log, rows: int) -> pd.DataFrame:
    """The first ``rows`` events of the log, in its order."""
    with closed(log.parquet) as connection:
        query = "SELECT * EXCLUDE (line) FROM read_parquet(?) ORDER BY time, line LIMIT ?"
        return connection.execute(query, [str(log.parquet), rows]).df()


def set_aside_rows(log: Log, language: Language, rows: int | None = None) -> pd.DataFrame:
    """The first ``rows`` rows that could not be used, or all of them, for reading.

    Returns:
        File, line in it (from 1), reason and the row's text, under titles in ``language``.
    """
    limit = "ALL" if rows is None else str(int(rows))
    query = f"SELECT file, line, reason, text FROM read_parquet(?) LIMIT {limit}"
    with closed(log.set_aside) as connection:
        table = connection.execute(query, [str(log.set_aside)]).df()
    table["reason"] = table["reason"].map(lambda reason: translate(reason, language))
    return table.rename(columns={name: translate(t, language) for name, t in _SET_ASIDE.items()})


def set_aside_csv(log: Log, language: Language) -> bytes:
    """All rows that could not be used, as CSV for spreadsheets."""
    table = set_aside_rows(log, language)
    text = table.columns[-1]
    table[text] = neutral(table[text])
    return BYTE_ORDER_MARK + table.to_csv(index=False).encode()
