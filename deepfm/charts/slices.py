"""Where the model is weaker than on the whole, and how it does from snapshot to snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from deepfm.charts.labels import name_rows, row_height, wrap
from deepfm.charts.style import BLUE, DATE, GREEN, GREY, ORANGE, SMALL, figure, hover
from deepfm.language import Language, translate
from deepfm.task.plan import PART_NAMES

_MOST_ROWS = 10
_PARTS: tuple[tuple[str, str, str], ...] = (
    ("train", GREY, "square-open"),
    ("valid", GREEN, "diamond"),
    ("test", BLUE, "circle"),
)


def slice_aucs(
    names: Sequence[str], slices: Sequence[Mapping[str, Any]], whole: float, language: Language
) -> go.Figure:
    """The AUC of the weakest parts of the test part, with 95 % intervals, beside that of all.

    Args:
        names: what each slice is, as in ``slices``.
        slices: as from ``deepfm.evaluation.slices.slices``, the weakest first.
        whole: AUC of the whole test part.
        language: of the texts.
    """
    names, slices = names[:_MOST_ROWS], slices[:_MOST_ROWS]
    rows = [wrap(name) for name in names]
    chart = figure(
        translate("AUC where the model is weakest", language),
        translate("AUC (0.5 = a coin, 1 = perfect)", language),
        height=row_height(rows, around=150),
        note=translate("Bars: 95% intervals. Line: the whole test part", language),
    )
    line = {"color": GREY, "width": 1.5, "dash": "dot"}
    chart.add_shape(type="line", x0=whole, x1=whole, yref="paper", y0=0, y1=1, line=line)
    chart.add_scatter(
        x=[one["auc"] for one in slices],
        y=list(range(len(slices))),
        mode="markers",
        marker={
            "size": 10,
            "color": [ORANGE if one["weak"] else BLUE for one in slices],
            "symbol": ["diamond" if one["weak"] else "circle" for one in slices],
        },
        error_x=_error(slices),
        showlegend=False,
        **hover([_text(n, one, language) for n, one in zip(names, slices, strict=True)]),
    )
    name_rows(chart, rows)
    return chart


def auc_over_time(evaluation: Mapping[str, Any], language: Language) -> go.Figure:
    """The AUC at each snapshot, with 95 % intervals; those of the training part are seen ones.

    Args:
        evaluation: the content of evaluation.json.
        language: of the texts.
    """
    chart = figure(
        translate("AUC from snapshot to snapshot", language),
        translate("Snapshot", language),
        translate("AUC", language),
        height=380,
        note=translate("Bars: 95% intervals", language),
    )
    for part, colour, symbol in _PARTS:
        found = [one for one in evaluation["over_time"] if one["part"] == part]
        if found:
            name = PART_NAMES[part].text(language)
            chart.add_scatter(
                x=[one["snapshot"] for one in found],
                y=[one["auc"] for one in found],
                mode="markers",
                marker={"color": colour, "size": 9, "symbol": symbol},
                error_y={**_error(found), "color": colour},
                name=name,
                **hover([_text(f"{name}, {one['snapshot'][:10]}", one, language) for one in found]),
            )
    chart.update_xaxes(tickformat=DATE, type="date", tickfont={"size": SMALL})
    return chart


def _error(slices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [one["high"] - one["auc"] for one in slices],
        "arrayminus": [one["auc"] - one["low"] for one in slices],
        "color": GREY,
        "thickness": 1.5,
        "width": 4,
    }


def _text(name: str, one: Mapping[str, Any], language: Language) -> str:
    return translate(
        "{name}: AUC {auc:.3f} (95% interval {low:.3f} to {high:.3f}); {positives:,} of "
        "{examples:,} did it",
        language,
        name=name,
        **{key: one[key] for key in ("auc", "low", "high", "positives", "examples")},
    )
