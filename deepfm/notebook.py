"""The whole way in a few calls, for a notebook or a script.

Example:
    >>> import deepfm
    >>> made = deepfm.write_demo("shop.csv", users=1500)
    >>> log = deepfm.read_log("shop.csv", "shop-log")
    >>> question = deepfm.Question(("purchase",), horizon_days=7, lookback_days=28)
    >>> print(question.sentence().text())
    Of the users active in the last 28 days, who will do purchase within the next 7 days?
    >>> run = deepfm.train(log, question, "shop-run", deepfm.TrainingSettings(epochs=2))
    >>> people = deepfm.read_list(run)
    >>> bool(people["probability"].is_monotonic_decreasing)
    True
    >>> why = deepfm.explain_user(run, people["user"][0])
    >>> sorted(why.columns)
    ['deep', 'field', 'first', 'interaction', 'label', 'total', 'value']
    >>> scored = deepfm.score_log(run, "shop.csv", "prospects.csv")
    >>> scored.people == len(people)
    True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.source.source import open_source
from deepfm.prospects.person import explain_person
from deepfm.prospects.scorer import Scorer
from deepfm.runs.create import check_empty, create_run
from deepfm.runs.job import carry_out
from deepfm.runs.run import Run
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings


def read_log(path: Path | str, folder: Path | str, **mapping: Any) -> Log:
    """Read a file of who did what and when; the log is kept in ``folder``.

    Args:
        path: CSV and the like, Excel, Parquet or JSON lines.
        folder: a new or an empty one.
        mapping: what is not to be guessed: attributes of ``deepfm.log.mapping.Mapping``, such as
            ``user="uid"`` or ``time_zone="Asia/Shanghai"``.

    Raises:
        InputError: the file cannot be read, or the folder is not empty.
        TypeError: ``mapping`` has no such attribute.
    """
    target = Path(folder)
    check_empty(target)
    source = open_source(Path(path))
    columns = replace(guess_mapping(source), **mapping)
    target.mkdir(parents=True, exist_ok=True)
    return take_in(source, columns, target)


def train(
    log: Log,
    question: Question,
    folder: Path | str,
    settings: TrainingSettings | None = None,
    features: Sequence[str] | None = None,
) -> Run:
    """Train on a log, in this process, and list its people; the run is kept in ``folder``.

    Args:
        log: as from ``read_log``.
        question: what to learn.
        folder: a new or an empty one.
        settings: how to train; None for the standard ones.
        features: names from ``deepfm.features.catalogue.feature_catalogue``; None for those that
            are on by default.

    Raises:
        InputError: the log cannot answer the question, or the folder is not empty.
    """
    chosen = settings or TrainingSettings()
    run = create_run(Path(folder), log, question, chosen, features)
    carry_out(run.folder)
    status = run.status
    if status.state != "done" and status.message is not None:
        raise InputError.of(status.message)
    return run


def read_list(run: Run) -> pd.DataFrame:
    """The list of a run, the likeliest first; see ``deepfm.prospects.ranking.ranked``."""
    return pd.read_parquet(run.prospects)


def explain_user(run: Run, user: str, value: str | None = None) -> pd.DataFrame:
    """Why a user of the list stands where they stand.

    Args:
        run: one that is done.
        user: the id.
        value: what the user is paired with, in a question of pairs.

    Returns:
        A row a feature, the strongest first: field, label, value, and what it adds to the logit
        against a typical user: first, interaction, deep and their sum, total.

    Raises:
        InputError: the user is not on the list.
    """
    person = explain_person(Scorer.open(run.folder), run.examples, user, value)
    return person.readable(run.words, "en")
