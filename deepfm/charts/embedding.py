"""The values of an id, where the model has put them."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from deepfm.charts.labels import safe
from deepfm.charts.style import GREY, SMALL, diverging, figure, hover
from deepfm.language import Language, translate

_MOST_LABELS = 40


def embedding_map(values: pd.DataFrame, label: str, language: Language) -> go.Figure:
    """Values near each other act alike in the model; the colour is what each adds by itself.

    Args:
        values: value (text), x, y, weight, as from ``deepfm.explanation.embedding.value_map``; the
            first 40 are named, all of them under the pointer.
        label: what the field is called.
        language: of the texts.
    """
    chart = figure(
        translate("What the model learned of: {label}", language, label=safe(label)),
        translate("First direction (PCA)", language),
        translate("Second direction (PCA)", language),
        height=460,
    )
    names = values["value"].head(_MOST_LABELS)
    words = translate("Log-odds that a value adds by itself", language)
    colors = diverging(values["weight"].to_numpy(), "c", words)
    chart.add_scatter(
        x=values["x"],
        y=values["y"],
        mode="markers+text",
        text=[*map(safe, names), *[""] * (len(values) - len(names))],
        textposition="top center",
        textfont={"size": SMALL},
        marker={
            "size": 11,
            "color": values["weight"],
            "line": {"width": 1, "color": GREY},
            **colors,
        },
        **hover(
            [
                translate(
                    "{value}: {weight:+.3f} log-odds by itself",
                    language,
                    value=safe(value),
                    weight=weight,
                )
                for value, weight in zip(values["value"], values["weight"], strict=True)
            ]
        ),
    )
    # The axes of a PCA mean nothing by themselves.
    chart.update_xaxes(showticklabels=False, zeroline=False)
    chart.update_yaxes(showticklabels=False, zeroline=False)
    chart.update_layout(showlegend=False)
    return chart
