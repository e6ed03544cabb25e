"""Files that are whole at every moment, whatever becomes of the process or of the power."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_DRAFT = ".draft-"
_WRITING_SECONDS = 10.0


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft beside ``path``, which takes its place in one step once it is on the disk.

    A reader sees the old file or the new one, never half of one, and so it is after the power was
    cut. Where writing fails, all stays as it was. The draft's name ends as that of ``path``, and
    is no other's: two threads may write the same file.
    """
    draft = path.with_name(f"{_DRAFT}{secrets.token_hex(4)}-{path.name}")
    try:
        yield draft
        settle(draft)
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    settle(path.parent)


def settle(path: Path) -> None:
    """Wait until what was written to a file, or which files a folder has, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems of a network have nothing to wait for.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def settle_all(folder: Path) -> None:
    """Wait until all that lies in ``folder`` is on the disk."""
    for path in (*folder.rglob("*"), folder):
        settle(path)


def sweep_drafts(folder: Path) -> None:
    """Take away what processes that were killed have left half written in ``folder``."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(FileNotFoundError):
            if abs(time.time() - draft.stat().st_mtime) > _WRITING_SECONDS:
                draft.unlink()
