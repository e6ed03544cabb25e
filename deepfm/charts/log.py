"""What a log holds, day by day."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from deepfm.charts.labels import safe, shorten
from deepfm.charts.style import BLUE, DATE, SMALL, axis_title, empty, figure, hover
from deepfm.language import Language, translate

_MOST_ACTIONS = 6
_MOST_DAYS = 400
_MOST_WEEKS = 400
_ROW, _AROUND, _LEAST, _NAME = 46, 134, 260, 40

# Length of a bar in days: period code of pandas, title, and what a bar says.
_PERIODS: dict[str, tuple[str, str]] = {
    "D": ("Events a day", "{action}, {day}: {events:,} events"),
    "W": ("Events a week", "{action}, week from {day}: {events:,} events"),
    "M": ("Events a month", "{action}, month from {day}: {events:,} events"),
}


def events_over_time(days: pd.DataFrame, language: Language) -> go.Figure:
    """The number of events of each action, one strip an action, each with a scale of its own.

    Days become weeks where the log has more than 400 of them, and months where it has more than
    400 weeks.

    Args:
        days: ``day`` (datetime), ``action``, ``events``; days without an event may be left out.
        language: of the texts.
    """
    if days.empty:
        title = translate("Events a day", language)
        return empty(title, translate("The log has no events.", language))
    period = _period(days["day"])
    title, words = _PERIODS[period]
    strips = _strips(days, period, translate("other actions", language))
    count = len(strips)
    note = translate("Each action has a scale of its own.", language) if count > 1 else ""
    height = max(_LEAST, _AROUND + _ROW * count)
    chart = figure(translate(title, language), height=height, note=note)
    spacing = min(0.5 / count, 0.1)
    make_subplots(rows=count, shared_xaxes=True, vertical_spacing=spacing, figure=chart)
    for row, (action, events) in enumerate(strips, start=1):
        _add_strip(chart, action, events, row, words, language)
    # The first strip's name stands above the plot.
    chart.update_layout(showlegend=False, bargap=0.1, margin_t=chart.layout.margin.t + 14)
    chart.update_yaxes(rangemode="tozero", nticks=2, automargin=True, tickfont={"size": 10})
    chart.update_xaxes(tickformat=DATE, tickangle=0, nticks=5)
    chart.update_xaxes(title=axis_title(translate("Day", language)), row=count)
    return chart


def _period(day: pd.Series[pd.Timestamp]) -> str:
    span = (day.max() - day.min()).days + 1
    return "D" if span <= _MOST_DAYS else "W" if span <= 7 * _MOST_WEEKS else "M"


def _strips(days: pd.DataFrame, period: str, other: str) -> list[tuple[str, pd.Series[int]]]:
    """Name and events by beginning of the period of each strip, the most frequent action first."""
    totals = days.groupby("action")["events"].sum().sort_values(ascending=False, kind="stable")
    kept = totals.index[: _MOST_ACTIONS if len(totals) <= _MOST_ACTIONS else _MOST_ACTIONS - 1]
    start = days["day"].dt.to_period(period).dt.start_time
    every = pd.Index(start.unique()).sort_values()
    groups = [(str(name), days["action"] == name) for name in kept]
    if len(kept) < len(totals):
        groups.append((other, ~days["action"].isin(kept)))
    return [
        (name, days["events"][here].groupby(start[here]).sum().reindex(every, fill_value=0))
        for name, here in groups
    ]


def _add_strip(
    chart: go.Figure, action: str, events: pd.Series[int], row: int, words: str, language: Language
) -> None:
    action = safe(shorten(action, _NAME))
    texts = [
        translate(words, language, action=action, day=f"{day:%Y-%m-%d}", events=int(count))
        for day, count in events.items()
    ]
    chart.add_bar(
        x=events.index,
        y=events,
        name=action,
        marker={"color": BLUE, "line": {"width": 0}},
        row=row,
        col=1,
        **hover(texts),
    )
    axis = "" if row == 1 else str(row)
    chart.add_annotation(
        text=translate("{action}: {events:,}", language, action=action, events=int(events.sum())),
        xref="x domain",
        yref=f"y{axis} domain",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": SMALL},
    )
