"""Take a log in, beside pandas doing the least that is comparable: ``--help``.

pandas reads, parses the times, sorts and writes Parquet. Ours does that too, and finds encoding and
delimiter, gives every row its line number, sets aside what cannot be used, and counts. Each runs in
a process of its own; its peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.source.source import open_source

READERS = ("deepfm", "pandas")


def write_log(path: Path, rows: int) -> None:
    """A CSV of users, items, actions, times over two months and categories."""
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 100000 + hash(i) % 500000 AS user_id, 5000 + hash(i * 7) % 40000 AS "
            "item_id, ['view', 'view', 'cart', 'purchase'][1 + (hash(i * 3) % 4)::INTEGER] AS "
            "action, strftime(TIMESTAMP '2025-01-01' + to_seconds(i * 5000000 // "
            f"{rows}), '%Y-%m-%d %H:%M:%S') AS time, 'category ' || hash(i * 11) % 50 AS category "
            f"FROM range({rows}) t(i)) TO '{path}' (HEADER)"
        )


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


def measure(reader: str, path: Path) -> dict[str, float]:
    """Events, seconds, and peak memory in MiB of this process."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        started = time.perf_counter()
        work = with_deepfm if reader == "deepfm" else with_pandas
        events = work(path, Path(folder))
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"events": events, "seconds": seconds, "peak": peak}


def main() -> None:
    """Print a line for each number of rows and each reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--one", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return
    print("      rows |   MB | reader | seconds |   events/s | peak MiB")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "log.csv"
            write_log(path, rows)
            size = path.stat().st_size / 1e6
            for reader in READERS:
                command = [sys.executable, __file__, "--one", reader, str(path)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found = json.loads(done.stdout.splitlines()[-1])
                rate = found["events"] / found["seconds"]
                print(
                    f"{rows:>10,} | {size:>4,.0f} | {reader:6} | {found['seconds']:>7.1f} | "
                    f"{rate:>10,.0f} | {found['peak']:>8,.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
