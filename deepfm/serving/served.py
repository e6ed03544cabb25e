"""The way from raw columns to rows of the table, as arrays that any graph can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepfm.fields.fields import MISSING, OUT_OF_VOCABULARY, DenseField, FieldSet, SparseField
from deepfm.model.scoring import ScoringModel
from deepfm.serving.inputs import ServedInput, missing_text, served_inputs

Rows = NDArray[np.int64]
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Vocabulary:
    """An id: the row of the whole table for each known text.

    Attributes:
        texts: the field's values, and the text that stands for a missing one.
        rows: of the texts ``[len(texts)]``.
        unseen: the row of every other text.
    """

    texts: tuple[str, ...]
    rows: Rows
    unseen: int


@dataclass(frozen=True)
class Segments:
    """D numbers: the stretches between neighbouring knots, of one field after the other.

    A finite number ``x`` of field ``d`` lies on segment
    ``s = first[d] + count(inner[d] <= x)``, at ``clip((x - start[s]) / width[s], 0, 1)`` of the way
    from table row ``left[s]`` to ``right[s]``. So it is placed as by ``DenseField.encode``. A field
    with fewer than two knots is one segment of infinite width, both ends the same row.

    Attributes:
        inner: knots but the first and the last, ``[D, J]``, filled up with infinity.
        first: first segment of each field ``[D]``.
        missing: table row of each field ``[D]`` where the number is not finite.
        start, width, left, right: of each segment ``[S]``.
    """

    inner: Doubles
    first: Rows
    missing: Rows
    start: Doubles
    width: Doubles
    left: Rows
    right: Rows


@dataclass(frozen=True)
class ServedModel:
    """All that an export holds.

    Attributes:
        inputs: sparse fields first, ``[F]``.
        vocabularies: of the sparse fields.
        segments: of the dense fields.
        model: what follows.
    """

    inputs: tuple[ServedInput, ...]
    vocabularies: tuple[Vocabulary, ...]
    segments: Segments
    model: ScoringModel

    @classmethod
    def of(cls, fields: FieldSet, model: ScoringModel) -> ServedModel:
        """Put fields and model together.

        Raises:
            ValueError: they do not belong together.
        """
        if (fields.sizes, len(fields.dense)) != (model.sizes, model.dense_fields):
            raise ValueError(
                f"the fields have {fields.sizes} rows and {len(fields.dense)} are dense; the "
                f"model has {model.sizes} and {model.dense_fields}"
            )
        split = len(fields.sparse)
        return cls(
            served_inputs(fields),
            tuple(map(_vocabulary, fields.sparse, model.offsets[:split])),
            _segments(fields.dense, model.offsets[split:]),
            model,
        )


def _vocabulary(field: SparseField, offset: np.int64) -> Vocabulary:
    known = np.arange(OUT_OF_VOCABULARY + 1, field.size)
    return Vocabulary(
        (missing_text(field), *field.values),
        offset + np.array([MISSING, *known]),
        int(offset) + OUT_OF_VOCABULARY,
    )


def _segments(fields: Sequence[DenseField], offsets: Rows) -> Segments:
    counts = [max(len(field.knots) - 1, 1) for field in fields]
    inner = np.full((len(fields), max([1, *counts])), np.inf)
    for place, field in enumerate(fields):
        inner[place, : counts[place] - 1] = field.knots[1:-1]
    start: list[float] = []
    width: list[float] = []
    left: list[int] = []
    right: list[int] = []
    for field, offset in zip(fields, offsets, strict=True):
        knots, last = field.knots, int(offset) + len(field.knots)
        flat = len(knots) < 2
        start += [0.0] if flat else knots[:-1]
        width += [np.inf] if flat else np.diff(knots).tolist()
        left += [last] if flat else range(int(offset) + 1, last)
        right += [last] if flat else range(int(offset) + 2, last + 1)
    return Segments(
        inner,
        np.cumsum([0, *counts])[:-1],
        offsets + MISSING,
        np.array(start),
        np.array(width),
        np.array(left, np.int64),
        np.array(right, np.int64),
    )
