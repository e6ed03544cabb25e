"""What would make a question one that the log can answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.task.examples import check_enough, count_examples
from deepfm.task.history import history_days
from deepfm.task.plan import days_needed
from deepfm.task.question import Question, QuestionError

_MOST_ADVICE = 3
_SHORTEST_LOOKBACK_DAYS = 7
_HORIZONS = (1, 2, 3, 7, 14, 30, 60, 90)


@dataclass(frozen=True)
class Advice:
    """A change that makes a question answerable.

    Attributes:
        what: the change in words.
        question: the changed question.
    """

    what: Sentence
    question: Question


def advise(log: Log, question: Question, one_user_in: int = 1) -> list[Advice]:
    """At most three changes, the smallest first, each of which was tried on the log.

    A question that the log can answer already gets none. The changes are tried on one user in
    ``one_user_in``, as in ``count_examples``.
    """
    found: list[Advice] = []
    if _is_enough(log, question):
        return found
    for advice in _candidates(log, question):
        if advice.question != question and _is_enough(log, advice.question, one_user_in):
            found.append(advice)
        if len(found) == _MOST_ADVICE:
            break
    return found


def _is_enough(log: Log, question: Question, one_user_in: int = 1) -> bool:
    try:
        check_enough(count_examples(log, question, one_user_in))
    except QuestionError:
        return False
    return True


def _candidates(log: Log, question: Question) -> Iterator[Advice]:
    if question.kind != "event":
        yield from _lengths(log, question)
    yield from _conditions(question)
    frequent = next(iter(log.actions))
    if (frequent,) != question.targets and len(log.actions) > 1:
        for action in sorted(log.actions, key=lambda a: log.actions[a])[-3:]:
            text = Sentence("Ask about {action} instead", action=action)
            yield Advice(text, replace(question, targets=(action,), only_column=None, only=()))


def _lengths(log: Log, question: Question) -> Iterator[Advice]:
    history = history_days(log, question.as_of)
    if question.as_of is not None:
        yield Advice(Sentence("Use the log to its end"), replace(question, as_of=None))
    if history < days_needed(question):
        ahead = 3 * (question.gap_days + question.horizon_days)
        lookback = history - ahead
        if lookback >= _SHORTEST_LOOKBACK_DAYS:
            active = min(question.active_days, lookback)
            yield Advice(
                Sentence("Know only the last {days} days", days=lookback),
                replace(question, lookback_days=lookback, active_days=active),
            )
        horizon = (history - question.lookback_days) // 3 - question.gap_days
        yield from _horizon(question, horizon)
        shorter = max(1, history // 8)
        lookback = max(1, history - 3 * (shorter + question.gap_days))
        yield Advice(
            Sentence(
                "Predict {horizon} days from the last {lookback}",
                horizon=shorter,
                lookback=lookback,
            ),
            replace(
                question,
                horizon_days=shorter,
                lookback_days=lookback,
                active_days=min(question.active_days, lookback),
            ),
        )
        return
    if question.every_days > 1:
        every = max(1, question.every_days // 4)
        text = Sentence("Learn from every {days} days", days=every)
        yield Advice(text, replace(question, every_days=every))
    for horizon in _HORIZONS:
        if horizon > question.horizon_days:
            yield from _horizon(question, horizon)


def _horizon(question: Question, days: int) -> Iterator[Advice]:
    if days >= 1:
        text = Sentence("Predict the next {days} days", days=days)
        yield Advice(text, replace(question, horizon_days=days))


def _conditions(question: Question) -> Iterator[Advice]:
    if question.least_amount is not None:
        yield Advice(Sentence("Ask for any amount"), replace(question, least_amount=None))
    if question.only:
        text = Sentence("Ask about any {column}", column=question.only_column)
        yield Advice(text, replace(question, only_column=None, only=()))
    if question.first_time_only:
        text = Sentence("Ask also about those who did it before")
        yield Advice(text, replace(question, first_time_only=False))
