"""The process that takes one log in: ``python -m deepfm.runs.intake_worker FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from deepfm.errors import InputError
from deepfm.runs.intake import carry_out_intake
from deepfm.runs.process import give_way


def main(folder: Path) -> int:
    """Take in what ``folder`` asks for.

    Returns:
        0 when the log is ready, 1 when the input is at fault. Any other error ends the process
        with its traceback in worker.log.
    """
    try:
        carry_out_intake(folder)
    except InputError:
        return 1
    return 0


if __name__ == "__main__":
    give_way()
    sys.exit(main(Path(sys.argv[1])))
