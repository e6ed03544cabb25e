"""How far DuckDB is with a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import duckdb

from deepfm.language import Sentence

Progress = Callable[[float, Sentence], None]

_SECONDS = 0.25


class Watch:
    """Tells how far the queries of a connection are, as one share that only grows.

    Args:
        connection: whose queries are watched.
        tell: called with a share from 0 to 1 and what is being done; from a thread of its own.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, tell: Progress) -> None:
        connection.execute("SET enable_progress_bar = true")
        connection.execute("SET enable_progress_bar_print = false")
        self._connection = connection
        self._tell = tell

    @contextmanager
    def over(self, start: float, end: float, doing: Sentence) -> Iterator[None]:
        """The queries within run from ``start`` to ``end`` of the whole."""
        done = Event()

        def follow() -> None:
            told = start
            while not done.wait(_SECONDS):
                share = max(self._connection.query_progress(), 0.0) / 100
                told = max(told, min(start + (end - start) * share, end))
                self._tell(told, doing)

        self._tell(start, doing)
        thread = Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
