"""A figure in sentences, for those who cannot see it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

_PLACE = re.compile(r"%\{(x|y)(?::([^}]*))?\}")
_END = "<extra></extra>"


def spoken(figure: go.Figure) -> list[str]:
    """What the pointer is told at each point, trace by trace.

    Args:
        figure: of this package; lines that only guide the eye say nothing.
    """
    return [
        html.unescape(text.replace("<br>", " "))
        for trace in figure.data
        if trace.hoverinfo != "skip"
        for text in _texts(trace)
    ]


def _texts(trace: Any) -> Iterator[str]:
    template = trace.hovertemplate.removesuffix(_END)
    if "hovertext" in template:
        yield from (text for text in np.ravel(np.asarray(trace.hovertext, object)) if text)
        return
    for point in zip(trace.x, trace.y, strict=True):
        yield _PLACE.sub(partial(_filled, dict(zip("xy", point, strict=True))), template)


def _filled(values: dict[str, Any], place: re.Match[str]) -> str:
    # The browser's formats are written like Python's.
    return format(values[place[1]], place[2] or "")
