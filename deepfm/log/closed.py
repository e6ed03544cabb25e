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

from deepfm.environment import whole_number
from deepfm.log.sql import quoted

MEMORY_SETTING = "DEEPFM_MOST_MEMORY_MB"
_USUAL_MEMORY_MB = 1_200
_THREADS = "DEEPFM_MOST_THREADS"
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
    its limits and goes to disk beyond, so that one large question leaves room for the others.
    ``settings`` are DuckDB's; later none can be changed.

    Raises:
        InputError: as ``limit``.
    """
    with (
        TemporaryDirectory(prefix="deepfm-") as scratch,
        duckdb.connect(config=_NO_EXTENSIONS) as connection,
    ):
        limit(connection, Path(scratch))
        for name, value in settings.items():
            connection.execute(f"SET {name} = {quoted(str(value))}")
        close(connection, *files, folder=folder)
        yield connection


def limit(connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Let DuckDB use little memory, and ``scratch`` beyond that; and no more threads than allowed.

    Raises:
        InputError: a setting is no whole number from 1 on.
    """
    connection.execute(f"SET memory_limit = '{memory_mb()}MB'")
    connection.execute(f"SET temp_directory = {quoted(str(scratch))}")
    # DuckDB begins with the cores, or with what a container may have of them; more only wait.
    found = connection.execute("SELECT current_setting('threads')").fetchone()
    assert found is not None
    cores = int(found[0])
    connection.execute(f"SET threads = {min(cores, whole_number(_THREADS, cores))}")


def memory_mb() -> int:
    """What each connection may take beside the rest of the process; a setting of the server.

    Raises:
        InputError: it is no whole number from 1 on.
    """
    return whole_number(MEMORY_SETTING, _USUAL_MEMORY_MB)


def close(connection: duckdb.DuckDBPyConnection, *files: Path, folder: Path | None = None) -> None:
    """From now on ``connection`` opens ``files`` and all in ``folder`` only, and stays so."""
    folders = [] if folder is None else [folder]
    for name, paths in (("allowed_paths", files), ("allowed_directories", folders)):
        listed = ", ".join(quoted(str(path)) for path in paths)
        connection.execute(f"SET {name} = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
