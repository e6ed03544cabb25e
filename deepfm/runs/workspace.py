"""One owner's logs and runs: everybody's on a server without login, else those of one user."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deepfm.errors import InputError
from deepfm.runs.home import home


@dataclass(frozen=True)
class Workspace:
    """A folder and what may be done in it.

    Whatever opens, lists, makes or deletes a log or a run by its id is told in whose workspace, so
    that an id alone opens nothing.

    Attributes:
        folder: absolute; not necessarily there yet.
        writable: False for one that another user shares.
    """

    folder: Path
    writable: bool = True

    @classmethod
    def holding(cls, folder: Path) -> Workspace:
        """The workspace that the folder of a log, a run or an upload lies in."""
        return cls(folder.resolve().parents[1])

    @property
    def logs(self) -> Path:
        """One folder a log, named by its id."""
        return self.folder / "logs"

    @property
    def runs(self) -> Path:
        """One folder a run, named by its id."""
        return self.folder / "runs"

    @property
    def uploads(self) -> Path:
        """One folder an upload, named by its id."""
        return self.folder / "uploads"

    @property
    def templates(self) -> Path:
        """The mappings that were kept under a name."""
        return self.folder / "templates"

    @property
    def keys(self) -> Path:
        """What nobody gets together with a log."""
        return self.folder / "keys"

    def check_writable(self) -> None:
        """Refuse to change what belongs to another.

        Raises:
            InputError: the workspace is only shared to be read.
        """
        if not self.writable:
            raise InputError(
                "This workspace is shared with you to be read. Go back to your own to change "
                "something."
            )


def common_workspace() -> Workspace:
    """The one of the command line, and of everybody on a server without login."""
    return Workspace(home())
