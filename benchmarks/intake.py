"""Take the demo log in, beside pandas doing the least that is comparable: ``--help``.

pandas reads, parses the times, sorts and writes Parquet. Ours does that too, and finds encoding and
delimiter, gives every row its line number, sets aside what cannot be used, and counts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.source.source import open_source


def with_deepfm(path: Path, folder: Path) -> int:
    """The number of events."""
    source = open_source(path)
    return take_in(source, guess_mapping(source), folder / "log").rows


def with_pandas(path: Path, folder: Path) -> int:
    """The number of events."""
    table = pd.read_csv(path, parse_dates=["time"], dtype={"user_id": str, "item_id": str})
    table = table.sort_values("time", kind="stable")
    table.to_parquet(folder / "pandas.parquet", compression="zstd", index=False)
    return len(table)


def timed(work: Callable[[Path, Path], int], path: Path, folder: Path, repeats: int) -> float:
    """Seconds of the fastest of ``repeats``."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work(path, folder)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = write_demo(folder / "demo.csv", users=options.users)
        print(f"{made.rows:,} events, {made.path.stat().st_size / 1e6:,.0f} MB")
        for label, work in (("deepfm", with_deepfm), ("pandas", with_pandas)):
            seconds = timed(work, made.path, folder, options.repeats)
            print(f"{label:8} {seconds:6.2f} s  {made.rows / seconds:12,.0f} events/s")


if __name__ == "__main__":
    main()
