"""What computes the expressions over the log: DuckDB in this process, or a Spark cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from deepfm.errors import InputError
from deepfm.log.address import EMBEDDED, is_cluster, public
from deepfm.log.engine_duckdb import open_duckdb
from deepfm.log.log import Log

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa


class Engine(Protocol):
    """Computes expressions over ``events_table``, to the same rows whichever it is."""

    def pieces(self, count: int | None = None) -> Sequence[Engine]:
        """Engines over the events of some users each, as one cannot have all of a large log.

        All users of one come before those of the next, in the order of their ids. What one keeps
        can be part of the expressions of another.

        Args:
            count: how many, at most; None for as many as the memory asks for. A cluster cuts by
                itself, and is always one.
        """

    def at_once(self, rows: int) -> int:
        """How many snapshots an expression should be about: 1 or more.

        One by one each costs a query, all at once they cost memory.

        Args:
            rows: that a snapshot may have.
        """

    def keep(self, name: str, table: ir.Table, near: str | None = None) -> ir.Table:
        """``table`` under a name, computed once for all expressions that go on from it.

        Args:
            name: one of its own.
            table: to compute.
            near: a column; its equal values should lie near each other, as they will be added up.
        """

    def to_pandas(self, table: ir.Table) -> pd.DataFrame:
        """Compute ``table``."""

    def to_batches(self, table: ir.Table) -> Iterator[pa.RecordBatch]:
        """Compute ``table``; batches of its own schema, at least one."""

    def to_parquet(self, table: ir.Table, path: Path) -> None:
        """Compute ``table`` into one file of this machine."""


def check_address(address: str) -> str:
    """``address``, if it is one of an engine.

    Raises:
        InputError: it is none.
    """
    if address == EMBEDDED or is_cluster(address):
        return address
    raise InputError(
        "{address} is no engine. Write duckdb for this machine, or the address of a Spark "
        "cluster, such as spark://host:7077 or sc://host:15002.",
        address=public(address),
    )


def engine_name(address: str) -> str:
    """The engine at ``address`` with its version, for the record."""
    if address == EMBEDDED:
        return f"DuckDB {version('duckdb')}"
    return f"Spark {version('pyspark')}, {public(address)}"


def check_reachable(address: str) -> None:
    """Refuse an engine that cannot be reached from here, before anything is begun.

    Raises:
        InputError: ``address`` is none, nothing listens there, or PySpark is not installed.
    """
    if check_address(address) != EMBEDDED:
        from deepfm.log.cluster import check_cluster

        check_cluster(address)


def engine(
    log: Log, one_user_in: int = 1, out: Path | None = None, address: str = EMBEDDED
) -> AbstractContextManager[Engine]:
    """An engine with the log's events, for expressions over ``events_table``.

    Each caller gets one of its own, and every reader of the pages has a thread.

    Args:
        log: whose events.
        one_user_in: only the events of one user in so many, the same ones at every call.
        out: a file that may be written.
        address: ``EMBEDDED``, or that of a cluster.

    Raises:
        InputError: there is no such engine, or it cannot be reached; at work, that the workers of
            a cluster cannot see the log, or are all gone.
    """
    if check_address(address) == EMBEDDED:
        return open_duckdb(log, one_user_in, out)
    # Imported here: it is an extra, and takes a second to load.
    from deepfm.log.engine_spark import open_spark

    return open_spark(log, one_user_in, address)
