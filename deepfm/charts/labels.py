"""Long names beside narrow plots: broken into lines, cut, and safe to show."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

import plotly.graph_objects as go

from deepfm.charts.style import SMALL
from deepfm.language import Language, translate

# A Latin letter is one unit wide, a Chinese character two: 22 units are about 130 pixels.
LINE = 22

_ROW, _LONG_ROW, _LEAST = 24, 31, 260
# A line may end after any Chinese character, but not after an opening or before a closing mark,
# nor within a word.
_PIECE = re.compile(r"\s+|[“‘（]*[\u2e80-\uffef][”’）：，。、；！？]*|[^\s\u2e80-\uffef]+")


def safe(text: str) -> str:
    """``text`` to be shown as it stands: what looks like a tag in it is none for Plotly."""
    return html.escape(text, quote=False)


def sentence_case(text: str) -> str:
    """``text`` with its first letter large."""
    return text[:1].upper() + text[1:]


def brief(text: str) -> str:
    """``text`` as the beginning of a label, without what stands in brackets behind it."""
    return sentence_case(re.split(r"\s*[(（]", text)[0] or text)


def width(text: str) -> int:
    """Units that ``text`` is wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def shorten(text: str, most: int) -> str:
    """``text``, or as much of it as fits into ``most`` units with a final ``…``."""
    if width(text) <= most:
        return text
    while text and width(text) > most - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, line: int = LINE, lines: int = 2) -> str:
    """``text`` in at most so many lines of even length, parted by ``<br>``; safe to show.

    What does not fit into ``lines`` lines of ``line`` units is cut off.
    """
    broken = _broken(text, line)
    if len(broken) > lines:
        broken = [*broken[: lines - 1], "".join(broken[lines - 1 :])]
    else:
        even = range(width(text) // len(broken), line)
        fitting = (_broken(text, least) for least in even)
        broken = next((b for b in fitting if len(b) == len(broken)), broken)
    return "<br>".join(safe(shorten(part.rstrip(), line)) for part in broken)


def with_value(label: str, value: str, language: Language, line: int = LINE) -> str:
    """``label: value`` in two lines; where it is too long the label is cut, not the value."""
    value = shorten(value, line // 2 + 3)
    # Words do not fill lines to the end, hence the slack.
    label = shorten(label, 2 * line - width(value) - 6)
    return wrap(translate("{label}: {value}", language, label=label, value=value), line)


def _broken(text: str, line: int) -> list[str]:
    """``text`` in lines of at most ``line`` units, longer only where a word is longer."""
    broken = [""]
    for piece in _PIECE.findall(text.strip()):
        if broken[-1] and width(broken[-1] + piece.rstrip()) > line:
            broken.append("")
        broken[-1] += piece if broken[-1] else piece.lstrip()
    return broken


def row_height(names: Sequence[str], around: int = 120) -> int:
    """Pixels of a chart with these wrapped names of rows and so much around the rows."""
    row = _LONG_ROW if any("<br>" in name for name in names) else _ROW
    return max(_LEAST, around + row * len(names))


def name_rows(chart: go.Figure, names: Sequence[str]) -> None:
    """Write the names, already wrapped, beside the rows 0, 1, … from the top.

    Rows are numbers for Plotly, as equal names would fall on one row.
    """
    chart.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=list(names),
        tickfont={"size": SMALL},
        range=[len(names) - 0.4, -0.6],
        showgrid=False,
    )
