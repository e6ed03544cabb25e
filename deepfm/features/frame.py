"""The example frame: one row an example, one column a feature.

A pass over the log adds the events up to days, once. Every snapshot is then a pass over the few
rows of its lookback. Of a large log each snapshot is written while the next one is computed, so
that memory holds few pieces of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from deepfm.features.days import Days, add_up, reach_of_values
from deepfm.features.feature import Feature, Source
from deepfm.log.address import EMBEDDED
from deepfm.log.engine import Engine, engine
from deepfm.log.events import events_table
from deepfm.log.log import POSITION, Log
from deepfm.task.examples import POPULAR, event_examples, in_window, known_examples
from deepfm.task.history import log_now
from deepfm.task.plan import PARTS, Plan, Snapshot, make_plan, now_plan
from deepfm.task.question import Question

# Validation, test and now.
_LATER_SNAPSHOTS = 3
# Batches that are computed and not yet written.
_MOST_WAITING = 2
_MOST_TIMES, _MOST_POSITIONS = 2**20, 2**42


def write_examples(
    log: Log,
    question: Question,
    features: Sequence[Feature],
    path: Path,
    *,
    most_snapshots: int | None = None,
    one_user_in: int = 1,
    address: str = EMBEDDED,
    pieces: int | None = None,
) -> None:
    """Compute the example frame and write it to ``path`` as Parquet.

    Columns: user, ``value`` (question of pairs only), snapshot, part, label, ``line`` (row-by-row
    question only), then one for each of ``features``; ordered by part, snapshot, and user and
    value, or line.

    Args:
        log: to learn from.
        question: what is asked.
        features: from ``feature_catalogue``, with all that they need.
        path: written to.
        most_snapshots: for a look, only so many of the last training snapshots; None for all.
        one_user_in: for a look, only one user in so many.
        address: of the engine.
        pieces: how many pieces the users of the log are cut into, at most; None for as many as
            the memory asks for. The rows are the same; a row-by-row question is never cut.

    Raises:
        InputError: when the log is too short for the question, or as ``engine``.
    """
    with engine(log, one_user_in, path, address) as at_work:
        if question.kind == "event":
            at_work.to_parquet(_row_frame(log, question, features), path)
            return
        plan = make_plan(question, log)
        if most_snapshots is not None:
            plan = replace(plan, snapshots=plan.snapshots[-most_snapshots - _LATER_SNAPSHOTS :])
        _write(_computed(at_work, _Asked(log, question, features), plan, pieces), path)


def write_now(
    log: Log,
    question: Question,
    features: Sequence[Feature],
    path: Path,
    address: str = EMBEDDED,
    pieces: int | None = None,
) -> None:
    """As ``write_examples``, only the rows of part ``now``."""
    with engine(log, out=path, address=address) as at_work:
        if question.kind == "event":
            rows = _row_frame(log, question, features)
            at_work.to_parquet(rows.filter(rows.part == "now"), path)
        else:
            plan = now_plan(question, log)
            _write(_computed(at_work, _Asked(log, question, features), plan, pieces), path)


def _write(batches: Iterator[pa.RecordBatch], path: Path) -> None:
    first = next(batches)
    # Numbers repeat too seldom for a dictionary to be worth its time.
    ids = [column.name for column in first.schema if pa.types.is_string(column.type)]
    with (
        pq.ParquetWriter(path, first.schema, use_dictionary=ids) as writer,
        ThreadPoolExecutor(1) as beside,
    ):
        writing: deque[Future[None]] = deque()
        for batch in chain((first,), batches):
            if len(batch):
                writing.append(beside.submit(writer.write_batch, batch))
            if len(writing) > _MOST_WAITING:
                writing.popleft().result()
        for one in writing:
            one.result()


def _row_frame(log: Log, question: Question, features: Sequence[Feature]) -> ir.Table:
    examples = event_examples(log, question, log_now(log, question.as_of))
    events = events_table(log)
    values = events.select("line", **{f.name: f.value(events) for f in features})
    frame = examples.left_join(values, "line").select(
        "user", "snapshot", "part", "label", "line", *[feature.name for feature in features]
    )
    places = [(frame.part == part, place) for place, part in enumerate(PARTS)]
    return frame.order_by([ibis.cases(*places, else_=len(PARTS)), "snapshot", "line"])


@dataclass(frozen=True)
class _Asked:
    """What the frame answers, of which log, by which features."""

    log: Log
    question: Question
    features: Sequence[Feature]

    def by(self, source: Source) -> list[Feature]:
        """The features that are computed over ``source``."""
        return [feature for feature in self.features if feature.source == source]


def _computed(
    engine: Engine, asked: _Asked, plan: Plan, pieces: int | None
) -> Iterator[pa.RecordBatch]:
    """The frame in its order: a batch of snapshots after the other, a piece of users after another.

    What is added up of the pieces stays until the end, so that the rows need not be sorted again.
    """
    log, question = asked.log, asked.question
    cut = [
        (piece, add_up(piece, log, question, plan, asked.features))
        for piece in engine.pieces(pieces)
    ]
    # Of a question of pairs each user has a row for each popular value, and for about as many more.
    rows = log.users * (1 if question.by is None else 2 * POPULAR)
    # The pieces of one snapshot come after another.
    size = engine.at_once(rows) if len(cut) == 1 else 1
    for number, batch in enumerate(_batches(plan.snapshots, size)):
        now = replace(plan, snapshots=batch)
        reach = None if question.by is None else reach_of_values(cut, number, question, now)
        for piece, days in cut:
            yield from piece.to_batches(_frame(asked, days, reach, now))


def _frame(asked: _Asked, days: Days, reach: ir.Table | None, now: Plan) -> ir.Table:
    """The rows of the snapshots of ``now``."""
    frame = known_examples(asked.log, asked.question, now, days.users, days.pairs, reach)
    for place, (on, table) in enumerate(_tables(asked, days, reach, now)):
        if table is not None:
            frame = frame.left_join(table, on, rname=f"{{name}}_{place}")
    # A popular value that the user never met has no row among the pairs: that is 0 times.
    never = [f.name for f in asked.by("pair") if f.unit == "times"]
    frame = frame.mutate(**{name: frame[name].fill_null(0) for name in never})
    for feature in asked.by("derived"):
        frame = frame.mutate(**{feature.name: feature.value(frame)})
    keys = ["user", "value"] if asked.question.kind == "pair" else ["user"]
    frame = frame.order_by([frame.offset.desc(), *keys])
    names = [feature.name for feature in asked.features]
    return frame.select(*keys, "snapshot", "part", "label", *names)


def _tables(
    asked: _Asked, days: Days, reach: ir.Table | None, now: Plan
) -> Iterator[tuple[list[str], ir.Table | None]]:
    """The features by their source, and the columns that each table is joined on."""
    # One snapshot needs no key that tells it from others.
    time = ["offset"] if len(now.snapshots) > 1 else []
    user = ["user", *time]
    yield user, _from_days(asked, days, user, now)
    yield user, _from_history(asked, days, user, now)
    for table in _from_values(days, user, now, asked.question):
        yield user, table
    if days.pairs is not None and reach is not None:
        pairs = in_window(days.pairs, now, asked.question.lookback_days)
        yield _from_rows(pairs, [*user, "value"], asked.by("pair"))
        yield _from_rows(reach, ["value", *time], asked.by("value"))


def _from_rows(
    rows: ir.Table, keys: list[str], wanted: Sequence[Feature]
) -> tuple[list[str], ir.Table | None]:
    totals = {f.name: f.value(rows) for f in wanted}
    return keys, rows.group_by(keys).aggregate(**totals) if totals else None


def _batches(snapshots: Sequence[Snapshot], size: int) -> Iterator[tuple[Snapshot, ...]]:
    left = iter(snapshots)
    while batch := tuple(islice(left, size)):
        yield batch


def _from_days(asked: _Asked, days: Days, keys: list[str], plan: Plan) -> ir.Table | None:
    """Totals of the days, and columns of the newest event, whose place the days tell."""
    rows = in_window(days.users, plan, asked.question.lookback_days)
    wanted: dict[str, ir.Value] = {f.name: f.value(rows) for f in asked.by("days")}
    last = asked.by("last")
    if last:
        wanted[POSITION] = rows.position.max()
    if not wanted:
        return None
    totals = rows.group_by(keys).aggregate(**wanted)
    if not last:
        return totals
    events = events_table(asked.log)
    columns = {f.name: f.value(events) for f in last}
    return totals.join(events.select(POSITION, **columns), POSITION).drop(POSITION)


def _from_history(asked: _Asked, days: Days, keys: list[str], plan: Plan) -> ir.Table | None:
    """The latest known value before the snapshot, however long ago."""
    wanted = asked.by("profile")
    if not wanted:
        return None
    rows = in_window(days.users, plan, (plan.now - asked.log.first_time).days + 1)
    return rows.group_by(keys).aggregate(
        **{f.name: rows[f.name].argmin(rows.day, where=rows[f.name].notnull()) for f in wanted}
    )


@ibis.udf.agg.builtin(name="max_by")  # type: ignore[untyped-decorator]
def _max_by(value: str, by: int) -> str:  # type: ignore[empty-body]
    """As ``argmax``, which on DuckDB sorts."""


def _from_values(days: Days, keys: list[str], plan: Plan, question: Question) -> Iterator[ir.Table]:
    """How many values, and the most frequent one; of equally frequent ones the latest."""
    for table, same in days.values:
        rows = in_window(table, plan, question.lookback_days)
        totals = rows.group_by(*keys, "value").aggregate(
            times=rows.times.sum(), position=rows.position.max()
        )
        # One whole number to compare by: first the times, then the position, which no two share.
        # DuckDB's sum has 128 bits, whatever Ibis says, and so would the number.
        most = totals.times.clip(upper=_MOST_TIMES).cast("int32")
        order = most * _MOST_POSITIONS + totals.position
        columns: dict[str, ir.Value] = {
            f.name: totals.value.count().cast("float64")
            if f.source == "distinct"
            else _max_by(totals.value, order, where=totals.value.notnull())
            for f in same
        }
        yield totals.group_by(keys).aggregate(**columns)
