"""When the question is asked of the past, and what is known and looked at each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import plotly.graph_objects as go

from deepfm.charts.labels import name_rows, safe, sentence_case, wrap
from deepfm.charts.style import BLUE, DATE, GREEN, GREY, ORANGE, figure, hover
from deepfm.language import Language, translate
from deepfm.task.plan import Part, Plan, Snapshot
from deepfm.task.question import Question

_MOST_TRAINING = 8
_ROW, _AROUND = 24, 150
_DAY = "%Y-%m-%d"

_NAMES: dict[Part, str] = {
    "train": "training",
    "valid": "validation",
    "test": "test",
    "now": "now (to predict)",
}
_COLORS: dict[Part, str] = {"train": BLUE, "valid": ORANGE, "test": GREEN, "now": BLUE}


def time_axis(plan: Plan, question: Question, language: Language) -> go.Figure:
    """Lookback, gap and horizon of every snapshot, one row a snapshot, the earliest on top.

    Args:
        plan: the snapshots; of training at most the last 8 are drawn.
        question: of kind ``"user"``; its lookback, gap and horizon.
        language: of the texts.
    """
    training = [s for s in plan.snapshots if s.part == "train"]
    hidden = len(training[:-_MOST_TRAINING])
    shown = plan.snapshots[hidden:]
    note = translate("{count} earlier training snapshots are not drawn", language, count=hidden)
    chart = figure(
        translate("What is known and what is asked, when", language),
        translate("Day", language),
        height=_AROUND + _ROW * len(shown),
        note=note if hidden else "",
    )
    _add_lookback(chart, shown, question, language)
    _add_horizon(chart, shown, question, language)
    _add_snapshots(chart, shown, language)
    chart.update_layout(barmode="overlay", bargap=0.35)
    chart.update_xaxes(type="date", tickformat=DATE, tickangle=0, nticks=5)
    name_rows(chart, [wrap(translate(_NAMES[s.part], language)) for s in shown])
    return chart


def _add_lookback(
    chart: go.Figure, shown: Sequence[Snapshot], question: Question, language: Language
) -> None:
    days = timedelta(days=question.lookback_days)
    texts = [
        translate(
            "Known: the {days} days from {start} to {end}",
            language,
            days=question.lookback_days,
            start=f"{snapshot.time - days:{_DAY}}",
            end=f"{snapshot.time:{_DAY}}",
        )
        for snapshot in shown
    ]
    _add_bars(
        chart,
        [snapshot.time - days for snapshot in shown],
        days,
        sentence_case(translate("lookback", language)),
        {"color": GREY, "opacity": 0.5},
        texts,
    )


def _add_horizon(
    chart: go.Figure, shown: Sequence[Snapshot], question: Question, language: Language
) -> None:
    gap, days = timedelta(days=question.gap_days), timedelta(days=question.horizon_days)
    texts = [
        translate(
            "Asked ({part}): {target} in the {days} days from {start} to {end}?",
            language,
            part=translate(_NAMES[snapshot.part], language),
            target=safe(translate("{what}", language, what=question.goal())),
            days=question.horizon_days,
            start=f"{snapshot.time + gap:{_DAY}}",
            end=f"{snapshot.time + gap + days:{_DAY}}",
        )
        for snapshot in shown
    ]
    marker = {
        "color": [_COLORS[snapshot.part] for snapshot in shown],
        "pattern": {"shape": ["/" if s.part == "now" else "" for s in shown], "solidity": 0.4},
    }
    name = sentence_case(translate("horizon", language))
    _add_bars(chart, [s.time + gap for s in shown], days, name, marker, texts)


def _add_bars(
    chart: go.Figure,
    starts: Sequence[Any],
    length: timedelta,
    name: str,
    marker: dict[str, Any],
    texts: list[str],
) -> None:
    chart.add_bar(
        base=starts,
        # A length on a date axis is in milliseconds.
        x=[length / timedelta(milliseconds=1)] * len(starts),
        y=list(range(len(starts))),
        orientation="h",
        name=name,
        marker=marker,
        **hover(texts),
    )


def _add_snapshots(chart: go.Figure, shown: Sequence[Snapshot], language: Language) -> None:
    texts = [
        translate(
            "Snapshot for {part}: {day}",
            language,
            part=translate(_NAMES[snapshot.part], language),
            day=f"{snapshot.time:{_DAY}}",
        )
        for snapshot in shown
    ]
    chart.add_scatter(
        x=[snapshot.time for snapshot in shown],
        y=list(range(len(shown))),
        mode="markers",
        name=sentence_case(translate("snapshot", language)),
        marker={"symbol": "line-ns", "size": 12, "line": {"width": 3, "color": GREY}},
        **hover(texts),
    )
