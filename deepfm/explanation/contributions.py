"""What each field adds to a person's logit, compared with a typical person.

The numbers explain the model. They do not say what would happen if the field were changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepfm.explanation.path import mean_gradient
from deepfm.fields.encoded import Encoded
from deepfm.model.scoring import CHUNK, Floats, ScoringModel

_CHUNK = 2048


@dataclass(frozen=True)
class Contributions:
    """``logit = base + total.sum(axis=1) + residual``; the residual is rounding only.

    Attributes:
        base: logit of the typical rows.
        first: from the first-order weights ``[n, F]``.
        interaction: from the FM ``[n, F]``.
        deep: from the network ``[n, F]``.
        logit: of each person ``[n]``.
    """

    base: float
    first: Floats
    interaction: Floats
    deep: Floats
    logit: Floats

    @property
    def total(self) -> Floats:
        """The three parts together ``[n, F]``."""
        return np.asarray(self.first + self.interaction + self.deep)

    @property
    def residual(self) -> Floats:
        """What the contributions leave unexplained ``[n]``."""
        return np.asarray(self.logit - self.base - self.total.sum(axis=1))

    @property
    def strength(self) -> Floats:
        """Mean absolute total of each field ``[F]``."""
        return np.asarray(np.abs(self.total).mean(axis=0))


def typical_rows(model: ScoringModel, encoded: Encoded) -> Floats:
    """The mean row of each field ``[F, k + 1]`` over (training) examples.

    Raises:
        ValueError: when there are no examples.
    """
    if not len(encoded):
        raise ValueError("typical rows need at least one example")
    total = np.zeros((len(model.sizes), model.dim + 1))
    for start in range(0, len(encoded), CHUNK):
        total += model.rows(encoded.take(slice(start, start + CHUNK))).sum(axis=0)
    return total / len(encoded)


def explain(model: ScoringModel, encoded: Encoded, base_rows: Floats) -> Contributions:
    """Split each logit over the fields, relative to ``base_rows``.

    First-order and FM part are Shapley values in closed form, ``w_i - w0_i`` and
    ``(v_i - v0_i) · sum_{j != i} (v_j + v0_j) / 2``: each term joins two fields at most, and its
    gain is shared in halves. The deep part is the integrated gradient along the straight line
    from ``base_rows``, exact for ReLU (``deepfm.explanation.path``); for the bilinear FM the
    integrated gradient is the same closed form, so all parts follow one rule.

    Args:
        model: the trained model.
        encoded: n examples.
        base_rows: ``[F, k + 1]``, as from ``typical_rows``.
    """
    shape = (len(encoded), len(model.sizes))
    first, interaction, deep = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    logit = np.zeros(len(encoded))
    for start in range(0, len(encoded), _CHUNK):
        here = slice(start, start + _CHUNK)
        rows = model.rows(encoded.take(here))
        logit[here] = model.logit_of_rows(rows)
        first[here] = model.fusion[0] * (rows[..., -1] - base_rows[:, -1])
        interaction[here] = model.fusion[1] * _interaction(rows[..., :-1], base_rows[:, :-1])
        deep[here] = model.fusion[2] * _deep(model, rows[..., :-1], base_rows[:, :-1])
    base = float(model.logit_of_rows(base_rows[None])[0])
    return Contributions(base, first, interaction, deep, logit)


def _interaction(vectors: Floats, base: Floats) -> Floats:
    """Closed form of the FM part ``[n, F]`` for vectors ``[n, F, k]``."""
    both = vectors + base
    others = both.sum(axis=1, keepdims=True) - both
    return 0.5 * np.asarray(((vectors - base) * others).sum(axis=2))


def _deep(model: ScoringModel, vectors: Floats, base: Floats) -> Floats:
    """Integrated gradients of the network ``[n, F]``."""
    gradient = mean_gradient(model, base.ravel(), vectors.reshape(len(vectors), -1))
    return np.asarray((gradient.reshape(vectors.shape) * (vectors - base)).sum(axis=2))
