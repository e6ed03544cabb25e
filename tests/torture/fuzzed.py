"""The fuzzer of the readers of logs, let loose for a while."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.torture.seeds import write_seeds
from tests.torture.shop import ROOT
from tests.torture.tally import Tally

_SECONDS_TO_BEGIN = 5.0
_TOLD = 1_500


def can_fuzz() -> bool:
    """Whether the fuzzer is there: it has no release for some machines."""
    return find_spec("atheris") is not None


def fuzz_files(runs: int, until: float, seed: int = 7) -> Tally:
    """Files of logs, changed towards code that none has reached yet; at most so many."""
    tally = Tally("files of logs")
    seconds = int(until - time.monotonic() - _SECONDS_TO_BEGIN)
    if seconds <= 0:
        return tally
    with TemporaryDirectory(prefix="deepfm-fuzz-") as name:
        corpus, found = Path(name) / "corpus", Path(name) / "found"
        corpus.mkdir()
        write_seeds(corpus)
        options = [f"-runs={runs}", f"-max_total_time={seconds}", f"-seed={seed}"]
        # A file that takes so long, or so much, is found too.
        options += ["-timeout=30", "-rss_limit_mb=3000", f"-artifact_prefix={name}/"]
        ended = subprocess.run(
            [sys.executable, "-m", "tests.torture.fuzz", str(found), str(corpus), *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
        )
        told = found.read_text(encoding="utf-8").splitlines() if found.exists() else []
    tally.tracebacks += [json.loads(line) for line in told]
    counts = re.findall(r"^#(\d+)\s", ended.stderr, re.MULTILINE)
    tally.tried = int(counts[-1]) if counts else 0
    if ended.returncode:
        tally.tracebacks.append(f"the reader itself ended: {ended.stderr[-_TOLD:]}")
    tally.survived = tally.tried - len(tally.tracebacks)
    return tally
