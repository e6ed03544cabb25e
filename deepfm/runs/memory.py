"""What to do when the memory does not suffice, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from deepfm.errors import InputError
from deepfm.log.closed import MEMORY_SETTING, memory_mb

_SAID = "Out of Memory Error"


@contextmanager
def memory_in_words() -> Iterator[None]:
    """Answer a question, as far as the memory goes.

    Raises:
        InputError: it did not suffice. Other errors are raised as they are.
    """
    try:
        yield
    except (duckdb.OutOfMemoryException, OSError) as error:
        # While its rows are read, PyArrow passes on what DuckDB says and not its kind.
        if isinstance(error, OSError) and _SAID not in str(error):
            raise
        raise InputError(
            "The database in this process may take {most:,} MB, and this question to this log "
            "needs more. Choose a shorter lookback, fewer snapshots or fewer features, or let it "
            "take more: {setting}.",
            most=memory_mb(),
            setting=MEMORY_SETTING,
        ) from error
    except MemoryError as error:
        raise InputError(
            "The memory of this machine is too small for this question. Choose a shorter "
            "lookback, fewer snapshots or fewer features."
        ) from error
