"""The gradient of a ReLU network, integrated exactly along straight lines.

Integrated gradients (Sundararajan, Taly and Yan 2017, arXiv 1703.01365) are usually summed over a
few dozen nodes and miss completeness by a few percent. But along a straight line a ReLU network is
piecewise linear, so its gradient is constant between the points at which a unit switches on or
off. Those points are found layer by layer, and the integral is a finite sum.

Each layer splits the segments of the one before where its own units switch. Going back, a
gradient is summed over the pieces of a segment before it is multiplied with the kernel of the
layer before, which is constant there; and the last hidden layer, by far the most split, is never
split at all: for how long a unit is on follows from its values at the ends of a segment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepfm.model.scoring import Floats, ScoringModel

# Numbers in a chunk's largest array [lines, points, units], which should stay in the cache.
_CHUNK = 1 << 18
# Keeps 0 / 0 from being asked; beside any other divisor it is nothing.
_TINY = 1e-300


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
    kernel, bias = model.kernels[0], model.biases[0]
    if len(model.kernels) == 1:
        return np.tile(kernel[:, 0], (len(end), 1))
    values = np.stack(np.broadcast_arrays(start @ kernel + bias, end @ kernel + bias), axis=1)
    chunk = max(1, _CHUNK // _numbers_a_line(model))
    pieces = []
    for first in range(0, len(values), chunk):
        lines = values[first : first + chunk]
        whole = np.tile([0.0, 1.0], (len(lines), 1))
        pieces.append(_integral(model, 1, whole, lines)[:, 0])
    return np.concatenate(pieces) @ kernel.T if pieces else np.zeros_like(end)


def _numbers_a_line(model: ScoringModel) -> int:
    """About as many as the largest array holds: half of the units switch, at most, once each."""
    units = [len(bias) for bias in model.biases[:-1]]
    return (2 + sum(units[:-1]) // 2) * max(units)


def _integral(model: ScoringModel, depth: int, times: Floats, values: Floats) -> Floats:
    """Integral of the network's gradient with respect to a hidden layer before activation.

    Args:
        model: the model.
        depth: of the hidden layer, from 1.
        times: sorted ``[n, T]``.
        values: of the hidden layer at those times ``[n, T, units]``, linear between them.

    Returns:
        Over each segment between two times ``[n, T - 1, units]``.
    """
    kernel = model.kernels[depth]
    if depth == len(model.kernels) - 1:
        return _time_on(times, values) * kernel[:, 0]
    split = _split(times, values)
    values = _interpolate(times, values, split)
    # Between two switching times the sign of the mean is that of all values.
    on = values[:, 1:] + values[:, :-1] > 0
    following = np.maximum(values, 0.0) @ kernel + model.biases[depth]
    gradient = _integral(model, depth + 1, split.times, following) @ kernel.T
    gradient *= on
    lines, pieces, units = gradient.shape
    first_pieces = split.places[:, :-1] + pieces * np.arange(lines)[:, None]
    sums = np.add.reduceat(gradient.reshape(-1, units), first_pieces.ravel(), axis=0)
    return np.asarray(sums.reshape(lines, -1, units))


def _time_on(times: Floats, values: Floats) -> Floats:
    """For how long values ``[n, T, units]`` are positive in each segment ``[n, T - 1, units]``."""
    before, after = values[:, :-1], values[:, 1:]
    share: Floats = np.maximum(before, after)
    share /= np.abs(before - after) + _TINY
    np.clip(share, 0.0, 1.0, out=share)
    share *= np.diff(times, axis=1)[:, :, None]
    return share


class _Split(NamedTuple):
    """Segments split further.

    Attributes:
        times: sorted ``[n, S]``, S >= T; ends are repeated where a line has fewer times.
        places: of the earlier T times among them ``[n, T]``, ascending.
    """

    times: Floats
    places: NDArray[np.intp]


def _split(times: Floats, values: Floats) -> _Split:
    """Split the segments where ``values`` ``[n, T, units]`` change their sign."""
    positive = values > 0
    row, segment, unit = np.nonzero(positive[:, 1:] != positive[:, :-1])
    before, after = values[row, segment, unit], values[row, segment + 1, unit]
    left, right = times[row, segment], times[row, segment + 1]
    zeros = left + (right - left) * (before / (before - after))
    both = np.concatenate([times, _in_rows(row, zeros, len(times))], axis=1)
    # Stable, so that of equal times the earlier ones keep their order and come first.
    order = np.argsort(both, axis=1, kind="stable")
    places = np.nonzero(order < times.shape[1])[1].reshape(times.shape)
    return _Split(np.take_along_axis(both, order, axis=1), places)


def _interpolate(times: Floats, values: Floats, split: _Split) -> Floats:
    """The values ``[n, S, units]`` at the times of ``split``."""
    earlier = np.zeros(split.times.shape, dtype=bool)
    np.put_along_axis(earlier, split.places, True, axis=1)
    segment = np.minimum(np.cumsum(earlier, axis=1), times.shape[1] - 1) - 1
    left = np.take_along_axis(times, segment, axis=1)
    length = np.take_along_axis(times, segment + 1, axis=1) - left
    share = (split.times - left) / np.maximum(length, _TINY)
    line = np.arange(len(times))[:, None]
    found: Floats = values[line, segment + 1]
    before = values[line, segment]
    found -= before
    found *= share[:, :, None]
    found += before
    return found


def _in_rows(row: NDArray[np.intp], values: Floats, rows: int) -> Floats:
    """``values`` of rows ``row`` (ascending) as a matrix, filled up with 1, the end of the line."""
    counts = np.bincount(row, minlength=rows)
    matrix = np.ones((rows, int(counts.max(initial=0))))
    matrix[row, np.arange(len(row)) - (np.cumsum(counts) - counts)[row]] = values
    return matrix
