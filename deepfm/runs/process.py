"""The worker process of a run, seen from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from deepfm.runs.alive import HEARTBEAT, worker_pid
from deepfm.runs.home import home
from deepfm.runs.status import WORKER_LOG, Status, write_status
from deepfm.whole import sweep_drafts

STOP = "stop"
_PATIENCE_SECONDS = 5.0
_NICENESS = 10


def start_worker(folder: Path) -> int:
    """Start the training of ``folder`` in a process that outlives this one, or start it again.

    A training that was interrupted goes on from its checkpoint.

    Returns:
        Its process id, which is also that of its process group.
    """
    end_worker(folder)
    clear(folder)
    return spawn("deepfm.runs.worker", folder)


def clear(folder: Path) -> None:
    """Take away what tells of an earlier process, and would be taken for signs of a new one."""
    for name in (STOP, HEARTBEAT):
        (folder / name).unlink(missing_ok=True)
    sweep_drafts(folder)
    if (folder / WORKER_LOG).exists():
        (folder / WORKER_LOG).replace(folder / f"earlier-{WORKER_LOG}")
    write_status(folder, Status())


def spawn(module: str, folder: Path) -> int:
    """Run ``module`` on ``folder`` in a process and a group of its own; it writes to worker.log.

    Returns:
        Its process id.
    """
    environment = {
        # Threads of the boosted trees that spin while they wait slow a busy machine many times.
        "OMP_WAIT_POLICY": "PASSIVE",
        **os.environ,
        "DEEPFM_HOME": str(home()),
        "PYTHONPATH": import_path(),
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    with (folder / WORKER_LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    return process.pid


def give_way() -> None:
    """Let the server's pages go first where both want the processor, until this process ends."""
    os.nice(_NICENESS)


def import_path() -> str:
    """``PYTHONPATH`` of a process that is to find this very package, wherever it is started."""
    path = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, path))


def request_stop(folder: Path) -> None:
    """Ask the worker to stop and keep the best model so far."""
    (folder / STOP).touch()


def stop_requested(folder: Path) -> bool:
    """Whether ``request_stop`` was called."""
    return (folder / STOP).exists()


def end_worker(folder: Path) -> None:
    """End the run's worker, if it lives: SIGTERM, then SIGKILL after five seconds."""
    for signal_ in (signal.SIGTERM, signal.SIGKILL):
        pid = worker_pid(folder)
        if pid is None:
            return
        _signal(pid, signal_)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while worker_pid(folder) is not None and time.monotonic() < deadline:
            time.sleep(0.05)


def _signal(pid: int, signal_: signal.Signals) -> None:
    try:
        # A training at the command line shares its group with the shell's other jobs.
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal_)
        else:
            os.kill(pid, signal_)
    except ProcessLookupError:
        return
