"""The gradient of a ReLU network, integrated exactly along straight lines.

Integrated gradients (Sundararajan, Taly and Yan 2017, arXiv 1703.01365) are usually summed over a
few dozen nodes and miss completeness by a few percent. But along a straight line a ReLU network is
piecewise linear, so its gradient is constant between the points at which a unit switches on or
off. Those points are found layer by layer, and the integral is a finite sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepfm.model.scoring import Floats, ScoringModel

# A chunk's arrays [rows, segments, units] should stay in the processor's cache.
_CHUNK = 64


@dataclass(frozen=True)
class _Lines:
    """First hidden layer before activation, ``origin + time * slope`` for time in [0, 1].

    Attributes:
        origin: ``[units]``, the same start for all lines.
        slope: ``[n, units]``.
    """

    origin: Floats
    slope: Floats

    def at(self, times: Floats) -> Floats:
        """Values ``[n * T, units]`` at times ``[n, T]``."""
        values: Floats = self.origin + times[:, :, None] * self.slope[:, None, :]
        return values.reshape(-1, len(self.origin))


def mean_gradient(model: ScoringModel, start: Floats, end: Floats) -> Floats:
    """Mean gradient of ``model.deep`` on the straight lines from ``start`` to ``end``.

    Times ``end - start`` it sums to ``deep(end) - deep(start)`` up to rounding.

    Args:
        model: the model.
        start: one input of the network ``[F k]``.
        end: inputs ``[n, F k]``.

    Returns:
        ``[n, F k]``.
    """
    kernel = model.kernels[0]
    if len(model.kernels) == 1:
        return np.tile(kernel[:, 0], (len(end), 1))
    origin = start @ kernel + model.biases[0]
    slope = (end - start) @ kernel
    pieces = [
        _mean_gradient_of_first_layer(model, _Lines(origin, slope[first : first + _CHUNK]))
        for first in range(0, len(end), _CHUNK)
    ]
    return np.concatenate(pieces) @ kernel.T if pieces else np.zeros_like(end)


def _mean_gradient_of_first_layer(model: ScoringModel, lines: _Lines) -> Floats:
    """Mean gradient ``[n, units]`` with respect to the first layer before activation."""
    times = _switching_times(model, lines)
    lengths = np.diff(times, axis=1)
    values = lines.at((times[:, 1:] + times[:, :-1]) / 2)
    active = [values > 0]
    for kernel, bias in zip(model.kernels[1:-1], model.biases[1:-1], strict=True):
        values = np.maximum(values, 0.0) @ kernel + bias
        active.append(values > 0)
    gradient = active[-1] * model.kernels[-1][:, 0]
    for kernel, mask in zip(model.kernels[-2:0:-1], active[-2::-1], strict=True):
        gradient = gradient @ kernel.T
        gradient *= mask
    shape = (*lengths.shape, len(lines.origin))
    # One row of lengths times one matrix of gradients for each line.
    mean: Floats = np.matmul(lengths[:, None, :], gradient.reshape(shape))[:, 0]
    return mean


def _switching_times(model: ScoringModel, lines: _Lines) -> Floats:
    """Sorted times ``[n, T]`` from 0 to 1 between which no unit switches; ends are repeated."""
    times = np.tile([0.0, 1.0], (len(lines.slope), 1))
    for depth in range(len(model.kernels) - 1):
        values = lines.at(times)
        inner = slice(1, depth + 1)
        for kernel, bias in zip(model.kernels[inner], model.biases[inner], strict=True):
            values = np.maximum(values, 0.0) @ kernel + bias
        times = _split(times, values.reshape(*times.shape, -1))
    return times


def _split(times: Floats, values: Floats) -> Floats:
    """Add the zeros of functions that are linear between ``times``.

    Args:
        times: sorted ``[n, T]``.
        values: ``[n, T, units]`` at those times.
    """
    positive = values > 0
    row, segment, unit = np.nonzero(positive[:, 1:] != positive[:, :-1])
    before, after = values[row, segment, unit], values[row, segment + 1, unit]
    left, right = times[row, segment], times[row, segment + 1]
    zeros = left + (right - left) * (before / (before - after))
    return np.sort(np.concatenate([times, _in_rows(row, zeros, len(times))], axis=1), axis=1)


def _in_rows(row: NDArray[np.intp], values: Floats, rows: int) -> Floats:
    """``values`` of rows ``row`` (ascending) as a matrix, filled up with 1, the end of the line."""
    counts = np.bincount(row, minlength=rows)
    matrix = np.ones((rows, int(counts.max(initial=0))))
    matrix[row, np.arange(len(row)) - (np.cumsum(counts) - counts)[row]] = values
    return matrix
