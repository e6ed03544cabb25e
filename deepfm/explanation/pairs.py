"""Which fields work together: the pair table of the FM part."""

from __future__ import annotations

import numpy as np

from deepfm.fields.encoded import Encoded
from deepfm.model.scoring import Floats, ScoringModel

_CHUNK = 512


def interactions(model: ScoringModel, encoded: Encoded, base_rows: Floats | None = None) -> Floats:
    """What each pair of fields adds to the logit through the FM part.

    Without ``base_rows`` entry (i, j) is ``<v_i, v_j>``, and the upper triangle sums to the FM
    part. With them it is ``<v_i - v0_i, v_j - v0_j>``: what the two fields add together beyond
    what each adds alone to the typical person (their Shapley interaction index, as the FM has no
    terms of three fields). Both are multiplied by the FM's fusion weight.

    Args:
        model: the trained model.
        encoded: n examples.
        base_rows: ``[F, k + 1]``, as from ``typical_rows``.

    Returns:
        ``[n, F, F]``, symmetric, zero on the diagonal.
    """
    vectors = model.rows(encoded)[..., :-1]
    if base_rows is not None:
        vectors = vectors - base_rows[:, :-1]
    table: Floats = float(model.fusion[1]) * (vectors @ vectors.transpose(0, 2, 1))
    fields = np.arange(len(model.sizes))
    table[:, fields, fields] = 0.0
    return table


def mean_interactions(
    model: ScoringModel, encoded: Encoded, base_rows: Floats | None = None
) -> Floats:
    """Mean absolute ``interactions`` over many people ``[F, F]``; zero when there are none."""
    total = np.zeros((len(model.sizes), len(model.sizes)))
    for start in range(0, len(encoded), _CHUNK):
        people = encoded.take(slice(start, start + _CHUNK))
        total += np.abs(interactions(model, people, base_rows)).sum(axis=0)
    return total / max(len(encoded), 1)
