"""How certain the measures of a ranking are, and whether one is better than another or only lucky.

Whole users are drawn with replacement, because the rows of one user are alike. All rankings are
measured on the same draws, so what makes a draw easy cancels out of their difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def interval(values: Floats) -> Interval:
    """The middle 95 % of the draws (percentile interval); NaN draws do not count."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Interval(float(low), float(high))


def resample(
    label: Labels,
    scores: Mapping[str, Floats],
    user: NDArray[np.object_],
    shares: Sequence[float] = (),
    seed: int = 0,
) -> dict[str, dict[str, Floats]]:
    """Measure rankings on ``RESAMPLES`` draws of users.

    Beyond ``MOST_ROWS`` rows a random set of users with about so many is used, which only widens
    the intervals.

    Args:
        label: 0 or 1 ``[n]``, both present.
        scores: of each ranking by name ``[n]``.
        user: whose row it is ``[n]``.
        shares: of the people on top, 0 to 1, to know the lift of.
        seed: of the draws.

    Returns:
        By name, and by name of the measure as in ``weighted_measures``, the value on each draw
        ``[RESAMPLES]``; NaN on a draw without both outcomes.
    """
    rng = np.random.default_rng(seed)
    _, person = np.unique(user.astype(str), return_inverse=True)
    people = int(person.max()) + 1
    if len(label) > MOST_ROWS:
        kept = (rng.random(people) < MOST_ROWS / len(label))[person]
        label, scores = label[kept], {name: score[kept] for name, score in scores.items()}
        _, person = np.unique(person[kept], return_inverse=True)
        people = int(person.max()) + 1
    ranks = {name: np.unique(-score, return_inverse=True)[1] for name, score in scores.items()}
    found: dict[str, dict[str, list[float]]] = {name: {} for name in scores}
    for _ in range(RESAMPLES):
        weight = np.bincount(rng.integers(0, people, people), minlength=people)[person]
        for name, rank in ranks.items():
            for measure, value in weighted_measures(label, rank, weight, shares).items():
                found[name].setdefault(measure, []).append(value)
    return {
        name: {measure: np.array(values) for measure, values in measures.items()}
        for name, measures in found.items()
    }


def weighted_measures(
    label: Labels, rank: NDArray[np.intp], weight: NDArray[np.int64], shares: Sequence[float] = ()
) -> dict[str, float]:
    """AUC, average precision and lifts with a weight for each row.

    Args:
        label: 0 or 1 ``[n]``.
        rank: place of the score among the distinct scores, the highest being 0 ``[n]``.
        weight: ``[n]``.
        shares: of the people on top, 0 to 1; of equal scores at the border each counts in part.

    Returns:
        ``auc``, ``average_precision`` and for each share ``lift_<percent>``; NaN when one outcome
        has no weight.
    """
    did = np.bincount(rank, weights=weight * label)
    did_not = np.bincount(rank, weights=weight * (1 - label))
    names = ["auc", "average_precision", *(f"lift_{100 * share:g}" for share in shares)]
    if not did.sum() * did_not.sum():
        return dict.fromkeys(names, float("nan"))
    everybody = did + did_not
    seen, hits = np.cumsum(everybody), np.cumsum(did)
    above = np.cumsum(did_not) - did_not / 2
    auc = 1.0 - (did * above).sum() / (did.sum() * did_not.sum())
    precision = hits / np.maximum(seen, 1)
    rate = did / np.maximum(everybody, 1)
    lifts = []
    for share in shares:
        taken = np.clip(share * seen[-1] - (seen - everybody), 0, everybody)
        lifts.append((taken * rate).sum() / taken.sum() / (hits[-1] / seen[-1]))
    values = [auc, (did * precision).sum() / hits[-1], *lifts]
    return {name: float(value) for name, value in zip(names, values, strict=True)}
