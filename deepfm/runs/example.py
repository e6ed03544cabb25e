"""A finished run that comes with the project, so that every page can be seen at once.

``make example`` writes it, with the project's own generator and trainer.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from deepfm.errors import InputError
from deepfm.runs.home import check_id
from deepfm.runs.run import Run
from deepfm.runs.workspace import Workspace

_ARCHIVE = "example.zip"
# What tells of the process that made it, and where it stood.
_LEFT_OUT = ("checkpoint", "heartbeat", "worker.lock", "worker.log", "previews", "draft.json")


def has_example() -> bool:
    """Whether this copy of the project comes with its example."""
    return (files("deepfm") / _ARCHIVE).is_file()


def open_example(workspace: Workspace) -> Run:
    """The example run, with its log, in ``workspace``; put there if it is not there yet.

    Raises:
        InputError: this copy of the project comes without it, or the workspace is only read.
    """
    workspace.check_writable()
    if not has_example():
        raise InputError("This copy comes without the example. Load the demo log instead.")
    workspace.folder.mkdir(parents=True, exist_ok=True)
    # Unpacked beside its place, so that each folder is whole or not there.
    with TemporaryDirectory(dir=workspace.folder, prefix=".example-") as scratch:
        with (files("deepfm") / _ARCHIVE).open("rb") as archive, ZipFile(archive) as content:
            content.extractall(scratch)
        (log,) = (Path(scratch) / "logs").iterdir()
        (run,) = (Path(scratch) / "runs").iterdir()
        for folder, parent in ((log, workspace.logs), (run, workspace.runs)):
            parent.mkdir(exist_ok=True)
            if not (parent / check_id(folder.name)).exists():
                folder.replace(parent / folder.name)
        return Run.open(workspace.runs / run.name)


def write_example(run: Run, path: Path) -> None:
    """Pack a run of a workspace with its log, as ``open_example`` wants it.

    Args:
        run: one that is done; its log is in the same one.
        path: of the archive.
    """
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for folder in (run.log_folder, run.folder):
            for file in sorted(folder.rglob("*")):
                inside = file.relative_to(folder)
                if file.is_file() and inside.parts[0] not in _LEFT_OUT:
                    archive.write(file, Path(folder.parent.name, folder.name, inside))
