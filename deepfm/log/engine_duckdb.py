"""DuckDB in this process: the engine unless another one is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from deepfm.log.closed import close, limit
from deepfm.log.events import EVENTS, events_table
from deepfm.log.log import POSITION, Log
from deepfm.log.pieces import cut, usual_pieces
from deepfm.log.sql import quoted

_BATCH = 250_000
# Events times snapshots that an expression is about.
_MOST_EVENTS = 4_000_000


@dataclass(frozen=True)
class DuckDBEngine:
    """An ``Engine``.

    Attributes:
        connection: of its own, as no two threads may use one at once.
        log: whose events.
        rows: how many of them there are, roughly.
        scratch: a folder for files.
        events: name of the view of those events that the expressions are computed over.
    """

    connection: Backend
    log: Log
    rows: int
    scratch: Path
    events: str = EVENTS

    def pieces(self, count: int | None = None) -> Sequence[DuckDBEngine]:
        """As ``Engine.pieces``."""
        count = usual_pieces(self.rows) if count is None else count
        if count == 1:
            return [self]
        names = cut(self.connection.con, self.rows, count, self.scratch)
        return [replace(self, events=name) for name in names]

    def at_once(self, rows: int) -> int:
        """As ``Engine.at_once``."""
        return max(1, _MOST_EVENTS // self.log.rows)

    def keep(self, name: str, table: ir.Table, near: str | None = None) -> ir.Table:
        """As ``Engine.keep``."""
        if near is not None:
            table = table.order_by(near)
        return self.connection.create_table(f"{self.events}_{name}", self._own(table), temp=True)

    def _own(self, table: ir.Table) -> ir.Table:
        """``table`` over the events of this piece."""
        if self.events == EVENTS:
            return table
        whole = events_table(self.log)
        own = ibis.table(whole.schema(), name=self.events)
        replaced: ir.Table = table.op().replace({whole.op(): own.op()}).to_expr()
        return replaced

    def to_pandas(self, table: ir.Table) -> pd.DataFrame:
        """As ``Engine.to_pandas``."""
        found: pd.DataFrame = self.connection.to_pandas(self._own(table))
        return found

    def to_batches(self, table: ir.Table) -> Iterator[pa.RecordBatch]:
        """As ``Engine.to_batches``."""
        schema = table.schema().to_pyarrow()
        yield pa.RecordBatch.from_pylist([], schema)
        # Ibis 12 itself asks for batches by a name that DuckDB 2 no longer has.
        self.connection.create_view("wanted", self._own(table), overwrite=True)
        for batch in self.connection.con.table("wanted").to_arrow_reader(_BATCH):
            # DuckDB's sums of whole numbers are wider than Ibis says; and it cuts a name where a
            # character 0 stands in it.
            yield batch.rename_columns(schema.names).cast(schema)

    def to_parquet(self, table: ir.Table, path: Path) -> None:
        """As ``Engine.to_parquet``."""
        self.connection.to_parquet(self._own(table), path)


@contextmanager
def open_duckdb(log: Log, one_user_in: int, out: Path | None) -> Iterator[DuckDBEngine]:
    """DuckDB with the log's events; it keeps to its limits and goes to disk beyond.

    The arguments are those of ``deepfm.log.engine.engine``.

    Raises:
        InputError: as ``limit``.
    """
    with TemporaryDirectory(prefix="deepfm-") as scratch:
        connection = ibis.duckdb.connect(preserve_insertion_order=False)
        try:
            limit(connection.con, Path(scratch))
            files = [log.parquet] if out is None else [log.parquet, out]
            close(connection.con, *files, folder=Path(scratch))
            sampled = f" WHERE hash(user) % {one_user_in} = 0" if one_user_in > 1 else ""
            # The file is in that order.
            connection.raw_sql(
                f"CREATE TEMP VIEW {EVENTS} AS SELECT * EXCLUDE (file_row_number), "
                f"file_row_number AS {POSITION} FROM "
                f"read_parquet({quoted(str(log.parquet))}, file_row_number = true){sampled}"
            )
            yield DuckDBEngine(connection, log, log.rows // one_user_in, Path(scratch))
        finally:
            connection.disconnect()
