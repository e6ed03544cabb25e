"""What the command line makes of the options of a training."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from deepfm.cli_log import print_findings, take_log
from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.log.watch import Progress
from deepfm.runs.create import check_empty, create_run, inside_log_folder
from deepfm.runs.run import Run
from deepfm.task.examples import check_enough, count_examples
from deepfm.task.question import Question, check_question, default_question
from deepfm.task.question_file import read_question
from deepfm.training.settings import TrainingSettings, preset


def begin(options: Namespace, bar: Callable[[], AbstractContextManager[Progress]]) -> Run:
    """Take the log in and write the run down; nothing is left behind if the question is wrong.

    Args:
        options: of the command ``train``.
        bar: gives what is told of the progress.

    Raises:
        InputError: the log cannot be read, or cannot answer the question.
    """
    check_empty(options.out)
    like = None if options.like is None else Run.open(options.like)
    settings = _settings(options, like)
    was_there = options.out.is_dir()
    try:
        with bar() as tell:
            log = take_log(options, inside_log_folder(options.out), tell, like)
        print_findings(log, options.language)
        question = _question(options, log, like)
        check_enough(count_examples(log, question))
        names = None if like is None else list(like.words)
        reason = options.keep_leak or (None if like is None else like.reason)
        return create_run(options.out, log, question, settings, names, reason)
    except (InputError, KeyboardInterrupt):
        made = inside_log_folder(options.out) if was_there else options.out
        if made.exists():
            shutil.rmtree(made)
        raise


def _question(options: Namespace, log: Log, like: Run | None) -> Question:
    """The question of the file or of the earlier run, or the default one, with what was named."""
    targets = tuple(options.target or ())
    asked_before = options.question is not None or like is not None
    if options.question is not None:
        question = read_question(options.question)
    elif like is not None:
        question = like.question
    else:
        question = default_question(log, targets[0] if targets else None)
    named: dict[str, Any] = {
        f"{name}_days": getattr(options, name)
        for name in ("horizon", "lookback", "every", "gap", "active")
        if getattr(options, name) is not None
    }
    lookback = named.get("lookback_days", question.lookback_days)
    if not asked_before or "lookback_days" in named:
        named.setdefault("active_days", lookback)
    for name in ("kind", "by", "least_amount", "holidays", "as_of"):
        if getattr(options, name) is not None:
            named[name] = getattr(options, name)
    if "kind" not in named and options.by is not None:
        named["kind"] = "pair"
    if "kind" not in named and {"horizon_days", "lookback_days"} & named.keys():
        named["kind"] = "user" if question.kind == "event" else question.kind
    if targets:
        named["targets"] = targets
    if options.first_time_only:
        named["first_time_only"] = True
    asked = replace(question, **named, **_only(options.only))
    check_question(log, asked)
    return asked


def _only(pairs: list[tuple[str, str]] | None) -> dict[str, Any]:
    if not pairs:
        return {}
    columns = {column for column, _ in pairs}
    if len(columns) > 1:
        raise InputError(
            "--only is about one column, and here are {columns}. Choose one of them.",
            columns=", ".join(sorted(columns)),
        )
    return {"only_column": columns.pop(), "only": tuple(value for _, value in pairs)}


def _settings(options: Namespace, like: Run | None) -> TrainingSettings:
    """The settings of the preset or of the earlier run, with what was named."""
    settings = preset(options.preset or "standard")
    if like is not None and options.preset is None:
        # What its search has chosen need not be looked for again.
        settings = replace(like.chosen, search_minutes=0.0)
    if options.fusion is not None:
        settings = replace(settings, model=replace(settings.model, fusion=options.fusion))
    named = {name: getattr(options, name) for name in ("epochs", "seed", "search_minutes")}
    return replace(settings, **{k: v for k, v in named.items() if v is not None})
