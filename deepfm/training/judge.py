"""How good the scores of some examples are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score


class AstrayError(Exception):
    """The loss is no longer a number."""


def judge(label: NDArray[Any], logit: NDArray[Any]) -> tuple[float, float]:
    """Log loss (nats) and exact AUC; the AUC of one kind only is undefined and given as 0.5.

    Args:
        label: ``[n]``, 0 or 1.
        logit: ``[n]``.

    Raises:
        AstrayError: a logit is no number.
    """
    check_number(float(logit.sum()))
    score = expit(logit.astype(np.float64))
    auc = float(roc_auc_score(label, logit)) if len(np.unique(label)) == 2 else 0.5
    return float(log_loss(label, score, labels=[0, 1])), auc


def check_number(value: float) -> None:
    """Refuse a loss that is none.

    Raises:
        AstrayError: it is infinite or no number.
    """
    if not np.isfinite(value):
        raise AstrayError
