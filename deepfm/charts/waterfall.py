"""One person's way from a typical user's score to their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from deepfm.charts.labels import name_rows, row_height, safe, with_value, wrap
from deepfm.charts.style import BLUE, GREY, ORANGE, SMALL, figure, hover
from deepfm.language import Language, translate

# Room for the figure beside a bar, and the gap before it, as shares of the whole way.
_ROOM, _GAP = 0.2, 0.006


@dataclass(frozen=True)
class _Bar:
    """A row of the chart.

    Attributes:
        start, end: where it begins and ends (log-odds).
        name: beside the row, wrapped.
        text: the figure on the bar.
        hover: everything in words.
        color: of the bar.
        pattern: so that up and down differ without colour too.
    """

    start: float
    end: float
    name: str
    text: str
    hover: str
    color: str
    pattern: str


def waterfall(
    base: float,
    contributions: Sequence[tuple[str, str, float]],
    logit: float,
    most: int,
    language: Language,
) -> go.Figure:
    """The typical user's log-odds, what each strong field adds, all others, and the sum.

    Args:
        base: log-odds of the typical user.
        contributions: label, the person's value and contribution of each field; texts are shown as
            they are. Base and contributions sum to ``logit``.
        logit: of the person.
        most: number of fields to show by themselves.
        language: of the texts.
    """
    strongest = sorted(contributions, key=lambda entry: -abs(entry[2]))
    bars = [_whole("A typical user", base, language)]
    for label, value, amount in strongest[:most]:
        name = with_value(label, value, language)
        words = translate("{label}: {value}", language, label=label, value=value)
        bars.append(_step(bars[-1].end, amount, name, words, language))
    rest = strongest[most:]
    if rest:
        words = translate("all {count} other fields", language, count=len(rest))
        # The bar ends at the person's logit, so that rounding does not show as a gap.
        amount = logit - bars[-1].end
        bars.append(_step(bars[-1].end, amount, wrap(words), words, language))
    bars.append(_whole("This user", logit, language))
    return _draw(bars, language)


def _whole(words: str, value: float, language: Language) -> _Bar:
    name = translate(words, language)
    text = translate("{name}: log-odds {value:+.3f}", language, name=name, value=value)
    return _Bar(0.0, value, wrap(name), f"{value:+.2f}", text, GREY, "")


def _step(start: float, amount: float, name: str, words: str, language: Language) -> _Bar:
    template = (
        "{field} raises the log-odds by {amount:.3f}, to {end:+.3f}"
        if amount >= 0
        else "{field} lowers the log-odds by {amount:.3f}, to {end:+.3f}"
    )
    end = start + amount
    text = translate(template, language, field=safe(words), amount=abs(amount), end=end)
    color, pattern = (BLUE, "") if amount >= 0 else (ORANGE, "/")
    return _Bar(start, end, name, f"{amount:+.2f}", text, color, pattern)


def _draw(bars: Sequence[_Bar], language: Language) -> go.Figure:
    names = [bar.name for bar in bars]
    chart = figure(
        translate("From a typical user to this one", language),
        translate("Log-odds (0 = as likely as not)", language),
        height=row_height(names),
    )
    chart.add_bar(
        x=[bar.end - bar.start for bar in bars],
        base=[bar.start for bar in bars],
        y=list(range(len(bars))),
        orientation="h",
        marker={
            "color": [bar.color for bar in bars],
            "pattern": {"shape": [bar.pattern for bar in bars], "solidity": 0.3},
        },
        **hover([bar.hover for bar in bars]),
    )
    _connect(chart, bars)
    _write_figures(chart, bars)
    name_rows(chart, names)
    chart.update_layout(bargap=0.4, showlegend=False)
    return chart


def _connect(chart: go.Figure, bars: Sequence[_Bar]) -> None:
    """A thin line from each bar's end to the next bar."""
    line: dict[str, list[float | None]] = {"x": [], "y": []}
    for row, bar in enumerate(bars[:-1]):
        line["x"] += [bar.end, bar.end, None]
        line["y"] += [row - 0.3, row + 1.3, None]
    chart.add_scatter(
        **line, mode="lines", line={"color": GREY, "width": 1}, cliponaxis=False, hoverinfo="skip"
    )


def _write_figures(chart: go.Figure, bars: Sequence[_Bar]) -> None:
    """Put the figures right of the bars, and widen the axis so that they fit."""
    rights = [max(bar.start, bar.end) for bar in bars]
    low, high = min(min(bar.start, bar.end) for bar in bars), max(rights)
    way = (high - low) or 1.0
    chart.update_xaxes(range=[low - 0.05 * way, high + _ROOM * way])
    # One trace, as the browser lays out each note by itself.
    chart.add_scatter(
        x=[right + _GAP * way for right in rights],
        y=list(range(len(bars))),
        text=[bar.text for bar in bars],
        mode="text",
        textposition="middle right",
        textfont={"size": SMALL},
        cliponaxis=False,
        hoverinfo="skip",
    )
