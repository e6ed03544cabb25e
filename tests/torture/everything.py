"""All of it, in two lanes, within a given time."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.torture.disks import can_mount, trouble_disks
from tests.torture.fuzzed import can_fuzz, fuzz_files
from tests.torture.hostile import fuzz_texts
from tests.torture.kills import kill_intakes, kill_trainings
from tests.torture.load import Load, crowd, many_runs
from tests.torture.servers import kill_servers
from tests.torture.shop import own_home
from tests.torture.tally import Tally
from tests.torture.tampered import fuzz_runs


@dataclass(frozen=True)
class Measure:
    """How much is done.

    Attributes:
        seed: of all that is random.
        kills: of a training, of an intake and of a server, each.
        disks: that fill up or turn read-only.
        examples: hostile ones, of each kind about.
        files: of logs that a fuzzer makes, at most.
        sessions: at once.
        later: sessions in all.
        pause: of a reader, at most; seconds.
        runs: on the page of all runs.
        seconds: for all of it. Where the time is up, less is done, and the table says how much.
    """

    seed: int = 7
    kills: int = 100
    disks: int = 30
    examples: int = 400
    files: int = 5_000
    sessions: int = 20
    later: int = 200
    pause: float = 8.0
    runs: int = 1_000
    seconds: float = 1_140.0


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    faults: list[Tally]
    hostile: list[Tally]
    load: Load
    runs_seconds: list[float]

    @property
    def lost(self) -> list[str]:
        """Artefacts that are broken or gone."""
        return [line for tally in (*self.faults, *self.hostile) for line in tally.lost]

    @property
    def tracebacks(self) -> list[str]:
        """What failed, and what one session saw of another."""
        found = [line for tally in (*self.faults, *self.hostile) for line in tally.tracebacks]
        return [*found, *self.load.problems]


def everything(measure: Measure) -> Outcome:
    """Faults first, two at a time; then the crowd, alone, as it is timed; then hostile input."""
    began, whole = time.monotonic(), measure.seconds

    def until(share: float) -> float:
        return began + share * whole

    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        first = pool.submit(_trainings_and_disks, measure, until(0.42), until(0.62))
        second = pool.submit(_intakes_and_servers, measure, until(0.27), until(0.62))
        faults = [*first.result(), *second.result()]
    with own_home() as home:
        load = crowd(home, measure.sessions, measure.later, measure.pause, measure.seed)
    with own_home() as home:
        opened = many_runs(home, measure.runs)
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        texts = pool.submit(_texts, measure, until(0.95))
        tampered = pool.submit(_tampered, measure, until(0.95))
        hostile = [*texts.result(), tampered.result()]
    return Outcome(faults, hostile, load, opened)


def _trainings_and_disks(measure: Measure, first: float, second: float) -> list[Tally]:
    moments = random.Random(measure.seed)
    with own_home() as home:
        found = [kill_trainings(home, moments, measure.kills, first)]
    if can_mount():
        found.append(trouble_disks(moments, measure.disks, second))
    return found


def _intakes_and_servers(measure: Measure, first: float, second: float) -> list[Tally]:
    moments, found = random.Random(measure.seed + 1), []
    for kill, end in ((kill_intakes, first), (kill_servers, second)):
        with own_home() as home:
            found.append(kill(home, moments, measure.kills, end))
    return found


def _texts(measure: Measure, end: float) -> list[Tally]:
    # Half of the time is for the files.
    middle = (time.monotonic() + end) / 2 if can_fuzz() else end
    with own_home():
        found = [fuzz_texts(measure.examples, middle)]
    if can_fuzz():
        found.append(fuzz_files(measure.files, end, measure.seed))
    return found


def _tampered(measure: Measure, end: float) -> Tally:
    with own_home() as home:
        return fuzz_runs(home, measure.examples, end)


def lines(outcome: Outcome) -> Iterator[str]:
    """The table."""
    row: Callable[..., str] = "{:<34} | {}".format
    faults, hostile, load = outcome.faults, outcome.hostile, outcome.load
    yield row("faults injected", f"{sum(tally.tried for tally in faults):,}")
    for tally in faults:
        yield row(f"  {tally.name}", f"{tally.tried:,}")
    yield row("survived", f"{sum(tally.survived for tally in faults):,}")
    yield row("artefacts lost", f"{len(outcome.lost):,}")
    yield row("hostile files tried", f"{sum(tally.tried for tally in hostile):,}")
    for tally in hostile:
        yield row(f"  {tally.name}", f"{tally.tried:,}")
    yield row("tracebacks", f"{len(outcome.tracebacks):,}")
    yield row("sessions at once", f"{load.sessions:,}")
    p50, p95, most = load.quantiles
    yield row("interaction, p50 / p95 / max", f"{p50:.2f} / {p95:.2f} / {most:.2f} s")
    first, last = load.memory_mb
    yield row(f"memory, {load.sessions} / {load.later} sessions", f"{first:,.0f} / {last:,.0f} MiB")
    opened = " / ".join(f"{seconds:.2f}" for seconds in outcome.runs_seconds)
    yield row("page of 1,000 runs, opened thrice", f"{opened} s")
