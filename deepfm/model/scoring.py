"""A trained DeepFM as plain arrays: all that scoring and explaining need, without Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepfm.arrays import UNREADABLE
from deepfm.errors import InputError
from deepfm.fields.encoded import Encoded, Examples
from deepfm.whole import whole

VERSION = 1
CHUNK = 8192

Floats = NDArray[np.float64]


class Parts(NamedTuple):
    """The three parts of the logit, not yet weighted.

    Attributes:
        first: first-order weights ``[n, F]``.
        fm: sum of all pairs ``[n]``.
        deep: the network's output ``[n]``.
    """

    first: Floats
    fm: Floats
    deep: Floats


@dataclass(frozen=True)
class ScoringModel:
    """``logit = bias + w0 * first order + w1 * FM + w2 * deep``.

    Attributes:
        sizes: rows of each of the F fields in the table, sparse fields first.
        dense_fields: how many of the last fields are dense.
        table: ``[sum(sizes), k + 1]``, the first-order weight last.
        kernels: of the hidden layers (ReLU) and the output (none), each ``[inputs, outputs]``;
            BatchNorm is folded in.
        biases: of the same layers, each ``[outputs]``.
        fusion: the weights ``[3]`` of the parts; ones for fusion "sum".
        bias: of the whole.
    """

    sizes: tuple[int, ...]
    dense_fields: int
    table: Floats
    kernels: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    fusion: Floats
    bias: float

    @property
    def dim(self) -> int:
        """Length k of a field vector."""
        return int(self.table.shape[1]) - 1

    @property
    def offsets(self) -> NDArray[np.int64]:
        """First table row of each field ``[F]``."""
        return np.array((0, *accumulate(self.sizes))[:-1], dtype=np.int64)

    def rows(self, encoded: Encoded) -> Floats:
        """Field rows ``[n, F, k + 1]``; a number lies between the rows of its two knots."""
        ids = encoded.ids + self.offsets
        rows: Floats = self.table[ids]
        if self.dense_fields:
            split = len(self.sizes) - self.dense_fields
            following = self.table[np.minimum(ids[:, split:] + 1, len(self.table) - 1)]
            fraction = encoded.fraction[:, :, None].astype(np.float64)
            rows[:, split:] += fraction * (following - rows[:, split:])
        return rows

    def parts(self, rows: Floats) -> Parts:
        """First-order, FM and deep part of field rows ``[n, F, k + 1]``."""
        vectors = rows[..., : self.dim]
        total = vectors.sum(axis=1)
        fm = 0.5 * ((total**2).sum(axis=1) - (vectors**2).sum(axis=(1, 2)))
        return Parts(rows[..., self.dim], fm, self.deep(vectors.reshape(len(rows), -1)))

    def deep(self, inputs: Floats) -> Floats:
        """The network's output ``[n]`` for flattened vectors ``[n, F k]``."""
        hidden = inputs
        for kernel, bias in zip(self.kernels[:-1], self.biases[:-1], strict=True):
            hidden = np.maximum(hidden @ kernel + bias, 0.0)
        return np.asarray((hidden @ self.kernels[-1] + self.biases[-1])[:, 0])

    def logit_of_rows(self, rows: Floats) -> Floats:
        """The logit ``[n]`` of field rows ``[n, F, k + 1]``."""
        first, fm, deep = self.parts(rows)
        logit: Floats = np.stack([first.sum(axis=1), fm, deep], axis=1) @ self.fusion + self.bias
        return logit

    def logit(self, encoded: Examples, chunk: int = CHUNK) -> Floats:
        """The logit ``[n]`` of examples, ``chunk`` of them at a time."""
        pieces = [
            self.logit_of_rows(self.rows(encoded.take(slice(start, start + chunk))))
            for start in range(0, len(encoded), chunk)
        ]
        return np.concatenate(pieces) if pieces else np.zeros(0)

    def vector(self, encoded: Examples, chunk: int = CHUNK) -> Floats:
        """The sum of the field vectors ``[n, k]`` of examples, ``chunk`` of them at a time."""
        pieces = [
            self.rows(encoded.take(slice(start, start + chunk)))[..., : self.dim].sum(axis=1)
            for start in range(0, len(encoded), chunk)
        ]
        return np.concatenate(pieces) if pieces else np.zeros((0, self.dim))

    def save(self, path: Path) -> None:
        """Write all arrays to an ``.npz`` file (plain arrays, no pickle)."""
        layers = {f"kernel_{i}": kernel for i, kernel in enumerate(self.kernels)}
        layers |= {f"bias_{i}": bias for i, bias in enumerate(self.biases)}
        with whole(path) as draft:
            np.savez(
                draft,
                version=VERSION,
                sizes=np.array(self.sizes),
                dense_fields=self.dense_fields,
                table=self.table,
                fusion=self.fusion,
                bias=self.bias,
                layers=len(self.kernels),
                allow_pickle=False,
                **layers,
            )

    @classmethod
    def load(cls, path: Path) -> ScoringModel:
        """The model that ``save`` wrote.

        Raises:
            InputError: when the file is from a newer version, or no model at all.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls._of_arrays(data, path.name)
        except UNREADABLE as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                "{name} is not a saved model. Choose a folder in which a training run is complete.",
                name=path.name,
            ) from error

    @classmethod
    def _of_arrays(cls, data: Mapping[str, Any], name: str) -> ScoringModel:
        if int(data["version"]) > VERSION:
            raise InputError(
                "The model {name} was written by a newer version. Update the program.", name=name
            )
        layers = range(int(data["layers"]))
        return cls(
            sizes=tuple(int(size) for size in data["sizes"]),
            dense_fields=int(data["dense_fields"]),
            table=data["table"],
            kernels=tuple(data[f"kernel_{i}"] for i in layers),
            biases=tuple(data[f"bias_{i}"] for i in layers),
            fusion=data["fusion"],
            bias=float(data["bias"]),
        )
