"""From a log to a list, of a million, ten million and a hundred million events: ``--help``.

The demo's generator makes the log, a part of the users at a time, into Parquet files; from the
fifth file on those before are repeated under new ids. Reading it is one process, all that follows
is another one, as when a page or the command line does it; of each stage the seconds and the peak
memory of its process are printed, and what it leaves on the disk. With ``--spark`` features,
vocabularies and scores are computed by a cluster of so many workers with a core and 3 GB each, on
this machine too. As a peer, ``--pandas`` reads the same files and makes the totals of days with
pandas, which is where a notebook usually begins.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from deepfm.fields.fields import FieldSet
from deepfm.fields.shelf import row_bytes
from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.source.source import open_source
from deepfm.prospects.names import FIELDS
from deepfm.runs import pipeline
from deepfm.runs.create import create_run
from deepfm.runs.files import read_json
from deepfm.runs.limits import disk_use
from deepfm.runs.progress import Progress
from deepfm.runs.status import Status
from deepfm.task.question import Question
from deepfm.training.settings import preset

SIZES = (1_000_000, 10_000_000, 100_000_000)
USERS_A_FILE = 100_000
DIFFERENT_FILES = 4
# Of the demo, roughly.
EVENTS_A_USER = 43
QUESTION = Question(("purchase",))


def write_log(folder: Path, events: int) -> None:
    """Parquet files of the demo's columns with about so many events together."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[Path, int]] = []
    written = 0
    while written < events:
        place = len(made)
        path = folder / f"{place:04d}.parquet"
        if place < DIFFERENT_FILES:
            share = min(1.0, (events - written) / (USERS_A_FILE * EVENTS_A_USER))
            csv = folder / "part.csv"
            rows = write_demo(csv, users=max(2_000, int(share * USERS_A_FILE)), seed=place).rows
            _copy(f"read_csv('{csv}')", path, place * USERS_A_FILE)
            csv.unlink()
        else:
            before, rows = made[place % DIFFERENT_FILES]
            further = place - place % DIFFERENT_FILES
            _copy(f"read_parquet('{before}')", path, further * USERS_A_FILE)
        written += rows
        made.append((path, rows))


def _copy(source: str, path: Path, further: int) -> None:
    """Write ``source`` to ``path``, with other user ids."""
    query = f"SELECT * REPLACE (user_id + {further} AS user_id) FROM {source}"
    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (COMPRESSION zstd)")


class Stages:
    """Prints a line of JSON a stage: its name, seconds and the peak memory in MiB meanwhile."""

    def __init__(self) -> None:
        self._name, self._began = "", time.perf_counter()

    def enter(self, name: str) -> None:
        """A stage begins, and the one before it is told of; no name ends them all."""
        if name == self._name:
            return
        if self._name:
            seconds = time.perf_counter() - self._began
            found = {"stage": self._name, "seconds": seconds, "peak": _peak()}
            print(json.dumps(found), flush=True)
        Path("/proc/self/clear_refs").write_text("5")
        self._name, self._began = name, time.perf_counter()


def _peak() -> float:
    """MiB, since ``clear_refs`` was written to (proc(5))."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read(folder: Path) -> None:
    """The files become a log."""
    stages = Stages()
    stages.enter("reading the log")
    source = open_source(*sorted((folder / "files").iterdir()))
    take_in(source, guess_mapping(source), folder / "log")
    stages.enter("")


def make_run(folder: Path) -> None:
    """All the rest, as the worker of a run does it."""
    log = Log.open(folder / "log")
    run = create_run(folder / "run", log, QUESTION, preset("quick"))
    stages = Stages()

    def listen(status: Status) -> None:
        if status.step is not None:
            stages.enter(status.step.text())

    pipeline.run(run, Progress(run.folder, listen))
    stages.enter("")


def with_pandas(folder: Path) -> None:
    """Days, events and amounts of each user, which all features begin with."""
    stages = Stages()
    stages.enter("pandas: totals of days")
    log = pd.concat([pd.read_parquet(path) for path in sorted((folder / "files").iterdir())])
    day = pd.to_datetime(log["time"]).dt.floor("D")
    log.groupby([log["user_id"], day, log["action"]]).agg(
        events=("item_id", "size"), items=("item_id", "nunique"), amount=("price", "sum")
    )
    stages.enter("")


WORK = {"read": read, "run": make_run, "pandas": with_pandas}


def measured(work: str, folder: Path, **environment: str) -> Iterator[dict[str, Any]]:
    """The stages of a process of its own."""
    command = [sys.executable, __file__, "--one", work, str(folder)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **environment},
    )
    for line in done.stdout.splitlines():
        if line.startswith('{"stage"'):
            yield json.loads(line)
    if done.returncode:
        yield {"stage": f"{work} ended with {done.returncode}", "seconds": 0.0, "peak": 0.0}
        print(done.stderr[-2000:], file=sys.stderr)


@contextmanager
def spark(workers: int, folder: Path) -> Iterator[str]:
    """The address of a cluster."""
    # Beside the tests it is no package.
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests/distributed"))
    from cluster import Cluster

    # Of the two hundred parts in which Spark shuffles by default so few cores need fewer.
    settings = "spark.executor.memory 3g\nspark.sql.shuffle.partitions 16\n"
    (folder / "spark-defaults.conf").write_text(settings)
    started = Cluster(folder, memory="3g")
    try:
        yield started.start(workers).address
    finally:
        started.stop()


def disk(folder: Path) -> str:
    """What lies there, in MiB."""
    run = folder / "run"
    fields = FieldSet.from_json(read_json(run / FIELDS))
    evaluation = read_json(run / "evaluation.json")
    examples = sum(part["examples"] for part in evaluation["parts"].values())
    sizes = {
        "files": disk_use(folder / "files"),
        "log": disk_use(folder / "log"),
        "examples": (run / "examples.parquet").stat().st_size,
        "encoded": examples * row_bytes(fields),
        "list": (run / "prospects.parquet").stat().st_size,
    }
    told = ", ".join(f"{name} {size / 2**20:,.0f}" for name, size in sizes.items())
    people = read_json(run / "status.json")["people"]
    return f"MiB on the disk: {told}; {examples:,} examples, {people:,} people on the list"


def main() -> None:
    """Print a line for each size and stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=SIZES)
    parser.add_argument("--spark", type=int, nargs="*", default=[], metavar="WORKERS")
    help = "where the files of each size are kept, or are found; by default they are temporary"
    parser.add_argument("--files", type=Path, metavar="FOLDER", help=help)
    parser.add_argument("--pandas", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("WORK", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        WORK[options.one[0]](Path(options.one[1]))
        return
    print(f"{'events':>11} | {'engine':10} | {'stage':28} | {'seconds':>8} | {'peak MiB':>8}")
    for events in options.events:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            kept = folder / "files" if options.files is None else options.files / str(events)
            if not kept.is_dir():
                write_log(kept, events)
            if options.files is not None:
                (folder / "files").symlink_to(kept.resolve())
            _tell(events, "", measured("pandas", folder) if options.pandas else [])
            _tell(events, "", measured("read", folder))
            _tell(events, "duckdb", measured("run", folder))
            print(disk(folder), flush=True)
            for workers in options.spark:
                shutil.rmtree(folder / "run")
                cluster = folder / f"cluster-{workers}"
                cluster.mkdir()
                with spark(workers, cluster) as address:
                    settings = {
                        "DEEPFM_ENGINE": address,
                        "PYSPARK_PYTHON": sys.executable,
                        "SPARK_CONF_DIR": str(cluster),
                    }
                    found = measured("run", folder, **settings)
                    _tell(events, f"spark × {workers}", found)


def _tell(events: int, engine: str, stages: Any) -> None:
    for one in stages:
        print(
            f"{events:>11,} | {engine:10} | {one['stage']:28} | {one['seconds']:>8.1f} | "
            f"{one['peak']:>8,.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
