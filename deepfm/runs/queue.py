"""One training at a time on a machine, or as many as are allowed; the others wait in line.

So it is with all that takes a machine's whole power for a while: each kind has a line of its own.

A waiting process holds the lock on a numbered ticket of its own. The lowest tickets that someone
holds are at work; a ticket that nobody holds belongs to a process that died, and is thrown away.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from deepfm.errors import InputError
from deepfm.runs.home import home

_PARALLEL = "DEEPFM_PARALLEL_RUNS"
_POLL_SECONDS = 0.3

Line = Literal["trainings", "readings", "looks"]


@contextmanager
def turn(line: Line, at_once: int, on_wait: Callable[[int], None]) -> Iterator[None]:
    """Wait until few enough earlier processes are left, and keep later ones waiting.

    Args:
        line: in which to wait.
        at_once: how many of it are at work at a time.
        on_wait: told again and again how many have to end before; may raise to give up.
    """
    folder = home() / "queue" / line
    folder.mkdir(parents=True, exist_ok=True)
    guard = FileLock(folder / "guard.lock")
    with guard:
        numbers = [_number(path) for path in folder.glob("*.ticket")]
        mine = folder / f"{max(numbers, default=0) + 1:012d}.ticket"
        ticket = FileLock(mine)
        ticket.acquire()
    try:
        while (before := _before(folder, guard, mine)) >= at_once:
            on_wait(before - at_once + 1)
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        with guard:
            mine.unlink(missing_ok=True)
            ticket.release()


def parallel() -> int:
    """How many trainings are at work at a time: ``$DEEPFM_PARALLEL_RUNS``, or 1.

    Raises:
        InputError: it is no number from 1 on.
    """
    text = os.environ.get(_PARALLEL) or "1"
    if not text.isascii() or not text.isdigit() or not int(text):
        raise InputError(
            "{name} is {text}. It says how many trainings run at a time: 1 or more.",
            name=_PARALLEL,
            text=text,
        )
    return int(text)


def few() -> int:
    """How many short computations run at a time: on half of the processors, so that pages open."""
    return max(1, (os.cpu_count() or 1) // 2)


def _before(folder: Path, guard: FileLock, mine: Path) -> int:
    """How many living processes have an earlier ticket."""
    with guard:
        earlier = [path for path in folder.glob("*.ticket") if _number(path) < _number(mine)]
        return sum(_is_held(path) for path in earlier)


def _is_held(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
    except Timeout:
        return True
    return False


def _number(path: Path) -> int:
    return int(path.stem)
