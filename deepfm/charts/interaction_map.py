"""Which fields act together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from deepfm.charts.labels import name_rows, row_height, safe, wrap
from deepfm.charts.style import diverging, empty, figure
from deepfm.language import Language, translate

_STRONG = 0.25
_MOST = 30


def interaction_map(
    labels: Sequence[str], matrix: NDArray[np.float64], most: int, language: Language
) -> go.Figure:
    """A map of field against field; the fields that interact most come first.

    Rows bear number and name, columns the number only, so that the map fits a narrow page. Strong
    cells bear their sign as well as their colour.

    Args:
        labels: of the fields, texts to be read ``[F]``.
        matrix: what each pair adds (log-odds), or its mean size over people; symmetric, the
            diagonal is not shown ``[F, F]``.
        most: number of fields to show, at most 30.
        language: of the texts.
    """
    pairs = np.where(np.eye(len(labels), dtype=bool), 0.0, matrix)
    order = np.argsort(-np.abs(pairs).sum(axis=1), kind="stable")[: min(most, _MOST)]
    return _map([labels[field] for field in order], pairs[np.ix_(order, order)], language)


def _map(names: Sequence[str], shown: NDArray[np.float64], language: Language) -> go.Figure:
    title = translate("Which fields act together", language)
    if len(names) < 2:
        return empty(title, translate("There is no pair of fields to show.", language))
    rows = [wrap(f"{i + 1} {name}") for i, name in enumerate(names)]
    numbers = np.arange(len(names))
    chart = figure(
        title,
        translate("Number of the field", language),
        height=row_height(rows, around=190),
        note=translate("What each pair adds (log-odds)", language),
    )
    chart.add_heatmap(
        z=np.where(np.eye(len(names), dtype=bool), np.nan, shown),
        x=numbers,
        y=numbers,
        xgap=1,
        ygap=1,
        hovertext=_texts(names, shown, language),
        hovertemplate="%{hovertext}<extra></extra>",
        hoverongaps=False,
        **diverging(shown, "z"),
    )
    _add_signs(chart, shown)
    name_rows(chart, rows)
    chart.update_xaxes(tickmode="array", tickvals=numbers, ticktext=[str(i + 1) for i in numbers])
    chart.update_xaxes(range=[-0.5, len(names) - 0.5], tickangle=0, showgrid=False)
    return chart


def _add_signs(chart: go.Figure, shown: NDArray[np.float64]) -> None:
    """``+`` or ``−`` on the cells that count, in the page's own text colour."""
    rows, columns = np.nonzero(np.abs(shown) >= max(_STRONG * np.abs(shown).max(), 1e-12))
    chart.add_scatter(
        x=columns,
        y=rows,
        mode="text",
        text=np.where(shown[rows, columns] > 0, "+", "−"),
        hoverinfo="skip",
        showlegend=False,
    )


def _texts(names: Sequence[str], shown: NDArray[np.float64], language: Language) -> list[list[str]]:
    return [
        [
            translate(
                "{first} with {second}: {value:+.3f}",
                language,
                first=safe(first),
                second=safe(second),
                value=float(value),
            )
            for second, value in zip(names, row, strict=True)
        ]
        for first, row in zip(names, shown, strict=True)
    ]
