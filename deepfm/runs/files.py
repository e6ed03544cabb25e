"""Small JSON files that are whole at every moment; folders that go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from deepfm.errors import InputError
from deepfm.shape import MisfitError
from deepfm.whole import whole

T = TypeVar("T")
# What reading a file ends in that somebody has changed.
_SENSELESS = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
)


def write_json(path: Path, data: Any) -> None:
    """Replace ``path`` in one step, so that a reader sees the old or the new file, never half."""
    write_text(path, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False))


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` in one step, as ``write_json``."""
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    """What ``write_json`` wrote.

    Raises:
        InputError: the file is missing or broken.
    """
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            "The folder {folder} has no {name}. It is not a run, or it is incomplete.",
            folder=path.parent.name,
            name=path.name,
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path) from error


def parse_json(path: Path, parse: Callable[[Any], T]) -> T:
    """What ``parse`` makes of what ``write_json`` wrote.

    Raises:
        InputError: the file is missing or broken, or what stands in it makes no sense.
    """
    data = read_json(path)
    try:
        return parse(data)
    except InputError:
        raise
    except MisfitError as error:
        raise _unreadable(path, error.part) from error
    except _SENSELESS as error:
        raise _unreadable(path) from error


def read_json_lines(
    path: Path, fits: Callable[[dict[str, Any]], bool] = lambda entry: True
) -> list[dict[str, Any]]:
    """The whole lines of a file that is being appended to; none where it is not there yet.

    Raises:
        InputError: a line is broken, or one does not fit.
    """
    if not path.is_file():
        return []
    try:
        # The last line is still being written, or empty.
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        found = [_parsed(line) for line in lines]
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path) from error
    for line, entry in enumerate(found, start=1):
        try:
            fine = isinstance(entry, dict) and fits(entry)
        except MisfitError as error:
            raise _unreadable(path, f"{line}: {error.part}") from error
        if not fine:
            raise _unreadable(path, str(line))
    return found


def _parsed(text: str) -> Any:
    """What ``text`` says.

    Raises:
        ValueError: it is no JSON, or names half a character, which nothing can show or write.
    """
    data = json.loads(text)
    if "\\u" in text:
        json.dumps(data, ensure_ascii=False).encode()
    return data


def _unreadable(path: Path, part: str = "") -> InputError:
    if part:
        return InputError(
            "{name} in the folder {folder} cannot be read: {part} is missing, or something else "
            "stands there. Delete the run and start it again.",
            folder=path.parent.name,
            name=path.name,
            part=part,
        )
    return InputError(
        "{name} in the folder {folder} cannot be read. Delete the run and start it again.",
        folder=path.parent.name,
        name=path.name,
    )


@contextmanager
def whole_or_gone(folder: Path) -> Iterator[None]:
    """Fill ``folder``; where that fails, nothing of it stays, as half of it helps nobody."""
    complete = False
    try:
        yield
        complete = True
    finally:
        if not complete:
            shutil.rmtree(folder, ignore_errors=True)


def remove(folder: Path) -> int:
    """Delete a folder and all that is in it; the number of bytes of its files."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    return size
