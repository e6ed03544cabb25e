"""Calendar parts of an event's time: the fields of the source article."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from deepfm.features.feature import Feature, Source
from deepfm.features.trace import ALL, NEWEST, Events
from deepfm.language import Sentence

_HOURS_A_DAY = 24
_PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")
# The same for one user's events at hand, to trace a favourite back to them.
CALENDAR_OF: Mapping[str, Callable[[Events], pd.Series[Any]]] = MappingProxyType(
    {
        "weekday": lambda events: (events["time"].dt.dayofweek + 1).astype(str),
        "hour": lambda events: events["time"].dt.hour.astype(str),
        "part_of_day": lambda events: (events["time"].dt.hour // 6).map(_PARTS_OF_DAY.__getitem__),
    }
)


def _part_of_day(time: ir.TimestampValue) -> ir.StringValue:
    hour = time.hour()
    return ibis.cases(
        *[(hour < 6 * (n + 1), name) for n, name in enumerate(_PARTS_OF_DAY[:-1])],
        else_=_PARTS_OF_DAY[-1],
    )


def _yes_no(condition: ir.BooleanValue) -> ir.StringValue:
    return ibis.ifelse(condition, "yes", "no")


def calendar_features(
    source: Source, *, dates: bool, holidays: Mapping[date, str] | None = None
) -> tuple[Feature, ...]:
    """Month, day, weekday, hour, … of the last event, or of the row's own.

    Args:
        source: ``"last"`` or ``"row"``; the table has ``time``, the log's wall clock.
        dates: whether month and day are fields of the model by default. With few snapshots a date
            only says which snapshot a row is from, and every later date is new to the model.
        holidays: names of the public holidays in the time of the log; None leaves them out.
    """
    trace = NEWEST if source == "last" else ALL

    def sparse(name: str, label: str, value: object, default: bool = True) -> Feature:
        return Feature(
            name,
            Sentence(label),
            "calendar",
            "sparse",
            "",
            source,
            value,  # type: ignore[arg-type]
            default,
            trace,
        )

    def dense(name: str, label: str, turn: object) -> Feature:
        return Feature(
            name,
            Sentence(label),
            "calendar",
            "dense",
            "",
            source,
            turn,  # type: ignore[arg-type]
            False,
            trace,
        )

    def angle(t: ir.Table) -> ir.FloatingValue:
        return (t.time.hour() + t.time.minute() / 60) * (2 * math.pi / _HOURS_A_DAY)

    next_day = ibis.interval(days=1)
    return (
        sparse("month", "Month", lambda t: t.time.month().cast("string"), dates),
        sparse("day", "Day of the month", lambda t: t.time.day().cast("string"), dates),
        sparse("weekday", "Weekday (1 = Monday)", lambda t: _weekday(t.time)),
        sparse("hour", "Hour of the day", lambda t: t.time.hour().cast("string")),
        sparse("part_of_day", "Part of the day", lambda t: _part_of_day(t.time)),
        sparse("weekend", "Weekend", lambda t: _yes_no(t.time.day_of_week.index() >= 5)),
        sparse("month_start", "First day of a month", lambda t: _yes_no(t.time.day() == 1), dates),
        sparse(
            "month_end",
            "Last day of a month",
            lambda t: _yes_no((t.time + next_day).day() == 1),
            dates,
        ),
        dense("hour_sin", "Hour on the clock face (sine)", lambda t: angle(t).sin()),
        dense("hour_cos", "Hour on the clock face (cosine)", lambda t: angle(t).cos()),
        *(
            ()
            if holidays is None
            else (sparse("holiday", "Public holiday", lambda t: _holiday(t.time, holidays)),)
        ),
    )


def _holiday(time: ir.TimestampValue, holidays: Mapping[date, str]) -> ir.StringValue:
    if not holidays:
        return ibis.literal("no")
    names = [(time.date() == day, name) for day, name in holidays.items()]
    return ibis.cases(*names, else_="no")


def _weekday(time: ir.TimestampValue) -> ir.StringValue:
    return (time.day_of_week.index() + 1).cast("string")
