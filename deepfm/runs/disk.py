"""What is wrong with the disk, in words."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from deepfm.errors import InputError
from deepfm.language import Sentence

# The libraries in C pass on these words, but not always the number.
_SAID_OF_FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
_LEAST_BYTES = 256 * 1024


def disk_trouble(folder: Path, told: object = "") -> Sentence | None:
    """Why nothing more can be written to ``folder``.

    Args:
        folder: an existing one.
        told: an error, or what is known of one. A disk may have room again meanwhile, or room for
            small files.

    Returns:
        None where there is nothing wrong with the disk.
    """
    if not os.access(folder, os.W_OK):
        return Sentence(
            "Nothing can be written to {folder}. Make it writable for the user that runs the "
            "server, and start again: what is done is kept.",
            folder=str(folder),
        )
    full = any(words in str(told) for words in _SAID_OF_FULL)
    if full or shutil.disk_usage(folder).free < _LEAST_BYTES:
        return Sentence(
            "The disk is full. Delete runs or logs that are no longer needed, and start again: "
            "what is done is kept."
        )
    return None


@contextmanager
def disk_in_words(folder: Path) -> Iterator[None]:
    """Do something that writes to ``folder``.

    Raises:
        InputError: the disk did not take it. Other errors are raised as they are.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        trouble = disk_trouble(folder, error)
        if trouble is None:
            raise
        raise InputError.of(trouble) from error
