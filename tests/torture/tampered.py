"""A run's folder that somebody has tampered with: it opens, or says in a sentence what is wrong."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from deepfm.__main__ import main
from deepfm.errors import InputError
from deepfm.prospects.filter import Condition, Filter
from deepfm.prospects.handout import Handout
from deepfm.prospects.names import EVALUATION, PROSPECTS
from deepfm.prospects.scorer import Scorer
from deepfm.runs.handouts import campaign_groups, record_handout
from deepfm.runs.intake import cancel_intake, read_intake
from deepfm.runs.run import Run
from deepfm.runs.segments import read_segments, save_segment
from deepfm.runs.status import read_status
from deepfm.runs.store import delete_log, delete_run, list_logs, list_runs, open_log, open_run
from deepfm.runs.uploads import delete_upload, open_upload
from deepfm.runs.workspace import common_workspace
from deepfm.training.checkpoint import Checkpoint, last_step
from tests.torture.figures import make_figures
from tests.torture.hostile import fuzz, mutated, mutations
from tests.torture.saved import fuzz_segments
from tests.torture.shop import done_run, tracebacks
from tests.torture.strings import texts
from tests.torture.tally import Tally

_JSON = (
    "run.json",
    "question.json",
    "settings.json",
    "features.json",
    "log.json",
    "status.json",
    "fields.json",
    "evaluation.json",
    "references.json",
    "metrics.jsonl",
    "segments.json",
    "handouts.jsonl",
)
_PAGES = ("training", "results", "prospects", "runs")
# Where in a file, what is done there, and with what.
Mutation = tuple[int, str, Any]
_ARRAYS = ("weights.npz", "typical.npz", "vectors.npy", "checkpoint/last.npz")
_IDS: tuple[Callable[[str], object], ...] = (
    open_run,
    open_log,
    open_upload,
    read_intake,
    cancel_intake,
    delete_run,
    delete_log,
    delete_upload,
)


class Trap:
    """An object that touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mknod, (str(self.path),)


def fuzz_runs(home: Path, examples: int, until: float) -> Tally:
    """Change files of a finished run at random, and open it; give hostile ids."""
    tally = Tally("tampered run folders and ids")
    log, run, _ = done_run()
    _hand_out(run)
    hands = Hands(run, log.folder.name)
    some = st.tuples(st.sampled_from(_JSON), mutations)
    arrays = st.tuples(st.sampled_from(_ARRAYS), mutations)
    for strategy, check, share in (
        (some, hands.change_json, 3.0),
        (mutations, hands.change_evaluation, 0.5),
        (arrays, hands.change_arrays, 1.0),
        (texts, refuse_an_id, 1.0),
        (texts, refuse_arguments, 0.3),
        (some, hands.open_pages, 0.2),
    ):
        if time.monotonic() < until:
            fuzz(tally, strategy, check, max(1, int(examples * share)))
    hands.restore()
    fuzz_segments(tally, run, examples, until)
    hands.restore()
    tally.tried += 1
    tally.tracebacks += spring_traps(run, home)
    return tally


class Hands:
    """Somebody at the files of a run, who puts them back before the next harm."""

    def __init__(self, run: Run, log: str) -> None:
        self.run, self.log = run, log
        self.kept = {name: (run.folder / name).read_bytes() for name in (*_JSON, *_ARRAYS)}

    def restore(self) -> None:
        for name, content in self.kept.items():
            (self.run.folder / name).write_bytes(content)

    def change_json(self, example: tuple[str, Mutation]) -> None:
        self._change(*example)
        open_all(self.run)

    def change_evaluation(self, mutation: Mutation) -> None:
        self._change(EVALUATION, mutation)
        make_figures(self.run)

    def change_arrays(self, example: tuple[str, Mutation]) -> None:
        name, (place, kind, _) = example
        self._change(name, (place, "cut" if kind == "cut" else "bytes", None))
        open_all(self.run)

    def open_pages(self, example: tuple[str, Mutation]) -> None:
        self._change(*example)
        found = tracebacks(*_PAGES, run=self.run.id, log=self.log)
        assert not found, found

    def _change(self, name: str, mutation: Mutation) -> None:
        self.restore()
        (self.run.folder / name).write_bytes(_changed(name, self.kept[name], *mutation))


def open_all(run: Run) -> None:
    """Everything that is read of a run; the parts are independent of each other."""
    first: InputError | None = None
    for read in (
        lambda: Run.open(run.folder).created,
        lambda: run.parent,
        lambda: run.question.sentence().text("zh"),
        lambda: run.settings,
        lambda: run.chosen,
        lambda: [words.label.text("zh") for words in run.words.values()],
        lambda: run.reason,
        lambda: run.mapping,
        lambda: run.mends.sentences(),
        lambda: run.log(),
        lambda: _status_texts(run),
        lambda: run.metrics(),
        lambda: run.references(),
        lambda: run.evaluation(),
        lambda: read_segments(run),
        lambda: campaign_groups(run, pd.Series(["u1", "u2"])),
        lambda: Scorer.open(run.folder),
        lambda: last_step(run.checkpoint),
        lambda: Checkpoint(run.checkpoint).read(),
        lambda: [str(info.problem) for info in list_runs(common_workspace())],
        lambda: list_logs(common_workspace()),
    ):
        try:
            read()
        except InputError as error:
            first = first or error
    if first is not None:
        raise first


def _hand_out(run: Run) -> None:
    """Keep a filter with a name, and hand a list out by it, so that there are files of both."""
    fields = [words for words in run.words.values() if words.kind == "dense"]
    chosen = Filter(tiers=("A",), conditions=(Condition(fields[0].name, low=0.0),))
    save_segment(run, "Best", chosen)
    record_handout(run, PROSPECTS, chosen, Handout(hold_out=0.1))


def _status_texts(run: Run) -> None:
    status = read_status(run.folder)
    for text in (status.step, status.message, status.why_not_gpu, *status.notes):
        assert text is None or text.text("zh") is not None


def _changed(name: str, content: bytes, place: int, kind: str, value: Any) -> bytes:
    if not name.endswith("jsonl"):
        return mutated(content, place, kind, value)
    lines = content.split(b"\n")
    chosen = place % max(1, len(lines) - 1)
    lines[chosen] = mutated(lines[chosen], place // 7, kind, value)
    return b"\n".join(lines)


def refuse_an_id(text: str) -> None:
    """No id that was not given leads anywhere."""
    for use in _IDS:
        try:
            use(common_workspace(), text)
        except InputError:
            continue
        raise AssertionError(f"{use.__name__} took {text!r}")


def refuse_arguments(text: str) -> None:
    """The command line says in a line what is wrong."""
    with redirect_stderr(io.StringIO()) as said:
        try:
            code = main(["explain", f"/nowhere/{text}", f"u{text}"])
        except SystemExit as end:
            code = end.code
    assert code == 2 and "Traceback" not in said.getvalue()


def spring_traps(run: Run, home: Path) -> list[str]:
    """Arrays that hold objects are refused, and none of them is made."""
    found = []
    trap = home / "sprung"
    for name in _ARRAYS:
        path = run.folder / name
        before = path.read_bytes()
        objects = np.array([Trap(trap)], dtype=object)
        content = io.BytesIO()
        if name.endswith(".npz"):
            np.savez(content, rows=objects, text=objects, version=objects, sizes=objects)
        else:
            np.save(content, objects, allow_pickle=True)
        path.write_bytes(content.getvalue())
        with suppress(InputError):
            open_all(run)
        path.write_bytes(before)
        if trap.exists():
            found.append(f"{name} ran code")
            trap.unlink()
    return found
