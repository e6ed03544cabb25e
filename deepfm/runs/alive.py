"""Which process works on a run, as the operating system knows it.

The worker holds a lock on a file of the run folder for as long as it lives. The kernel lets go of
it when the process ends, however it ends, so neither a reused process id nor a reboot nor a zombie
can look like a living worker.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deepfm.errors import InputError

LOCK = "worker.lock"
HEARTBEAT = "heartbeat"
_BEAT_SECONDS = 1.0
_STARTING_SECONDS = 30.0


@contextmanager
def living(folder: Path) -> Iterator[None]:
    """Be the worker of ``folder``: hold its lock, and touch its heartbeat every second.

    Raises:
        InputError: another process is at work on the folder.
    """
    with (folder / LOCK).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if worker_pid(folder) is not None:
                raise InputError(
                    "Another process is already at work on {folder}.", folder=folder.name
                ) from error
            fcntl.flock(file, fcntl.LOCK_EX)  # a reader was looking; it lets go at once
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        ended = threading.Event()
        beating = threading.Thread(target=_beat, args=(folder / HEARTBEAT, ended), daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()


def worker_pid(folder: Path) -> int | None:
    """The process that holds the run's lock; None when there is none."""
    try:
        with (folder / LOCK).open(encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None


def at_work(folder: Path, request: Path) -> bool:
    """Whether a process is at work on ``folder``, or may be about to begin what stands there.

    Args:
        request: a file or a folder that was made just before the process was started.
    """
    if worker_pid(folder) is not None:
        return True
    begun = (folder / LOCK).exists()
    # The clock may have been set back meanwhile.
    age = abs(time.time() - request.stat().st_mtime)
    return not begun and age < _STARTING_SECONDS


def _beat(path: Path, ended: threading.Event) -> None:
    path.touch()
    while not ended.wait(_BEAT_SECONDS):
        path.touch()
