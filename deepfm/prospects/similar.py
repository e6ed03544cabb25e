"""People whom the model sees alike: near each other in the space of its vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.log.closed import closed
from deepfm.model.scoring import Floats
from deepfm.prospects.browse import people_at
from deepfm.prospects.names import VECTORS
from deepfm.prospects.people import PAIRED
from deepfm.whole import whole


def save_vectors(vectors: Floats, folder: Path) -> None:
    """Write the vector of each person ``[p, k]``, in the order of the list, as float32."""
    with whole(folder / VECTORS) as draft:
        np.save(draft, vectors.astype(np.float32), allow_pickle=False)


def similar_people(
    prospects: Path, user: str, value: str | None = None, count: int = 10
) -> pd.DataFrame | None:
    """The people nearest to one of the list, the nearest first.

    The likeness is the cosine of their vectors, from -1 to 1, with the mean vector of the list
    taken away. A vector is the sum of the embedding vectors of a person's fields.

    Args:
        prospects: prospects.parquet of a run, with vectors.npy beside it.
        user: the id.
        value: what the user is paired with, in a question of pairs.
        count: how many.

    Returns:
        As the list, with ``likeness``; None where no vectors were kept, or nobody is so called.
    """
    path = prospects.with_name(VECTORS)
    place = _place(prospects, user, value)
    if place is None or not path.is_file():
        return None
    vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    nearest, likeness = _nearest(vectors, place, count)
    order = np.argsort(nearest)
    table = people_at(prospects, nearest[order] + 1).assign(likeness=likeness[order])
    return table.sort_values("likeness", ascending=False, kind="stable", ignore_index=True)


def _nearest(
    vectors: NDArray[np.float32], place: int, count: int
) -> tuple[NDArray[np.int64], Floats]:
    mean = vectors.mean(axis=0)
    own = vectors[place] - mean
    # ||v - m||^2 = v.v - 2 v.m + m.m, without a copy of all the vectors.
    square = np.einsum("pk,pk->p", vectors, vectors) - 2 * (vectors @ mean) + mean @ mean
    length = np.sqrt(np.maximum(square, np.finfo(np.float32).tiny))
    likeness = (vectors @ own - mean @ own) / (length * max(float(length[place]), 1e-12))
    likeness[place] = -np.inf
    count = min(count, len(likeness) - 1)
    nearest = np.argsort(-likeness, kind="stable")[:count]
    return nearest.astype(np.int64), np.asarray(likeness[nearest], np.float64)


def _place(prospects: Path, user: str, value: str | None) -> int | None:
    paired = "" if value is None else f' AND "{PAIRED}" = ?'
    query = f'SELECT rank FROM read_parquet(?) WHERE "user" = ?{paired}'
    with closed(prospects) as connection:
        values = [str(prospects), user, *([] if value is None else [value])]
        row = connection.execute(query, values).fetchone()
    return None if row is None else int(row[0]) - 1
