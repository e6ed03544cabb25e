"""Files that were uploaded: kept on disk from the first moment, whatever becomes of them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from deepfm.errors import InputError
from deepfm.log.demo import write_demo
from deepfm.runs.files import read_json, write_json
from deepfm.runs.home import check_id, home, new_folder

_NAME = "name.json"
_CHUNK = 8 * 1024 * 1024
_LONGEST_NAME = 80
_UNSAFE = re.compile(r"[^\w.\-]")


@dataclass(frozen=True)
class Upload:
    """A file as it came.

    Attributes:
        id: the folder's name.
        path: its content, under a safe form of its name.
        name: what its owner calls it.
    """

    id: str
    path: Path
    name: str


def uploads_folder() -> Path:
    """One folder an upload, named by its id."""
    return home() / "uploads"


def keep_upload(stream: BinaryIO, name: str) -> Upload:
    """Copy an upload to disk, a chunk at a time."""
    upload = _new(name)
    with upload.path.open("wb") as file:
        shutil.copyfileobj(stream, file, _CHUNK)
    return upload


def keep_demo(users: int = 20_000) -> Upload:
    """The demo log as if it had been uploaded."""
    upload = _new("demo.csv")
    write_demo(upload.path, users=users)
    return upload


def open_upload(id: str) -> Upload:
    """The upload with this id.

    Raises:
        InputError: no id, or no such upload.
    """
    folder = uploads_folder() / check_id(id)
    if not (folder / _NAME).is_file():
        raise InputError("There is no upload {id}. Upload the file again.", id=id)
    return _upload(folder, str(read_json(folder / _NAME)["name"]))


def _new(name: str) -> Upload:
    folder = new_folder(uploads_folder())
    upload = _upload(folder, Path(name).name)
    upload.path.parent.mkdir()
    write_json(folder / _NAME, {"name": upload.name})
    return upload


def _upload(folder: Path, name: str) -> Upload:
    safe = _UNSAFE.sub("_", name)[-_LONGEST_NAME:].lstrip(".") or "file"
    return Upload(folder.name, folder / "file" / safe, name)
