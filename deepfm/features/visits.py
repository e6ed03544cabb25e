"""Visits, and the days between them, from half hours of the clock.

A visit ends with a pause of more than half an hour. So none ends within a half hour of the clock,
and only the first event of one can begin another: the half hours tell all that the events would,
and are far fewer to put in order.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

_PAUSE_MICROSECONDS = 30 * 60 * 1_000_000


def half_hours(events: ir.Table) -> ir.Table:
    """The log added up to half hours.

    Args:
        events: as ``deepfm.task.examples.events_before_now`` returns them.

    Returns:
        A row for each user, day, ``time`` (the hour that has begun) and ``second_half`` (of it):
        first, last (times), times (events) and position (of the last).
    """
    return events.group_by(
        "user", "day", time=events.time.truncate("hour"), second_half=events.time.minute() >= 30
    ).aggregate(
        first=events.time.min(),
        last=events.time.max(),
        times=events.count(),
        position=events.log_position.max(),
    )


def visits(halves: ir.Table) -> ir.Table:
    """A row for each user and day of ``halves``.

    Returns:
        user, day, sessions (visits that begin on the day) and gap_days (since the active day
        before; NULL on the first).
    """
    before = ibis.window(group_by="user", order_by="position")
    pause = halves["first"].delta(halves["last"].lag().over(before), unit="microsecond")
    rows = halves.select(
        "user",
        "day",
        begins=pause.fill_null(_PAUSE_MICROSECONDS + 1) > _PAUSE_MICROSECONDS,
        # ``day`` counts back from now, so the one before has the higher number; 0 is the same one.
        gap=(halves.day.lag().over(before) - halves.day).nullif(0),
    )
    return rows.group_by("user", "day").aggregate(
        sessions=rows.begins.cast("int64").sum(), gap_days=rows.gap.max()
    )
