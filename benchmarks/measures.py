"""How good probabilities are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score


@dataclass(frozen=True)
class Measures:
    """Of one model on one part.

    Attributes:
        auc: exact.
        group_auc: mean of the groups' AUCs, weighted by their sizes (Zhou et al. 2018, arXiv
            1706.06978, section 5.3); groups of one outcome are left out. None without groups.
        log_loss: in nats.
    """

    auc: float
    group_auc: float | None
    log_loss: float


def measure(
    label: NDArray[np.int64], probability: NDArray[Any], group: NDArray[np.int64] | None
) -> Measures:
    """All measures of ``probability`` ``[n]``."""
    return Measures(
        float(roc_auc_score(label, probability)),
        None if group is None else group_auc(label, probability, group),
        float(log_loss(label, np.asarray(probability, np.float64))),
    )


def group_auc(label: NDArray[np.int64], score: NDArray[Any], group: NDArray[np.int64]) -> float:
    """The AUC of each group from the ranks within it; ties count one half."""
    frame = pd.DataFrame({"group": group, "label": label})
    frame["rank"] = pd.Series(score).groupby(group).rank()
    frame["positive_rank"] = frame["rank"] * label
    groups = frame.groupby("group").agg(
        size=("label", "size"), positives=("label", "sum"), ranks=("positive_rank", "sum")
    )
    negatives = groups["size"] - groups["positives"]
    groups = groups[(groups["positives"] > 0) & (negatives > 0)]
    positives, negatives = groups["positives"], groups["size"] - groups["positives"]
    auc = (groups["ranks"] - positives * (positives + 1) / 2) / (positives * negatives)
    return float(np.average(auc, weights=groups["size"]))
