"""The workers that train one model together, each on its share of every batch."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.fields.encoded import Examples

# What makes steps of its own differ by a bit, or not understand another version's messages.
_PACKAGES = ("keras", "numpy", "tensorflow")
# Whole numbers up to 2^53 are exact in float64.
_EXACT_BYTES = 6
_PIECE = 65_536


class Crew(Protocol):
    """How one worker sees the others.

    Attributes:
        rank: which one this is; 0 is the first, who decides and writes.
        size: how many there are.
    """

    @property
    def rank(self) -> int: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102

    def gather(self, values: Sequence[float]) -> NDArray[np.float64]:
        """What each worker has: ``[size, k]`` of its ``k`` values, alike for all."""
        ...


class Alone:
    """The crew of one worker."""

    rank, size = 0, 1

    def gather(self, values: Sequence[float]) -> NDArray[np.float64]:
        """``[1, k]``, the values themselves."""
        return np.array([values], np.float64)


ALONE = Alone()


def check_alike(crew: Crew, parts: Sequence[tuple[Examples, NDArray[np.int64]]]) -> None:
    """Refuse to train where a worker runs another code or sees other examples.

    Args:
        crew: all of it must call this at the same time.
        parts: examples and labels ``[n]`` of the training and of the validation.

    Raises:
        InputError: they differ from those of the first worker; all workers say the same.
    """
    told = crew.gather([code_number(Path(__file__).parents[1]), *map(_number_of, parts)])
    for number, other in enumerate(told[1:], start=2):
        if other[0] != told[0, 0]:
            raise InputError(
                "Worker {number} runs another version of this program, or of {packages}, than "
                "worker 1. Install the same on all machines, then resume the training.",
                number=number,
                packages=", ".join(_PACKAGES),
            )
        if (other != told[0]).any():
            raise InputError(
                "Worker {number} sees other examples than worker 1. Let all machines see the "
                "same folder of the run under the same path, then resume the training.",
                number=number,
            )


def code_number(folder: Path) -> int:
    """A number that stands for the code in ``folder`` and the packages that it computes with."""
    digest = hashlib.sha256(sys.version.encode())
    for name in _PACKAGES:
        digest.update(f"{name} {version(name)}".encode())
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:_EXACT_BYTES])


def _number_of(part: tuple[Examples, NDArray[np.int64]]) -> int:
    examples, label = part
    number = crc32(np.ascontiguousarray(label, np.int64).data)
    for start in range(0, len(examples), _PIECE):
        piece = examples.take(slice(start, start + _PIECE))
        number = crc32(np.ascontiguousarray(piece.ids).data, number)
        number = crc32(np.ascontiguousarray(piece.fraction).data, number)
    return number
