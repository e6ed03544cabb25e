"""What the order of the list is worth: lift by tenth, and who is reached from the top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from deepfm.charts.style import BLUE, GREY, SMALL, figure, hover, mark
from deepfm.language import Language, Sentence, translate

_TOP = 0.10
_ROOM_FOR_WORDS = 1.5


def lift_by_decile(evaluation: Mapping[str, Any], language: Language) -> go.Figure:
    """How many times the average rate each tenth of the test list reaches, the top one first.

    Args:
        evaluation: the content of evaluation.json.
        language: of the texts.
    """
    rows = evaluation["deciles"]
    chart = figure(
        translate("Lift of each tenth of the list", language),
        translate("Lift (times the average rate)", language),
        translate("Tenth of the list (1 = most likely)", language),
        height=400,
    )
    chart.add_bar(
        x=[row["lift"] for row in rows],
        y=[row["decile"] for row in rows],
        orientation="h",
        marker={"color": BLUE},
        text=[_converted(row, language) for row in rows],
        textposition="auto",
        insidetextanchor="end",
        textangle=0,
        textfont={"size": SMALL},
        cliponaxis=False,
        **hover([_tenth(row, evaluation, language) for row in rows]),
    )
    right = max(row["lift"] for row in rows) > _ROOM_FOR_WORDS
    mark(chart, 1, translate("average", language), right=right)
    chart.update_xaxes(rangemode="tozero")
    chart.update_yaxes(tickvals=[row["decile"] for row in rows], autorange="reversed")
    chart.update_yaxes(showgrid=False)
    return chart


def gains_curve(evaluation: Mapping[str, Any], language: Language) -> go.Figure:
    """The share of those who did it among the first people of the test list.

    Args:
        evaluation: the content of evaluation.json.
        language: of the texts.
    """
    rows = evaluation["gains"]
    shares = [row["people"] / rows[-1]["people"] for row in rows]
    chart = figure(
        translate("Who is reached from the top of the list", language),
        translate("Share of the list contacted", language),
        translate("Share of those who did it", language),
        height=380,
    )
    _add_random(chart, language)
    chart.add_scatter(
        x=shares,
        y=[row["reached"] for row in rows],
        mode="lines",
        line={"color": BLUE, "width": 3},
        name="DeepFM",
        **hover([_reached(row, rows[-1], evaluation, language) for row in rows]),
    )
    place = min(range(len(rows)), key=lambda i: abs(shares[i] - _TOP))
    _add_top(chart, shares[place], rows[place]["reached"], language)
    chart.update_layout(showlegend=False)
    chart.update_xaxes(range=[0, 1.01], tickformat=".0%", dtick=0.25)
    chart.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return chart


def _unit(evaluation: Mapping[str, Any]) -> Sentence:
    return Sentence(evaluation["unit"])


def _converted(row: Mapping[str, Any], language: Language) -> str:
    return translate(
        "{converted:,} of {people:,}", language, converted=row["converted"], people=row["people"]
    )


def _tenth(row: Mapping[str, Any], evaluation: Mapping[str, Any], language: Language) -> str:
    return translate(
        "Tenth {decile}: {converted:,} of {people:,} {unit} did it ({rate:.1%}), {lift:.2f} times "
        "the average",
        language,
        unit=_unit(evaluation),
        **{key: row[key] for key in ("decile", "converted", "people", "rate", "lift")},
    )


def _reached(
    row: Mapping[str, Any],
    last: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    language: Language,
) -> str:
    return translate(
        "The first {people:,} of {all:,} {unit} ({share:.0%}): {converted:,} of the {did:,} who "
        "did it ({reached:.0%})",
        language,
        people=row["people"],
        all=last["people"],
        unit=_unit(evaluation),
        share=row["people"] / last["people"],
        converted=row["converted"],
        did=last["converted"],
        reached=row["reached"],
    )


def _add_random(chart: go.Figure, language: Language) -> None:
    chart.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": GREY, "width": 1.5, "dash": "dash"},
        name=translate("Random order", language),
        hoverinfo="skip",
    )
    chart.add_annotation(
        text=translate("Random order", language),
        x=0.6,
        y=0.6,
        xanchor="left",
        yanchor="top",
        showarrow=False,
        font={"size": SMALL},
    )


def _add_top(chart: go.Figure, share: float, reached: float, language: Language) -> None:
    chart.add_scatter(
        x=[share],
        y=[reached],
        mode="markers",
        marker={"color": BLUE, "size": 10},
        hoverinfo="skip",
        showlegend=False,
    )
    text = translate("top {share:.0%}: {reached:.0%}", language, share=share, reached=reached)
    # Below the curve, where nothing else is, unless the curve is low there.
    chart.add_annotation(
        text=text,
        x=share,
        y=reached,
        xanchor="left",
        xshift=9,
        yanchor="top" if reached > 0.3 else "bottom",
        showarrow=False,
        font={"size": SMALL},
    )
