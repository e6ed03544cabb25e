"""What was found in a log."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from deepfm.log.sql import identifier, quoted

STRAY_SHARE = 0.0001
STRAY_SHARE_AT_START = 0.001
QUIET_DAY = 0.01
STRAY_GAP = timedelta(days=7)
BOT_QUANTILE = 0.9999
BOT_MEDIANS = 100
_MOST_GAPS, _MOST_BOTS = 20, 100
_ALWAYS = ("user", "action", "time", "line")
# Above the error of the sketches that count.
_NEARLY, _LEAST_USERS = 1.15, 20


@dataclass(frozen=True)
class ColumnUse:
    """How the values of a column are spread over the users; all counts are within some percent.

    Attributes:
        events: events with a value.
        users: users with a value.
        values: different values.
        pairs: different pairs of user and value.
    """

    events: int
    users: int
    values: int
    pairs: int

    @property
    def is_profile(self) -> bool:
        """Whether it is a property of the user: nearly always the same, though often seen."""
        enough = self.users >= _LEAST_USERS and self.events >= 2 * self.users
        return enough and self.pairs <= _NEARLY * self.users

    @property
    def is_identifying(self) -> bool:
        """Whether nearly every value belongs to one user, so that it says who somebody is."""
        enough = self.users >= _LEAST_USERS and self.values >= self.users / 2
        return enough and self.pairs <= _NEARLY * self.values


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
            have under 1 % of a median day's events, or a gap of over 7 days behind them, and
            together under 0.1 % of all.
        stray: number of events before ``likely_start`` and after ``likely_now``.
        empty_days: days without any event between ``likely_start`` and ``likely_now``.
        midnight_only: whether every event stands at midnight, that is, only the day is known.
        gaps: first and last day of each stretch without any event within the likely span, the
            longest first, at most 20.
        bots: events of each user who has both at least the 99.99th percentile of the users' events
            and 100 times their median, the most first, at most 100.
        future: events after the moment at which the log was taken in, in its zone.
        before_2000: events before the year 2000.
        columns: of each column but user, action and time, how its values are spread over users.
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
    gaps: tuple[tuple[date, date], ...]
    bots: dict[str, int]
    future: int
    before_2000: int
    columns: dict[str, ColumnUse] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A plain dict; times and dates in ISO 8601."""
        data = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }
        gaps = [[first.isoformat(), last.isoformat()] for first, last in self.gaps]
        return {**data, "gaps": gaps}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        """The report that ``to_json`` wrote."""
        times = ("first_time", "last_time", "likely_now", "likely_start")
        gaps = tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in data["gaps"])
        read = {name: datetime.fromisoformat(data[name]) for name in times}
        columns = {name: ColumnUse(**use) for name, use in data.get("columns", {}).items()}
        return cls(**{**data, **read, "gaps": gaps, "columns": columns})


def make_report(
    connection: duckdb.DuckDBPyConnection,
    parquet: Path,
    *,
    rows_read: int,
    reasons: dict[str, int],
    unreadable_numbers: dict[str, int],
    time_zone: str,
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
    within = [first.date() for first, last, _ in days if start <= first and last <= end]
    wall_clock = datetime.now(ZoneInfo(time_zone)).replace(tzinfo=None)
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
        gaps=_gaps(within),
        bots=_bots(connection, log),
        future=_count(connection, log, "time > ?", wall_clock),
        before_2000=_count(connection, log, "time < ?", datetime(2000, 1, 1)),
        columns=_columns(connection, log, names),
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
    while before + counts[first] < rows * STRAY_SHARE_AT_START:
        alone = days[first + 1][0] - days[first][1] > STRAY_GAP
        if not (alone or counts[first] < quiet):
            break
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


def _gaps(days: list[date]) -> tuple[tuple[date, date], ...]:
    """First and last day of each stretch between ``days``, the longest first."""
    one = timedelta(days=1)
    found = [(a + one, b - one) for a, b in pairwise(days) if b - a > one]
    return tuple(sorted(found, key=lambda gap: gap[0] - gap[1])[:_MOST_GAPS])


def _bots(connection: duckdb.DuckDBPyConnection, log: str) -> dict[str, int]:
    """Users who do far more than people do, with the number of their events."""
    counts = f"SELECT user, count(*) AS events FROM {log} GROUP BY user"
    found = connection.execute(
        f"WITH counts AS ({counts}), usual AS (SELECT median(events) AS middle, "
        f"quantile_disc(events, {BOT_QUANTILE}) AS top FROM counts) "
        "SELECT user, events FROM counts, usual "
        f"WHERE events >= top AND events >= {BOT_MEDIANS} * middle "
        f"ORDER BY events DESC, user LIMIT {_MOST_BOTS}"
    ).fetchall()
    return dict(found)


def _actions(connection: duckdb.DuckDBPyConnection, log: str) -> dict[str, int]:
    """Number of events of each action, most frequent first."""
    found = connection.execute(
        f"SELECT action, count(*) FROM {log} GROUP BY action ORDER BY count(*) DESC, action"
    ).fetchall()
    return dict(found)


def _missing(connection: duckdb.DuckDBPyConnection, log: str, names: list[str]) -> dict[str, float]:
    optional = [name for name in names if name not in _ALWAYS]
    if not optional:
        return {}
    shares = ", ".join(f"avg(({identifier(name)} IS NULL)::INTEGER)" for name in optional)
    return dict(zip(optional, _one(connection, f"SELECT {shares} FROM {log}"), strict=True))


def _columns(
    connection: duckdb.DuckDBPyConnection, log: str, names: list[str]
) -> dict[str, ColumnUse]:
    """Sketches, not exact counts: they cost one pass over the log and no memory."""
    optional = [name for name in names if name not in _ALWAYS]
    if not optional:
        return {}
    parts = ", ".join(
        f"count({c}), approx_count_distinct(user) FILTER ({c} IS NOT NULL), "
        f"approx_count_distinct({c}), approx_count_distinct(hash(user, {c})) "
        f"FILTER ({c} IS NOT NULL)"
        for c in map(identifier, optional)
    )
    found = _one(connection, f"SELECT {parts} FROM {log}")
    return {name: ColumnUse(*found[4 * n : 4 * n + 4]) for n, name in enumerate(optional)}


def _count(connection: duckdb.DuckDBPyConnection, log: str, where: str, value: datetime) -> int:
    row = connection.execute(f"SELECT count(*) FROM {log} WHERE {where}", [value]).fetchone()
    assert row is not None
    return int(row[0])


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
