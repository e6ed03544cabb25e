"""What it costs a training to be watched: ``python benchmarks/overhead.py``.

One long training in its worker process, and in turn: nobody watches; its page is open in a real
Chromium of the lowest priority, as the browser of a person who watches takes nothing from the
training's machine; the page is open and the browser takes what it wants, as where all is on one
machine. The server is on the training's machine in each case. Printed are the steps per second.
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
from deepfm.log.source.source import open_source
from deepfm.runs.create import create_run
from deepfm.runs.process import end_worker, start_worker
from deepfm.runs.run import Run
from deepfm.runs.store import create_log
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import default_question
from deepfm.training.settings import TrainingSettings
from tests.browser.chromium import Page, server

KINDS = ("alone", "watched", "watched here")
LOWEST = 19
# A page draws nothing but its frame at first.
WARM_UP_SECONDS = 5.0


def main() -> None:
    """Print the pace of each stretch, and what watching costs in the median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=15.0, help="of a stretch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DEEPFM_HOME"] = folder
        run = endless_run(Path(folder))
        paces: dict[str, list[float]] = {kind: [] for kind in KINDS}
        with server(Path(folder)) as address:
            try:
                for _ in range(options.rounds):
                    for kind in KINDS:
                        paces[kind].append(pace(run, kind, address, options.seconds))
                        print(f"{kind:<14} {paces[kind][-1]:6.1f} steps/s", flush=True)
            finally:
                end_worker(run.folder)
    middle = {kind: statistics.median(paces[kind]) for kind in KINDS}
    for kind in KINDS:
        share = middle[kind] / middle["alone"] - 1
        print(f"median, {kind:<14} {middle[kind]:6.1f} steps/s  {share:+.1%}")


def endless_run(home: Path) -> Run:
    """A training of the demo log that goes on for as long as it is let."""
    source = open_source(write_demo(home / "demo.csv").path)
    log = create_log(common_workspace(), source, guess_mapping(source), "demo.csv")
    settings = TrainingSettings(epochs=1000, patience=1000)
    run = create_run(common_workspace(), log, default_question(log), settings)
    start_worker(run.folder)
    while not run.status.optimizer_step:
        if not run.status.active:
            raise SystemExit(f"the training ended as {run.status}")
        time.sleep(0.2)
    return run


def pace(run: Run, kind: str, address: str, seconds: float) -> float:
    """Optimizer steps a second over a stretch of time."""
    if kind == "alone":
        time.sleep(WARM_UP_SECONDS)
        return steps_a_second(run, seconds)
    with Page(run.folder) as page:
        page.driver.get(f"{address}/training?run={run.id}")
        page.wait_for("best: step")
        if kind == "watched":
            for pid in descendants(page.driver.service.process.pid):
                os.setpriority(os.PRIO_PROCESS, pid, LOWEST)
        time.sleep(WARM_UP_SECONDS)
        return steps_a_second(run, seconds)


def steps_a_second(run: Run, seconds: float) -> float:
    """By what the training itself tells, from one report to another."""
    before, started = run.status, time.time()
    while time.time() - started < seconds:
        time.sleep(0.2)
    after = run.status
    return (after.optimizer_step - before.optimizer_step) / (after.updated - before.updated)


def descendants(pid: int) -> list[int]:
    """A process and those that it started, and those that they started."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            # It has ended meanwhile.
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


if __name__ == "__main__":
    main()
