"""Fields: the vocabulary of an id, the knots of a number.

Fitted on training snapshots only, so that nothing of a later part is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.features.stored import Columns
from deepfm.fields.encoded import Encoded

VERSION = 1
MISSING = 0
OUT_OF_VOCABULARY = 1
_SPECIAL_ROWS = 2


@dataclass(frozen=True)
class SparseField:
    """An id. Row 0 is missing, row 1 out of vocabulary, row ``2 + i`` is ``values[i]``."""

    name: str
    values: tuple[str, ...]

    @property
    def size(self) -> int:
        """Rows of the embedding table."""
        return len(self.values) + _SPECIAL_ROWS

    def encode(self, column: pd.Series[Any]) -> NDArray[np.int32]:
        """Rows ``[n]`` of the values in ``column``."""
        position = pd.Index(self.values).get_indexer(pd.Index(column.astype("string")))
        ids = np.where(position >= 0, position + _SPECIAL_ROWS, OUT_OF_VOCABULARY)
        return np.where(column.isna(), MISSING, ids).astype(np.int32)

    @classmethod
    def fit(cls, name: str, column: pd.Series[Any], min_count: int, max_values: int) -> SparseField:
        """The values seen at least ``min_count`` times, the most frequent first."""
        counts = column.dropna().astype("string").value_counts().rename("n").rename_axis("value")
        table = counts.reset_index().sort_values(["n", "value"], ascending=[False, True])
        kept = table[table.n >= min_count].head(max_values)
        return cls(name, tuple(str(value) for value in kept.value))


@dataclass(frozen=True)
class DenseField:
    """A number, placed between the two nearest of its knots.

    Row 0 is missing, row ``1 + i`` is ``knots[i]``. A number between two knots is the linear
    interpolation of their rows, one outside is the nearest knot: the piecewise-linear encoding of
    Gorishniy et al. 2022 (arXiv 2203.05556). So first-order weight, interactions and network all
    see a curve instead of a straight line, and no scaling is needed.
    """

    name: str
    knots: tuple[float, ...]

    @property
    def size(self) -> int:
        """Rows of the embedding table."""
        return len(self.knots) + 1

    def encode(self, column: pd.Series[Any]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows ``[n]`` of the knots on the left and fractions ``[n]`` toward the next ones."""
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        missing = ~np.isfinite(numbers)
        if len(self.knots) < 2:
            return np.where(missing, MISSING, len(self.knots)).astype(np.int32), np.zeros(
                len(numbers), np.float32
            )
        knots = np.asarray(self.knots)
        inside = np.clip(np.where(missing, knots[0], numbers), knots[0], knots[-1])
        left = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(knots) - 2)
        fraction = (inside - knots[left]) / (knots[left + 1] - knots[left])
        return (
            np.where(missing, MISSING, left + 1).astype(np.int32),
            np.where(missing, 0.0, fraction).astype(np.float32),
        )

    @classmethod
    def fit(cls, name: str, column: pd.Series[Any], knots: int) -> DenseField:
        """Knots such that each stretch between two of them holds a like share of the numbers.

        A number that by itself fills a stretch, such as the 0 of a count that is 0 for most, is a
        knot, and the others share out the remaining knots. Plain quantiles of such a count would
        be 0, 0, ... and its largest value, with nothing in between.
        """
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        places = _spread(numbers[np.isfinite(numbers)], knots)
        return cls(name, tuple(float(place) for place in places))


def _spread(numbers: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """At most ``most`` distinct places, ascending."""
    values, counts = np.unique(numbers, return_counts=True)
    if len(values) <= most:
        return values
    own = np.zeros(len(values), dtype=bool)
    while True:
        left = most - int(own.sum())
        filling = ~own & (counts * left >= counts[~own].sum())
        if not filling.any():
            break
        own |= filling
    others = np.repeat(values[~own], counts[~own])
    # From the top: where one knot is left, it is the largest.
    return np.unique(np.concatenate([values[own], np.quantile(others, np.linspace(1, 0, left))]))


@dataclass(frozen=True)
class FieldSet:
    """All fields of a model, sparse ones first."""

    sparse: tuple[SparseField, ...]
    dense: tuple[DenseField, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the columns of ``Encoded.ids``."""
        return (*(field.name for field in self.sparse), *(field.name for field in self.dense))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows of each field in the embedding table."""
        return (*(field.size for field in self.sparse), *(field.size for field in self.dense))

    @classmethod
    def fit(
        cls,
        frame: Columns,
        sparse: Sequence[str],
        dense: Sequence[str],
        *,
        min_count: int = 5,
        max_values: int = 50_000,
        knots: int = 16,
    ) -> FieldSet:
        """Learn vocabularies and knots from the training examples.

        Args:
            frame: the training examples, a column a field.
            sparse: names of the id columns.
            dense: names of the number columns.
            min_count: a value seen less often is out of vocabulary.
            max_values: at most so many values a field.
            knots: at most so many knots a number.
        """
        return cls(
            tuple(SparseField.fit(n, frame[n], min_count, max_values) for n in sparse),
            tuple(DenseField.fit(n, frame[n], knots) for n in dense),
        )

    def encode(self, frame: pd.DataFrame) -> Encoded:
        """Encode examples; values never seen become out-of-vocabulary, nulls missing.

        Raises:
            InputError: when ``frame`` lacks a field's column.
        """
        absent = [name for name in self.names if name not in frame.columns]
        if absent:
            raise InputError(
                "The model needs the column {columns}, which these examples do not have.",
                columns=", ".join(absent),
            )
        ids = np.zeros((len(frame), len(self.names)), np.int32)
        fraction = np.zeros((len(frame), len(self.dense)), np.float32)
        for column, sparse in enumerate(self.sparse):
            ids[:, column] = sparse.encode(frame[sparse.name])
        for column, dense in enumerate(self.dense):
            ids[:, len(self.sparse) + column], fraction[:, column] = dense.encode(frame[dense.name])
        return Encoded(ids, fraction)

    def to_json(self) -> dict[str, Any]:
        """A plain dict, with a version number."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FieldSet:
        """The fields that ``to_json`` wrote.

        Raises:
            InputError: when a newer version wrote them.
        """
        if data["version"] > VERSION:
            raise InputError("These fields were written by a newer version. Update the program.")
        return cls(
            tuple(SparseField(f["name"], tuple(f["values"])) for f in data["sparse"]),
            tuple(DenseField(f["name"], tuple(f["knots"])) for f in data["dense"]),
        )
