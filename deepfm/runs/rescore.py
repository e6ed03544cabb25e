"""Score a later log with a trained run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from deepfm.errors import InputError
from deepfm.evaluation.drift import drift_sentences
from deepfm.features.frame import write_now
from deepfm.features.stored import StoredPart, stored_parts
from deepfm.language import Language, Sentence
from deepfm.log.address import EMBEDDED
from deepfm.log.closed import closed
from deepfm.log.engine import check_reachable
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.look import hour_counts
from deepfm.log.mapping import Mapping
from deepfm.log.report import ColumnUse
from deepfm.log.source.source import open_source
from deepfm.prospects.export import EVERYTHING, check_export_path, export
from deepfm.prospects.handout import Handout
from deepfm.prospects.names import PROSPECTS
from deepfm.prospects.people import last_seen
from deepfm.prospects.score import score_list
from deepfm.prospects.scorer import Scorer
from deepfm.runs.card import model_card
from deepfm.runs.drifted import drifted
from deepfm.runs.engine import engine_address
from deepfm.runs.keys import hashing_key
from deepfm.runs.list_scores import list_scores
from deepfm.runs.pipeline import chosen_features
from deepfm.runs.run import EXAMPLES, Run
from deepfm.runs.workspace import common_workspace
from deepfm.task.history import history_days, log_now
from deepfm.whole import whole

_MOST_ACTIONS = 5
# Two histograms of the hours of one shop correlate above 0.9, moved by hours below 0.7.
_ALIKE, _CLEARLY = 0.9, 0.2

Tell = Callable[[float, Sentence], None]


@dataclass(frozen=True)
class Scored:
    """What came of scoring a later log.

    Attributes:
        people: how many are listed.
        notes: what to be careful about, the drift since the training among it.
    """

    people: int
    notes: tuple[Sentence, ...]


def score_log(
    run: Run,
    path: Path | str,
    out: Path | str,
    language: Language = "en",
    on_progress: Tell = lambda share, doing: None,
    handout: Handout = EVERYTHING,
) -> Scored:
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

    Raises:
        InputError: the run is not done, the log does not fit it or is too short, or ``out`` cannot
            be written to.
    """
    path, out = Path(path), Path(out)
    check_export_path(out)
    scorer = Scorer.open(run.folder)
    address = engine_address()
    check_reachable(address)
    # Workers of a cluster see what lies beside the list rather than this machine's own folder.
    shared = None if address == EMBEDDED else out.absolute().parent
    with TemporaryDirectory(prefix="deepfm-", dir=shared) as scratch_name:
        scratch = Path(scratch_name)
        log = take_later(run, path, scratch, lambda s, doing: on_progress(0.4 * s, doing))
        notes = check_later(run, log)
        on_progress(0.4, Sentence("Computing features"))
        rows = now_rows(run, log, scratch / EXAMPLES)
        labels = {name: words.label for name, words in run.words.items()}
        notes += drift_sentences(drifted(run, rows), labels)
        on_progress(0.7, Sentence("Explaining the scores"))
        seen = last_seen(log, log_now(log))
        doing = Sentence("Explaining the scores")
        scores, told = list_scores(scorer, rows)
        notes += told
        score_list(scorer, rows, seen, scratch, lambda s: on_progress(0.7 + 0.2 * s, doing), scores)
        on_progress(0.9, Sentence("Writing the list"))
        card = model_card(run, language)
        people = export(scratch / PROSPECTS, out, language, run.words, handout, card)
    on_progress(1.0, Sentence("Done"))
    return Scored(people, tuple(notes))


def take_later(run: Run, path: Path, folder: Path, on_progress: Tell) -> Log:
    """Take a later log in with the columns of the run's log.

    Raises:
        InputError: as ``take_in``.
    """
    mapping = run.mapping
    key = hashing_key(common_workspace()) if mapping.hash_users else None
    return take_in(open_source(path), mapping, folder, on_progress, key=key)


def now_rows(run: Run, log: Log, path: Path) -> StoredPart:
    """The examples of ``log`` at its own now, with the run's question and features.

    Args:
        path: written to; whole or not there.

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
    log = as_trained(log, run.log_entry)
    _, computed = chosen_features(log, question, list(run.words))
    with whole(path) as draft:
        write_now(log, question, computed, draft, engine_address())
    return stored_parts(path)["now"]


def check_later(run: Run, log: Log) -> list[Sentence]:
    """Whether a later log fits a run.

    Returns:
        What to be careful about.

    Raises:
        InputError: it lacks a column of the run's log, none of the run's actions occurs in it, or
            it ends before the run's own list.
    """
    entry = run.log_entry
    missing = _columns(run.mapping) - _columns(log.mapping)
    if missing:
        raise InputError(
            "The run uses the columns {names}, and this log was loaded without them. Load it again "
            "with them.",
            names=", ".join(sorted(missing)),
        )
    if not set(entry["actions"]) & set(log.actions):
        raise InputError(
            "None of the run's actions ({before}) is in this log ({now}). Choose the column of the "
            "action again, or name its codes as before.",
            before=", ".join(list(entry["actions"])[:_MOST_ACTIONS]),
            now=", ".join(list(log.actions)[:_MOST_ACTIONS]),
        )
    listed, now = run.listed_at, log_now(log)
    if now < listed:
        raise InputError(
            "This log ends at {now}, before the run's own list of {listed}. Bring a later log.",
            now=f"{now:%Y-%m-%d %H:%M}",
            listed=f"{listed:%Y-%m-%d %H:%M}",
        )
    notes = [
        Sentence("Nobody did {action} in this log, and the question asks for it.", action=action)
        for action in run.question.targets
        if action not in log.actions
    ]
    return [*notes, *_strangers(run, log), *_moved_hours(entry.get("hours"), hour_counts(log))]


def _columns(mapping: Mapping) -> set[str]:
    single = {name for name in ("item", "amount") if getattr(mapping, name) is not None}
    return {*single, *mapping.categories, *mapping.numbers}


def _strangers(run: Run, log: Log) -> list[Sentence]:
    """A note where nobody of the run's list is in ``log``."""
    query = """SELECT EXISTS (SELECT 1 FROM read_parquet(?) AS listed
        WHERE listed."user" IN (SELECT "user" FROM read_parquet(?)))"""
    with closed(run.prospects, log.parquet) as connection:
        row = connection.execute(query, [str(run.prospects), str(log.parquet)]).fetchone()
    if row is not None and row[0]:
        return []
    return [
        Sentence(
            "Nobody of the run's list is in this log. Are these the same people, and their ids "
            "written in the same way?"
        )
    ]


def _moved_hours(before: Sequence[int] | None, now: Sequence[int]) -> list[Sentence]:
    """A note where the day looks moved by hours, as in another time zone."""
    if before is None or min(np.std(before), np.std(now)) == 0:
        return []
    likeness = [np.corrcoef(before, np.roll(now, -hours))[0, 1] for hours in range(24)]
    best = int(np.argmax(likeness))
    if likeness[best] < _ALIKE or likeness[best] - likeness[0] < _CLEARLY:
        return []
    return [
        Sentence(
            "The days of this log look moved by {hours:+d} hours. Was it loaded with the same time "
            "zone?",
            hours=best if best <= 12 else best - 24,
        )
    ]


def as_trained(log: Log, entry: Dict[str, Any]) -> Log:
    """``log`` with what the run's log gave rise to features by, so that it has the same ones."""
    actions = {action: log.actions.get(action, 0) for action in entry["actions"]}
    # Runs of before the columns' use was known have no such entry, and no feature that needs it.
    columns = {name: ColumnUse(**use) for name, use in entry.get("columns", {}).items()}
    report = replace(log.report, actions={**actions, **log.actions}, columns=columns)
    return replace(log, report=report)
