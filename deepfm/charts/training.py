"""How loss and AUC went while the model learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from deepfm.charts.labels import brief, safe, sentence_case
from deepfm.charts.style import BLUE, GREY, ORANGE, SMALL, empty, figure, hover, mark, thin
from deepfm.language import Language, Sentence, translate

_HEIGHT, _LOW = 360, 220
# Two labels need at least this share of the plot's height between them.
_LABEL = 0.09


def loss_curve(
    metrics: pd.DataFrame, language: Language, base_loss: float | None = None
) -> go.Figure:
    """Log loss of the batches, of the training sample and of the validation examples.

    Args:
        metrics: as from ``Run.metrics()``; empty before the first report.
        language: of the texts.
        base_loss: of giving everyone the base rate; drawn as a dotted line.
    """
    title = translate("Loss during training", language)
    chart = figure(
        title,
        translate("Training step", language),
        translate("Log loss (nats)", language),
        _HEIGHT,
    )
    steps = _finite(metrics, "step", "loss")
    if not steps.empty:
        shown = thin(steps)
        chart.add_scatter(
            x=shown["step"],
            y=shown["loss"],
            mode="lines" if len(shown) > 1 else "markers",
            name=translate("Batches", language),
            line={"color": GREY, "width": 1},
            opacity=0.6,
            **_hover("Batches", language),
        )
    _add_evaluations(chart, metrics, "loss", language)
    if chart.data and base_loss is not None:
        ends = pd.DataFrame({"step": [metrics["step"].min(), metrics["step"].max()]})
        ends["loss"] = base_loss
        chart.add_scatter(
            x=ends["step"],
            y=ends["loss"],
            mode="lines",
            name=translate("The base rate for everyone", language),
            line={"color": GREY, "width": 1.5, "dash": "dot"},
            **_hover("The base rate for everyone", language),
        )
    return _finished(chart, metrics, title, language)


def auc_curve(
    metrics: pd.DataFrame, references: Mapping[Sentence, float], language: Language
) -> go.Figure:
    """AUC on the training sample and on the validation examples.

    Args:
        metrics: as from ``Run.metrics()``; empty before the first report.
        references: AUCs to be compared with, by name; they become dotted lines.
        language: of the texts.
    """
    title = translate("AUC during training", language)
    chart = figure(title, translate("Training step", language), translate("AUC", language), _HEIGHT)
    _add_evaluations(chart, metrics, "auc", language)
    if chart.data:
        known = {name: value for name, value in references.items() if np.isfinite(value)}
        values = np.concatenate([np.asarray(trace.y, float) for trace in chart.data])
        low, high = _range([*values, *known.values()])
        bottom = _add_references(chart, known, (high - low) * _LABEL, language)
        chart.update_yaxes(range=[max(0.0, min(low, bottom)), high])
    return _finished(chart, metrics, title, language)


def learning_rate_curve(metrics: pd.DataFrame, language: Language) -> go.Figure:
    """The learning rate, with a mark at each look after which it was lowered.

    Args:
        metrics: as from ``Run.metrics()``; empty before the first report.
        language: of the texts.
    """
    title = translate("Learning rate", language)
    chart = figure(title, translate("Training step", language), height=_LOW)
    looks = _finite(metrics, "evaluation", "learning_rate")
    if looks.empty:
        return empty(title, translate("The training has not reported anything yet.", language))
    rate = looks["learning_rate"].astype(float)
    lowered = rate.shift(-1) < rate
    shown = thin(looks, keep=lowered.to_numpy(bool))
    chart.add_scatter(
        x=shown["step"],
        y=shown["learning_rate"],
        mode="lines",
        # What is told at a look is the rate of the steps before it.
        line={"color": BLUE, "width": 2, "shape": "vh"},
        name=title,
        **hover([f"{value:.2g}" for value in shown["learning_rate"]]),
    )
    drops = looks[lowered]
    chart.add_scatter(
        x=drops["step"],
        y=drops["learning_rate"],
        mode="markers",
        marker={"symbol": "triangle-down", "size": 9, "color": ORANGE},
        name=translate("lowered", language),
        **hover(
            [
                translate("step {step:,}: lowered to {rate:.2g}", language, step=step, rate=after)
                for step, after in zip(drops["step"], rate.shift(-1)[lowered], strict=True)
            ]
        ),
    )
    chart.update_xaxes(tickformat=",")
    ends = sorted({float(rate.min()), float(rate.max())})
    chart.update_yaxes(type="log", tickvals=ends, ticktext=[f"{end:.2g}" for end in ends])
    return chart


def _finite(metrics: pd.DataFrame, kind: str, column: str) -> pd.DataFrame:
    """The rows of a kind that have a number in ``column``, by step."""
    if column not in metrics.columns:
        return metrics.iloc[:0]
    numbers = pd.to_numeric(metrics[column], errors="coerce")
    found: pd.DataFrame = metrics[(metrics["kind"] == kind) & np.isfinite(numbers)]
    return found.sort_values("step", kind="stable")


def _best_step(metrics: pd.DataFrame) -> int | None:
    """Step of the last look that was the best so far."""
    if "best" not in metrics.columns:
        return None
    best = metrics.loc[(metrics["kind"] == "evaluation") & metrics["best"].eq(True), "step"]
    return int(best.max()) if len(best) else None


def _hover(name: str, language: Language) -> dict[str, str]:
    """What a point says. Filled in by the browser: the curves are drawn anew every second."""
    text = translate(
        "{name}, step {step}: {value}",
        language,
        name=sentence_case(translate(name, language)),
        step="%{x:,}",
        value="%{y:.4f}",
    )
    return {"hovertemplate": f"{text}<extra></extra>"}


def _add_evaluations(
    chart: go.Figure, metrics: pd.DataFrame, measure: str, language: Language
) -> None:
    lines: tuple[tuple[str, str, dict[str, Any], str], ...] = (
        ("train", "training", {"color": ORANGE, "dash": "dash"}, "square-open"),
        ("valid", "validation", {"color": BLUE, "dash": "solid"}, "circle"),
    )
    best = _best_step(metrics)
    for part, name, line, symbol in lines:
        column = f"{part}_{measure}"
        found = _finite(metrics, "evaluation", column)
        if found.empty:
            continue
        shown = thin(found, keep=(found["step"] == best).to_numpy(bool))
        chart.add_scatter(
            x=shown["step"],
            y=shown[column].astype(float),
            mode="lines+markers" if len(shown) <= 60 else "lines",
            name=sentence_case(translate(name, language)),
            line={**line, "width": 2},
            marker={"symbol": symbol, "size": 6},
            **_hover(name, language),
        )


def _finished(chart: go.Figure, metrics: pd.DataFrame, title: str, language: Language) -> go.Figure:
    """The chart with its best step marked; a note where there is nothing yet."""
    if not chart.data:
        return empty(title, translate("The training has not reported anything yet.", language))
    best = _best_step(metrics)
    if best is not None:
        steps = metrics["step"]
        right = best < (steps.min() + steps.max()) / 2
        chart.update_xaxes(tickformat=",")
        mark(chart, best, translate("best: step {step:,}", language, step=best), right)
    return chart


def _range(values: list[float]) -> tuple[float, float]:
    """From the least to the greatest value with a margin, within 0 and a little above 1."""
    low, high = min(values), max(values)
    margin = max(0.08 * (high - low), 0.005)
    return max(0.0, low - margin), min(1.005, high + margin)


def _add_references(
    chart: go.Figure, references: Mapping[Sentence, float], apart: float, language: Language
) -> float:
    """Draw a dotted line for each, with its name below it. Returns the bottom of the names.

    The names stand at the end of the training, where the model's own curves have risen above.
    """
    bottom = np.inf
    for group in _near(references, apart):
        lowest = group[-1][1]
        for place, (name, value) in enumerate(group):
            line = {"color": GREY, "width": 1.5, "dash": "dot"}
            chart.add_shape(type="line", xref="paper", x0=0, x1=1, y0=value, y1=value, line=line)
            label, auc = safe(brief(name.text(language))), f"{value:.3f}"
            chart.add_annotation(
                text=translate("{label}: {value}", language, label=label, value=auc),
                xref="paper",
                x=1,
                xanchor="right",
                y=lowest - place * apart,
                yanchor="top",
                showarrow=False,
                font={"size": SMALL},
            )
        bottom = lowest - len(group) * apart
    return bottom


def _near(references: Mapping[Sentence, float], apart: float) -> list[list[tuple[Sentence, float]]]:
    """Lines, from above, in groups whose names are stacked below the group's lowest line."""
    groups: list[list[tuple[Sentence, float]]] = []
    for name, value in sorted(references.items(), key=lambda item: -item[1]):
        if groups and value > groups[-1][-1][1] - len(groups[-1]) * apart:
            groups[-1].append((name, value))
        else:
            groups.append([(name, value)])
    return groups
