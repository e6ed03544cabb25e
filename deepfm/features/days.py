"""The log added up to days: all that the windows of the features are then made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from deepfm.features.counted import counted
from deepfm.features.feature import Feature
from deepfm.features.visits import half_hours, visits
from deepfm.log.engine import Engine
from deepfm.log.log import Log
from deepfm.task.examples import events_before_now, in_window, is_target
from deepfm.task.plan import Plan
from deepfm.task.question import Question


@dataclass(frozen=True)
class Days:
    """Tables of the engine; ``day`` counts whole days back from now, from 0.

    Attributes:
        users: a row for each user and active day: events, first, last (times), position (of
            the last), one (1), amount, ``events_i`` and ``last_i`` for each of ``counted``, and a
            column for each feature of the source ``profile`` with its last known value of the day;
            where visits or gaps are features, sessions and gap_days (since the active day before).
        values: for each column that is counted or has a favourite: a row for each user, day and
            value with times and position (of the last); and the features that it is for.
        pairs: a row for each user, value of the question's column and day: events, targets, last
            and last_target (times); None where the question has no such column.
    """

    users: ir.Table
    values: tuple[tuple[ir.Table, tuple[Feature, ...]], ...]
    pairs: ir.Table | None


def add_up(
    engine: Engine, log: Log, question: Question, plan: Plan, features: Sequence[Feature]
) -> Days:
    """Compute the tables that ``features`` need at the snapshots of ``plan``."""
    events = events_before_now(log, plan.now)
    earliest = max(s.offset_days for s in plan.snapshots) + question.lookback_days
    profile = [f for f in features if f.source == "profile"]
    if not profile:
        # One day more, as a visit may go on over the border.
        events = events.filter(events.day < earliest + 1)
    inside = events.filter(events.day < earliest)
    by_user = _user_days(log, question, events, profile)
    halves = None
    if any(f.family == "rhythm" or f.name == "sessions" for f in features):
        kept = engine.keep("half_hours", half_hours(events))
        by_user = by_user.join(visits(kept), ["user", "day"])
        halves = kept.filter(kept.day < earliest)
    users = engine.keep("user_days", by_user, near="user")
    values = tuple(
        (engine.keep(f"value_days_{n}", _value_days(inside, halves, same[0])), same)
        for n, same in enumerate(_by_column(inside, features))
    )
    pairs = None
    if question.by is not None:
        pairs = engine.keep("pair_days", _pair_days(inside, question))
    return Days(users, values, pairs)


def reach_of_values(
    pieces: Sequence[tuple[Engine, Days]], number: int, question: Question, plan: Plan
) -> ir.Table:
    """How each value fares with everybody in the lookback of each snapshot.

    Args:
        pieces: of all users, with their days; ``pairs`` are among these.
        number: another one for each ``plan``.
        question: of pairs.
        plan: whose snapshots look back.

    Returns:
        offset, value, users (with an event), events and targets INT64; a row for each piece.
    """
    found = []
    for piece, days in pieces:
        assert days.pairs is not None
        rows = in_window(days.pairs, plan, question.lookback_days)
        totals = rows.group_by("offset", "value").aggregate(
            users=rows.user.nunique(),
            events=rows.events.sum().cast("int64"),
            targets=rows.targets.sum().cast("int64"),
        )
        found.append(totals if len(pieces) == 1 else piece.keep(f"reach_{number}", totals))
    first, *others = found
    return first.union(*others) if others else first


def _user_days(
    log: Log, question: Question, events: ir.Table, profile: Sequence[Feature]
) -> ir.Table:
    totals: dict[str, ir.Value] = {
        "events": events.count(),
        "first": events.time.min(),
        "last": events.time.max(),
        "position": events.log_position.max(),
    }
    for position, one in enumerate(counted(log, question)):
        is_one = is_target(events, question) if one.is_goal else events.action == one.name
        totals[f"events_{position}"] = is_one.cast("int64").sum()
        totals[f"last_{position}"] = events.time.max(where=is_one)
    if log.has_amount:
        totals["amount"] = events.amount.sum()
    for feature in profile:
        value = feature.value(events)
        totals[feature.name] = value.argmax(events.log_position, where=value.notnull())
    days = events.group_by("user", "day").aggregate(**totals)
    return days.mutate(one=ibis.literal(1, type="int64"))


def _by_column(events: ir.Table, features: Sequence[Feature]) -> list[tuple[Feature, ...]]:
    """The features that count values, those of one column together."""
    found: dict[object, tuple[Feature, ...]] = {}
    for feature in features:
        if feature.source in ("distinct", "favorite"):
            column = feature.value(events).op()
            found[column] = (*found.get(column, ()), feature)
    return list(found.values())


def _is_calendar(feature: Feature) -> bool:
    """Whether what is counted follows from the hour of the event."""
    return feature.family == "rhythm"


def _value_days(events: ir.Table, halves: ir.Table | None, feature: Feature) -> ir.Table:
    if halves is not None and _is_calendar(feature):
        rows = halves.mutate(value=feature.value(halves))
        times, position = rows.times.sum(), rows.position.max()
    else:
        rows = events.mutate(value=feature.value(events))
        times, position = rows.count(), rows.log_position.max()
    return rows.group_by("user", "day", "value").aggregate(times=times, position=position)


def _pair_days(events: ir.Table, question: Question) -> ir.Table:
    asked = is_target(events, question)
    rows = events.mutate(value=events[question.by], asked=asked)
    rows = rows.filter(rows.value.notnull())
    return rows.group_by("user", "value", "day").aggregate(
        events=rows.count(),
        targets=rows.asked.cast("int64").sum(),
        last=rows.time.max(),
        last_target=rows.time.max(where=rows.asked),
    )
