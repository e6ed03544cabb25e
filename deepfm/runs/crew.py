"""Several workers train one run: started here, listened to, and started again when one is lost.

A supervisor has the workers of its own machine. That of the run begins; those of other machines
join, once they find in the run's folder who is to meet.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.runs.files import parse_json, write_json
from deepfm.runs.places import Places, answers, environment, host
from deepfm.runs.process import import_path
from deepfm.runs.run import Run
from deepfm.training.checkpoint import CheckpointError, last_step
from deepfm.training.progress import Evaluation, FitResult, StepReport

CREW = "crew.json"
# So often in a row a crew is lost without having come any further.
_TRIES = 3
_MEETING_SECONDS = 25.0
_GLANCE_SECONDS = 0.2
_LONGEST_LINE = 300


@dataclass(frozen=True)
class Hooks:
    """Who is told what.

    Attributes:
        on_step, on_evaluation: as in ``fit``.
        on_smaller_batch: told of the new batch size, before the workers are started again.
        on_lost: told of the number of a worker that was lost, before all are started again.
    """

    on_step: Callable[[StepReport], None] = lambda report: None
    on_evaluation: Callable[[Evaluation], None] = lambda evaluation: None
    on_smaller_batch: Callable[[int], None] = lambda size: None
    on_lost: Callable[[int], None] = lambda number: None


def fit_on_workers(run: Run, where: Places, hooks: Hooks) -> FitResult:
    """Train ``run`` with all workers; the best model is in model.keras then.

    Args:
        run: its examples and fields are there.
        where: the workers; those on the machine of the first one are started here.
        hooks: are called in this thread.

    Raises:
        InputError: a worker is lost for good, or the workers do not fit together.
        CheckpointError: as ``fit``.
        MemoryError: the examples, or one of them at a time, do not fit.
    """
    try:
        result = _keep_at_it(run, where, None, hooks, over=lambda: False)
    finally:
        (run.folder / CREW).unlink(missing_ok=True)
    assert result is not None
    return result


def join(run: Run, machine: str) -> None:
    """Let the workers of ``machine`` train ``run``, which has begun on another one, to its end.

    Args:
        run: in the folder that both machines see.
        machine: as in the addresses of the workers.

    Raises:
        InputError: no worker of the run is meant to be here, or as ``fit_on_workers``.
    """

    def over() -> bool:
        return not run.status.active

    while not over():
        if (run.folder / CREW).is_file():
            addresses = parse_json(run.folder / CREW, _addresses)
            if machine not in map(host, addresses):
                raise InputError(
                    "None of the workers of this run is at {machine}. They are at {addresses}.",
                    machine=machine,
                    addresses=", ".join(addresses),
                )
            where = Places(len(addresses), addresses)
            if _keep_at_it(run, where, machine, Hooks(), over) is not None:
                return
        time.sleep(_GLANCE_SECONDS)


def _addresses(data: Any) -> tuple[str, ...]:
    return tuple(str(address) for address in data["addresses"])


def _keep_at_it(
    run: Run, where: Places, machine: str | None, hooks: Hooks, over: Callable[[], bool]
) -> FitResult | None:
    """Start the workers of a machine until they come to an end; None if the run is over first.

    Args:
        run: the run.
        where: all workers.
        machine: None for that of the first worker, which says in the folder who is to meet.
        hooks: of the first one.
        over: whether there is nothing left to train.
    """
    lost = 0
    while not over():
        stood = last_step(run.checkpoint)
        addresses = where.settled()
        if machine is None:
            write_json(run.folder / CREW, {"addresses": addresses})
        end = _attempt(run, addresses, machine or host(addresses[0]), hooks, over)
        if end.kind == "over":
            break
        if end.kind == "result":
            return FitResult(**end.values)
        if end.kind == "batch":
            size = run.chosen.batch_size
            if size == 1:
                raise MemoryError
            hooks.on_smaller_batch(ceil(size / 2))
            continue
        lost = lost + 1 if last_step(run.checkpoint) == stood else 1
        if lost == _TRIES:
            raise _lost_for_good(run, end.rank)
        hooks.on_lost(end.rank + 1)
    return None


@dataclass(frozen=True)
class _Told:
    """What worker ``rank`` told; kind "lost" where it ended without a word."""

    rank: int
    kind: str
    values: dict[str, Any]


def _attempt(
    run: Run, addresses: Sequence[str], machine: str, hooks: Hooks, over: Callable[[], bool]
) -> _Told:
    """Start the workers of a machine once, and listen until all are done or one is lost.

    Raises:
        InputError, CheckpointError, MemoryError: as ``fit_on_workers``.
    """
    ranks = [rank for rank, address in enumerate(addresses) if host(address) == machine]
    others = [address for address in addresses if host(address) != machine]
    told: SimpleQueue[_Told] = SimpleQueue()
    counts: Counter[str] = Counter()
    until = inf
    with _working(run.folder, tuple(addresses), ranks, told):
        while True:
            try:
                event = told.get(timeout=_GLANCE_SECONDS)
            except Empty:
                if over():
                    return _Told(ranks[0], "over", {})
                if not counts["met"] and time.monotonic() > until:
                    raise _not_met(others) from None
                continue
            counts[event.kind] += 1
            if event.kind == "ready":
                if others and counts["ready"] == len(ranks):
                    until = time.monotonic() + _MEETING_SECONDS
            elif event.kind == "step":
                hooks.on_step(StepReport(**event.values))
            elif event.kind == "evaluation":
                hooks.on_evaluation(Evaluation(**event.values))
            elif event.kind == "result":
                if counts["result"] == len(ranks):
                    return event
            elif event.kind != "met":
                _raise_if_refused(event)
                return event


def _raise_if_refused(event: _Told) -> None:
    if event.kind == "memory":
        raise MemoryError
    if event.kind in ("refused", "checkpoint"):
        sentence = Sentence.from_json(event.values["sentence"])
        if event.kind == "checkpoint":
            raise CheckpointError(sentence.template, **sentence.values)
        raise InputError.of(sentence)


@contextmanager
def _working(
    folder: Path, addresses: tuple[str, ...], ranks: Sequence[int], told: SimpleQueue[_Told]
) -> Iterator[None]:
    """The workers ``ranks`` at work; afterwards none of them is left."""
    environments = [environment(addresses, rank) for rank in ranks]
    processes: list[subprocess.Popen[str]] = []
    try:
        for rank, variables in zip(ranks, environments, strict=True):
            processes.append(_start(folder, rank, variables))
            listener = threading.Thread(
                target=_listen, args=(processes[-1], rank, told), daemon=True
            )
            listener.start()
        yield
    finally:
        # What they write is whole at every moment, so nothing is gained by asking them first.
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def _start(folder: Path, rank: int, variables: Any) -> subprocess.Popen[str]:
    with log_of(folder, rank).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "deepfm.runs.crew_worker", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={
                "TF_CPP_MIN_LOG_LEVEL": "2",
                **os.environ,
                "PYTHONPATH": import_path(),
                **variables,
            },
        )


def _listen(process: subprocess.Popen[str], rank: int, told: SimpleQueue[_Told]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        try:
            values = json.loads(line)
        except ValueError:
            break  # it was killed in the middle of a line
        told.put(_Told(rank, values.pop("kind"), values))
    told.put(_Told(rank, "lost", {}))


def log_of(folder: Path, rank: int) -> Path:
    """What worker ``rank`` of the run in ``folder`` wrote when it was last started."""
    return folder / f"worker-{rank + 1}.log"


def _lost_for_good(run: Run, rank: int) -> InputError:
    log = log_of(run.folder, rank)
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return InputError(
        "Worker {number} was lost {times} times in a row before the training came any further. "
        "The last that it wrote in {file}: {line}. Mend that, then resume the training.",
        number=rank + 1,
        times=_TRIES,
        file=log.name,
        line=lines[-1][:_LONGEST_LINE].rstrip(".") if lines else "-",
    )


def _not_met(others: Sequence[str]) -> InputError:
    silent = [address for address in others if not answers(address)] or others
    return InputError(
        "No worker answers at {addresses}. Start it there with the command join, then resume the "
        "training.",
        addresses=", ".join(silent),
    )
