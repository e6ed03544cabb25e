"""Vocabularies and knots learned by the workers of a cluster, a field a task.

The workers import this module, so it imports no more than they have: NumPy, pandas and PyArrow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from deepfm.features.stored import StoredPart
from deepfm.fields.fields import FieldSet


def fit_on_cluster(
    train: StoredPart, sparse: Sequence[str], dense: Sequence[str], address: str, **how: int
) -> FieldSet:
    """As ``FieldSet.fit``, to the same fields.

    Args:
        train: the training examples, in a file that all workers see under its path.
        sparse: names of the id columns.
        dense: names of the number columns.
        address: of the cluster.
        how: the other arguments of ``FieldSet.fit``.

    Raises:
        InputError: as ``deepfm.log.cluster.open_cluster``.
    """
    # Imported here: the workers have no need of it.
    from deepfm.log.cluster import open_cluster

    train = replace(train, path=train.path.resolve())
    tasks = [*(([name], []) for name in sparse), *(([], [name]) for name in dense)]
    with open_cluster(address, train.path) as cluster:
        found = cluster.each(partial(_fit_one, train, tasks, how), len(tasks))
    sets = [FieldSet.from_json(json.loads(found[place])) for place in range(len(tasks))]
    return FieldSet(
        tuple(field for one in sets for field in one.sparse),
        tuple(field for one in sets for field in one.dense),
    )


def _fit_one(
    train: StoredPart,
    tasks: Sequence[tuple[list[str], list[str]]],
    how: Mapping[str, int],
    place: int,
) -> bytes:
    sparse, dense = tasks[place]
    return json.dumps(FieldSet.fit(train, sparse, dense, **how).to_json()).encode()
