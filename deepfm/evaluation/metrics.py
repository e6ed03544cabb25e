"""Measures of a ranking and of probabilities.

Where scores are equal, people stand in no order: measures of the top of the list then take the
mean over all orders, so that a coarse rule neither gains nor loses by the order of the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn import metrics

from deepfm.model.scoring import Floats

Labels = NDArray[np.int64]


def auc(label: Labels, score: Floats) -> float:
    """Exact area under the ROC curve; ties count one half.

    Args:
        label: 0 or 1 ``[n]``, both present.
        score: higher means more likely ``[n]``.
    """
    return float(metrics.roc_auc_score(label, score))


def average_precision(label: Labels, score: Floats) -> float:
    """Mean precision over the ranks of those who did it."""
    return float(metrics.average_precision_score(label, score))


def log_loss(label: Labels, logit: Floats) -> float:
    """Mean binary cross-entropy in nats, from logits, without overflow."""
    return float(np.mean(np.logaddexp(0.0, logit) - label * logit))


def lift_at(label: Labels, score: Floats, share: float) -> float:
    """Rate among the top ``share`` (at least one person) over the rate among all."""
    people = max(1, round(share * len(label)))
    return float(_ranked(label, score)[:people].mean() / label.mean())


def deciles(label: Labels, score: Floats) -> list[dict[str, Any]]:
    """Ten groups of equal size, the most likely first: the contract of ``evaluation.json``."""
    borders = np.round(np.linspace(0, len(label), 11)).astype(int)
    # Rounding the running count keeps whole people who add up to all who did it.
    reached = np.round(np.concatenate([[0.0], np.cumsum(_ranked(label, score))])).astype(int)
    rows = []
    for number in range(10):
        first, last = borders[number], borders[number + 1]
        people, converted = int(last - first), int(reached[last] - reached[first])
        rate = converted / people if people else 0.0
        rows.append(
            {
                "decile": number + 1,
                "people": people,
                "converted": converted,
                "rate": rate,
                "lift": rate / float(label.mean()),
            }
        )
    return rows


def gains(label: Labels, score: Floats, steps: int = 100) -> list[dict[str, Any]]:
    """Who is reached when the top of the list is contacted, in ``steps`` equal steps.

    Returns:
        ``people`` contacted, ``converted`` among them, ``reached``: their share of all who did it.
    """
    reached = np.round(np.concatenate([[0.0], np.cumsum(_ranked(label, score))])).astype(int)
    borders = np.round(np.linspace(0, len(label), steps + 1)).astype(int)
    return [
        {"people": int(p), "converted": int(reached[p]), "reached": reached[p] / int(label.sum())}
        for p in borders
    ]


def roc_points(label: Labels, score: Floats, most: int = 200) -> dict[str, list[float]]:
    """At most ``most`` points of the ROC curve, evenly spread along it, both ends included."""
    fpr, tpr, _ = metrics.roc_curve(label, score)
    kept = np.unique(np.searchsorted((fpr + tpr) / 2, np.linspace(0, 1, most)))
    kept = kept[kept < len(fpr)]
    return {"fpr": fpr[kept].tolist(), "tpr": tpr[kept].tolist()}


def precision_points(label: Labels, score: Floats, most: int = 200) -> dict[str, list[float]]:
    """At most ``most`` points of the precision-recall curve, evenly spread over the recall.

    Returns:
        ``recall``, from nobody to all who did it, and ``precision``: the share of those who did it
        among so many from the top.
    """
    precision, recall, _ = metrics.precision_recall_curve(label, score)
    precision, recall = precision[::-1], recall[::-1]
    # scikit-learn begins with a precision of 1 for nobody, which no list has.
    precision[0] = precision[1]
    kept = np.unique(np.searchsorted(recall, np.linspace(0, 1, most)))
    kept = kept[kept < len(recall)]
    return {"recall": recall[kept].tolist(), "precision": precision[kept].tolist()}


def sigmoid(logit: Floats) -> Floats:
    """Probability of a logit."""
    return np.asarray(expit(logit), dtype=np.float64)


def _ranked(label: Labels, score: Floats) -> Floats:
    """Labels by descending score, each the mean of those with an equal score ``[n]``."""
    order = np.argsort(-score, kind="stable")
    _, group, size = np.unique(-score[order], return_inverse=True, return_counts=True)
    mean = np.bincount(group, weights=label[order]) / size
    return np.asarray(mean[group])
