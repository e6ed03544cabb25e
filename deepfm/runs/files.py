"""Small JSON files that are whole at every moment; folders that go."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from deepfm.errors import InputError


def write_json(path: Path, data: Any) -> None:
    """Replace ``path`` in one step, so that a reader sees the old or the new file, never half."""
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def read_json(path: Path) -> Any:
    """What ``write_json`` wrote.

    Raises:
        InputError: the file is missing or broken.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            "The folder {folder} has no {name}. It is not a run, or it is incomplete.",
            folder=path.parent.name,
            name=path.name,
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(
            "{name} in the folder {folder} cannot be read. Delete the run and start it again.",
            folder=path.parent.name,
            name=path.name,
        ) from error


def remove(folder: Path) -> int:
    """Delete a folder and all that is in it; the number of bytes of its files."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    return size
