"""What every feature and label means, in slow and obviously right Python.

Written from the definitions, not from the code: it knows one user's events, a moment, and the
question, and looks at nothing else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean, stdev

from deepfm.task.question import Question

DAY = timedelta(days=1)
PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")


@dataclass(frozen=True)
class Event:
    """A row of the log; ``time`` is the wall clock of the log's zone."""

    line: int
    user: str
    action: str
    time: datetime
    amount: float | None = None
    category: str | None = None
    city: str | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        return self.time, self.line


def asked(event: Event, question: Question) -> bool:
    if event.action not in question.targets:
        return False
    return not question.only or getattr(event, question.only_column) in question.only


def eligible(events: Sequence[Event], user: str, t: datetime, question: Question) -> bool:
    """Active in [t - active, t), and if asked for, without a target before t."""
    mine = [e for e in events if e.user == user and e.time < t]
    if question.first_time_only and any(asked(e, question) for e in mine):
        return False
    return any(e.time >= t - question.active_days * DAY for e in mine)


def label(events: Sequence[Event], user: str, value: str | None, t: datetime, q: Question) -> int:
    """Whether a target lies in (t + gap, t + gap + horizon], for enough money in all."""
    opens = t + q.gap_days * DAY
    done = [
        e
        for e in events
        if e.user == user and asked(e, q) and opens < e.time <= opens + q.horizon_days * DAY
    ]
    if q.by is not None:
        done = [e for e in done if getattr(e, q.by) == value]
    if q.least_amount is not None:
        return int(sum(e.amount or 0.0 for e in done) >= q.least_amount)
    return int(bool(done))


def candidates(events: Sequence[Event], t: datetime, q: Question, popular: int) -> set[tuple]:
    """Pairs of eligible users with their own values and with the most popular ones."""
    users = {e.user for e in events if eligible(events, e.user, t, q)}
    known = [e for e in events if e.time < t and getattr(e, q.by) is not None]
    own = {
        (e.user, getattr(e, q.by))
        for e in known
        if e.user in users and e.time >= t - q.active_days * DAY
    }
    reach: dict[str, set[str]] = {}
    for e in known:
        if e.time >= t - q.lookback_days * DAY:
            reach.setdefault(getattr(e, q.by), set()).add(e.user)
    best = sorted(reach, key=lambda value: (-len(reach[value]), value))[:popular]
    return own | {(user, value) for user in users for value in best}


class Known:
    """What is known of one user just before ``t``."""

    def __init__(self, events: Sequence[Event], user: str, t: datetime, question: Question) -> None:
        self.t, self.question = t, question
        self.ever = sorted((e for e in events if e.user == user and e.time < t), key=_order)
        start = t - question.lookback_days * DAY
        self.mine = [e for e in self.ever if e.time >= start]
        self.all = [e for e in events if start <= e.time < t]

    def within(self, days: int) -> list[Event]:
        return [e for e in self.mine if e.time >= self.t - days * DAY]

    def ago(self, events: Sequence[Event]) -> float | None:
        return (self.t - max(events, key=_order).time) / DAY if events else None

    def day(self, event: Event) -> int:
        """Whole days before t, the day just before it being 0."""
        return math.ceil((self.t - event.time) / DAY) - 1

    def favorite(self, values: Sequence[tuple[str | None, Event]]) -> str | None:
        known = [(value, e) for value, e in values if value is not None]
        times = Counter(value for value, _ in known)
        last = {value: e.order for value, e in sorted(known, key=lambda pair: pair[1].order)}
        return max(times, key=lambda v: (times[v], last[v]), default=None)

    def sessions(self) -> int:
        begun = 0
        for before, e in zip([None, *self.ever], self.ever, strict=False):
            new = before is None or e.time - before.time > timedelta(minutes=30)
            begun += new and e in self.mine
        return begun

    def gaps(self) -> list[int]:
        days = sorted({self.day(e) for e in self.mine})
        return [b - a for a, b in pairwise(days)]


def value_of(name: str, known: Known, value: str | None = None) -> object:
    """The feature called ``name``; None where it has no value."""
    q, t = known.question, known.t
    newest = known.mine[-1] if known.mine else None
    if name in _CALENDAR:
        return _CALENDAR[name](newest.time) if newest else None
    if name.startswith("favorite_"):
        part = _CALENDAR[name.removeprefix("favorite_")]
        return known.favorite([(part(e.time), e) for e in known.mine])
    if name.startswith(("pair_", "value_", "which:")):
        return _of_pair(name, known, str(value))
    if name.startswith("goal_"):
        goal = [e for e in known.mine if asked(e, q)]
        if name == "goal_since":
            return known.ago(goal)
        return len([e for e in goal if e in known.within(_days(name))])
    kind, _, rest = name.partition(":")
    if rest:
        return _of_word(kind, rest, known)
    simple = {
        "days_since_last": lambda: known.ago(known.mine),
        "days_since_first": lambda: (t - known.mine[0].time) / DAY,
        "sessions": known.sessions,
        "gap_mean": lambda: mean(known.gaps()) if known.gaps() else None,
        "gap_sd": lambda: stdev(known.gaps()) if len(known.gaps()) > 1 else None,
        "trend_7d": lambda: 2 * len(known.within(7)) - len(known.within(14)),
    }
    if name in simple:
        return simple[name]()
    events = known.within(_days(name))
    if name.startswith("events_"):
        return len(events)
    if name.startswith("active_days_"):
        return len({known.day(e) for e in events})
    if name.startswith("amount_"):
        return round(sum(e.amount or 0.0 for e in events), 6)
    raise AssertionError(f"nobody said what {name} means")


def value_of_row(name: str, event: Event) -> object:
    """The feature called ``name`` of one row; None where it has no value."""
    if name in _CALENDAR:
        return _CALENDAR[name](event.time)
    kind, _, column = name.partition(":")
    assert kind == "row"
    return getattr(event, column)


def _of_word(kind: str, rest: str, known: Known) -> object:
    """Features named after an action or a column."""
    if kind == "count":
        action, _, days = rest.rpartition(":")
        return len([e for e in known.within(int(days[:-1])) if e.action == action])
    if kind == "since":
        return known.ago([e for e in known.mine if e.action == rest])
    if kind == "ratio":
        base = [e for e in known.mine if e.action == rest]
        goal = [e for e in known.mine if asked(e, known.question)]
        return len(goal) / len(base) if base else None
    if kind == "profile":
        given = [e for e in known.ever if getattr(e, rest) is not None]
        return getattr(given[-1], rest) if given else None
    if kind == "last":
        return getattr(known.mine[-1], rest)
    if kind == "distinct":
        return len({getattr(e, rest) for e in known.mine} - {None})
    assert kind == "favorite"
    return known.favorite([(getattr(e, rest), e) for e in known.mine])


def _of_pair(name: str, known: Known, value: str) -> object:
    by = known.question.by
    mine = [e for e in known.mine if getattr(e, by) == value]
    everybody = [e for e in known.all if getattr(e, by) == value]
    done = [e for e in everybody if asked(e, known.question)]
    if name.startswith("pair_events_"):
        return len([e for e in mine if e in known.within(_days(name))])
    if name.startswith("pair_targets_"):
        return len([e for e in mine if e in done and e in known.within(_days(name))])
    return {
        f"which:{by}": lambda: value,
        "pair_share": lambda: len(mine) / len(known.mine),
        "pair_days_since_last": lambda: known.ago(mine),
        "pair_days_since_target": lambda: known.ago([e for e in mine if e in done]),
        "value_events": lambda: len(everybody),
        "value_users": lambda: len({e.user for e in everybody}),
        "value_rate": lambda: len(done) / len(everybody),
    }[name]()


_CALENDAR = {
    "month": lambda time: str(time.month),
    "day": lambda time: str(time.day),
    "weekday": lambda time: str(time.isoweekday()),
    "hour": lambda time: str(time.hour),
    "part_of_day": lambda time: PARTS_OF_DAY[time.hour // 6],
    "weekend": lambda time: "yes" if time.isoweekday() > 5 else "no",
    "month_start": lambda time: "yes" if time.day == 1 else "no",
    "month_end": lambda time: "yes" if (time + DAY).day == 1 else "no",
    "hour_sin": lambda time: math.sin((time.hour + time.minute / 60) * math.tau / 24),
    "hour_cos": lambda time: math.cos((time.hour + time.minute / 60) * math.tau / 24),
    # Germany, 2024: the only holidays in the time of the logs that are made here.
    "holiday": lambda time: {
        (3, 29): "Good Friday",
        (4, 1): "Easter Monday",
    }.get((time.month, time.day), "no"),
}


def _days(name: str) -> int:
    return int(name.rpartition("_")[2].removesuffix("d"))


def _order(event: Event) -> tuple[datetime, int]:
    return event.order
