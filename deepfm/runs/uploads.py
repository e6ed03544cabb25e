"""Files that were uploaded: kept on disk from the first moment, whatever becomes of them."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from deepfm.errors import InputError
from deepfm.log.address import CONNECT, is_cluster
from deepfm.log.demo import write_demo
from deepfm.log.source.database import open_database
from deepfm.log.source.names import is_table
from deepfm.log.source.part import Dialect, Source
from deepfm.log.source.source import open_source
from deepfm.runs.files import read_json, remove, whole_or_gone, write_json
from deepfm.runs.home import check_id, new_folder
from deepfm.runs.journal import note
from deepfm.runs.limits import check_columns, check_room, check_upload
from deepfm.runs.workspace import Workspace
from deepfm.whole import settle_all

_NAME = "name.json"
_FILES = "file"
_CHUNK = 8 * 1024 * 1024
_LONGEST_NAME = 80
_SWEPT_AFTER_SECONDS = 3_600.0
_UNSAFE = re.compile(r"[^\w.\-]")


@dataclass(frozen=True)
class Upload:
    """Files as they came.

    Attributes:
        folder: where it is kept.
        paths: their contents, each under a safe form of its name.
        names: what their owner calls them.
    """

    folder: Path
    paths: tuple[Path, ...]
    names: tuple[str, ...]

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def name(self) -> str:
        """All names in one line."""
        return ", ".join(self.names)

    @property
    def scratch(self) -> Path:
        """Where archives among them may be unpacked."""
        return self.folder / "unpacked"


def keep_upload(workspace: Workspace, files: Sequence[tuple[BinaryIO, str]]) -> Upload:
    """Copy one or several files with their names to disk, a chunk at a time.

    Raises:
        InputError: they are too large, or the workspace takes nothing; nothing is kept then.
    """
    folder = _new_folder(workspace)
    names = [Path(name).name for _, name in files]
    with whole_or_gone(folder):
        (folder / _FILES).mkdir()
        size = 0
        for place, (stream, _) in enumerate(files):
            with (folder / _FILES / _safe(names, place)).open("wb") as file:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    check_upload(size)
                    file.write(chunk)
        _finish(folder, {"names": names})
    note("upload kept", folder, files=len(names), bytes=size)
    return _upload(folder, names)


def refer_to(workspace: Workspace, paths: Sequence[Path]) -> Upload:
    """Files that stay where they are, as if they had been uploaded."""
    folder = _new_folder(workspace)
    names = [path.name for path in paths]
    _finish(folder, {"names": names, "paths": [str(path) for path in paths]})
    return Upload(folder, tuple(paths), tuple(names))


def keep_answer(workspace: Workspace, name: str, url: str, query: str) -> Upload:
    """The rows of a table or a query of a database, as if they had been uploaded.

    Raises:
        InputError: as ``open_database``, or a Spark cluster is asked for more than a reader of the
            pages may; nothing is kept then.
    """
    if is_cluster(url):
        _check_harmless(url, query, name)
    folder = _new_folder(workspace)
    with whole_or_gone(folder):
        (part,) = open_database(url, query, name, folder / _FILES).parts
        names = [f"{name}.parquet"]
        _finish(folder, {"names": names, "paths": [str(part.path)]})
    return Upload(folder, (part.path,), tuple(names))


def _check_harmless(url: str, query: str, name: str) -> None:
    """Leave a cluster out that would have to be driven by the pages' own process, and all SQL.

    Spark's SQL calls Java and reads any file.
    """
    if not url.startswith(CONNECT):
        raise InputError(
            "The pages ask a Spark cluster at a Spark Connect address only, and {name} has another "
            "one. Tell the owner of this server, or use the command line.",
            name=name,
        )
    if not is_table(query.strip()):
        raise InputError(
            "Of {name}, write the name of a table or of a view. SELECT is for the command line.",
            name=name,
        )


def keep_demo(workspace: Workspace, users: int = 20_000) -> Upload:
    """The demo log as if it had been uploaded."""
    folder, names = _new_folder(workspace), ["demo.csv"]
    with whole_or_gone(folder):
        upload = _upload(folder, names)
        upload.paths[0].parent.mkdir()
        write_demo(upload.paths[0], users=users)
        _finish(folder, {"names": names})
    return upload


def source_of(upload: Upload, dialect: Dialect | None = None) -> Source:
    """The upload, looked at; as ``open_source``.

    Raises:
        InputError: it cannot be read, or it has too many columns.
    """
    paths, scratch = upload.paths, upload.scratch
    source = open_source(*paths, scratch=scratch, dialect=dialect, names=upload.names)
    check_columns(len(source.columns))
    return source


def open_upload(workspace: Workspace, id: str) -> Upload:
    """The upload with this id.

    Raises:
        InputError: no id, or no such upload.
    """
    folder = workspace.uploads / check_id(id)
    if not (folder / _NAME).is_file():
        raise InputError("There is no upload {id}. Upload the file again.", id=id)
    kept = read_json(folder / _NAME)
    names = [str(name) for name in kept["names"]]
    if "paths" in kept:
        return Upload(folder, tuple(Path(path) for path in kept["paths"]), tuple(names))
    return _upload(folder, names)


def delete_upload(workspace: Workspace, id: str) -> int:
    """Delete an upload; the number of bytes that it had, 0 where there is none."""
    folder = workspace.uploads / check_id(id)
    return remove(folder) if folder.is_dir() else 0


def _new_folder(workspace: Workspace) -> Path:
    check_room(workspace)
    return new_folder(workspace.uploads)


def _finish(folder: Path, entry: dict[str, Any]) -> None:
    """Write name.json, which says that the upload is whole; take away others that never were."""
    settle_all(folder)
    write_json(folder / _NAME, entry)
    for other in folder.parent.iterdir():
        if not (other / _NAME).is_file() and _untouched(other):
            shutil.rmtree(other, ignore_errors=True)


def _untouched(folder: Path) -> bool:
    """Whether nobody writes to an upload any more: a server that was killed left it half done."""
    with suppress(FileNotFoundError):
        touched = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
        return abs(time.time() - touched) > _SWEPT_AFTER_SECONDS
    return False


def _upload(folder: Path, names: list[str]) -> Upload:
    paths = tuple(folder / _FILES / _safe(names, place) for place in range(len(names)))
    return Upload(folder, paths, tuple(names))


def _safe(names: Sequence[str], place: int) -> str:
    """A file name for the upload in this place: harmless, and no other's."""
    safe = _UNSAFE.sub("_", names[place])[-_LONGEST_NAME:].lstrip(".") or "file"
    return safe if len(names) == 1 else f"{place}-{safe}"
