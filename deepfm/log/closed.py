"""DuckDB that reaches the files it is given and nothing else.

Names of columns and values of a log become parts of queries. They are all quoted; and were one not,
it could still open no other file, load no extension and ask no other machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from deepfm.log.sql import quoted

# Of each connection, beside what the process takes.
MEMORY = "1200MB"
_NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@contextmanager
def closed(
    *files: Path, folder: Path | None = None, **settings: str | int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of one's own that can open ``files``, and all in ``folder``.

    A connection must not be used by two threads at once, so that each caller gets one. It keeps to
    ``MEMORY`` and goes to disk beyond, so that one large question leaves room for the others.
    ``settings`` are DuckDB's; later none can be changed.
    """
    with (
        TemporaryDirectory(prefix="deepfm-") as scratch,
        duckdb.connect(config=_NO_EXTENSIONS) as connection,
    ):
        settings = {"memory_limit": MEMORY, "temp_directory": scratch, **settings}
        for name, value in settings.items():
            connection.execute(f"SET {name} = {quoted(str(value))}")
        close(connection, *files, folder=folder)
        yield connection


def close(connection: duckdb.DuckDBPyConnection, *files: Path, folder: Path | None = None) -> None:
    """From now on ``connection`` opens ``files`` and all in ``folder`` only, and stays so."""
    folders = [] if folder is None else [folder]
    for name, paths in (("allowed_paths", files), ("allowed_directories", folders)):
        listed = ", ".join(quoted(str(path)) for path in paths)
        connection.execute(f"SET {name} = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
