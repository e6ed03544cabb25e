"""Samples/s of a training on several workers of this machine, of one batch together: ``--help``.

Each worker is a process. On a machine with as many cores as workers or fewer this shows what the
exchange costs and no gain.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.paces import make_task
from benchmarks.recipe import Recipe
from deepfm.runs.places import Places, environment

_WARM_STEPS = 10


def measure(options: argparse.Namespace) -> None:
    """Be one worker: train, and print samples/s of all together."""
    import numpy as np

    from deepfm.fields.encoded import Encoded
    from deepfm.model.deepfm import build_deepfm
    from deepfm.training.crew import ALONE, Crew
    from deepfm.training.steps import make_steps

    crew: Crew = ALONE
    if "TF_CONFIG" in os.environ:
        from deepfm.training.crew_tensorflow import TensorFlowCrew

        crew = TensorFlowCrew()
    recipe = Recipe(dim=options.dim, units=tuple(options.units), batch_size=options.batch)
    task = make_task(options.ids, recipe, options.steps + _WARM_STEPS)
    encoded = Encoded(task.ids.astype(np.int32), np.zeros((len(task.ids), 0), np.float32))
    settings = recipe.settings(len(task.ids), seed=0)
    model = build_deepfm(task.sizes, 0, settings.model)
    steps = make_steps(model, len(encoded), settings, crew)
    steps.load(encoded, task.label)
    order = np.random.default_rng(1).permutation(len(task.ids)).astype(np.int32)
    steps.run(order[: _WARM_STEPS * options.batch])
    started = time.perf_counter()
    steps.run(order[_WARM_STEPS * options.batch :])
    seconds = time.perf_counter() - started
    crew.gather([0.0])
    print(json.dumps(options.steps * options.batch / seconds), flush=True)
    # Whoever leaves first would break off what the others still read.
    crew.gather([0.0])
    sys.stdin.read()


def rate(arguments: list[str], workers: int) -> float:
    """Samples/s of so many workers together."""
    addresses = Places(workers).settled()
    processes = []
    for rank in range(workers):
        told = environment(addresses, rank) if workers > 1 else {}
        processes.append(
            subprocess.Popen(
                [sys.executable, __file__, "--measure", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **told},
            )
        )
    rates = [float(process.stdout.readline()) for process in processes if process.stdout]
    for process in processes:
        process.communicate()
    return min(rates)


def main() -> None:
    """Print a line for each number of workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch", type=int, default=4096, help="of all workers together")
    parser.add_argument("--ids", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=8)
    parser.add_argument("--units", type=int, nargs="+", default=[64, 32])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options)
        return
    print(f"{os.cpu_count()} cores, batch {options.batch:,}, {options.ids:,} ids")
    for workers in options.workers:
        found = rate(sys.argv[1:], workers)
        steps = found / options.batch
        print(f"{workers:>3} workers: {found:>10,.0f} samples/s, {1000 / steps:6.1f} ms a step")


if __name__ == "__main__":
    main()
