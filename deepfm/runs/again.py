"""A run once more: longer, or as the beginning of another one."""

from __future__ import annotations

import shutil
from dataclasses import replace

from deepfm.errors import InputError
from deepfm.runs.create import write_created
from deepfm.runs.draft import Draft
from deepfm.runs.files import read_json, whole_or_gone, write_json
from deepfm.runs.home import new_folder
from deepfm.runs.limits import check_runs
from deepfm.runs.run import CHOSEN, ENGINE, EXAMPLES, METRICS, TRIALS, Run
from deepfm.runs.status import Status, write_status

_KEPT = ("question.json", "features.json", "log.json", EXAMPLES, ENGINE, METRICS, TRIALS)
_MOST_EPOCHS, _MOST_PATIENCE = 1000, 1000


def longer(run: Run) -> Run:
    """A new run beside ``run`` that goes on where ``run`` ended, for as many epochs again.

    The run itself keeps its model and its list.

    Args:
        run: one that was trained to an end.

    Raises:
        InputError: it has no checkpoint, or it is only shared to be read.
    """
    check_runs(run.workspace)
    if not run.checkpoint.is_dir():
        raise InputError(
            "Where the training of this run stood is no longer known. Train another one."
        )
    # What a search has chosen stays chosen.
    before = run.chosen
    settings = replace(
        before,
        epochs=min(2 * before.epochs, _MOST_EPOCHS),
        patience=min(2 * before.patience, _MOST_PATIENCE),
    )
    folder = new_folder(run.folder.parent)
    with whole_or_gone(folder):
        for name in _KEPT:
            if (run.folder / name).exists():
                shutil.copyfile(run.folder / name, folder / name)
        shutil.copytree(run.checkpoint, folder / run.checkpoint.name)
        entry = read_json(folder / "log.json")
        if entry["place"] == "run":
            # A log inside a run's own folder is still there, not here.
            entry = {**entry, "place": "path", "name": str(run.log_folder)}
            write_json(folder / "log.json", entry)
        write_json(folder / "settings.json", settings.to_json())
        write_json(folder / CHOSEN, settings.to_json())
        write_status(folder, Status())
        write_created(folder)
    return Run(folder)


def as_draft(run: Run) -> Draft:
    """The question, the features and the settings of ``run``, to be changed and trained anew.

    Raises:
        InputError: its log is gone.
    """
    draft = Draft(run.question, reason=run.reason, settings=replace(run.chosen, search_minutes=0.0))
    return draft.with_features(run.log(), set(run.words))
