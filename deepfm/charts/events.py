"""One user's events around a snapshot."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import plotly.graph_objects as go

from deepfm.charts.labels import name_rows, row_height, safe, shorten, wrap
from deepfm.charts.style import BLUE, DATE, GREY, ORANGE, SMALL, empty, figure, hover, mark, thin
from deepfm.language import Language, translate

_MOST_ACTIONS = 8
_MOST_TEXT = 60
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
_ALWAYS = ("user", "time", "action", "line")


def user_timeline(
    events: pd.DataFrame,
    snapshot: datetime,
    lookback_days: int,
    horizon_days: int | None,
    gap_days: int,
    language: Language,
) -> go.Figure:
    """Every event of one user as a dot, one row an action, with what was known and asked shaded.

    Args:
        events: ``time``, ``action`` and further columns, which are shown on hover.
        snapshot: the moment that the features look back from.
        lookback_days: length of the feature window.
        horizon_days: length of the label window; None where nobody knows it yet.
        gap_days: days between the snapshot and the label window.
        language: of the texts.
    """
    title = translate("The user's events", language)
    if events.empty:
        return empty(title, translate("This user has no events here.", language))
    actions, row = _rows(events["action"], translate("other actions", language))
    names = [wrap(action) for action in actions]
    chart = figure(title, translate("Time", language), height=row_height(names))
    for place, name in enumerate(names):
        _add_dots(chart, events[row == place], place, name)
    start = snapshot - timedelta(days=lookback_days)
    _shade(chart, start, snapshot, GREY, translate("lookback", language))
    if horizon_days is not None:
        after = snapshot + timedelta(days=gap_days)
        end = after + timedelta(days=horizon_days)
        _shade(chart, after, end, ORANGE, translate("horizon", language))
    mark(chart, snapshot, translate("snapshot", language), right=False)
    chart.update_layout(showlegend=False)
    chart.update_xaxes(type="date", tickformat=DATE, tickangle=0, nticks=5)
    name_rows(chart, names)
    return chart


def _rows(action: pd.Series[str], other: str) -> tuple[list[str], pd.Series[int]]:
    """Names of the rows, the most frequent action first, and the row of each event ``[n]``."""
    names = [str(name) for name in action.value_counts().index]
    kept = names if len(names) <= _MOST_ACTIONS else names[: _MOST_ACTIONS - 1]
    places = {name: place for place, name in enumerate(kept)}
    row = action.map(lambda name: places.get(str(name), len(kept))).astype(int)
    return [*kept, *([other] if len(kept) < len(names) else [])], row


def _add_dots(chart: go.Figure, events: pd.DataFrame, place: int, name: str) -> None:
    shown = thin(events.sort_values("time", kind="stable"))
    chart.add_scatter(
        x=shown["time"],
        y=[place] * len(shown),
        mode="markers",
        name=name,
        marker={"size": 10, "color": BLUE, "opacity": 0.6, "symbol": _SYMBOLS[place]},
        **hover(_texts(shown)),
    )


def _texts(shown: pd.DataFrame) -> list[str]:
    """Time and action, then every other column that has a value, a line each."""
    columns = [column for column in shown.columns if column not in _ALWAYS]
    texts = []
    for entry in shown.to_dict("records"):
        lines = [f"{entry['time']:%Y-%m-%d %H:%M}", str(entry["action"])]
        lines += [f"{name}: {entry[name]}" for name in columns if not pd.isna(entry[name])]
        texts.append("<br>".join(safe(shorten(line, _MOST_TEXT)) for line in lines))
    return texts


def _shade(chart: go.Figure, start: datetime, end: datetime, color: str, text: str) -> None:
    shape = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    fill = {"fillcolor": color, "opacity": 0.15, "line": {"width": 0}}
    chart.add_shape(x0=start, x1=end, **shape, **fill)
    chart.add_annotation(
        text=text,
        x=start + (end - start) / 2,
        y=0,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        font={"size": SMALL},
    )
