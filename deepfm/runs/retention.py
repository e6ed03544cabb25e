"""What has been kept for longer than it should be, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from deepfm.runs.alive import worker_pid
from deepfm.runs.files import remove
from deepfm.runs.home import created_at, is_id
from deepfm.runs.limits import disk_use
from deepfm.runs.workspace import Workspace

Kind = Literal["run", "log", "upload"]


@dataclass(frozen=True)
class Outdated:
    """A folder that is older than it may be.

    Attributes:
        kind: what is in it.
        folder: where it is.
        created: when it was made, local time of the machine.
        size: bytes.
    """

    kind: Kind
    folder: Path
    created: datetime
    size: int


def outdated(workspace: Workspace, days: int, now: datetime) -> Iterator[Outdated]:
    """Runs, logs and uploads of ``workspace`` made more than ``days`` days before ``now``.

    What a process is at work on is left out. A run keeps its results when its log goes.
    """
    places: tuple[tuple[Kind, Path], ...] = (
        ("run", workspace.runs),
        ("log", workspace.logs),
        ("upload", workspace.uploads),
    )
    for kind, parent in places:
        for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
            if not is_id(folder.name) or created_at(folder.name) > now - timedelta(days=days):
                continue
            if worker_pid(folder) is None:
                yield Outdated(kind, folder, created_at(folder.name), disk_use(folder))


def purge(found: Outdated) -> int:
    """Delete it; the number of bytes that are gone, 0 where it went meanwhile or is at work."""
    if not found.folder.is_dir() or worker_pid(found.folder) is not None:
        return 0
    return remove(found.folder)
