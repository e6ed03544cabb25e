"""The score of every row of a list: by this machine, or by the workers of a cluster.

The workers import this module, so it imports no more than they have: NumPy, pandas and PyArrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np

from deepfm.features.stored import BATCH, StoredPart
from deepfm.fields.fields import FieldSet
from deepfm.model.scoring import Floats, ScoringModel


class Scores(NamedTuple):
    """What the model says of rows.

    Attributes:
        logit: of each ``[n]``.
        vector: the sum of its field vectors ``[n, k]``.
    """

    logit: Floats
    vector: Floats


def score_rows(fields: FieldSet, model: ScoringModel, rows: StoredPart) -> Scores:
    """The scores of ``rows``, in their order."""
    logits, vectors = [np.zeros(0)], [np.zeros((0, model.dim))]
    for batch in rows.batches(fields.names):
        encoded = fields.encode(batch)
        logits.append(model.logit(encoded))
        vectors.append(model.vector(encoded))
    return Scores(np.concatenate(logits), np.concatenate(vectors))


def score_on_cluster(
    fields: FieldSet, model: ScoringModel, rows: StoredPart, address: str
) -> Scores:
    """As ``score_rows``, by the workers of a cluster, ``BATCH`` rows a task.

    Fields and model are sent to them; the rows they read from the file themselves.

    Args:
        fields: vocabularies and knots.
        model: the weights.
        rows: in a file that all of them see under its path.
        address: of the cluster.

    Raises:
        InputError: as ``deepfm.log.cluster.open_cluster``.
    """
    # Imported here: the workers have no need of it.
    from deepfm.log.cluster import open_cluster

    if not len(rows):
        return score_rows(fields, model, rows)
    rows = replace(rows, path=rows.path.resolve())
    pieces = list(_pieces(rows))
    with open_cluster(address, rows.path) as cluster:
        work = partial(_score_piece, cluster.share((fields, model)), pieces)
        found = cluster.each(work, len(pieces))
    made = [np.load(BytesIO(found[place]), allow_pickle=False) for place in range(len(pieces))]
    return Scores(*(np.concatenate([one[name] for one in made]) for name in Scores._fields))


def _pieces(rows: StoredPart) -> Iterator[StoredPart]:
    for first in range(rows.first, rows.last, BATCH):
        yield replace(rows, first=first, last=min(first + BATCH, rows.last))


def _score_piece(shared: Any, pieces: Sequence[StoredPart], place: int) -> bytes:
    """The scores of a piece, as NumPy writes arrays."""
    fields, model = shared.value
    logit, vector = score_rows(fields, model, pieces[place])
    content = BytesIO()
    np.savez(content, allow_pickle=False, logit=logit, vector=vector)
    return content.getvalue()
