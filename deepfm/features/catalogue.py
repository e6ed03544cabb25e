"""Every feature that a log and a question give rise to.

To add one, add one entry to the family that it belongs to. A name that holds a word of the log
(an action, a column) has the form ``kind:word``, so that no word can clash with another feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ibis.expr.types as ir

from deepfm.features.calendar import calendar_features
from deepfm.features.feature import Feature
from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.task.question import Question

_WINDOWS = (1, 3, 7, 14, 28, 90)
_MOST_ACTIONS = 8
_KNOWN_COLUMNS = {name: Sentence(name) for name in ("item", "action", "amount")}


def counted_actions(log: Log, question: Question) -> tuple[str, ...]:
    """The actions with counts of their own: the target and the most frequent others, at most 8."""
    others = [action for action in log.actions if action != question.target]
    return (question.target, *others[: _MOST_ACTIONS - 1])


def windows(question: Question) -> tuple[int, ...]:
    """Lengths of the counting windows in days, the last one being the whole lookback."""
    lookback = question.lookback_days
    return (*(days for days in _WINDOWS if days < lookback), lookback)


def feature_catalogue(log: Log, question: Question) -> tuple[Feature, ...]:
    """All features, calendar first; names are unique."""
    if question.kind == "event":
        return (*calendar_features("row", dates=True), *_row_features(log))
    return (
        *calendar_features("last", dates=False),
        *_recency(log, question),
        *_frequency(log, question),
        *_rhythm(question),
        *_taste(log),
        *_ratios(log, question),
    )


def _row_features(log: Log) -> Iterator[Feature]:
    columns = (("item",) if log.has_item else ()) + log.categories
    for column in columns:
        yield Feature(f"row:{column}", _title(column), "row", "sparse", "", "row", _column(column))
    for column in (("amount",) if log.has_amount else ()) + log.numbers:
        yield Feature(f"row:{column}", _title(column), "row", "dense", "", "row", _column(column))


def _recency(log: Log, question: Question) -> Iterator[Feature]:
    def days_ago(name: str, label: Sentence, column: str, newest: bool = True) -> Feature:
        def value(t: ir.Table) -> ir.Value:
            time = t[column].max() if newest else t[column].min()
            return t.snapshot.max().delta(time, unit="microsecond") / 86_400_000_000

        return Feature(name, label, "recency", "dense", "days", "days", value)

    yield days_ago("days_since_last", Sentence("Days since the last event"), "last")
    for position, action in enumerate(counted_actions(log, question)):
        yield days_ago(
            f"since:{action}",
            Sentence("Days since the last {action}", action=action),
            f"last_{position}",
        )
    yield days_ago(
        "days_since_first", Sentence("Days since the first event in the lookback"), "first", False
    )


def _frequency(log: Log, question: Question) -> Iterator[Feature]:
    def total(name: str, label: Sentence, column: str, days: int, unit: str = "times") -> Feature:
        def value(t: ir.Table) -> ir.Value:
            # Rounded because a sum of floats depends on the order in which threads add them.
            return t[column].sum(where=t.age < days).fill_null(0).round(6)

        return Feature(name, label, "frequency", "dense", unit, "days", value)

    lookback = question.lookback_days
    for days in windows(question):
        words = {"days": days}
        yield total(
            f"events_{days}d", Sentence("Events in the last {days} days", **words), "events", days
        )
        for position, action in enumerate(counted_actions(log, question)):
            label = Sentence("Times of {action} in the last {days} days", action=action, days=days)
            yield total(f"count:{action}:{days}d", label, f"events_{position}", days)
        yield total(
            f"active_days_{days}d",
            Sentence("Active days in the last {days} days", **words),
            "one",
            days,
            "days",
        )
    yield total(
        "sessions", Sentence("Visits in the last {days} days", days=lookback), "sessions", lookback
    )
    if log.has_amount:
        for days in windows(question)[-3:]:
            label = Sentence("Amount in the last {days} days", days=days)
            yield total(f"amount_{days}d", label, "amount", days, "")
    for column in (("item",) if log.has_item else ()) + log.categories:
        yield Feature(
            f"distinct:{column}",
            Sentence("Different values of {column}", column=_name(column)),
            "frequency",
            "dense",
            "",
            "distinct",
            _column(column),
        )


def _rhythm(question: Question) -> Iterator[Feature]:
    def gap(name: str, label: str, spread: bool) -> Feature:
        def value(t: ir.Table) -> ir.Value:
            # A gap counts only when both of its ends lie inside the lookback.
            inside = t.age + t.gap_days < question.lookback_days
            gaps = t.gap_days.cast("float64")
            return gaps.std(where=inside) if spread else gaps.mean(where=inside)

        return Feature(name, Sentence(label), "rhythm", "dense", "days", "days", value)

    yield gap("gap_mean", "Mean days between active days", spread=False)
    yield gap("gap_sd", "Spread of the days between active days", spread=True)
    if question.lookback_days >= 14:

        def trend(t: ir.Table) -> ir.Value:
            this_week = t.events.sum(where=t.age < 7).fill_null(0)
            return this_week - t.events.sum(where=(t.age >= 7) & (t.age < 14)).fill_null(0)

        label = Sentence("Events of the last week minus those of the week before")
        yield Feature("trend_7d", label, "rhythm", "dense", "times", "days", trend)
    for part in calendar_features("favorite", dates=False):
        if part.name in ("weekday", "hour", "part_of_day"):
            label = Sentence("Favorite: {what}", what=part.label)
            yield Feature(
                f"favorite_{part.name}", label, "rhythm", "sparse", "", "favorite", part.value
            )


def _taste(log: Log) -> Iterator[Feature]:
    for column in (*(("item",) if log.has_item else ()), "action", *log.categories):
        label = Sentence("Last: {what}", what=_name(column))
        yield Feature(f"last:{column}", label, "taste", "sparse", "", "last", _column(column))
        if column != "action":
            label = Sentence("Favorite: {what}", what=_name(column))
            yield Feature(
                f"favorite:{column}",
                label,
                "taste",
                "sparse",
                "",
                "favorite",
                _column(column),
            )
    for column in (("amount",) if log.has_amount else ()) + log.numbers:
        label = Sentence("Last: {what}", what=_name(column))
        yield Feature(f"last:{column}", label, "taste", "dense", "", "last", _column(column))


def _ratios(log: Log, question: Question) -> Iterator[Feature]:
    lookback = question.lookback_days
    for action in counted_actions(log, question)[1:]:

        def value(t: ir.Table, action: str = action) -> ir.Value:
            base = t[f"count:{action}:{lookback}d"]
            return t[f"count:{question.target}:{lookback}d"] / base.nullif(0)

        label = Sentence("{target} for each {action}", target=question.target, action=action)
        yield Feature(f"ratio:{action}", label, "ratio", "dense", "", "derived", value)


def _column(name: str) -> Callable[[ir.Table], ir.Value]:
    return lambda table: table[name]


def _name(column: str) -> Sentence | str:
    return _KNOWN_COLUMNS.get(column, column)


def _title(column: str) -> Sentence:
    return Sentence("{column}", column=_name(column))
