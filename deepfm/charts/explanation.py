"""Which fields made a score, and which count most on average."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from deepfm.charts.labels import name_rows, row_height, safe, wrap
from deepfm.charts.style import BLUE, GREEN, GREY, ORANGE, SMALL, empty, figure, hover
from deepfm.language import Language, translate

_PARTS: tuple[tuple[str, str, str, str], ...] = (
    ("first", "First order", BLUE, ""),
    ("interaction", "Interactions", ORANGE, "/"),
    ("deep", "Deep network", GREEN, "."),
)


def parts(contributions: pd.DataFrame, most: int, language: Language) -> go.Figure:
    """What first-order weights, interactions and deep network add, for the strongest fields.

    Args:
        contributions: one row a field: ``label`` (text to be read), ``first``, ``interaction``,
            ``deep`` (log-odds).
        most: number of fields to show.
        language: of the texts.
    """
    title = translate("Where each field's effect comes from", language)
    if contributions.empty:
        return empty(title, translate("There are no contributions to show.", language))
    total = contributions[[name for name, *_ in _PARTS]].sum(axis=1)
    order = total.abs().sort_values(ascending=False, kind="stable").index[:most]
    shown, total = contributions.loc[order], total.loc[order]
    names = [wrap(label) for label in shown["label"]]
    chart = figure(
        title,
        translate("Contribution (log-odds)", language),
        height=row_height(names, around=180),
    )
    for name, words, color, pattern in _PARTS:
        chart.add_bar(
            x=shown[name],
            y=np.arange(len(shown)),
            orientation="h",
            name=translate(words, language),
            marker={"color": color, "pattern": {"shape": pattern, "solidity": 0.4}},
            **hover(_part_texts(shown, name, words, language)),
        )
    _add_totals(chart, shown["label"], total, language)
    chart.update_layout(barmode="relative", bargap=0.35, legend_traceorder="normal")
    name_rows(chart, names)
    _zero_line(chart)
    return chart


def importance(
    labels: Sequence[str], strength: NDArray[np.float64], most: int, language: Language
) -> go.Figure:
    """The fields that move scores most, up or down.

    Args:
        labels: of the fields, texts to be read ``[F]``.
        strength: mean absolute contribution of each ``[F]``, log-odds.
        most: number of fields to show.
        language: of the texts.
    """
    title = translate("The strongest fields", language)
    order = np.argsort(-strength, kind="stable")[:most]
    if not len(order):
        return empty(title, translate("There are no contributions to show.", language))
    names, values = [labels[field] for field in order], strength[order]
    wrapped = [wrap(name) for name in names]
    axis = translate("Mean size (log-odds)", language)
    chart = figure(title, axis, height=row_height(wrapped))
    chart.add_bar(
        x=values,
        y=np.arange(len(order)),
        orientation="h",
        marker={"color": BLUE},
        text=[f"{value:.2f}" for value in values],
        textposition="auto",
        textfont={"size": SMALL},
        textangle=0,
        cliponaxis=False,
        **hover(_strength_texts(names, values, language)),
    )
    chart.update_layout(bargap=0.35)
    chart.update_xaxes(rangemode="tozero")
    name_rows(chart, wrapped)
    return chart


def _strength_texts(
    names: Sequence[str], values: NDArray[np.float64], language: Language
) -> list[str]:
    return [
        translate(
            "{label}: moves the log-odds by {strength:.3f} on average, up or down",
            language,
            label=safe(name),
            strength=float(value),
        )
        for name, value in zip(names, values, strict=True)
    ]


def _zero_line(chart: go.Figure) -> None:
    """A thin vertical line where nothing is added."""
    line = {"color": GREY, "width": 1}
    chart.add_shape(type="line", x0=0, x1=0, yref="paper", y0=0, y1=1, line=line)


def _part_texts(shown: pd.DataFrame, name: str, words: str, language: Language) -> list[str]:
    return [
        translate(
            "{label}, {part}: {contribution:+.3f}",
            language,
            label=safe(str(label)),
            part=translate(words, language),
            contribution=float(value),
        )
        for label, value in zip(shown["label"], shown[name], strict=True)
    ]


def _add_totals(
    chart: go.Figure, labels: pd.Series[str], total: pd.Series[float], language: Language
) -> None:
    chart.add_scatter(
        x=total,
        y=np.arange(len(total)),
        mode="markers",
        name=translate("Total", language),
        marker={"color": GREY, "symbol": "diamond", "size": 9},
        **hover(_texts(labels, total, language)),
    )


def _texts(labels: pd.Series[str], values: pd.Series[float], language: Language) -> list[str]:
    return [
        translate(
            "{label}, in total: {contribution:+.3f}",
            language,
            label=safe(str(label)),
            contribution=float(value),
        )
        for label, value in zip(labels, values, strict=True)
    ]
