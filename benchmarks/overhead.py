"""What it costs a training to be watched: ``python benchmarks/overhead.py``.

The same training is run in its worker process with nobody watching, and with its page open in a
real Chromium, which draws the curves anew every second; in turn, so that the machine is the same.
What is timed is the training alone, from its first step to its last look. The server and the
browser are on the same machine, which is the worst case.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.log import Log
from deepfm.log.source.source import open_source
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run, create_run
from deepfm.runs.store import create_log
from deepfm.task.question import default_question
from deepfm.training.settings import TrainingSettings
from tests.browser.chromium import Page, server


def main() -> None:
    """Print the seconds of each training, and how much longer the watched ones took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=150)
    options = parser.parse_args()
    settings = TrainingSettings(epochs=options.epochs, patience=1000)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DEEPFM_HOME"] = folder
        home = Path(folder)
        source = open_source(write_demo(home / "demo.csv").path)
        log = create_log(source, guess_mapping(source), "demo.csv")
        found: dict[str, list[float]] = {"alone": [], "watched": []}
        with server(home) as address:
            for _ in range(options.rounds):
                for kind in found:
                    found[kind].append(timed(log, settings, address if kind == "watched" else None))
                    print(f"{kind:<8} {found[kind][-1]:6.1f} s", flush=True)
    alone, watched = (statistics.median(found[kind]) for kind in ("alone", "watched"))
    print(f"median: {alone:.1f} s alone, {watched:.1f} s watched: {watched / alone - 1:+.1%}")


def timed(log: Log, settings: TrainingSettings, address: str | None) -> float:
    """Seconds of one training."""
    run = create_run(log, default_question(log), settings)
    start_worker(run.folder)
    if address is None:
        return seconds_of_training(run)
    with Page(run.folder) as page:
        page.driver.get(f"{address}/training?run={run.id}&log={log.folder.name}")
        return seconds_of_training(run)


def seconds_of_training(run: Run) -> float:
    """From the moment at which it begins to the one at which the next stage does."""
    began = None
    while (status := run.status).active:
        if status.state == "training" and status.optimizer_step and began is None:
            began = time.monotonic()
        if status.state in ("evaluating", "explaining", "scoring") and began is not None:
            seconds = time.monotonic() - began
            while run.status.active:
                time.sleep(0.2)
            return seconds
        time.sleep(0.02)
    raise SystemExit(f"the training ended as {run.status}")


if __name__ == "__main__":
    main()
