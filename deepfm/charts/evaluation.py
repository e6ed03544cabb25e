"""DeepFM beside simpler ways: AUC with its uncertainty, and the ROC curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from deepfm.charts.labels import brief, name_rows, sentence_case, wrap
from deepfm.charts.style import BLUE, GREEN, GREY, ORANGE, SMALL, figure, hover
from deepfm.evaluation.verdict import MODEL_NAMES
from deepfm.language import Language, translate

_ROW, _AROUND = 44, 140
_SETTLED = 0.02

_LINES: Mapping[str, Mapping[str, object]] = {
    "deepfm": {"color": BLUE, "dash": "solid", "width": 3},
    "recency": {"color": GREY, "dash": "dot", "width": 2},
    "habit": {"color": GREY, "dash": "dot", "width": 2},
    "logistic": {"color": GREEN, "dash": "dash", "width": 2},
    "trees": {"color": ORANGE, "dash": "dashdot", "width": 2},
}


def model_comparison(evaluation: Mapping[str, Any], language: Language) -> go.Figure:
    """AUC of each model on the test part, DeepFM on top.

    The bar around a baseline is the 95% interval of its difference to DeepFM, drawn around its own
    AUC: where it meets the vertical line of DeepFM the two may be equal.

    Args:
        evaluation: the content of evaluation.json.
        language: of the texts.
    """
    models = evaluation["models"]
    deepfm = next(model["auc"] for model in models if model["name"] == "deepfm")
    against = {row["against"]: row for row in evaluation["comparisons"]}
    chart = figure(
        translate("AUC on the test part", language),
        translate("AUC (0.5 = a coin, 1 = perfect)", language),
        height=_AROUND + _ROW * len(models),
        note=translate("Bars: 95% interval of the difference to DeepFM", language),
    )
    line = {"color": BLUE, "width": 1.5, "dash": "dot"}
    chart.add_shape(type="line", x0=deepfm, x1=deepfm, yref="paper", y0=0, y1=1, line=line)
    for row, model in enumerate(models):
        chart.add_trace(_dot(row, model, deepfm, against.get(model["name"]), language))
    name_rows(chart, [wrap(_name(model["name"], language)) for model in models])
    chart.update_layout(showlegend=False)
    return chart


def roc_curves(evaluation: Mapping[str, Any], language: Language) -> go.Figure:
    """The ROC curve of each model on the test part.

    Args:
        evaluation: the content of evaluation.json.
        language: of the texts.
    """
    chart = figure(
        translate("ROC curves on the test part", language),
        translate("Share of those who did not (false alarms)", language),
        translate("Share of those who did (hits)", language),
        height=420,
    )
    _add_random(chart, [0, 1], language)
    # DeepFM last: its line lies above the others.
    for name in reversed(evaluation["roc"]):
        chart.add_trace(_curve(name, evaluation["roc"][name], language))
    chart.update_layout(legend_traceorder="reversed")
    chart.update_xaxes(range=[0, 1.01], tickformat=".0%", dtick=0.25)
    chart.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return chart


def precision_curves(evaluation: Mapping[str, Any], language: Language) -> go.Figure:
    """The precision-recall curve of each model on the test part.

    Args:
        evaluation: the content of evaluation.json.
        language: of the texts.
    """
    chart = figure(
        translate("Precision and recall on the test part", language),
        translate("Share of those who did it that is reached", language),
        translate("Share of those contacted that did it", language),
        height=420,
    )
    _add_random(chart, [evaluation["base_rate"]] * 2, language)
    for name in reversed(evaluation["precision"]):
        points = evaluation["precision"][name]
        shown = brief(MODEL_NAMES[name].text(language))
        text = translate(
            "{model}: of those contacted {precision} did it, and {recall} of all who did are "
            "reached",
            language,
            model=shown,
            precision="%{y:.1%}",
            recall="%{x:.0%}",
        )
        chart.add_scatter(
            x=points["recall"],
            y=points["precision"],
            mode="lines",
            line=_LINES[name],
            name=shown,
            hovertemplate=f"{text}<extra></extra>",
        )
    # Among the first few anything may happen; that must not flatten the rest.
    settled = [
        value
        for points in evaluation["precision"].values()
        for value, recall in zip(points["precision"], points["recall"], strict=True)
        if recall >= _SETTLED
    ]
    chart.update_layout(legend_traceorder="reversed")
    chart.update_xaxes(range=[0, 1.01], tickformat=".0%", dtick=0.25)
    chart.update_yaxes(range=[0, min(1.02, 1.1 * max(settled, default=1.0))], tickformat=".0~%")
    return chart


def _add_random(chart: go.Figure, ends: Sequence[float], language: Language) -> None:
    """The curve of a list in no order: a straight line, of which ``ends`` are the heights."""
    chart.add_scatter(
        x=[0, 1],
        y=ends,
        mode="lines",
        line={"color": GREY, "width": 1, "dash": "longdash"},
        name=translate("Random order", language),
        hoverinfo="skip",
    )


def _name(model: str, language: Language) -> str:
    return sentence_case(MODEL_NAMES[model].text(language))


def _dot(
    row: int,
    model: Mapping[str, Any],
    deepfm: float,
    comparison: Mapping[str, Any] | None,
    language: Language,
) -> go.Scatter:
    auc, ours = model["auc"], model["name"] == "deepfm"
    dot = go.Scatter(
        x=[auc],
        y=[row],
        mode="markers+text",
        text=[f"{auc:.3f}"],
        textposition="top center",
        textfont={"size": SMALL},
        cliponaxis=False,
        name=_name(model["name"], language),
        marker={
            "size": 12,
            "symbol": "circle" if ours else "diamond",
            "color": BLUE if ours else ORANGE,
        },
        **hover([_dot_text(model, comparison, language)]),
    )
    if comparison:
        dot.error_x = {
            "array": [max(0.0, deepfm - comparison["low"] - auc)],
            "arrayminus": [max(0.0, auc - (deepfm - comparison["high"]))],
            "color": ORANGE,
            "thickness": 2,
            "width": 5,
        }
    return dot


def _dot_text(
    model: Mapping[str, Any], comparison: Mapping[str, Any] | None, language: Language
) -> str:
    text = translate(
        "{model}: AUC {auc:.3f}, average precision {precision:.3f}",
        language,
        model=_name(model["name"], language),
        auc=model["auc"],
        precision=model["average_precision"],
    )
    if comparison is None:
        return text
    difference = translate(
        "DeepFM minus this: {difference:+.3f} (95% interval {low:+.3f} to {high:+.3f})",
        language,
        **{key: comparison[key] for key in ("difference", "low", "high")},
    )
    return f"{text}<br>{difference}"


def _curve(name: str, points: Mapping[str, list[float]], language: Language) -> go.Scatter:
    shown = brief(MODEL_NAMES[name].text(language))
    texts = [
        translate(
            "{model}: finds {tpr:.0%} of those who did, with {fpr:.0%} of those who did not",
            language,
            model=shown,
            tpr=tpr,
            fpr=fpr,
        )
        for fpr, tpr in zip(points["fpr"], points["tpr"], strict=True)
    ]
    return go.Scatter(
        x=points["fpr"],
        y=points["tpr"],
        mode="lines",
        line=_LINES[name],
        name=shown,
        **hover(texts),
    )
