"""How a feature differs between those who did and those who did not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from deepfm.charts.bins import Bins, make_bins
from deepfm.charts.labels import name_rows, row_height, safe, wrap
from deepfm.charts.style import BLUE, ORANGE, empty, figure, hover
from deepfm.language import Language, Sentence, translate

_MOST_VALUES = 12
_TITLE = 44

_GROUPS: tuple[tuple[int, str, dict[str, Any], str], ...] = (
    (1, "did it ({count:,})", {"color": BLUE, "dash": "solid", "width": 2}, ""),
    (0, "did not ({count:,})", {"color": ORANGE, "dash": "dash", "width": 2}, "/"),
)
_OF_GROUP = {
    1: "{value}: {share:.1%} of those who did it ({count:,} of {all:,})",
    0: "{value}: {share:.1%} of those who did not ({count:,} of {all:,})",
}


def distribution(
    values: pd.Series[Any], label: pd.Series[Any], name: str, unit: str, language: Language
) -> go.Figure:
    """One feature, as the share of each group at each value.

    Numbers become two outlines over at most 40 bins, texts become bars of the 12 most frequent
    values, the others and the missing ones.

    Args:
        values: of the feature ``[n]``; texts are shown as they are.
        label: 1 did it, 0 did not; examples without a label are left out ``[n]``.
        name: what the feature is called.
        unit: of a number, as in ``Feature.unit``; may be empty.
        language: of the texts.
    """
    title = wrap(name, _TITLE)
    known = label.notna().to_numpy()
    did = label.to_numpy()[known].astype(float) == 1
    shown = values[known]
    if not shown.notna().any():
        return empty(title, translate("No example has a value here.", language))
    if pd.api.types.is_numeric_dtype(shown) and not pd.api.types.is_bool_dtype(shown):
        return _numbers(shown.to_numpy(np.float64), did, title, unit, language)
    return _texts(shown, did, title, language)


def _numbers(
    values: NDArray[np.float64], did: NDArray[np.bool_], title: str, unit: str, language: Language
) -> go.Figure:
    missing = ~np.isfinite(values)
    bins = make_bins(values[~missing])
    axis = (
        translate("Value ({unit})", language, unit=Sentence(unit))
        if unit
        else translate("Value", language)
    )
    notes = _missing_note(missing, did, language)
    if bins.below or bins.above:
        notes.append(translate("Outer bins: all beyond percentiles 1 and 99", language))
    chart = figure(
        title,
        axis,
        translate("Share of the group", language),
        height=340,
        note="<br>".join(notes),
    )
    for group, words, line, _ in _GROUPS:
        here = did if group else ~did
        _outline(chart, bins, values[here & ~missing], int(here.sum()), group, language)
        chart.data[-1].update(line=line, name=_counted(words, here, language))
    chart.update_yaxes(rangemode="tozero", tickformat=".0~%")
    return chart


def _outline(
    chart: go.Figure,
    bins: Bins,
    values: NDArray[np.float64],
    everyone: int,
    group: int,
    language: Language,
) -> None:
    """Steps over the bins; the last bin's share stands at its end as well."""
    counts = bins.count(values)
    shares = counts / max(everyone, 1)
    texts = [
        translate(_OF_GROUP[group], language, value=text, share=share, count=count, all=everyone)
        for text, share, count in zip(bins.texts(), shares.tolist(), counts.tolist(), strict=True)
    ]
    chart.add_scatter(
        x=bins.edges,
        y=[*shares, shares[-1]],
        mode="lines",
        line_shape="hv",
        fill="tozeroy" if group else None,
        fillcolor="rgba(47,127,193,0.15)",
        **hover([*texts, texts[-1]]),
    )


def _missing_note(
    missing: NDArray[np.bool_], did: NDArray[np.bool_], language: Language
) -> list[str]:
    if not missing.any():
        return []
    return [
        translate(
            "Without a value: {did:.0%} who did, {did_not:.0%} who did not",
            language,
            did=_share(missing[did]),
            did_not=_share(missing[~did]),
        )
    ]


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _counted(words: str, here: NDArray[np.bool_], language: Language) -> str:
    return translate(words, language, count=int(here.sum()))


def _texts(
    values: pd.Series[Any], did: NDArray[np.bool_], title: str, language: Language
) -> go.Figure:
    places, names = _rows(values, language)
    rows = [wrap(name) for name in names]
    axis = translate("Share of the group", language)
    chart = figure(title, axis, height=row_height(rows, around=140))
    for group, words, line, pattern in _GROUPS:
        here = did if group else ~did
        everyone = int(here.sum())
        counts = np.bincount(places[here], minlength=len(names))
        chart.add_bar(
            x=counts / max(everyone, 1),
            y=np.arange(len(names)),
            orientation="h",
            name=_counted(words, here, language),
            marker={"color": line["color"], "pattern": {"shape": pattern, "solidity": 0.3}},
            **hover(
                [
                    translate(
                        _OF_GROUP[group],
                        language,
                        value=safe(name),
                        share=count / max(everyone, 1),
                        count=count,
                        all=everyone,
                    )
                    for name, count in zip(names, counts.tolist(), strict=True)
                ]
            ),
        )
    name_rows(chart, rows)
    chart.update_xaxes(tickformat=".0~%", rangemode="tozero")
    chart.update_layout(bargap=0.25)
    return chart


def _rows(values: pd.Series[Any], language: Language) -> tuple[NDArray[np.int64], list[str]]:
    """Row of each example ``[n]`` and the rows' names: frequent values, the others, none."""
    texts = values.astype("string")
    frequent = texts.value_counts().index[:_MOST_VALUES].tolist()
    names = list(map(str, frequent))
    places = np.asarray(pd.Index(frequent).get_indexer(texts), np.int64)
    missing = texts.isna().to_numpy(bool)
    others = (places < 0) & ~missing
    for which, words in ((others, "other values"), (missing, "none")):
        if which.any():
            places[which] = len(names)
            names.append(translate(words, language))
    return places, names
