"""What happened on the server, a line of JSON each: for whoever runs it, not for its users.

There is no word in it about any person: neither those of the logs nor those who log in, beyond the
name of the workspace's folder.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from deepfm.runs.home import home

JOURNAL = "journal.jsonl"

Event = Literal[
    "upload kept",
    "log ready",
    "log failed",
    "log deleted",
    "run begun",
    "run ended",
    "run deleted",
    "list handed out",
]


def note(event: Event, folder: Path, **facts: str | float | None) -> None:
    """Add a line to ``journal.jsonl`` in the server's home folder.

    Args:
        event: what happened.
        folder: of the log, run or upload; where it lies elsewhere than on the server, nothing is
            noted.
        facts: what else is to be known, such as ``seconds``.
    """
    place = folder.resolve()
    if not place.is_relative_to(home()):
        return
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": event,
        "workspace": str(place.parents[1].relative_to(home())),
        "id": place.name,
        "process": os.getpid(),
        **facts,
    }
    # Nothing is worth less because it could not be noted. One write, so that lines of several
    # processes do not mix; opened anew each time, so that the file may be moved away.
    with suppress(OSError), (home() / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
