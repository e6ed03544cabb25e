"""What all charts have in common: the colours, the frame around a picture, fewer rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

# Middle tones that stand out from white and from black, and that the colour-blind tell apart.
BLUE, ORANGE, GREEN, GREY = "#2f7fc1", "#d9730d", "#2a9d8f", "#808080"
# What a line of text needs, in pixels.
SMALL = 11
MOST_POINTS = 1_000
# Days for both languages; the year stands below, and only where it changes.
DATE = "%m-%d\n%Y"

# Nothing between the two colours: the page's ground shows through, be it light or dark.
_SCALE = [[0.0, ORANGE], [0.5, "rgba(128,128,128,0.1)"], [1.0, BLUE]]
_SIDE, _RIGHT, _TOP, _NOTE_LINE = 12, 20, 54, 17


def figure(
    title: str, x_title: str = "", y_title: str = "", height: int = 320, note: str = ""
) -> go.Figure:
    """An empty chart with its title, the names of its axes and room for a legend below.

    Args:
        title: short; it is read aloud for the chart as well.
        x_title: name and unit of the horizontal axis.
        y_title: name and unit of the vertical axis.
        height: in pixels.
        note: what the reader has to know beside the title; lines are parted by ``<br>``.
    """
    heading: dict[str, Any] = {"text": title, "x": 0, "xanchor": "left", "y": 1, "yanchor": "top"}
    heading |= {"pad": {"t": 12, "l": 4}, "font": {"size": 15}}
    if note:
        heading["subtitle"] = {"text": note, "font": {"size": SMALL + 1}}
    top = _TOP + _NOTE_LINE * (1 + note.count("<br>") if note else 0)
    # All at once: each later update takes milliseconds.
    layout = {
        "title": heading,
        "height": height,
        "margin": {"l": _SIDE, "r": _RIGHT, "t": top, "b": _SIDE},
        "legend": {"orientation": "h", "xref": "container", "x": 0, "xanchor": "left"}
        | {"yref": "container", "y": 0, "yanchor": "bottom", "title": {"text": ""}},
        "hoverlabel": {"align": "left", "namelength": 0},
        # A finger that scrolls over the chart must not zoom it.
        "dragmode": False,
        "xaxis": {"title": axis_title(x_title), "automargin": True, "zeroline": False},
        "yaxis": {"title": axis_title(y_title), "automargin": True, "zeroline": False},
    }
    return go.Figure(layout=layout)


def axis_title(text: str) -> dict[str, Any]:
    """The name of an axis, far enough from its numbers."""
    return {"text": text, "standoff": 18, "font": {"size": 12}}


def empty(title: str, note: str, height: int = 260) -> go.Figure:
    """A chart that has nothing to show and says so."""
    chart = figure(title, height=height)
    chart.update_xaxes(visible=False)
    chart.update_yaxes(visible=False)
    middle = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    chart.add_annotation(text=note, showarrow=False, font={"size": 13}, **middle)
    return chart


def hover(texts: list[str]) -> dict[str, Any]:
    """The arguments of a trace that shows one text a point and nothing else."""
    return {"hovertext": texts, "hovertemplate": "%{hovertext}<extra></extra>"}


def mark(chart: go.Figure, x: object, text: str, right: bool) -> None:
    """A vertical line at ``x`` with a text above the plot, to its right or to its left."""
    line = {"color": GREY, "width": 1.5, "dash": "dot"}
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
    chart.add_shape(type="line", layer="below", line=line, **ends)
    chart.add_annotation(
        text=text,
        x=x,
        y=1,
        yref="paper",
        xanchor="left" if right else "right",
        yanchor="bottom",
        showarrow=False,
        font={"size": SMALL},
    )


def thin(
    frame: pd.DataFrame, most: int = MOST_POINTS, keep: NDArray[np.bool_] | None = None
) -> pd.DataFrame:
    """At most ``most`` rows, evenly spaced, the first and the last among them.

    Args:
        frame: any table ``[n, …]``.
        most: 2 or more, beside the rows to keep.
        keep: rows that stay in any case ``[n]``; they count towards ``most``.
    """
    if len(frame) <= most:
        return frame
    kept = np.flatnonzero(keep) if keep is not None else np.zeros(0, np.int64)
    spaced = np.linspace(0, len(frame) - 1, max(2, most - len(kept))).round().astype(np.int64)
    return frame.iloc[np.union1d(spaced, kept)]


def diverging(values: NDArray[np.float64], axis: str, words: str = "") -> dict[str, Any]:
    """A scale of colours that is centred at 0, with its legend below.

    Args:
        values: that are coloured.
        axis: ``"z"`` for a heat map, ``"c"`` for a marker.
        words: beside the legend.
    """
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    bar = {
        "orientation": "h",
        "thickness": 10,
        "x": 0.5,
        "yref": "container",
        "y": 0,
        "yanchor": "bottom",
        "tickfont": {"size": SMALL},
        "nticks": 5,
        "title": {"text": words, "side": "bottom", "font": {"size": SMALL}},
    }
    borders = {f"{axis}mid": 0.0, f"{axis}min": -most, f"{axis}max": most}
    return {"colorscale": _SCALE, "colorbar": bar, **borders}
