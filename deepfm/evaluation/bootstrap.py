"""Whether one ranking is better than another, or only lucky."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepfm.evaluation.metrics import Labels
from deepfm.model.scoring import Floats

RESAMPLES = 200
MOST_ROWS = 50_000


class Interval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float


def auc_difference_interval(
    label: Labels, score: Floats, other: Floats, user: NDArray[np.object_], seed: int = 0
) -> Interval:
    """Paired bootstrap of ``auc(score) - auc(other)`` over users (percentile interval).

    Whole users are drawn with replacement, because the rows of one user are alike; both scores are
    measured on the same draw, so what makes a draw easy cancels out. Beyond ``MOST_ROWS`` rows
    a random set of users with about so many is used, which only widens the interval.

    Args:
        label: 0 or 1 ``[n]``, both present.
        score: of the one ranking ``[n]``.
        other: of the other ranking ``[n]``.
        user: whose row it is ``[n]``.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    _, person = np.unique(user.astype(str), return_inverse=True)
    people = int(person.max()) + 1
    if len(label) > MOST_ROWS:
        kept = (rng.random(people) < MOST_ROWS / len(label))[person]
        label, score, other = label[kept], score[kept], other[kept]
        _, person = np.unique(person[kept], return_inverse=True)
        people = int(person.max()) + 1
    ranks = [np.unique(values, return_inverse=True)[1] for values in (score, other)]
    differences = []
    for _ in range(RESAMPLES):
        weight = np.bincount(rng.integers(0, people, people), minlength=people)[person]
        first, second = (weighted_auc(label, rank, weight) for rank in ranks)
        differences.append(first - second)
    # A draw without both outcomes has no AUC.
    low, high = np.nanpercentile(differences, [2.5, 97.5])
    return Interval(float(low), float(high))


def weighted_auc(label: Labels, rank: NDArray[np.intp], weight: NDArray[np.int64]) -> float:
    """AUC with a weight for each row; NaN when one outcome has no weight.

    Args:
        label: 0 or 1 ``[n]``.
        rank: position of the score among the distinct scores, from 0 ``[n]``.
        weight: ``[n]``.
    """
    did = np.bincount(rank, weights=weight * label)
    did_not = np.bincount(rank, weights=weight * (1 - label))
    pairs = did.sum() * did_not.sum()
    if not pairs:
        return float("nan")
    below = np.cumsum(did_not) - did_not / 2
    return float((did * below).sum() / pairs)
