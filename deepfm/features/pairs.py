"""Features of a user together with the value asked about, and of that value alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ibis.expr.types as ir
import pandas as pd

from deepfm.features.feature import Feature
from deepfm.features.trace import Events, Trace
from deepfm.language import Sentence
from deepfm.task.question import Question, column_words

PAIR_RECENCY = "pair_days_since_last"


def pair_features(question: Question) -> Iterator[Feature]:
    """The value itself, what the user did with it, and how it fares with everybody."""
    column, lookback = str(question.by), question.lookback_days
    words = column_words(column)
    yield Feature(
        f"which:{column}",
        Sentence("Asked about: {what}", what=words),
        "pair",
        "sparse",
        "",
        "derived",
        lambda t: t["value"],
    )
    yield from _of_user(question)

    def share(t: ir.Table) -> ir.Value:
        mine = t[f"pair_events_{lookback}d"].fill_null(0)
        return mine / t[f"events_{lookback}d"].nullif(0)

    yield Feature(
        "pair_share",
        Sentence("Share of the user's events with this {what}", what=words),
        "pair",
        "dense",
        "",
        "derived",
        share,
        needs=(f"pair_events_{lookback}d", f"events_{lookback}d"),
    )
    yield from _of_everybody(question)


def _of_user(question: Question) -> Iterator[Feature]:
    words = {"what": column_words(str(question.by))}

    def total(name: str, label: Sentence, column: str, days: int) -> Feature:
        def value(t: ir.Table) -> ir.Value:
            return t[column].sum(where=t.age < days).fill_null(0)

        trace = Trace(days)
        return Feature(name, label, "pair", "dense", "times", "pair", value, trace=trace)

    for days in sorted({min(7, question.lookback_days), question.lookback_days}):
        label = Sentence("Events with this {what} in the last {days} days", days=days, **words)
        yield total(f"pair_events_{days}d", label, "events", days)
        label = Sentence(
            "Times of {goal} with this {what} in the last {days} days",
            goal=question.goal(),
            days=days,
            **words,
        )
        yield total(f"pair_targets_{days}d", label, "targets", days)
    for name, template, column in (
        (PAIR_RECENCY, "Days since the last event with this {what}", "last"),
        ("pair_days_since_target", "Days since this {what} was last acted on", "last_target"),
    ):
        label = Sentence(template, **words)
        yield Feature(name, label, "pair", "dense", "days", "pair", _days_ago(column))


def _of_everybody(question: Question) -> Iterator[Feature]:
    words = {"what": column_words(str(question.by))}
    for name, label, unit, value in (
        ("value_events", "Events of everybody with this {what}", "times", lambda t: t.events.sum()),
        ("value_users", "Users with this {what}", "", lambda t: t.users.sum()),
        (
            "value_rate",
            "How often this {what} is acted on, for each event",
            "",
            lambda t: t.targets.sum() / t.events.sum(),
        ),
    ):
        # What others did is not the user's own doing: there is nothing of theirs to trace it to.
        trace = Trace(of=_nothing)
        yield Feature(
            name, Sentence(label, **words), "pair", "dense", unit, "value", value, trace=trace
        )


def _days_ago(column: str) -> Callable[[ir.Table], ir.Value]:
    def value(t: ir.Table) -> ir.Value:
        return t.snapshot.max().delta(t[column].max(), unit="microsecond") / 86_400_000_000

    return value


def _nothing(events: Events) -> pd.Series[bool]:
    return pd.Series(False, index=events.index)
