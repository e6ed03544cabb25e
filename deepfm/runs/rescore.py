"""Score a later log with a trained run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from deepfm.errors import InputError
from deepfm.features.frame import now_examples
from deepfm.language import Language, Sentence
from deepfm.log import mapping as mappings
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.report import ColumnUse
from deepfm.log.source.source import open_source
from deepfm.prospects.export import EVERYTHING, check_export_path, export
from deepfm.prospects.handout import Handout
from deepfm.prospects.people import last_seen
from deepfm.prospects.ranking import PROSPECTS
from deepfm.prospects.score import score_list
from deepfm.prospects.scorer import Scorer
from deepfm.runs.card import model_card
from deepfm.runs.keys import hashing_key
from deepfm.runs.pipeline import chosen_features
from deepfm.runs.run import Run
from deepfm.task.history import history_days, log_now

Tell = Callable[[float, Sentence], None]


def score_log(
    run: Run,
    path: Path,
    out: Path,
    language: Language = "en",
    on_progress: Tell = lambda share, doing: None,
    handout: Handout = EVERYTHING,
) -> int:
    """Take a later log in with the run's mapping, score its people at its own end, and export.

    Values that the run has never seen count as out of vocabulary, and actions that no longer occur
    as never done. Nothing is left behind but ``out``.

    Args:
        run: a run that is done.
        path: the later log, with the columns of the run's log.
        out: the list, .csv, .xlsx or .parquet.
        language: of the list's titles and reasons.
        on_progress: told a share from 0 to 1 and what is being done.
        handout: what of the list goes into ``out``.

    Returns:
        The number of people.

    Raises:
        InputError: the run is not done, the log does not fit it or is too short, or ``out`` cannot
            be written to.
    """
    check_export_path(out)
    scorer = Scorer.open(run.folder)
    mapping = mappings.Mapping.from_json(dict(run.log_entry["mapping"]))
    with tempfile.TemporaryDirectory(prefix="deepfm-") as scratch_name:
        scratch = Path(scratch_name)
        log = take_in(
            open_source(path),
            mapping,
            scratch,
            lambda s, doing: on_progress(0.4 * s, doing),
            key=hashing_key() if mapping.hash_users else None,
        )
        on_progress(0.4, Sentence("Computing features"))
        rows = now_rows(run, log)
        on_progress(0.7, Sentence("Explaining the scores"))
        seen = last_seen(log, log_now(log))
        doing = Sentence("Explaining the scores")
        score_list(scorer, rows, seen, scratch, lambda s: on_progress(0.7 + 0.2 * s, doing))
        on_progress(0.9, Sentence("Writing the list"))
        people = export(
            scratch / PROSPECTS, out, language, run.words, handout, model_card(run, language)
        )
    on_progress(1.0, Sentence("Done"))
    return people


def now_rows(run: Run, log: Log) -> pd.DataFrame:
    """The examples of ``log`` at its own now, with the run's question and features.

    Raises:
        InputError: the log is shorter than the lookback.
    """
    question = replace(run.question, as_of=None)
    if question.kind != "event":
        history = history_days(log)
        if history < question.lookback_days:
            raise InputError(
                "The run looks back {lookback} days and this log has {history}. Bring a longer "
                "log.",
                lookback=question.lookback_days,
                history=history,
            )
    log = _as_trained(log, run.log_entry)
    _, computed = chosen_features(log, question, list(run.words))
    return now_examples(log, question, computed)


def _as_trained(log: Log, entry: Mapping[str, Any]) -> Log:
    """``log`` with what the run's log gave rise to features by, so that it has the same ones."""
    actions = {action: log.actions.get(action, 0) for action in entry["actions"]}
    # Runs of before the columns' use was known have no such entry, and no feature that needs it.
    columns = {name: ColumnUse(**use) for name, use in entry.get("columns", {}).items()}
    report = replace(log.report, actions={**actions, **log.actions}, columns=columns)
    return replace(log, report=report)
