"""``python -m deepfm``: check, train, resume, join, score, backtest, explain,
card, export, runs, purge, app, demo.

What a command needs is imported inside it, so that ``--help`` and a typing error answer at once.
"""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from deepfm.cli import parser
from deepfm.errors import InputError
from deepfm.language import Language, Sentence, translate

if TYPE_CHECKING:
    from deepfm.runs.run import Run
    from deepfm.runs.status import Status

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
        "join": join,
        "score": score,
        "backtest": backtest,
        "explain": explain,
        "runs": runs,
        "export": export,
        "card": card,
        "purge": purge,
        "app": app,
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


def script() -> int:
    """Run one command of the shell: what the installed ``deepfm`` calls."""
    return main(sys.argv[1:])


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
    from deepfm.cli_settings import apply_settings
    from deepfm.cli_train import begin

    apply_settings(options)
    _carry_out(begin(options, lambda: _bar(options.language)), options)


def resume(options: Namespace) -> None:
    """Go on with a training that was interrupted."""
    from deepfm.cli_settings import apply_settings
    from deepfm.runs.alive import worker_pid
    from deepfm.runs.process import clear
    from deepfm.runs.run import Run

    apply_settings(options)
    run = Run.open(options.run)
    if run.status.state == "done":
        raise InputError("The run {run} is done already. There is nothing to resume.", run=run.id)
    if worker_pid(run.folder) is not None:
        raise InputError("Another process is already at work on {folder}.", folder=run.id)
    clear(run.folder)
    _carry_out(run, options)


def join(options: Namespace) -> None:
    """Help to train a run that another machine has begun."""
    from deepfm.cli_show import join_run

    join_run(options.run, options.machine, options.language)


def _carry_out(run: Run, options: Namespace) -> None:
    from deepfm.runs.job import carry_out

    print(run.question.sentence().text(options.language))
    with _bar(options.language) as tell, _gentle_interrupt(run):

        def listen(status: Status) -> None:
            tell(status.progress, status.step or Sentence("Done"))

        carry_out(run.folder, listen)
    _report(run, options.language)


def score(options: Namespace) -> None:
    """Score a later log."""
    from deepfm.cli_settings import apply_settings
    from deepfm.prospects.handout import Handout
    from deepfm.runs.rescore import score_log
    from deepfm.runs.run import Run

    apply_settings(options)
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


def explain(options: Namespace) -> None:
    """Say why a user of the list stands where they stand."""
    from deepfm.cli_show import print_person
    from deepfm.runs.run import Run

    run = Run.open(options.run)
    print_person(run, options.user, options.value, options.most, options.language)


def runs(options: Namespace) -> None:
    """List the runs of the home folder."""
    from deepfm.cli_show import print_runs

    print_runs(options.language)


def card(options: Namespace) -> None:
    """Write the model card of a trained run."""
    from deepfm.runs.card import model_card, write_card
    from deepfm.runs.run import Run

    write_card(model_card(Run.open(options.run), options.language), options.to, options.language)
    print(translate("The model card is in {path}.", options.language, path=options.to))


def purge(options: Namespace) -> None:
    """Say what is older than it may be, and delete it if so asked."""
    from deepfm.cli_show import print_purge

    print_purge(options.older_than, options.yes, options.language)


def export(options: Namespace) -> None:
    """Write a trained run's model for serving."""
    from deepfm.prospects.scorer import Scorer
    from deepfm.runs.run import Run
    from deepfm.serving.export import export

    scorer = Scorer.open(Run.open(options.run).folder)
    inputs = export(scorer.fields, scorer.model, options.to, options.format)
    text = "The model is in {path}. It takes {inputs} columns and gives logit and score."
    print(translate(text, options.language, path=options.to, inputs=len(inputs)))


def app(options: Namespace) -> None:
    """Open the pages."""
    from deepfm.cli_app import open_pages

    open_pages(options.port, not options.no_browser)


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
    sys.exit(script())
