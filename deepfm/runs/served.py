"""Logs that the server can reach: files too large to send through a browser, and databases."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from deepfm.errors import InputError

FOLDERS = "DEEPFM_LOGS"
DATABASES = "DEEPFM_DATABASES"
MOST_FILES = 1_000
_BETWEEN = re.compile(r";(?=[^=;]*=\s*\w+://)")


def served_folders() -> tuple[Path, ...]:
    """The folders from which logs may be read: those that ``$DEEPFM_LOGS`` lists, ``:`` between."""
    listed = os.environ.get(FOLDERS, "").split(os.pathsep)
    return tuple(Path(folder).expanduser().resolve() for folder in listed if folder.strip())


def served_files(pattern: str, folders: Sequence[Path]) -> list[Path]:
    """The files that a path or a pattern such as ``2024/*.csv.gz`` means, in order.

    Args:
        pattern: within one of the folders; absolute or relative to them.
        folders: from ``served_folders``. What a link within them leads out to is not served.

    Raises:
        InputError: nothing there, nothing that may be read, or too many files.
    """
    found: set[Path] = set()
    for folder in folders:
        inside = pattern.strip().removeprefix(f"{folder}{os.sep}")
        if inside and not inside.startswith("/") and ".." not in Path(inside).parts:
            found |= {path.resolve() for path in folder.glob(inside)}
    allowed = sorted(
        path
        for path in found
        if path.is_file() and any(path.is_relative_to(folder) for folder in folders)
    )
    if not allowed:
        raise InputError(
            "No file that may be read fits {pattern}. Write a path or a pattern within: {folders}.",
            pattern=pattern,
            folders=", ".join(map(str, folders)),
        )
    if len(allowed) > MOST_FILES:
        raise InputError(
            "{pattern} means {count:,} files; {most:,} can be read at once.",
            pattern=pattern,
            count=len(allowed),
            most=MOST_FILES,
        )
    return allowed


def served_databases() -> dict[str, str]:
    """Address of each database that may be read, by its name.

    ``$DEEPFM_DATABASES`` lists them as ``shop=postgresql://…;old=sqlite:///…``, so that nobody
    types a password into a page. An address of Spark Connect may have a ``;`` of its own.
    """
    entries = _BETWEEN.split(os.environ.get(DATABASES, ""))
    pairs = (entry.rstrip("; ").partition("=") for entry in entries)
    return {name.strip(): url.strip() for name, _, url in pairs if name.strip() and url.strip()}
