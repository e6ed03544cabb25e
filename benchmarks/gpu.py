"""Samples/s of a training on a GPU, on each Keras backend, beside a plain torch DeepFM: ``--help``.

The data lie on the device. Without a GPU everything runs on the processor, so that the script can
be tried anywhere; the first line says which it was.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.training import in_own_process

# Our training has steps for these.
_BACKENDS = ("jax", "tensorflow")


def device() -> str:
    """The GPU's name, as its driver says it."""
    if shutil.which("nvidia-smi") is None:
        return "no GPU: all of this ran on the processor"
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Print a line for each batch size."""
    parser = argparse.ArgumentParser(description=__doc__)
    powers = [2**power for power in range(12, 19)]
    parser.add_argument("--batch", type=int, nargs="+", default=powers)
    parser.add_argument("--ids", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--units", type=int, nargs="+", default=[256, 128])
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    backends = [name for name in _BACKENDS if importlib.util.find_spec(name)]
    torch = importlib.util.find_spec("torch") is not None
    print(device())
    names = [f"deepfm on {name}" for name in backends] + (["plain torch"] if torch else [])
    print(" | ".join(["  batch", *(f"{name:>20}" for name in names)]), "| samples/s; best / torch")
    for batch in options.batch:
        rates = [in_own_process("deepfm", options, batch, options.ids, b).rate for b in backends]
        peer = [in_own_process("plain_torch", options, batch, options.ids).rate] if torch else []
        cells = [f"{batch:>7,}", *(f"{rate:>20,.0f}" for rate in rates + peer)]
        ratio = f"{max(rates) / peer[0]:.1f}" if rates and peer else "-"
        print(" | ".join(cells), "|", ratio, flush=True)


if __name__ == "__main__":
    main()
