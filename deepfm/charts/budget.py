"""What a campaign brings, by how many it contacts."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from deepfm.charts.style import BLUE, GREEN, GREY, ORANGE, figure, mark
from deepfm.language import Language, translate


def profit_by_size(curve: pd.DataFrame, best: int, chosen: int, language: Language) -> go.Figure:
    """The expected profit with its 95 % band; the best and the chosen number are marked.

    Args:
        curve: as from ``deepfm.prospects.budget.profit_curve``.
        best: the number with the greatest expected profit.
        chosen: the number that is asked about.
        language: of the texts.
    """
    chart = figure(
        translate("Expected profit by the number of contacts", language),
        translate("Contacts, from the top of the list", language),
        translate("Profit", language),
        height=380,
        note=translate("Band: 95% interval", language),
    )
    for bound, fill in (("low", None), ("high", "tonexty")):
        chart.add_scatter(
            x=curve["people"],
            y=curve[bound],
            mode="lines",
            line={"width": 0},
            fill=fill,
            fillcolor="rgba(47, 127, 193, 0.2)",
            hoverinfo="skip",
            showlegend=False,
        )
    text = translate("{people} contacts: {profit}", language, people="%{x:,}", profit="%{y:,.0f}")
    chart.add_scatter(
        x=curve["people"],
        y=curve["profit"],
        mode="lines",
        line={"color": BLUE, "width": 3},
        hovertemplate=f"{text}<extra></extra>",
        showlegend=False,
    )
    _add_point(chart, curve, best, translate("The best number", language), GREEN, "star")
    if chosen != best:
        _add_point(chart, curve, chosen, translate("Chosen", language), ORANGE, "circle")
    line = {"color": GREY, "width": 1}
    chart.add_shape(type="line", xref="paper", x0=0, x1=1, y0=0, y1=0, line=line)
    right = best < curve["people"].max() / 2
    mark(chart, best, translate("best: {people:,}", language, people=best), right)
    chart.update_xaxes(tickformat=",", rangemode="tozero")
    chart.update_yaxes(tickformat="~s")
    return chart


def _add_point(
    chart: go.Figure, curve: pd.DataFrame, people: int, name: str, colour: str, symbol: str
) -> None:
    """Between two steps of the curve the profit is nearly a line."""
    steps = curve.set_index("people")["profit"]
    steps = steps.reindex(steps.index.union([people])).interpolate("index")
    chart.add_scatter(
        x=[people],
        y=[float(steps.loc[people])],
        mode="markers",
        marker={"color": colour, "size": 12, "symbol": symbol},
        name=name,
        hoverinfo="skip",
    )
