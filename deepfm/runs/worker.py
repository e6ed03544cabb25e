"""The process that trains one run: ``python -m deepfm.runs.worker FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from deepfm.errors import InputError
from deepfm.runs.job import carry_out
from deepfm.runs.process import give_way


def main(folder: Path) -> int:
    """Train the run in ``folder``.

    Returns:
        0 when it came to its end, 1 when its input is at fault. Any other error ends the process
        with its traceback in worker.log.
    """
    try:
        carry_out(folder)
    except InputError:
        return 1
    return 0


if __name__ == "__main__":
    give_way()
    sys.exit(main(Path(sys.argv[1])))
