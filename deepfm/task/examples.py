"""The examples of a question: who is asked about, when, and what happened next.

Everything here is an Ibis expression over the canonical log, so that it runs on any engine that
Ibis speaks to.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from deepfm.language import Sentence
from deepfm.log.engine import engine
from deepfm.log.events import events_table
from deepfm.log.log import Log
from deepfm.task.history import log_now
from deepfm.task.plan import PART_NAMES, PARTS, Plan, make_plan
from deepfm.task.question import Question, QuestionError, check_question

_DAY_MICROSECONDS = 86_400_000_000

# Shares of the rows, in time order, for the row-by-row question.
_EVENT_TRAIN_SHARE = 0.6
_EVENT_VALID_SHARE = 0.8
RECENT_ROWS = 10
# Values that everybody is asked about in a question of pairs, beside their own.
POPULAR = 10

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


def in_window(rows: ir.Table, plan: Plan, days: int) -> ir.Table:
    """The rows in the ``days`` before each snapshot, once for every snapshot that sees them.

    Args:
        rows: with ``day`` as ``events_before_now`` counts it.
        plan: whose snapshots look back.
        days: how far.

    Returns:
        ``rows`` with snapshot, offset, part and age INT64 (whole days before the snapshot, from
        0). A single snapshot filters; several are an equality join with the days of each, as
        engines join on a range slowly.
    """
    if len(plan.snapshots) == 1:
        (one,) = plan.snapshots
        age = rows.day - one.offset_days
        return rows.filter((age >= 0) & (age < days)).mutate(
            snapshot=ibis.literal(one.time, type="timestamp(6)"),
            offset=ibis.literal(one.offset_days, type="int64"),
            part=ibis.literal(one.part),
            age=age,
        )
    window = [
        (s.offset_days + age, s.time, s.offset_days, s.part, age)
        for s in plan.snapshots
        for age in range(days)
    ]
    schema = {
        "day": "int64",
        "snapshot": "timestamp(6)",
        "offset": "int64",
        "part": "string",
        "age": "int64",
    }
    return rows.join(ibis.memtable(window, schema=schema), "day")


def is_target(events: ir.Table, question: Question) -> ir.BooleanValue:
    """Whether an event is one that the question asks for, whatever its amount."""
    asked = events.action.isin(question.targets)
    if question.only_column is not None:
        asked = asked & events[question.only_column].isin(question.only).fill_null(False)
    return asked


def user_examples(
    log: Log, question: Question, plan: Plan, days: ir.Table | None = None
) -> ir.Table:
    """One row for each eligible user and snapshot.

    Args:
        days: ``user`` and ``day`` of all events, where they are at hand.

    Returns:
        user, snapshot, offset, part, label (1 did a target in the label window, 0 did not, null
        at now). Users without any later event are there, with label 0.
    """
    if days is None:
        # Each day once, before it meets every snapshot that sees it.
        days = events_before_now(log, plan.now).select("user", "day").distinct()
    active = _active(days, question, plan, ["user"])
    return with_label(_first_timers(active, log, question), log, question, plan, ["user"])


def pair_examples(
    log: Log,
    question: Question,
    plan: Plan,
    days: ir.Table | None = None,
    pairs: ir.Table | None = None,
    reach: ir.Table | None = None,
) -> ir.Table:
    """One row for each candidate: an eligible user, a value of the column ``by``, a snapshot.

    Candidates are the values that the user had an event with in the activity window, and the
    ``POPULAR`` values that most users had an event with in the lookback.

    Args:
        days: as in ``user_examples``.
        pairs: ``user``, ``value`` and ``day`` of all events with a value, where they are at hand.
        reach: ``offset``, ``value`` and how many ``users`` had an event with it in the lookback,
            once or in parts to add up, where that is at hand.

    Returns:
        user, value, snapshot, offset, part, label as ``user_examples``.
    """
    events = events_before_now(log, plan.now)
    if pairs is None:
        pairs = events.select("user", "day", value=events[question.by])
        pairs = pairs.filter(pairs.value.notnull())
    active = _active(events if days is None else days, question, plan, ["user"])
    users = _first_timers(active, log, question)
    seen = _active(pairs, question, plan, ["user", "value"]).semi_join(users, ["user", "offset"])
    if reach is None:
        lookback = replace(question, active_days=question.lookback_days)
        reach = _active(pairs, lookback, plan, ["user", "value"]).mutate(users=1)
    counted = reach.group_by("offset", "value").aggregate(users=lambda t: t.users.sum())
    place = ibis.row_number().over(
        group_by="offset", order_by=[counted.users.desc(), counted.value]
    )
    popular = counted.mutate(place=place).filter(lambda t: t.place < POPULAR)
    offered = users.join(popular.select("offset", "value"), "offset")
    columns = ["user", "value", "snapshot", "offset", "part"]
    candidates = seen.select(columns).union(offered.select(columns), distinct=True)
    return with_label(candidates, log, question, plan, ["user", "value"])


def _active(events: ir.Table, question: Question, plan: Plan, keys: list[str]) -> ir.Table:
    """``keys``, snapshot, offset and part of what had an event in the activity window."""
    active = in_window(events.select(*keys, "day"), plan, question.active_days)
    return active.drop("day", "age").distinct()


def _first_timers(active: ir.Table, log: Log, question: Question) -> ir.Table:
    """Without those who did it before, where the question leaves them out."""
    if not question.first_time_only:
        return active
    events = events_table(log)
    first = events.filter(is_target(events, question)).group_by("user")
    joined = active.left_join(first.aggregate(first_target=lambda t: t.time.min()), "user")
    new = joined.first_target.isnull() | (joined.first_target >= joined.snapshot)
    return joined.filter(new).drop("first_target", "user_right")


def with_label(
    active: ir.Table,
    log: Log,
    question: Question,
    plan: Plan,
    keys: list[str],
    on: list[str] | None = None,
) -> ir.Table:
    """``active`` with its label; ``on``: those of ``keys`` that say who did it, by default all."""
    who = keys if on is None else on
    snapshots = snapshot_table(plan)
    opens = snapshots.snapshot + ibis.interval(days=question.gap_days)
    closes = opens + ibis.interval(days=question.horizon_days)
    windows = snapshots.select("offset", opens=opens, closes=closes)
    events = events_table(log)
    known = {"user": events.user, "time": events.time}
    if question.by:
        known["value"] = events[question.by]
    if question.least_amount is not None:
        known["amount"] = events.amount
    target = events.filter(is_target(events, question)).select(**known)
    # One equality for the engine to join on; snapshots are few.
    inside = target.cross_join(windows).filter(lambda t: (t.time > t.opens) & (t.time <= t.closes))
    did = inside.select(*who, "offset").distinct()
    if question.least_amount is not None:
        spent = inside.group_by(*who, "offset").aggregate(amount=lambda t: t.amount.sum())
        did = spent.filter(spent.amount >= question.least_amount).drop("amount")
    did = did.mutate(did=ibis.literal(1, type="int8"))
    labelled = active.left_join(did, [*who, "offset"])
    label = ibis.ifelse(labelled.part == "now", ibis.null("int8"), labelled.did.fill_null(0))
    return labelled.mutate(label=label).select(*keys, "snapshot", "offset", "part", "label")


def event_examples(log: Log, question: Question, now: datetime) -> ir.Table:
    """One row for each event, split by time; then the last rows of each user again, as ``now``.

    Returns:
        user, snapshot (the event's own time), line, part, label (null at now). Events of one
        instant never stand on both sides of a border between parts.
    """
    events = events_before_now(log, now)
    placed = events.cross_join(_borders(events))
    part = ibis.cases(
        (placed.time < placed.first, "train"), (placed.time < placed.second, "valid"), else_="test"
    )
    columns = {"snapshot": placed.time, "line": placed.line}
    past = placed.select("user", **columns, part=part, label=_row_label(placed, question))
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


def _borders(events: ir.Table) -> ir.Table:
    """The times at which validation and test begin, first and second, in one row.

    Counted up rather than by a quantile, as Spark has none of a time.
    """
    rows = events.group_by("time").aggregate(rows=events.count())
    upto = rows.rows.sum().over(ibis.cumulative_window(order_by="time"))
    counted = rows.mutate(share=upto / rows.rows.sum().over())
    return counted.aggregate(
        first=counted.time.min(where=counted.share >= _EVENT_TRAIN_SHARE),
        second=counted.time.min(where=counted.share >= _EVENT_VALID_SHARE),
    )


def _row_label(events: ir.Table, question: Question) -> ir.IntegerValue:
    asked = is_target(events, question)
    if question.least_amount is not None:
        asked = asked & (events.amount >= question.least_amount).fill_null(False)
    return asked.cast("int8")


def known_examples(
    log: Log,
    question: Question,
    plan: Plan,
    days: ir.Table | None = None,
    pairs: ir.Table | None = None,
    reach: ir.Table | None = None,
) -> ir.Table:
    """``user_examples`` or ``pair_examples``, as the question asks."""
    if question.kind == "pair":
        return pair_examples(log, question, plan, days, pairs, reach)
    return user_examples(log, question, plan, days)


def count_examples(log: Log, question: Question, one_user_in: int = 1) -> pd.DataFrame:
    """How many did and did not, for each part.

    Args:
        log: to count in.
        question: what is asked.
        one_user_in: for a look, only one user in so many is counted, as so many.

    Returns:
        part, snapshots, did, did_not, base_rate (did / all); at now ``did`` is 0 and all are
        ``did_not``. For the row-by-row question ``snapshots`` is 1.

    Raises:
        QuestionError: when the log has no such action, column or value, or is too short.
    """
    check_question(log, question)
    plan = make_plan(question, log) if question.kind != "event" else None
    examples = (
        known_examples(log, question, plan)
        if plan
        else event_examples(log, question, log_now(log, question.as_of))
    )
    did = examples.label.sum().fill_null(0).cast("int64")
    totals = examples.group_by("part").aggregate(people=examples.count(), did=did)
    with engine(log, one_user_in) as embedded:
        counts = embedded.to_pandas(totals)
    counts = counts.set_index("part").reindex(PARTS, fill_value=0) * one_user_in
    counts = counts.reset_index()
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
        QuestionError: when there are too few of either class to train or to judge a model.
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
            raise QuestionError(
                "targets",
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


def enough_rule() -> Sentence:
    """The rule behind the warnings of ``check_enough``."""
    return Sentence(
        "A model needs people who did it and people who did not. Below {train} of either in the "
        "training part, or {evaluation} in validation and test, there is no training; from "
        "{reliable} on in each part the result is reliable.",
        train=LEAST_TRAIN,
        evaluation=LEAST_EVALUATION,
        reliable=RELIABLE,
    )
