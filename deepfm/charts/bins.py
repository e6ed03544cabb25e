"""Bins for a number of any kind."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepfm.prospects.words import number_text

_MOST = 40
_TAIL = 0.01


@dataclass(frozen=True)
class Bins:
    """Neighbouring intervals.

    Attributes:
        edges: ascending ``[bins + 1]``.
        whole: whether all values are whole numbers; the edges then lie halfway between them.
        below: whether values lie below; they count in the first bin.
        above: whether values lie above; they count in the last bin.
    """

    edges: NDArray[np.float64]
    whole: bool
    below: bool
    above: bool

    def count(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Number of values in each bin ``[bins]``."""
        inside = np.clip(values, self.edges[0], self.edges[-1])
        return np.histogram(inside, self.edges)[0]

    def texts(self) -> list[str]:
        """What each bin holds, such as ``3``, ``3–5``, ``0.5–0.75`` or ``≥ 40`` ``[bins]``."""
        pairs = zip(self.edges[:-1], self.edges[1:], strict=True)
        if self.whole:
            pairs = zip(self.edges[:-1] + 0.5, self.edges[1:] - 0.5, strict=True)
        shown = [(number_text(float(low)), number_text(float(high))) for low, high in pairs]
        texts = [low if low == high else f"{low}–{high}" for low, high in shown]
        if self.below:
            texts[0] = f"≤ {shown[0][1]}"
        if self.above:
            texts[-1] = f"≥ {shown[-1][0]}"
        return texts


def make_bins(values: NDArray[np.float64]) -> Bins:
    """At most 40 equal bins between the 1st and the 99th percentile.

    Args:
        values: finite, at least one ``[n]``.
    """
    least, greatest = float(values.min()), float(values.max())
    low, high = np.quantile(values, [_TAIL, 1 - _TAIL], method="nearest").tolist()
    if low == high:
        low, high = least, greatest
    outside = least < low, greatest > high
    whole = bool((values == np.round(values)).all())
    if whole:
        step = math.ceil((high - low + 1) / _MOST)
        bins = math.ceil((high - low + 1) / step)
        return Bins(low - 0.5 + step * np.arange(bins + 1), whole, *outside)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return Bins(np.linspace(low, high, _MOST + 1), whole, *outside)
