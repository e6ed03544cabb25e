"""Make the finished run that comes with the project: ``make example``."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from deepfm.log.guess import guess_mapping  # noqa: E402
from deepfm.runs.create import create_run  # noqa: E402
from deepfm.runs.example import write_example  # noqa: E402
from deepfm.runs.process import start_worker  # noqa: E402
from deepfm.runs.store import create_log  # noqa: E402
from deepfm.runs.uploads import keep_demo, source_of  # noqa: E402
from deepfm.runs.workspace import common_workspace  # noqa: E402
from deepfm.task.question import Question  # noqa: E402
from deepfm.training.settings import TrainingSettings  # noqa: E402

USERS = 2_000


def main() -> None:
    """Train on a small demo log and pack the run."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["DEEPFM_HOME"] = home
        source = source_of(keep_demo(common_workspace(), USERS))
        log = create_log(common_workspace(), source, guess_mapping(source), "demo.csv")
        run = create_run(
            common_workspace(), log, Question(("purchase",)), TrainingSettings(batch_size=256)
        )
        start_worker(run.folder)
        while run.status.active:
            time.sleep(0.5)
        if run.status.state != "done":
            raise SystemExit(str(run.status.message))
        write_example(run, ROOT / "deepfm" / "example.zip")


if __name__ == "__main__":
    main()
