"""The example frame: one row an example, one column a feature.

A first pass adds the events up to days; every window is then a second pass over those few rows.
Distinct counts and most frequent values have group-bys of their own, which are joined back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import ibis
import ibis.expr.types as ir

from deepfm.features.catalogue import counted_actions
from deepfm.features.feature import Feature, Source
from deepfm.log.engine import engine, events_table
from deepfm.log.log import Log
from deepfm.task.examples import (
    event_examples,
    events_before_now,
    snapshot_table,
    user_examples,
)
from deepfm.task.history import log_now
from deepfm.task.plan import PARTS, Plan, make_plan
from deepfm.task.question import Question

_KEYS = ["user", "offset"]
_VISIT_BREAK_MICROSECONDS = 30 * 60 * 1_000_000


@dataclass(frozen=True)
class _Windows:
    """The log cut to the lookback of every snapshot.

    Attributes:
        days: a row for each user, snapshot and active day, with the day's totals and ``age``:
            whole days before the snapshot, from 0.
        events: a row for each event and snapshot.
    """

    days: ir.Table
    events: ir.Table


def example_table(log: Log, question: Question, features: Sequence[Feature]) -> ir.Table:
    """The example frame as an Ibis expression.

    Returns:
        user, snapshot, part, label, ``line`` (row-by-row question only), then one column for each
        of ``features``; ordered by part, snapshot and user.
    """
    if question.kind == "event":
        frame = _row_frame(log, question, features)
        order = ["snapshot", "line"]
    else:
        frame = _user_frame(log, question, make_plan(question, log), features)
        order = ["snapshot", "user"]
    part_order = ibis.cases(
        *[(frame.part == part, position) for position, part in enumerate(PARTS)],
        else_=len(PARTS),
    )
    return frame.order_by([part_order, *order])


def write_examples(log: Log, question: Question, features: Sequence[Feature], path: Path) -> None:
    """Compute ``example_table`` and write it to ``path`` as Parquet.

    Raises:
        InputError: when the log is too short for the question.
    """
    with engine(log) as connection:
        connection.to_parquet(example_table(log, question, features), path)


def _row_frame(log: Log, question: Question, features: Sequence[Feature]) -> ir.Table:
    examples = event_examples(log, question, log_now(log, question.as_of))
    events = events_table(log)
    values = events.select("line", **{f.name: f.value(events) for f in features})
    joined = examples.left_join(values, "line")
    return joined.select(
        "user", "snapshot", "part", "label", "line", *[feature.name for feature in features]
    )


def _user_frame(log: Log, question: Question, plan: Plan, features: Sequence[Feature]) -> ir.Table:
    examples = user_examples(log, question, plan)
    windows = _windows(log, question, plan)
    tables = [
        _from_days(windows.days, _of(features, "days")),
        _from_last(windows.events, _of(features, "last")),
        *[_distinct(windows.events, feature) for feature in _of(features, "distinct")],
        *[_favorite(windows.events, feature) for feature in _of(features, "favorite")],
    ]
    frame = reduce(_join_on_keys, [t for t in tables if t is not None], examples)
    for feature in _of(features, "derived"):
        frame = frame.mutate(**{feature.name: feature.value(frame)})
    return frame.select(
        "user", "snapshot", "part", "label", *[feature.name for feature in features]
    )


def _of(features: Sequence[Feature], source: Source) -> list[Feature]:
    return [feature for feature in features if feature.source == source]


def _join_on_keys(left: ir.Table, right: ir.Table) -> ir.Table:
    joined = left.left_join(right, _KEYS)
    return joined.drop([f"{key}_right" for key in _KEYS])


def _windows(log: Log, question: Question, plan: Plan) -> _Windows:
    snapshots = snapshot_table(plan).select("snapshot", "offset")

    def inside(table: ir.Table) -> ir.Table:
        joined = table.join(
            snapshots,
            [
                table.day >= snapshots.offset,
                table.day < snapshots.offset + question.lookback_days,
            ],
        )
        return joined.mutate(age=joined.day - joined.offset)

    events = events_before_now(log, plan.now)
    return _Windows(inside(_day_totals(log, question, events)), inside(events))


def _day_totals(log: Log, question: Question, events: ir.Table) -> ir.Table:
    """One row for each user and active day, with all that the window features add up."""
    before = ibis.window(group_by="user", order_by=[events.time, events.line])
    pause = events.time.delta(events.time.lag().over(before), unit="microsecond")
    events = events.mutate(
        new_visit=(pause.fill_null(_VISIT_BREAK_MICROSECONDS + 1) > _VISIT_BREAK_MICROSECONDS)
    )
    totals: dict[str, ir.Value] = {
        "events": events.count(),
        "first": events.time.min(),
        "last": events.time.max(),
        "sessions": events.new_visit.cast("int64").sum(),
    }
    for position, action in enumerate(counted_actions(log, question)):
        is_action = events.action == action
        totals[f"events_{position}"] = is_action.cast("int64").sum()
        totals[f"last_{position}"] = events.time.max(where=is_action)
    if log.has_amount:
        totals["amount"] = events.amount.sum()
    days = events.group_by("user", "day").aggregate(**totals)
    # ``day`` counts back from now, so the active day before this one has the next higher number.
    earlier = days.day.lag().over(ibis.window(group_by="user", order_by=days.day.desc()))
    return days.mutate(gap_days=earlier - days.day, one=ibis.literal(1, type="int64"))


def _from_days(days: ir.Table, features: Sequence[Feature]) -> ir.Table | None:
    if not features:
        return None
    return days.group_by(_KEYS).aggregate(**{f.name: f.value(days) for f in features})


def _from_last(events: ir.Table, features: Sequence[Feature]) -> ir.Table | None:
    if not features:
        return None
    newest_first = ibis.row_number().over(
        group_by=_KEYS, order_by=[events.time.desc(), events.line.desc()]
    )
    last = events.mutate(position=newest_first).filter(lambda t: t.position == 0)
    return last.select(*_KEYS, **{f.name: f.value(last) for f in features})


def _distinct(events: ir.Table, feature: Feature) -> ir.Table:
    values = events.select(*_KEYS, value=feature.value(events)).distinct()
    return values.group_by(_KEYS).aggregate(**{feature.name: values.value.count().cast("float64")})


def _favorite(events: ir.Table, feature: Feature) -> ir.Table:
    """The most frequent value; of equally frequent ones the latest, then the first by name."""
    values = events.select(*_KEYS, "time", value=feature.value(events))
    counted = values.filter(values.value.notnull()).group_by([*_KEYS, "value"])
    table = counted.aggregate(times=lambda t: t.count(), latest=lambda t: t.time.max())
    best_first = ibis.row_number().over(
        group_by=_KEYS, order_by=[table.times.desc(), table.latest.desc(), table.value]
    )
    best = table.mutate(position=best_first).filter(lambda t: t.position == 0)
    return best.select(*_KEYS, **{feature.name: best.value})
