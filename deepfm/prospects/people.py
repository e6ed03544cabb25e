"""The people behind the rows that are scored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.log.closed import closed
from deepfm.log.log import Log
from deepfm.model.scoring import Floats

# The column of a question of pairs that holds what the user is paired with.
PAIRED = "value"


def person_keys(columns: Collection[str]) -> list[str]:
    """Those of the columns that tell whom a row is about."""
    return ["user", PAIRED] if PAIRED in columns else ["user"]


def sorted_by_person(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` as ``People.of`` wants them; rows of one person keep their order.

    The index still says where they were.
    """
    return rows.sort_values(person_keys(rows.columns), kind="stable")


@dataclass(frozen=True)
class People:
    """Rows sorted by user, grouped; in a question of pairs each row is one of its own.

    Attributes:
        users: ids, ascending ``[p]``.
        starts: first row of each ``[p]``.
        counts: number of rows of each, at least one ``[p]``.
        values: in a question of pairs, the value of each ``[p]``.
    """

    users: NDArray[np.object_]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    values: NDArray[np.object_] | None = None

    @classmethod
    def of(cls, rows: pd.DataFrame) -> People:
        """Group ``rows`` by ``user``, or ``user`` and ``value``, which they must be sorted by."""
        ids = rows["user"].to_numpy(object)
        if PAIRED in rows.columns:
            each = np.arange(len(ids))
            return cls(ids, each, np.ones_like(each), rows[PAIRED].to_numpy(object))
        starts = np.flatnonzero(np.append(True, ids[1:] != ids[:-1])) if len(ids) else np.zeros(0)
        starts = starts.astype(np.int64)
        return cls(ids[starts], starts, np.diff(np.append(starts, len(ids))))

    def __len__(self) -> int:
        return len(self.users)

    def take(self, people: NDArray[np.int64]) -> tuple[People, NDArray[np.int64]]:
        """Some of the people, their rows numbered anew, and where those rows were ``[n]``."""
        counts = self.counts[people]
        starts = np.cumsum(counts) - counts
        rows = np.arange(counts.sum()) + np.repeat(self.starts[people] - starts, counts)
        values = None if self.values is None else self.values[people]
        return People(self.users[people], starts, counts, values), rows

    def mean(self, values: Floats) -> Floats:
        """Mean over the rows of each person: ``[n, …]`` becomes ``[p, …]``."""
        if not len(values):
            return values
        counts = self.counts.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(np.add.reduceat(values, self.starts, axis=0) / counts)

    @property
    def newest(self) -> NDArray[np.int64]:
        """The last row of each person ``[p]``."""
        return self.starts + self.counts - 1


def last_seen(log: Log, now: datetime) -> pd.Series[Any]:
    """Time of each user's last event strictly before ``now``, indexed by user."""
    query = 'SELECT "user", max(time) AS time FROM read_parquet(?) WHERE time < ? GROUP BY "user"'
    with closed(log.parquet) as connection:
        table = connection.execute(query, [str(log.parquet), now]).df()
    return table.set_index("user")["time"]
