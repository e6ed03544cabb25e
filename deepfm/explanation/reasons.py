"""The few fields that speak most for a person, and against."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepfm.explanation.contributions import Contributions
from deepfm.model.scoring import Floats

NONE = -1
# On the logit 0.01 changes the odds by one percent; less than that, or less than a hundredth of
# all that moves a person, is no reason to name.
_LEAST = 0.01


class Reasons(NamedTuple):
    """Strongest first.

    Attributes:
        for_fields: position of the field ``[n, top]``, -1 where there is no further reason.
        for_values: its contribution to the logit ``[n, top]``, positive; NaN where none.
        against_fields: as ``for_fields``.
        against_values: as ``for_values``, negative.
    """

    for_fields: NDArray[np.int64]
    for_values: Floats
    against_fields: NDArray[np.int64]
    against_values: Floats


def reasons(contributions: Contributions, top: int = 3) -> Reasons:
    """The ``top`` strongest fields for and against each person.

    A field counts when its total contribution c has ``|c| >= 0.01 * max(1, sum of all |c|)``.
    """
    total = contributions.total
    least = _LEAST * np.maximum(1.0, np.abs(total).sum(axis=1, keepdims=True))
    return Reasons(*_strongest(total, least, top), *_strongest(total, least, top, sign=-1.0))


def _strongest(
    total: Floats, least: Floats, top: int, sign: float = 1.0
) -> tuple[NDArray[np.int64], Floats]:
    order = np.argsort(-sign * total, axis=1, kind="stable")[:, :top]
    values = np.take_along_axis(total, order, axis=1)
    named = sign * values >= least
    fields, kept = np.where(named, order, NONE), np.where(named, values, np.nan)
    absent = ((0, 0), (0, top - order.shape[1]))
    return (
        np.pad(fields, absent, constant_values=NONE).astype(np.int64),
        np.pad(kept, absent, constant_values=np.nan),
    )
