"""What each field adds to a person's logit, compared with a typical person.

The numbers explain the model. They do not say what would happen if the field were changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from deepfm.explanation.path import mean_gradient
from deepfm.explanation.shapley import shapley_values
from deepfm.fields.encoded import Encoded, Examples
from deepfm.model.scoring import CHUNK, Floats, ScoringModel

DeepMethod = Literal["shapley", "path"]

_CHUNK = 2048
_MOST_SHAPLEY_FIELDS = 12
# Multiplications a person; 1,000 people then take no more than ten seconds on two cores.
_MOST_SHAPLEY_WORK = 250_000_000
# A unit is summed and cut off at zero in the time of so many multiplications of a matrix product.
_WORK_OF_A_UNIT = 32


@dataclass(frozen=True)
class Contributions:
    """``logit = base + total.sum(axis=1) + residual``; the residual is rounding only.

    Attributes:
        base: logit of the typical rows.
        first: from the first-order weights ``[n, F]``.
        interaction: from the FM ``[n, F]``.
        deep: from the network ``[n, F]``.
        logit: of each person ``[n]``.
        deep_method: how the deep part was split over the fields; see ``explain``.
    """

    base: float
    first: Floats
    interaction: Floats
    deep: Floats
    logit: Floats
    deep_method: DeepMethod

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


def typical_rows(model: ScoringModel, encoded: Examples) -> Floats:
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


def explain(
    model: ScoringModel,
    encoded: Encoded,
    base_rows: Floats,
    deep: DeepMethod | Literal["auto"] = "auto",
) -> Contributions:
    """Split each logit over the fields, relative to ``base_rows``.

    First-order and FM part are Shapley values in closed form, ``w_i - w0_i`` and
    ``(v_i - v0_i) · sum_{j != i} (v_j + v0_j) / 2``: each term joins two fields at most, and its
    gain is shared in halves. The deep part is split in one of two ways, both exact for ReLU:

    - ``"shapley"``: Shapley values (``deepfm.explanation.shapley``). As they are additive, first
      order, FM and deep part together are the Shapley values of the whole logit.
    - ``"path"``: the integrated gradient along the straight line from ``base_rows``
      (``deepfm.explanation.path``), for any number of fields. For the bilinear FM it is the same
      closed form, so all parts follow this rule too.

    Args:
        model: the trained model.
        encoded: n examples.
        base_rows: ``[F, k + 1]``, as from ``typical_rows``.
        deep: ``"auto"`` takes Shapley values for up to 12 fields, or fewer where the network is so
            wide that 1,000 people would take more than about ten seconds (``deep_method``).

    Raises:
        InputError: Shapley values are asked for with more than 16 fields.
        ValueError: ``deep`` is none of the three.
    """
    method = deep_method(model) if deep == "auto" else deep
    if method not in ("shapley", "path"):
        raise ValueError(f"deep must be 'auto', 'shapley' or 'path', not {deep!r}")
    split = shapley_values if method == "shapley" else _integrated_gradients
    shape = (len(encoded), len(model.sizes))
    first, interaction, network = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    logit = np.zeros(len(encoded))
    base_vectors = base_rows[:, :-1]
    for start in range(0, len(encoded), _CHUNK):
        here = slice(start, start + _CHUNK)
        rows = model.rows(encoded.take(here))
        vectors = rows[..., :-1]
        logit[here] = model.logit_of_rows(rows)
        first[here] = model.fusion[0] * (rows[..., -1] - base_rows[:, -1])
        interaction[here] = model.fusion[1] * _interaction(vectors, base_vectors)
        network[here] = model.fusion[2] * split(model, base_vectors, vectors)
    base = float(model.logit_of_rows(base_rows[None])[0])
    return Contributions(base, first, interaction, network, logit, method)


def deep_method(model: ScoringModel) -> DeepMethod:
    """How ``explain`` splits the deep part of this model unless it is told.

    It depends on the model alone, so that a person and a list are explained in one way.
    """
    fields = len(model.sizes)
    widths = [len(bias) for bias in model.biases]
    products = sum(before * after for before, after in pairwise(widths))
    work = (products + _WORK_OF_A_UNIT * sum(widths)) << fields
    affordable = fields <= _MOST_SHAPLEY_FIELDS and work <= _MOST_SHAPLEY_WORK
    return "shapley" if affordable else "path"


def _interaction(vectors: Floats, base: Floats) -> Floats:
    """Closed form of the FM part ``[n, F]`` for vectors ``[n, F, k]``."""
    both = vectors + base
    others = both.sum(axis=1, keepdims=True) - both
    return 0.5 * np.asarray(((vectors - base) * others).sum(axis=2))


def _integrated_gradients(model: ScoringModel, base: Floats, vectors: Floats) -> Floats:
    """Integrated gradients of the network ``[n, F]``."""
    gradient = mean_gradient(model, base.ravel(), vectors.reshape(len(vectors), -1))
    return np.asarray((gradient.reshape(vectors.shape) * (vectors - base)).sum(axis=2))
