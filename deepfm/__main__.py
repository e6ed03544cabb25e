"""``python -m deepfm``: check, train, resume, score, backtest, export, card, demo.

What a command needs is imported inside it, so that ``--help`` and a typing error answer at once.
"""

from __future__ import annotations

import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from deepfm.cli import parser
from deepfm.errors import InputError
from deepfm.language import Language, Sentence, translate

if TYPE_CHECKING:
    from deepfm.log.log import Log
    from deepfm.runs.run import Run
    from deepfm.runs.status import Status
    from deepfm.task.question import Question
    from deepfm.training.settings import TrainingSettings

_LEAST_USERS = 100
_LEAST_DAYS = 14


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit code: 0, 2 for input that its owner can mend, 130 after a second Ctrl-C.
    """
    options = parser().parse_args(arguments)
    command = {
        "check": check,
        "train": train,
        "resume": resume,
        "score": score,
        "backtest": backtest,
        "export": export,
        "card": card,
        "demo": demo,
    }[options.command]
    try:
        command(options)
    except InputError as error:
        print(error.text(options.language), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def check(options: Namespace) -> None:
    """Take a log in and say what was found in it."""
    from deepfm.cli_log import print_report, take_log
    from deepfm.runs.create import check_empty

    if options.out is not None:
        check_empty(options.out)
    with TemporaryDirectory(prefix="deepfm-") as scratch:
        with _bar(options.language) as tell:
            log = take_log(options, options.out or Path(scratch), tell)
        print_report(log, options.language)


def train(options: Namespace) -> None:
    """Take a log in, train on it, and say what came out."""
    from deepfm.runs.create import check_empty

    check_empty(options.out)
    settings = _settings(options)
    _carry_out(_begin(options, settings), options)


def resume(options: Namespace) -> None:
    """Go on with a training that was interrupted."""
    from deepfm.runs.alive import worker_pid
    from deepfm.runs.process import clear
    from deepfm.runs.run import Run

    run = Run.open(options.run)
    if run.status.state == "done":
        raise InputError("The run {run} is done already. There is nothing to resume.", run=run.id)
    if worker_pid(run.folder) is not None:
        raise InputError("Another process is already at work on {folder}.", folder=run.id)
    clear(run.folder)
    _carry_out(run, options)


def _carry_out(run: Run, options: Namespace) -> None:
    from deepfm.runs.job import carry_out

    print(run.question.sentence().text(options.language))
    with _bar(options.language) as tell, _gentle_interrupt(run):

        def listen(status: Status) -> None:
            tell(status.progress, status.step or Sentence("Done"))

        carry_out(run.folder, listen)
    _report(run, options.language)


def _begin(options: Namespace, settings: TrainingSettings) -> Run:
    """Take the log in and write the run down; nothing is left behind if the question is wrong."""
    from deepfm.cli_log import print_findings, take_log
    from deepfm.runs.create import create_run, inside_log_folder
    from deepfm.task.examples import check_enough, count_examples

    was_there = options.out.is_dir()
    try:
        with _bar(options.language) as tell:
            log = take_log(options, inside_log_folder(options.out), tell)
        print_findings(log, options.language)
        question = _question(options, log)
        check_enough(count_examples(log, question))
        return create_run(log, question, settings, folder=options.out, reason=options.keep_leak)
    except (InputError, KeyboardInterrupt):
        made = inside_log_folder(options.out) if was_there else options.out
        if made.exists():
            shutil.rmtree(made)
        raise


def score(options: Namespace) -> None:
    """Score a later log."""
    from deepfm.prospects.handout import Handout
    from deepfm.runs.rescore import score_log
    from deepfm.runs.run import Run

    run = Run.open(options.run)
    handout = Handout(
        limit=options.top,
        hashed=options.hash_ids,
        hold_out=options.hold_out / 100,
        seed=options.seed,
    )
    with _bar(options.language) as tell:
        scored = score_log(run, options.log, options.out, options.language, tell, handout)
    for sentence in (*run.mends.sentences(), *scored.notes):
        print(sentence.text(options.language))
    text = "{people} people are listed in {path}."
    print(translate(text, options.language, people=scored.people, path=options.out))


def backtest(options: Namespace) -> None:
    """Say what became of the list of a trained run."""
    from deepfm.evaluation.backtest import backtest_sentences
    from deepfm.runs.later import look_back
    from deepfm.runs.rescore import check_later, take_later
    from deepfm.runs.run import Run

    run = Run.open(options.run)
    with TemporaryDirectory(prefix="deepfm-") as scratch:
        with _bar(options.language) as tell:
            log = take_later(run, options.log, Path(scratch), tell)
        notes = check_later(run, log)
        found = look_back(run, log)
    for sentence in (*notes, *backtest_sentences(found)):
        print(sentence.text(options.language))


def card(options: Namespace) -> None:
    """Write the model card of a trained run."""
    from deepfm.runs.card import model_card, write_card
    from deepfm.runs.run import Run

    write_card(model_card(Run.open(options.run), options.language), options.to, options.language)
    print(translate("The model card is in {path}.", options.language, path=options.to))


def export(options: Namespace) -> None:
    """Write a trained run's model for serving."""
    from deepfm.prospects.scorer import Scorer
    from deepfm.runs.run import Run
    from deepfm.serving.export import export

    scorer = Scorer.open(Run.open(options.run).folder)
    inputs = export(scorer.fields, scorer.model, options.to, options.format)
    text = "The model is in {path}. It takes {inputs} columns and gives logit and score."
    print(translate(text, options.language, path=options.to, inputs=len(inputs)))


def demo(options: Namespace) -> None:
    """Write the demo log."""
    from deepfm.log.demo import write_demo

    folder = options.out.absolute().parent
    if not folder.is_dir():
        raise InputError(
            "There is no folder {folder}. Make it, or choose another.", folder=str(folder)
        )
    if options.users < _LEAST_USERS:
        raise InputError("The demo needs at least {least} users.", least=_LEAST_USERS)
    if options.days < _LEAST_DAYS:
        raise InputError("The demo needs at least {least} days.", least=_LEAST_DAYS)
    made = write_demo(options.out, users=options.users, days=options.days, seed=options.seed)
    text = "{rows} events of {users} users in {days} days are in {path}."
    values = {"rows": made.rows, "users": made.users, "days": made.days, "path": made.path}
    print(translate(text, options.language, **values))


def _question(options: Namespace, log: Log) -> Question:
    """The question of the file, or the default one, with what was named."""
    from deepfm.task.question import check_question, default_question
    from deepfm.task.question_file import read_question

    targets = tuple(options.target or ())
    if options.question is None:
        question = default_question(log, targets[0] if targets else None)
    else:
        question = read_question(options.question)
    named: dict[str, Any] = {
        f"{name}_days": getattr(options, name)
        for name in ("horizon", "lookback", "every", "gap", "active")
        if getattr(options, name) is not None
    }
    lookback = named.get("lookback_days", question.lookback_days)
    if options.question is None or "lookback_days" in named:
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


def _settings(options: Namespace) -> TrainingSettings:
    from deepfm.training.settings import preset

    settings = preset(options.preset)
    if options.fusion is not None:
        settings = replace(settings, model=replace(settings.model, fusion=options.fusion))
    named = {name: getattr(options, name) for name in ("epochs", "seed", "search_minutes")}
    return replace(settings, **{k: v for k, v in named.items() if v is not None})


def _report(run: Run, language: Language) -> None:
    """Print the models side by side, the verdict, and where the list is."""
    from deepfm.evaluation.verdict import MODEL_NAMES, verdict

    status = run.status
    if status.message is not None:
        print(status.message.text(language))
    if status.state != "done":
        return
    for note in status.notes:
        print(note.text(language))
    evaluation = run.evaluation()
    print()
    print(translate("AUC, average precision and lift of the top 5% on the test part:", language))
    for model in evaluation["models"]:
        numbers = f"{model['auc']:.4f}  {model['average_precision']:.4f}  {model['lift']['5']:5.2f}"
        print(f"  {numbers}  {MODEL_NAMES[model['name']].text(language)}")
    print()
    for sentence in verdict(evaluation):
        print(sentence.text(language))
    text = "{people} people are listed in {path}."
    print(translate(text, language, people=status.people, path=run.prospects))


@contextmanager
def _bar(language: Language) -> Iterator[Any]:
    """A progress bar on stderr, from the first word on; gives what to tell a share and a step."""
    from tqdm import tqdm

    layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"
    with ExitStack() as ending:
        bars: list[Any] = []

        def tell(share: float, doing: Sentence) -> None:
            if not bars:
                bar = tqdm(total=1.0, file=sys.stderr, bar_format=layout, dynamic_ncols=True)
                bars.append(ending.enter_context(bar))
            bars[0].set_description_str(doing.text(language), refresh=False)
            bars[0].n = share
            bars[0].refresh()

        yield tell


@contextmanager
def _gentle_interrupt(run: Run) -> Iterator[None]:
    """The first Ctrl-C asks the training to stop and keep its best; the second breaks off."""
    from deepfm.runs.process import request_stop, stop_requested

    def handle(number: int, frame: object) -> None:
        if stop_requested(run.folder):
            raise KeyboardInterrupt
        request_stop(run.folder)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
