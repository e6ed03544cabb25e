"""Whether the probabilities keep their word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from deepfm.charts.style import BLUE, GREY, ORANGE, figure, hover
from deepfm.language import Language, Sentence, translate

_RATES = ("predicted", "observed")
_CURVES: tuple[tuple[str, str, Mapping[str, object], str], ...] = (
    ("before", "Before calibration", {"color": ORANGE, "dash": "dash"}, "square-open"),
    ("after", "After calibration", {"color": BLUE, "dash": "solid"}, "circle"),
)


def calibration_curve(evaluation: Mapping[str, Any], language: Language) -> go.Figure:
    """Predicted against observed rates in groups of equal size, before and after calibration.

    Args:
        evaluation: the content of evaluation.json, or of backtest.json, which knows only "after".
        language: of the texts.
    """
    found = evaluation["calibration"]
    curves = [curve for curve in _CURVES if curve[0] in found]
    chart = figure(
        translate("Predicted and observed rates", language),
        translate("Predicted probability (mean of a group)", language),
        translate("Share of the group that did it", language),
        height=380,
    )
    rates = [row[key] for name, *_ in curves for row in found[name] for key in _RATES]
    top = min(1.0, 1.05 * max(rates))
    chart.add_scatter(
        x=[0, top],
        y=[0, top],
        mode="lines",
        line={"color": GREY, "width": 1.5, "dash": "dot"},
        name=translate("Predicted = observed", language),
        hoverinfo="skip",
    )
    unit = Sentence(evaluation["unit"])
    for name, words, line, symbol in curves:
        rows: Sequence[Mapping[str, Any]] = found[name]
        chart.add_scatter(
            x=[row["predicted"] for row in rows],
            y=[row["observed"] for row in rows],
            mode="lines+markers",
            line=line,
            marker={"symbol": symbol, "size": 8},
            name=translate(words, language),
            **hover([_text(words, row, unit, language) for row in rows]),
        )
    chart.update_xaxes(range=[0, top], tickformat=".0~%")
    chart.update_yaxes(range=[0, top], tickformat=".0~%")
    return chart


def _text(words: str, row: Mapping[str, Any], unit: Sentence, language: Language) -> str:
    return translate(
        "{curve}: predicted {predicted:.1%}, observed {observed:.1%} of {people:,} {unit}",
        language,
        curve=Sentence(words),
        predicted=row["predicted"],
        observed=row["observed"],
        people=row["people"],
        unit=unit,
    )
