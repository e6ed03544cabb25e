"""Encoded examples on the disk, for when there are more than memory should hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfm.features.stored import StoredPart
from deepfm.fields.encoded import Encoded, Examples
from deepfm.fields.fields import FieldSet

# Of one part, bytes. A larger part stays on the disk.
IN_MEMORY = 2**28


@dataclass(frozen=True)
class Shelf:
    """``Examples`` as two files of plain numbers, row by row.

    Attributes:
        folder: holds ``ids`` (int32) and ``fraction`` (float32).
        rows: how many examples.
        fields: how many fields.
        dense: how many of them are dense.
    """

    folder: Path
    rows: int
    fields: int
    dense: int

    def __len__(self) -> int:
        return self.rows

    def take(self, index: NDArray[Any] | slice) -> Encoded:
        """The examples at ``index``, in memory."""
        ids = np.memmap(self.folder / "ids", np.int32, "r", shape=(self.rows, self.fields))
        if not self.dense:
            some = np.array(ids[index])
            return Encoded(some, np.zeros((len(some), 0), np.float32))
        shape = (self.rows, self.dense)
        fraction = np.memmap(self.folder / "fraction", np.float32, "r", shape=shape)
        return Encoded(np.array(ids[index]), np.array(fraction[index]))


def row_bytes(fields: FieldSet) -> int:
    """What an encoded example takes."""
    return 4 * (len(fields.names) + len(fields.dense))


def encode_part(fields: FieldSet, part: StoredPart, folder: Path) -> Examples:
    """Encode a part batch by batch, into memory or, where it is large, into ``folder``."""
    names = list(fields.names)
    batches = (fields.encode(batch) for batch in part.batches(names))
    if len(part) * row_bytes(fields) <= IN_MEMORY:
        some = [fields.encode(part.frame(names).head(0)), *batches]
        return Encoded(
            np.concatenate([one.ids for one in some]), np.concatenate([o.fraction for o in some])
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "ids").open("wb") as ids, (folder / "fraction").open("wb") as fraction:
        for batch in batches:
            batch.ids.tofile(ids)
            batch.fraction.tofile(fraction)
    return Shelf(folder, len(part), len(names), len(fields.dense))
