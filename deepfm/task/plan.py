"""The moments at which the question is asked of the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.task.history import history_days, log_now
from deepfm.task.question import Question, QuestionError

Part = Literal["train", "valid", "test", "now"]
PARTS: tuple[Part, ...] = ("train", "valid", "test", "now")
PART_NAMES: Mapping[str, Sentence] = {
    "train": Sentence("training"),
    "valid": Sentence("validation"),
    "test": Sentence("test"),
    "now": Sentence("the list (now)"),
}

_MOST_TRAINING_SNAPSHOTS = 26


@dataclass(frozen=True)
class Snapshot:
    """One moment: features look back from it, the label looks ahead.

    Attributes:
        time: the snapshot, in the log's wall clock.
        offset_days: whole days between it and now.
        part: what its examples are for.
    """

    time: datetime
    offset_days: int
    part: Part


@dataclass(frozen=True)
class Plan:
    """All snapshots of a question, the earliest first.

    Attributes:
        now: the snapshot whose label window is only scored.
        snapshots: those of training, validation and test, then now.
        history_days: days that the log covers before now.
    """

    now: datetime
    snapshots: tuple[Snapshot, ...]
    history_days: int


def days_needed(question: Question) -> int:
    """The shortest history that gives one full snapshot each to train, validate and test on.

    One lookback, and a gap and horizon for each of the three parts, so that no label window
    reaches past the next part's snapshot.
    """
    return question.lookback_days + 3 * (question.gap_days + question.horizon_days)


def make_plan(question: Question, log: Log) -> Plan:
    """Lay the snapshots of ``question`` over ``log``.

    Counted back from now: test one gap and horizon ago, validation two, training three and then
    one every ``every_days`` as long as a whole lookback lies inside the log (at most 26).

    Raises:
        QuestionError: when the log is too short for the question.
    """
    now = log_now(log, question.as_of)
    history = history_days(log, question.as_of)
    needed = days_needed(question)
    if history < needed:
        raise QuestionError(
            "as_of" if question.as_of else "horizon_days",
            "This question needs {needed} days of history ({lookback} to look back and "
            "{ahead} to look ahead, three times), and the log has {history}. "
            "Shorten the horizon or the lookback.",
            needed=needed,
            lookback=question.lookback_days,
            ahead=question.gap_days + question.horizon_days,
            history=history,
        )
    step = question.gap_days + question.horizon_days
    earliest = history - question.lookback_days
    training = range(3 * step, earliest + 1, question.every_days)[:_MOST_TRAINING_SNAPSHOTS]
    parts: list[tuple[int, Part]] = [(offset, "train") for offset in reversed(training)]
    parts += [(2 * step, "valid"), (step, "test"), (0, "now")]
    snapshots = tuple(
        Snapshot(now - timedelta(days=offset), offset, part) for offset, part in parts
    )
    return Plan(now, snapshots, history)


def now_plan(question: Question, log: Log) -> Plan:
    """The plan of nothing but now, for a log that is only to be scored."""
    now = log_now(log, question.as_of)
    return Plan(now, (Snapshot(now, 0, "now"),), history_days(log, question.as_of))
