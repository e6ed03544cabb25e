"""Samples/s of a training, beside DeepCTR-Torch and FuxiCTR: ``--help``.

All train the same DeepFM of 26 ids on the same examples on the processor. Each runs in a process
of its own, one after the other, so that none keeps memory or threads from another. Its pace is
that of the fastest of several runs of at least ``--seconds`` each, after a first one.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import paces
from benchmarks.recipe import Recipe

LIBRARIES = {
    "deepfm": paces.ours,
    "deepctr_torch": paces.deepctr_torch,
    "fuxictr": paces.fuxictr,
    "deepctr_torch steps": paces.deepctr_torch_steps,
    "fuxictr steps": paces.fuxictr_steps,
    "products": paces.matrix_products,
    "plain_torch": paces.plain_torch,
}
_SHOWN = [name for name in LIBRARIES if name != "plain_torch"]
_MOST_STEPS = 64
_RUNS = 5


class Pace(NamedTuple):
    """Samples a second, and the most memory that the process had, in MiB."""

    rate: float
    memory: float


def measure(library: str, recipe: Recipe, ids: int, seconds: float) -> Pace:
    """Time one library in this process."""
    train = LIBRARIES[library](paces.make_task(ids, recipe, _MOST_STEPS))
    train(2)
    step = _timed(train, 2) / 2
    count = min(_MOST_STEPS, max(2, ceil(seconds / step)))
    fastest = min(_timed(train, count) for _ in range(_RUNS))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Pace(count * recipe.batch_size / fastest, memory)


def _timed(train: paces.Train, count: int) -> float:
    started = time.perf_counter()
    train(count)
    return time.perf_counter() - started


def in_own_process(
    library: str, options: argparse.Namespace, batch: int, ids: int, backend: str = "tensorflow"
) -> Pace:
    """``measure`` in a new process, ours on the named Keras backend."""
    command = [sys.executable, "-W", "ignore", str(Path(__file__)), "--one", library]
    command += ["--batch", str(batch), "--ids", str(ids), "--seconds", str(options.seconds)]
    command += ["--dim", str(options.dim), "--units", *map(str, options.units)]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{library} failed at batch {batch}, {ids} ids:\n{done.stderr}")
    return Pace(*json.loads(done.stdout.splitlines()[-1]))


def rows(options: argparse.Namespace) -> Iterator[tuple[int, int, dict[str, Pace]]]:
    """Ids, batch size and the pace of each library."""
    for ids in options.ids:
        for batch in options.batch:
            yield (
                ids,
                batch,
                {name: in_own_process(name, options, batch, ids) for name in options.library},
            )


def show(ids: int, batch: int, found: dict[str, Pace]) -> str:
    """A line of the table."""
    cells = [f"{ids:>10,}", f"{batch:>5}"]
    cells += [f"{pace.rate:>9,.0f} {pace.memory:>6,.0f}" for pace in found.values()]
    own = found["deepfm"].rate
    shipped = [found[name].rate for name in ("deepctr_torch", "fuxictr") if name in found]
    steps = [pace.rate for name, pace in found.items() if name.endswith(" steps")]
    cells.append(f"{own / max(shipped):>6.1f}" if shipped else "     -")
    cells.append(f"{own / max(steps):>6.1f}" if steps else "     -")
    cells.append(f"{own / found['products'].rate:>6.0%}" if "products" in found else "     -")
    return " | ".join(cells)


def main() -> None:
    """Print the table, or the pace of one library as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, nargs="+", default=[1024, 4096, 8192])
    parser.add_argument("--ids", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--units", type=int, nargs="+", default=[256, 128])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--library", nargs="+", choices=LIBRARIES, default=_SHOWN)
    parser.add_argument("--one", choices=LIBRARIES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        batch, ids = options.batch[0], options.ids[0]
        recipe = Recipe(
            dim=options.dim, units=tuple(options.units), dropout=0.0, l2=0.0, batch_size=batch
        )
        print(json.dumps(measure(options.one, recipe, ids, options.seconds)))
        return
    names = " | ".join(f"{name[:16]:>16}" for name in options.library)
    units = "-".join(map(str, options.units))
    print(f"{os.cpu_count()} cores; vectors of {options.dim}, layers of {units}")
    print("each library: samples/s, peak memory in MiB")
    print(f"{'ids':>10} | batch | {names} | ×peer | ×steps | share")
    for ids, batch, found in rows(options):
        print(show(ids, batch, found), flush=True)


if __name__ == "__main__":
    main()
