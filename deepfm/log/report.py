"""What was found in a log."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from deepfm.language import Sentence
from deepfm.log.sql import identifier, quoted

STRAY_SHARE = 0.0001
STRAY_SHARE_AT_START = 0.001
QUIET_DAY = 0.01
STRAY_GAP = timedelta(days=7)
MANY_MISSING = 0.2


@dataclass(frozen=True)
class Report:
    """Counts and spans of a log.

    Attributes:
        rows_read: rows of the file; ``rows_used + rows_set_aside``.
        rows_used: rows in the log.
        rows_set_aside: rows that could not be used.
        reasons: number of rows set aside for each reason (an English template).
        users: number of different users.
        items: number of different items; None without an item column.
        actions: number of events of each action, most frequent first.
        first_time: the first event, naive local time.
        last_time: the last event, naive local time.
        days: calendar days from the first to the last event, both counted.
        duplicates: events equal to an earlier one in every column that was kept.
        missing: share of events, 0 to 1, without a value, for each column but user, action, time.
        unreadable_numbers: cells that hold no number, for each number column; they are empty.
        likely_now: the last event, or the last before a gap of over 7 days where under 0.01 % of
            the events stand after it: those are clock errors.
        likely_start: the first event that is not stray: days at the beginning are stray while they
            have under 1 % of a median day's events and together under 0.1 % of all.
        stray: number of events before ``likely_start`` and after ``likely_now``.
        empty_days: days without any event between ``likely_start`` and ``likely_now``.
        midnight_only: whether every event stands at midnight, that is, only the day is known.
    """

    rows_read: int
    rows_used: int
    rows_set_aside: int
    reasons: dict[str, int]
    users: int
    items: int | None
    actions: dict[str, int]
    first_time: datetime
    last_time: datetime
    days: int
    duplicates: int
    missing: dict[str, float]
    unreadable_numbers: dict[str, int]
    likely_now: datetime
    likely_start: datetime
    stray: int
    empty_days: int
    midnight_only: bool

    def findings(self) -> list[Sentence]:
        """What an analyst should know before asking anything of this log."""
        found = [
            Sentence("Rows set aside because {reason}: {n:,}.", n=n, reason=Sentence(reason))
            for reason, n in self.reasons.items()
        ]
        found += self._time_findings()
        if self.duplicates:
            found.append(
                Sentence(
                    "Rows that repeat another row exactly: {n:,}. They are kept and counted.",
                    n=self.duplicates,
                )
            )
        if len(self.actions) == 1:
            found.append(
                Sentence(
                    "There is one action only, {action}. "
                    "The question can then only be who comes back for it.",
                    action=next(iter(self.actions)),
                )
            )
        found += [
            Sentence(
                "Cells of {column} that hold no number and were left empty: {n:,}.",
                n=n,
                column=name,
            )
            for name, n in self.unreadable_numbers.items()
            if n
        ]
        found += [
            Sentence("{column} is empty in {share:.0%} of the rows.", column=name, share=share)
            for name, share in self.missing.items()
            if share >= MANY_MISSING
        ]
        return found

    def _time_findings(self) -> list[Sentence]:
        found = []
        if self.stray:
            found.append(
                Sentence(
                    "Events that stand alone outside {start} to {end}: {n:,}. "
                    "Their clocks were probably wrong.",
                    n=self.stray,
                    start=f"{self.likely_start:%Y-%m-%d}",
                    end=f"{self.likely_now:%Y-%m-%d}",
                )
            )
        if self.empty_days:
            found.append(
                Sentence(
                    "Days without any event: {n:,}. "
                    "Check whether the log is complete or nothing happened on them.",
                    n=self.empty_days,
                )
            )
        if self.midnight_only:
            found.append(
                Sentence("All times stand at midnight: only the day is known, not the hour.")
            )
        return found

    def to_json(self) -> dict[str, Any]:
        """A plain dict; times in ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        """The report that ``to_json`` wrote."""
        times = ("first_time", "last_time", "likely_now", "likely_start")
        return cls(**{**data, **{name: datetime.fromisoformat(data[name]) for name in times}})


def make_report(
    connection: duckdb.DuckDBPyConnection,
    parquet: Path,
    *,
    rows_read: int,
    reasons: dict[str, int],
    unreadable_numbers: dict[str, int],
) -> Report:
    """Count what stands in a log's Parquet file (see `Log.parquet` for its columns)."""
    log = f"read_parquet({quoted(str(parquet))})"
    names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {log}").fetchall()]
    has_item = "item" in names
    hashed = ", ".join(identifier(name) for name in names if name != "line")
    rows, users, items, repeated, midnight = _one(
        connection,
        f"SELECT count(*), count(DISTINCT user), {'count(DISTINCT item)' if has_item else 'NULL'}, "
        f"count(*) - count(DISTINCT hash({hashed})), bool_and(time = date_trunc('day', time)) "
        f"FROM {log}",
    )
    days = _days(connection, log)
    start, end, stray = _likely_span(days, rows)
    within = [first for first, last, _ in days if start <= first and last <= end]
    return Report(
        rows_read=rows_read,
        rows_used=rows,
        rows_set_aside=sum(reasons.values()),
        reasons=reasons,
        users=users,
        items=items,
        actions=_actions(connection, log),
        first_time=days[0][0],
        last_time=days[-1][1],
        days=(days[-1][1].date() - days[0][0].date()).days + 1,
        duplicates=repeated,
        missing=_missing(connection, log, names),
        unreadable_numbers=unreadable_numbers,
        likely_now=end,
        likely_start=start,
        stray=stray,
        empty_days=(end.date() - start.date()).days + 1 - len(within),
        midnight_only=bool(midnight),
    )


def _likely_span(
    days: list[tuple[datetime, datetime, int]], rows: int
) -> tuple[datetime, datetime, int]:
    """Start and end of the log without stray times, and how many of those there are.

    ``days``: first event, last event and number of events of each day that has any, in order.
    """
    counts = [count for _, _, count in days]
    quiet = median(counts) * QUIET_DAY
    first = before = 0
    while counts[first] < quiet and before + counts[first] < rows * STRAY_SHARE_AT_START:
        before += counts[first]
        first += 1
    after = 0
    for i in range(len(days) - 1, first, -1):
        after += counts[i]
        if after >= rows * STRAY_SHARE:
            break
        if days[i][0] - days[i - 1][1] > STRAY_GAP:
            return days[first][0], days[i - 1][1], before + after
    return days[first][0], days[-1][1], before


def _days(connection: duckdb.DuckDBPyConnection, log: str) -> list[tuple[datetime, datetime, int]]:
    """First event, last event and number of events of each day that has any, in order."""
    return connection.execute(
        f"SELECT min(time), max(time), count(*) FROM {log} GROUP BY time::DATE ORDER BY 1"
    ).fetchall()


def _actions(connection: duckdb.DuckDBPyConnection, log: str) -> dict[str, int]:
    """Number of events of each action, most frequent first."""
    found = connection.execute(
        f"SELECT action, count(*) FROM {log} GROUP BY action ORDER BY count(*) DESC, action"
    ).fetchall()
    return dict(found)


def _missing(connection: duckdb.DuckDBPyConnection, log: str, names: list[str]) -> dict[str, float]:
    optional = [name for name in names if name not in ("user", "action", "time", "line")]
    if not optional:
        return {}
    shares = ", ".join(f"avg(({identifier(name)} IS NULL)::INTEGER)" for name in optional)
    return dict(zip(optional, _one(connection, f"SELECT {shares} FROM {log}"), strict=True))


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
