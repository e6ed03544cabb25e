"""A list of a later log, with a model that is there already: a run that borrows it.

Such a run has the files of one that was trained, so that its list, its people and its downloads are
looked at in the same way; beside them spread.json (what the training's examples were like),
drift.json (how far the people moved away from that) and, once the time of the earlier list is over,
backtest.json (what became of it).
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deepfm.errors import InputError
from deepfm.evaluation.backtest import backtest
from deepfm.evaluation.drift import drift_sentences
from deepfm.evaluation.shape import check_backtest, check_drift
from deepfm.evaluation.verdict import model_in
from deepfm.language import Sentence
from deepfm.log.engine import engine_name
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.prospects import names as files
from deepfm.prospects.people import last_seen
from deepfm.prospects.score import score_list
from deepfm.prospects.scorer import Scorer
from deepfm.runs import progress as stages
from deepfm.runs.create import inside_log_folder, log_entry, write_created
from deepfm.runs.drifted import SPREAD, drifted, training_spread
from deepfm.runs.engine import engine_address
from deepfm.runs.files import parse_json, whole_or_gone, write_json
from deepfm.runs.handouts import campaign_groups
from deepfm.runs.home import new_folder
from deepfm.runs.keys import hashing_key
from deepfm.runs.limits import check_runs
from deepfm.runs.list_scores import list_scores
from deepfm.runs.progress import Progress
from deepfm.runs.rescore import as_trained, check_later, now_rows
from deepfm.runs.run import CHOSEN, ENGINE, MODEL, Run
from deepfm.runs.status import Status, write_status
from deepfm.runs.uploads import Upload, delete_upload, open_upload, source_of
from deepfm.task.history import log_now
from deepfm.task.outcome import closes, outcome

DRIFT, BACKTEST = "drift.json", "backtest.json"
UPLOAD = "upload.json"
_BORROWED = (
    "settings.json",
    "features.json",
    "log.json",
    CHOSEN,
    MODEL,
    files.FIELDS,
    files.WEIGHTS,
    files.TYPICAL,
    files.EVALUATION,
    SPREAD,
)


def later_run(parent: Run, later: Log | Upload) -> Run:
    """Write down a run beside ``parent`` that lists the people of a later log with its model.

    Args:
        parent: a run of a workspace that is done.
        later: a log, or a file that is to be read with the columns of the parent's log.

    Raises:
        InputError: the parent has no model or is only shared to be read, or the log does not fit.
    """
    check_runs(parent.workspace)
    Scorer.open(parent.folder)
    if isinstance(later, Log):
        check_later(parent, later)
    folder = new_folder(parent.folder.parent)
    with whole_or_gone(folder):
        for name in _BORROWED:
            if (parent.folder / name).is_file():
                shutil.copyfile(parent.folder / name, folder / name)
        if not (folder / SPREAD).is_file():
            write_json(folder / SPREAD, training_spread(parent))
        question = replace(parent.question, as_of=None)
        write_json(folder / "question.json", question.to_json())
        if isinstance(later, Log):
            _note_log(folder, later, parent)
        else:
            write_json(folder / UPLOAD, {"id": later.id})
        write_status(folder, Status())
        write_created(folder, parent.id)
    return Run(folder)


def make_list(run: Run, progress: Progress) -> None:
    """Carry out what ``later_run`` wrote down.

    Raises:
        InputError: the log cannot be read or does not fit the model, or the parent is gone.
    """
    parent = parent_of(run)
    progress.enter(stages.FEATURES)
    log = _log(run, parent, progress)
    notes = [*log.mends.sentences(), *check_later(parent, log)]
    progress.change(step=stages.FEATURES.words)
    rows = now_rows(parent, log, run.examples)
    write_json(run.folder / ENGINE, {"engine": engine_name(engine_address())})
    progress.enter(stages.EXPLANATION)
    found = drifted(run, rows)
    write_json(run.folder / DRIFT, [field.to_json() for field in found])
    labels = {name: words.label for name, words in run.words.items()}
    notes += drift_sentences(found, labels)
    seen = last_seen(log, log_now(log))
    scorer = Scorer.open(run.folder)
    scores, told = list_scores(scorer, rows)
    notes += told
    people = score_list(scorer, rows, seen, run.folder, progress.within, scores)
    progress.enter(stages.LIST)
    if _is_over(parent, log):
        write_json(run.folder / BACKTEST, look_back(parent, log))
    auc = model_in(run.evaluation())["auc"]
    progress.change(people=people, auc=auc, notes=(*progress.status.notes, *notes))


def look_back(run: Run, log: Log) -> dict[str, Any]:
    """What became of the list of ``run``, as from ``backtest``.

    Args:
        run: one that is done.
        log: a later one.

    Raises:
        InputError: the question is of rows, or its days are not over at the end of ``log``.
    """
    if run.question.kind == "event":
        raise InputError(
            "A question of each row has no days that could be over, so there is nothing to compare."
        )
    if not _is_over(run, log):
        over = closes(run.question, run.listed_at)
        raise InputError(
            "The days of the question are over on {over}, and this log ends on {now}. Bring a "
            "later one.",
            over=f"{over:%Y-%m-%d}",
            now=f"{log_now(log):%Y-%m-%d}",
        )
    names = ["user", "value", "probability"]
    columns = names if run.question.by is not None else [names[0], names[2]]
    listed = pd.read_parquet(run.prospects, columns=columns)
    label = outcome(log, run.question, listed, run.listed_at)
    groups = campaign_groups(run, listed["user"])
    return backtest(label.astype(np.int64), listed["probability"].to_numpy(), groups)


def _is_over(run: Run, log: Log) -> bool:
    """Whether all is known in ``log`` of those on the list of ``run``."""
    question = run.question
    return question.kind != "event" and log_now(log) >= closes(question, run.listed_at)


def read_drift(run: Run) -> list[dict[str, Any]]:
    """What ``make_list`` kept of how far each field moved.

    Raises:
        InputError: it is missing, or something else stands there.
    """

    def checked(data: Any) -> list[dict[str, Any]]:
        check_drift(data, run.words)
        return list(data)

    return parse_json(run.folder / DRIFT, checked)


def read_backtest(run: Run) -> dict[str, Any] | None:
    """What became of the earlier list; None where its days are not over.

    Raises:
        InputError: something else stands there.
    """

    def checked(data: Any) -> dict[str, Any]:
        check_backtest(data)
        return dict(data)

    path = run.folder / BACKTEST
    return parse_json(path, checked) if path.is_file() else None


def parent_of(run: Run) -> Run:
    """The run whose model ``run`` borrows.

    Raises:
        InputError: it was deleted.
    """
    folder = run.folder.parent / str(run.parent)
    if not (folder / "run.json").is_file():
        raise InputError(
            "The run {parent}, whose model is used, was deleted. Train again.", parent=folder.name
        )
    return Run.open(folder)


def _log(run: Run, parent: Run, progress: Progress) -> Log:
    """The later log; an upload is taken in first."""
    request = run.folder / UPLOAD
    if not request.is_file():
        return run.log()
    workspace = run.workspace
    upload = open_upload(workspace, parse_json(request, lambda told: str(told["id"])))
    mapping = parent.mapping

    def tell(share: float, words: Sentence) -> None:
        progress.within(share / 2, step=words)

    key = hashing_key(workspace) if mapping.hash_users else None
    log = take_in(source_of(upload), mapping, inside_log_folder(run.folder), tell, key=key)
    _note_log(run.folder, log, parent)
    request.unlink()
    delete_upload(workspace, upload.id)
    return log


def _note_log(folder: Path, log: Log, parent: Run) -> None:
    """Write down where the log is, and what the features need to know of the training's."""
    write_json(folder / "log.json", log_entry(as_trained(log, parent.log_entry), folder))
