"""Where the server keeps everything, and how logs and runs are named."""

from __future__ import annotations

import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from deepfm.errors import InputError

# Those of before had 4 digits at the end.
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}(?:[0-9a-f]{12})?")
_TIME = "%Y%m%d-%H%M%S"


def home() -> Path:
    """``$DEEPFM_HOME``, or ``var`` in the current folder; absolute, not necessarily there yet."""
    return Path(os.environ.get("DEEPFM_HOME") or "var").expanduser().resolve()


def is_id(text: str) -> bool:
    """Whether ``text`` is an id that ``new_folder`` gives, and so no path out of its folder."""
    if _ID.fullmatch(text) is None:
        return False
    try:
        created_at(text)
    except ValueError:
        return False
    return True


def created_at(id: str) -> datetime:
    """When the folder with this id was made, in the machine's local time.

    Raises:
        ValueError: it has no such form.
    """
    return datetime.strptime(id[:15], _TIME)


def check_id(text: str) -> str:
    """``text``, if it is an id.

    Raises:
        InputError: it is none.
    """
    if not is_id(text):
        raise InputError("{id} is not the id of a log or a run.", id=text)
    return text


def new_folder(parent: Path) -> Path:
    """Make an empty folder under ``parent`` whose name sorts by time and cannot be guessed.

    It looks like 20261124-150312-3fa94be1d07c5b22.
    """
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        folder = parent / f"{datetime.now():{_TIME}}-{secrets.token_hex(8)}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
