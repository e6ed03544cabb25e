"""Features at four snapshots, beside the same in pandas and in Polars: ``--help``.

Each runs in a process of its own; its peak memory is that of the whole process. All three start
from the log's Parquet file and end with the example frame as Parquet, and their frames are equal,
or the benchmark ends with what differs. The log is made up: 200,000 users (40,000 below 5 million
events) in 60 days, in visits of about five events within twenty minutes, four of five of them in
one category. ``--all`` also times every feature that the pages offer by default, which pandas and
Polars are not asked for.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.peers.features_pandas import pandas_features
from benchmarks.peers.features_polars import polars_features
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source
from deepfm.task.plan import make_plan
from deepfm.task.question import Question

DAYS = 60
SIZES = (1_000_000, 5_000_000, 10_000_000)
ACTIONS = {"view": 0.86, "cart": 0.07, "fav": 0.04, "buy": 0.03}
# One snapshot each to train, validate, test and list.
QUESTION = Question(("buy",), every_days=DAYS)
MAKERS = ("deepfm", "pandas", "polars")


def make_log(folder: Path, events: int) -> Log:
    """The log, taken in."""
    rng = np.random.default_rng(0)
    users, visits = 200_000 if events >= 5_000_000 else 40_000, events // 5
    visit = np.concatenate([np.arange(visits), rng.integers(0, visits, events - visits)])
    user = rng.integers(0, users, visits)[visit]
    seconds = rng.integers(0, DAYS * 86_400, visits)[visit] + rng.integers(0, 1_200, events)
    topic = (rng.random(visits) ** 2 * 300).astype(int)[visit]
    other = (rng.random(events) ** 2 * 300).astype(int)
    category = np.where(rng.random(events) < 0.8, topic, other)
    item = (category * 200 + rng.random(events) ** 3 * 200).astype(int)
    frame = pd.DataFrame(
        {
            "user": np.char.add("u", user.astype(str)),
            "item": np.char.add("i", item.astype(str)),
            "action": rng.choice(list(ACTIONS), events, p=list(ACTIONS.values())),
            "time": pd.Timestamp("2025-01-01") + pd.to_timedelta(seconds, unit="s"),
            "category": np.char.add("c", category.astype(str)),
            "amount": rng.integers(1, 100, events).astype(float),
        }
    )
    frame.to_parquet(folder / "made.parquet", index=False)
    mapping = Mapping(
        "user", "time", item="item", action="action", amount="amount", categories=("category",)
    )
    return take_in(open_source(folder / "made.parquet"), mapping, folder / "log")


def names(log: Log, everything: bool) -> list[str]:
    """The features that all three make, or all that are on by default."""
    catalogue = [f.name for f in feature_catalogue(log, QUESTION) if f.default]
    if everything:
        return catalogue
    left = ("gap_", "trend", "ratio:", "favorite_", "sessions")
    calendar = ("weekday", "hour", "part_of_day", "weekend")
    return [name for name in catalogue if not name.startswith(left) and name not in calendar]


def make(maker: str, folder: Path, everything: bool) -> dict[str, float]:
    """Seconds, and peak memory in MiB of this process."""
    log = Log.open(folder / "log")
    wanted = names(log, everything)
    started = time.perf_counter()
    if maker == "deepfm":
        chosen = [f for f in feature_catalogue(log, QUESTION) if f.name in wanted]
        write_examples(log, QUESTION, chosen, folder / "deepfm.parquet")
    else:
        plan = make_plan(QUESTION, log)
        function = pandas_features if maker == "pandas" else polars_features
        function(log.parquet, plan, QUESTION, list(ACTIONS), folder / f"{maker}.parquet")
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "memory": peak_memory()}


def peak_memory() -> float:
    """MiB; Linux only. ``ru_maxrss`` would be at least that of the process that started this."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


def check_equal(folder: Path) -> int:
    """Refuse frames that differ; the number of features compared."""
    ours = pd.read_parquet(folder / "deepfm.parquet")
    order = ["snapshot", "user"]
    ours = ours.sort_values(order, ignore_index=True)
    for maker in MAKERS[1:]:
        theirs = pd.read_parquet(folder / f"{maker}.parquet")
        theirs = theirs.sort_values(order, ignore_index=True)[list(ours)]
        pd.testing.assert_frame_equal(
            ours, theirs, check_dtype=False, rtol=1e-9, obj=f"deepfm and {maker}"
        )
    return len(ours.columns) - 4


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=SIZES)
    parser.add_argument("--all", action="store_true", help="time every default feature as well")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        maker, folder, everything = options.one
        print(json.dumps(make(maker, Path(folder), everything == "yes")))
        return
    print(f"{'events':>11}  {'features':>8}  {'made by':<8}  {'seconds':>7}  {'peak MiB':>8}")
    for events in options.events:
        with tempfile.TemporaryDirectory() as name:
            compare(Path(name), events, options.all)


def compare(folder: Path, events: int, everything: bool) -> None:
    """Print the lines of one size."""
    log = make_log(folder, events)
    wanted = names(log, False)
    for maker in MAKERS:
        show(events, len(wanted), maker, folder, "no")
    check_equal(folder)
    if everything:
        show(events, len(names(log, True)), "deepfm", folder, "yes")


def show(events: int, features: int, maker: str, folder: Path, everything: str) -> None:
    """Run one maker and print its line."""
    command = [sys.executable, __file__, "--one", maker, str(folder), everything]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        print(f"{events:>11,}  {features:>8}  {maker:<8}  failed: {ended.stderr.splitlines()[-1]}")
        return
    found = json.loads(ended.stdout.splitlines()[-1])
    numbers = f"{found['seconds']:>7.1f}  {found['memory']:>8,.0f}"
    print(f"{events:>11,}  {features:>8}  {maker:<8}  {numbers}", flush=True)


if __name__ == "__main__":
    main()
