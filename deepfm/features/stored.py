"""The example frame on the disk: a part of it is read column by column, or in batches of rows.

Memory never has to hold a part as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

BATCH = 65_536


class Columns(Protocol):
    """A table whose columns have names, such as a ``pd.DataFrame`` or a ``StoredPart``."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class StoredPart:
    """The rows of one part of a file that ``write_examples`` wrote.

    Attributes:
        path: the file.
        first, last: the rows of the file that are the part's, ``last`` not among them.
    """

    path: Path
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    def __getitem__(self, name: str) -> pd.Series[Any]:
        """One column."""
        return self.frame([name])[name]

    @property
    def columns(self) -> list[str]:
        """Names of all columns."""
        return list(pq.read_schema(self.path).names)

    def frame(
        self, columns: Sequence[str] | None = None, *, categories: bool = False
    ) -> pd.DataFrame:
        """Some columns of all rows; by default all of them.

        Args:
            columns: their names.
            categories: whether texts are categories, which take less memory.
        """
        texts = [field.name for field in pq.read_schema(self.path) if _is_text(field.type)]
        with pq.ParquetFile(self.path, read_dictionary=texts if categories else None) as file:
            pieces = list(self._pieces(file, columns))
            schema = file.schema_arrow
        kept = schema if columns is None else pa.schema([schema.field(name) for name in columns])
        found: pd.DataFrame = pa.Table.from_batches(pieces, kept).to_pandas()
        return found

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """As ``frame``, at most ``BATCH`` rows at a time."""
        with pq.ParquetFile(self.path) as file:
            for piece in self._pieces(file, columns):
                yield piece.to_pandas()

    def take(self, places: NDArray[np.int64]) -> pd.DataFrame:
        """All columns of the rows at ``places`` (from 0), in that order."""
        order = np.argsort(places, kind="stable")
        wanted = places[order]
        pieces, start = [], 0
        with pq.ParquetFile(self.path) as file:
            for piece in self._pieces(file, None):
                first, last = np.searchsorted(wanted, (start, start + len(piece)))
                if first < last:
                    pieces.append(piece.take(pa.array(wanted[first:last] - start)))
                start += len(piece)
            table = pa.Table.from_batches(pieces, file.schema_arrow)
        found: pd.DataFrame = table.to_pandas()
        return found.iloc[np.argsort(order)].reset_index(drop=True)

    def sample(self, most: int, seed: int) -> pd.DataFrame:
        """All rows, or ``most`` of them, the same ones for the same seed."""
        if len(self) <= most:
            return self.frame()
        places = np.random.default_rng(seed).choice(len(self), most, replace=False)
        return self.take(np.sort(places))

    def _pieces(
        self, file: pq.ParquetFile, columns: Sequence[str] | None
    ) -> Iterator[pa.RecordBatch]:
        start, groups = 0, []
        for place in range(file.num_row_groups):
            rows = file.metadata.row_group(place).num_rows
            if start < self.last and start + rows > self.first:
                groups.append((place, start))
            start += rows
        if not len(self):
            return
        at = groups[0][1]
        numbers = [place for place, _ in groups]
        wanted = None if columns is None else list(columns)
        for batch in file.iter_batches(BATCH, numbers, wanted):
            inside = batch.slice(max(0, self.first - at), max(0, self.last - max(at, self.first)))
            at += len(batch)
            if len(inside):
                yield inside


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def stored_parts(path: Path) -> dict[str, StoredPart]:
    """Each part of a file that ``write_examples`` wrote, which is in the order of the parts."""
    # Imported here, with DuckDB: the workers of a cluster have parts and do without.
    from deepfm.task.plan import PARTS

    table = pq.read_table(path, columns=["part"], read_dictionary=["part"])
    column = table.to_pandas()["part"]
    parts: dict[str, StoredPart] = {}
    first = 0
    for name in PARTS:
        last = first + int((column == name).sum())
        parts[name] = StoredPart(path, first, last)
        first = last
    return parts
