"""Every feature that a log and a question give rise to.

To add one, add one entry to the family that it belongs to. A name that holds a word of the log
(an action, a column) has the form ``kind:word``, so that no word can clash with another feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from deepfm.features.calendar import CALENDAR_OF, calendar_features
from deepfm.features.counted import Counted, counted
from deepfm.features.feature import Feature
from deepfm.features.holidays import public_holidays
from deepfm.features.pairs import pair_features
from deepfm.features.trace import NEWEST, Events, Mask, Trace
from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.task.question import Question, column_words

_WINDOWS = (1, 3, 7, 14, 28, 90)


def windows(question: Question) -> tuple[int, ...]:
    """Lengths of the counting windows in days, the last one being the whole lookback."""
    lookback = question.lookback_days
    return (*(days for days in _WINDOWS if days < lookback), lookback)


def feature_catalogue(log: Log, question: Question) -> tuple[Feature, ...]:
    """All features, calendar first; names are unique."""
    holidays = public_holidays(log, question.holidays) if question.holidays else None
    if question.kind == "event":
        return (*calendar_features("row", dates=True, holidays=holidays), *_row_features(log))
    return (
        *calendar_features("last", dates=False, holidays=holidays),
        *_recency(log, question),
        *_frequency(log, question),
        *_rhythm(question),
        *_taste(log),
        *_profile(log),
        *_ratios(log, question),
        *(pair_features(question) if question.kind == "pair" else ()),
    )


def _row_features(log: Log) -> Iterator[Feature]:
    for column in log.id_columns:
        yield Feature(
            f"row:{column}",
            _title(column),
            "row",
            "sparse",
            "",
            "row",
            _column(column),
            column not in log.identifying,
        )
    for column in log.number_columns:
        yield Feature(f"row:{column}", _title(column), "row", "dense", "", "row", _column(column))


def _recency(log: Log, question: Question) -> Iterator[Feature]:
    def days_ago(name: str, label: Sentence, column: str, trace: Trace) -> Feature:
        def value(t: ir.Table) -> ir.Value:
            time = t[column].min() if trace.pick == "oldest" else t[column].max()
            return t.snapshot.max().delta(time, unit="microsecond") / 86_400_000_000

        return Feature(name, label, "recency", "dense", "days", "days", value, trace=trace)

    yield days_ago("days_since_last", Sentence("Days since the last event"), "last", NEWEST)
    for position, one in enumerate(counted(log, question)):
        yield days_ago(
            one.feature("since"),
            Sentence("Days since the last {action}", action=one.label),
            f"last_{position}",
            Trace(of=one.rows, pick="newest"),
        )
    yield days_ago(
        "days_since_first",
        Sentence("Days since the first event in the lookback"),
        "first",
        Trace(pick="oldest"),
    )


def _frequency(log: Log, question: Question) -> Iterator[Feature]:
    def total(
        name: str,
        label: Sentence,
        column: str,
        days: int,
        unit: str = "times",
        of: Mask | None = None,
    ) -> Feature:
        def value(t: ir.Table) -> ir.Value:
            # Adding zeros is cheaper for DuckDB than choosing rows anew for each of many sums.
            found = ibis.ifelse(t.age < days, t[column], 0).sum().fill_null(0)
            # Rounded because a sum of floats depends on the order in which threads add them.
            return found.round(6) if t[column].type().is_floating() else found.cast("float64")

        trace = Trace(days, of)
        return Feature(name, label, "frequency", "dense", unit, "days", value, trace=trace)

    lookback = question.lookback_days
    for days in windows(question):
        words = {"days": days}
        yield total(
            f"events_{days}d", Sentence("Events in the last {days} days", **words), "events", days
        )
        for position, one in enumerate(counted(log, question)):
            label = Sentence(
                "Times of {action} in the last {days} days", action=one.label, days=days
            )
            name = one.feature("count", days)
            yield total(name, label, f"events_{position}", days, of=one.rows)
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
    for column in _changing(log):
        yield Feature(
            f"distinct:{column}",
            Sentence("Different values of {column}", column=column_words(column)),
            "frequency",
            "dense",
            "",
            "distinct",
            _column(column),
            trace=Trace(of=_given(column)),
        )


def _rhythm(question: Question) -> Iterator[Feature]:
    def gap(name: str, label: str, spread: bool) -> Feature:
        def value(t: ir.Table) -> ir.Value:
            # A gap counts only when both of its ends lie inside the lookback.
            inside = t.age + t.gap_days < question.lookback_days
            days = ibis.ifelse(inside, t.gap_days, ibis.null("int64"))
            # From sums of whole numbers: those of floats depend on the order in which threads add.
            number, total, squares = days.count(), days.sum(), (days * days).sum()
            if not spread:
                return total / number.nullif(0)
            pairs = (number * (number - 1)).nullif(0)
            return ((number * squares - total * total) / pairs).sqrt()

        return Feature(name, Sentence(label), "rhythm", "dense", "days", "days", value)

    yield gap("gap_mean", "Mean days between active days", spread=False)
    yield gap("gap_sd", "Spread of the days between active days", spread=True)
    if question.lookback_days >= 14:

        def trend(t: ir.Table) -> ir.Value:
            sign = ibis.cases((t.age < 7, 1), (t.age < 14, -1), else_=0)
            return (t.events * sign).sum()

        label = Sentence("Events of the last week minus those of the week before")
        yield Feature("trend_7d", label, "rhythm", "dense", "times", "days", trend, trace=Trace(14))
    for part in calendar_features("favorite", dates=False):
        if part.name in ("weekday", "hour", "part_of_day"):
            yield Feature(
                f"favorite_{part.name}",
                Sentence("Favorite: {what}", what=part.label),
                "rhythm",
                "sparse",
                "",
                "favorite",
                part.value,
                trace=Trace(same=CALENDAR_OF[part.name]),
            )


def _taste(log: Log) -> Iterator[Feature]:
    for column in ("action", *_changing(log)):
        known = column not in log.identifying
        yield _last(column, "sparse", known)
        if column != "action":
            yield Feature(
                f"favorite:{column}",
                Sentence("Favorite: {what}", what=column_words(column)),
                "taste",
                "sparse",
                "",
                "favorite",
                _column(column),
                known,
                Trace(same=_values(column)),
            )
    for column in log.number_columns:
        if column not in log.profile:
            yield _last(column, "dense", True)


def _last(column: str, kind: Literal["sparse", "dense"], default: bool) -> Feature:
    label = Sentence("Last: {what}", what=column_words(column))
    value = _column(column)
    return Feature(f"last:{column}", label, "taste", kind, "", "last", value, default, NEWEST)


def _profile(log: Log) -> Iterator[Feature]:
    for column in log.profile:
        kind: Literal["sparse", "dense"] = "sparse" if column in log.categories else "dense"
        yield Feature(
            f"profile:{column}",
            Sentence("Of the user: {what}", what=column_words(column)),
            "profile",
            kind,
            "",
            "profile",
            _column(column),
            column not in log.identifying,
            Trace(days=0, of=_given(column), pick="newest"),
        )


def _ratios(log: Log, question: Question) -> Iterator[Feature]:
    lookback = question.lookback_days
    goal, *others = counted(log, question)
    for action in others:
        needs = goal.feature("count", lookback), action.feature("count", lookback)

        def value(t: ir.Table, needs: tuple[str, str] = needs) -> ir.Value:
            return t[needs[0]] / t[needs[1]].nullif(0)

        def either(events: Events, action: Counted = action) -> pd.Series[bool]:
            return goal.rows(events) | action.rows(events)

        yield Feature(
            action.feature("ratio"),
            Sentence("{target} for each {action}", target=goal.label, action=action.label),
            "ratio",
            "dense",
            "",
            "derived",
            value,
            trace=Trace(of=either),
            needs=needs,
        )


def _changing(log: Log) -> tuple[str, ...]:
    """The id columns that are not a property of the user."""
    return tuple(column for column in log.id_columns if column not in log.profile)


def _given(column: str) -> Mask:
    return lambda events: events[column].notna()


def _values(column: str) -> Callable[[Events], pd.Series[Any]]:
    return lambda events: events[column]


def _column(name: str) -> Callable[[ir.Table], ir.Value]:
    return lambda table: table[name]


def _title(column: str) -> Sentence:
    return Sentence("{column}", column=column_words(column))
