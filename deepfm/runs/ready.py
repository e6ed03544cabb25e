"""Whether the server could take work: for a load balancer or a watchman."""

from __future__ import annotations

import subprocess
import sys

from deepfm.language import Sentence
from deepfm.runs.disk import disk_trouble
from deepfm.runs.files import write_json
from deepfm.runs.home import home

_PATIENCE_SECONDS = 10.0


def readiness() -> dict[str, Sentence | None]:
    """What would stand in the way of new work.

    Returns:
        For ``disk`` (the home folder can be written to) and ``worker`` (a process can be started)
        None, or what is wrong.
    """
    return {"disk": _disk(), "worker": _worker()}


def _disk() -> Sentence | None:
    probe = home() / ".ready.json"
    try:
        home().mkdir(parents=True, exist_ok=True)
        write_json(probe, {})
        probe.unlink()
    except OSError as error:
        known = disk_trouble(home(), error) if home().is_dir() else None
        return known or Sentence(
            "Nothing can be written to {folder}: {reason}.",
            folder=str(home()),
            reason=error.strerror or type(error).__name__,
        )
    return disk_trouble(home())


def _worker() -> Sentence | None:
    command = [sys.executable, "-I", "-c", ""]
    try:
        subprocess.run(command, check=True, timeout=_PATIENCE_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        return Sentence("No process can be started: {reason}.", reason=type(error).__name__)
    return None
