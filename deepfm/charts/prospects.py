"""How sure the list is."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from deepfm.charts.style import BLUE, empty, figure, hover
from deepfm.language import Language, translate

_BINS = 40
# Axes that end below it need decimals.
_COARSE = 0.04


def probability_histogram(probabilities: NDArray[np.float64], language: Language) -> go.Figure:
    """People by calibrated probability, in 40 bins from 0 to the greatest one.

    Args:
        probabilities: of everyone on the list, 0 to 1 ``[n]``.
        language: of the texts.
    """
    title = translate("How likely the people on the list are", language)
    if not len(probabilities):
        return empty(title, translate("The list is empty.", language))
    top = max(float(probabilities.max()), 1e-6)
    counts, edges = np.histogram(probabilities, bins=_BINS, range=(0.0, top))
    chart = figure(
        title,
        translate("Calibrated probability", language),
        translate("Number of people", language),
        note=_note(probabilities, language),
    )
    chart.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": BLUE},
        **hover(_texts(counts, edges, language)),
    )
    chart.update_layout(bargap=0)
    chart.update_yaxes(tickformat=",")
    chart.update_xaxes(range=[0, top], tickformat=".0~%" if top >= _COARSE else ".2~%")
    return chart


def _note(probabilities: NDArray[np.float64], language: Language) -> str:
    return translate(
        "{people:,} people; about {expected:,.0f} of them will do it",
        language,
        people=len(probabilities),
        expected=float(probabilities.sum()),
    )


def _texts(counts: NDArray[np.int64], edges: NDArray[np.float64], language: Language) -> list[str]:
    return [
        translate(
            "Probability {low:.2%} to {high:.2%}: {people:,} people",
            language,
            low=float(low),
            high=float(high),
            people=people,
        )
        for low, high, people in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
    ]
