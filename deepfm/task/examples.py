"""The examples of a question: who is asked about, when, and what happened next.

Everything here is an Ibis expression over the canonical log, so that it runs on any engine that
Ibis speaks to.
"""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.engine import engine, events_table
from deepfm.log.log import Log
from deepfm.task.history import log_now
from deepfm.task.plan import PART_NAMES, PARTS, Plan, make_plan
from deepfm.task.question import Question

_DAY_MICROSECONDS = 86_400_000_000

# Shares of the rows, in time order, for the row-by-row question.
_EVENT_TRAIN_SHARE = 0.6
_EVENT_VALID_SHARE = 0.8
RECENT_ROWS = 10

# Below 30 of either class in an evaluation the standard error of an AUC of 0.75 is above 0.05
# (Hanley and McNeil 1982), so nothing could be concluded; 100 and 500 are the thresholds that
# propensity products use for "can be trained" and "reliable".
LEAST_TRAIN = 100
LEAST_EVALUATION = 30
RELIABLE = 500


def events_before_now(log: Log, now: datetime) -> ir.Table:
    """The log's events with ``day``: whole days between the event and ``now``, from 0.

    An event at ``t`` exactly is not before ``t``: day 0 is ``[now - 1 day, now)``.
    """
    events = events_table(log)
    known = ibis.literal(now, type="timestamp")
    age = known.delta(events.time, unit="microsecond")
    return events.mutate(day=((age - 1) // _DAY_MICROSECONDS).cast("int64")).filter(
        events.time < known
    )


def snapshot_table(plan: Plan) -> ir.Table:
    """The plan as a table: snapshot TIMESTAMP, offset INT64 (days before now), part VARCHAR."""
    return ibis.memtable(
        [(s.time, s.offset_days, s.part) for s in plan.snapshots],
        schema={"snapshot": "timestamp(6)", "offset": "int64", "part": "string"},
    )


def user_examples(log: Log, question: Question, plan: Plan) -> ir.Table:
    """One row for each eligible user and snapshot.

    Returns:
        user, snapshot, offset, part, label (1 did the target in the label window, 0 did not,
        null at now). Users without any later event are there, with label 0.
    """
    events = events_before_now(log, plan.now)
    snapshots = snapshot_table(plan)
    active_days = events.select("user", "day").distinct()
    active = (
        active_days.join(
            snapshots,
            [
                active_days.day >= snapshots.offset,
                active_days.day < snapshots.offset + question.active_days,
            ],
        )
        .select("user", "snapshot", "offset", "part")
        .distinct()
    )
    raw = events_table(log)
    target = raw.filter(raw.action == question.target).select("user", "time")
    if question.first_time_only:
        first = target.group_by("user").aggregate(first_target=target.time.min())
        active = active.left_join(first, "user").drop("user_right")
        active = active.filter(
            active.first_target.isnull() | (active.first_target >= active.snapshot)
        ).drop("first_target")
    return _with_label(active, target, snapshots, question)


def _with_label(
    active: ir.Table, target: ir.Table, snapshots: ir.Table, question: Question
) -> ir.Table:
    opens = snapshots.snapshot + ibis.interval(days=question.gap_days)
    closes = opens + ibis.interval(days=question.horizon_days)
    windows = snapshots.select("offset", opens=opens, closes=closes)
    did = (
        target.join(windows, [target.time > windows.opens, target.time <= windows.closes])
        .select("user", "offset")
        .distinct()
        .mutate(did=ibis.literal(1, type="int8"))
    )
    labelled = active.left_join(did, ["user", "offset"])
    label = ibis.ifelse(labelled.part == "now", ibis.null("int8"), labelled.did.fill_null(0))
    return labelled.mutate(label=label).select("user", "snapshot", "offset", "part", "label")


def event_examples(log: Log, question: Question, now: datetime) -> ir.Table:
    """One row for each event, split by time; then the last rows of each user again, as ``now``.

    Returns:
        user, snapshot (the event's own time), line, part, label (null at now). Events of one
        instant never stand on both sides of a border between parts.
    """
    events = events_before_now(log, now)
    borders = events.aggregate(
        first=events.time.quantile(_EVENT_TRAIN_SHARE),
        second=events.time.quantile(_EVENT_VALID_SHARE),
    )
    placed = events.cross_join(borders)
    part = ibis.cases(
        (placed.time < placed.first, "train"), (placed.time < placed.second, "valid"), else_="test"
    )
    columns = {"snapshot": placed.time, "line": placed.line}
    past = placed.select(
        "user", **columns, part=part, label=(placed.action == question.target).cast("int8")
    )
    newest_first = ibis.row_number().over(
        group_by=events.user, order_by=[events.time.desc(), events.line.desc()]
    )
    recent = events.mutate(position=newest_first).filter(lambda t: t.position < RECENT_ROWS)
    now_rows = recent.select(
        "user",
        snapshot=recent.time,
        line=recent.line,
        part=ibis.literal("now"),
        label=ibis.null("int8"),
    )
    return past.union(now_rows)


def count_examples(log: Log, question: Question) -> pd.DataFrame:
    """How many did and did not, for each part.

    Returns:
        part, snapshots, did, did_not, base_rate (did / all); at now ``did`` is 0 and all are
        ``did_not``. For the row-by-row question ``snapshots`` is 1.

    Raises:
        InputError: when the action never occurs or the log is too short.
    """
    if question.target not in log.actions:
        raise InputError(
            "The action {target} never occurs in this log. Choose one of: {actions}.",
            target=question.target,
            actions=", ".join(list(log.actions)[:10]),
        )
    plan = make_plan(question, log) if question.kind == "user" else None
    examples = (
        user_examples(log, question, plan)
        if plan
        else event_examples(log, question, log_now(log, question.as_of))
    )
    did = examples.label.sum().fill_null(0).cast("int64")
    totals = examples.group_by("part").aggregate(people=examples.count(), did=did)
    with engine(log) as connection:
        counts: pd.DataFrame = connection.to_pandas(totals)
    counts = counts.set_index("part").reindex(PARTS, fill_value=0).reset_index()
    shots = [s.part for s in plan.snapshots] if plan else list(PARTS)
    counts["snapshots"] = [shots.count(part) for part in PARTS]
    counts["did_not"] = counts["people"] - counts["did"]
    counts["base_rate"] = counts["did"] / counts["people"].where(counts["people"] > 0)
    return counts[["part", "snapshots", "did", "did_not", "base_rate"]]


def check_enough(counts: pd.DataFrame) -> list[Sentence]:
    """Judge whether ``count_examples`` found enough to learn from.

    Returns:
        What to be careful about, in words; empty where all is well.

    Raises:
        InputError: when there are too few of either class to train or to judge a model.
    """
    warnings = []
    table = counts.set_index("part")
    for part, least in (
        ("train", LEAST_TRAIN),
        ("valid", LEAST_EVALUATION),
        ("test", LEAST_EVALUATION),
    ):
        did, did_not = (int(table[column].loc[part]) for column in ("did", "did_not"))
        if min(did, did_not) < least:
            raise InputError(
                "In the {part} part {did} did it and {did_not} did not; at least {least} of each "
                "are needed. Lengthen the horizon, choose a more frequent action, or bring a "
                "longer log.",
                part=PART_NAMES[part],
                did=did,
                did_not=did_not,
                least=least,
            )
        if min(did, did_not) < RELIABLE:
            warnings.append(
                Sentence(
                    "Only {few} of one kind in the {part} part: treat the result as a first "
                    "impression ({reliable} make it reliable).",
                    few=min(did, did_not),
                    part=PART_NAMES[part],
                    reliable=RELIABLE,
                )
            )
    return warnings
