"""Every week: list the people of a new log, and train anew where the model has grown old.

A timer runs it, such as cron on Mondays at six:

    0 6 * * 1  /srv/deepfm/.venv/bin/python /srv/deepfm/examples/weekly.py \\
        /srv/logs/latest.csv /srv/prospects --target purchase

In the folder it keeps ``models/``, one run each, and ``lists/``, one file a day. The exit code is 2
where the log does not do, with one line that says why; what is there already stays.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import deepfm
from deepfm.errors import InputError
from deepfm.prospects.handout import Handout


def newest_model(models: Path) -> deepfm.Run | None:
    """The last run that is done; folders are named by the day."""
    for folder in sorted(models.glob("????-??-??"), reverse=True):
        try:
            run = deepfm.Run.open(folder)
        except InputError as error:
            print(f"{folder} is passed over: {error}", file=sys.stderr)
            continue
        if run.status.state == "done":
            return run
    return None


def trained(log: Path, question: deepfm.Question, epochs: int, folder: Path) -> deepfm.Run:
    """A new run on the log; the log itself is kept only while it is needed."""
    with TemporaryDirectory(prefix="weekly-") as scratch:
        events = deepfm.read_log(log, Path(scratch) / "log")
        settings = deepfm.TrainingSettings(epochs=epochs)
        return deepfm.train(events, question, folder, settings)


def options() -> argparse.Namespace:
    """What the timer says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", type=Path, help="the newest log")
    parser.add_argument("folder", type=Path, help="where models and lists are kept")
    parser.add_argument("--target", required=True, help="the action to predict")
    parser.add_argument("--train-after", type=int, default=28, metavar="DAYS", help="default: 28")
    parser.add_argument("--epochs", type=int, default=30, help="of a training, at most")
    parser.add_argument("--hold-out", type=float, default=0.1, metavar="SHARE", help="default: 0.1")
    return parser.parse_args()


def main() -> None:
    """Train if it is time, and list."""
    asked = options()
    today = date.today()
    models, lists = asked.folder / "models", asked.folder / "lists"
    for place in (models, lists):
        place.mkdir(parents=True, exist_ok=True)
    run = newest_model(models)
    folder = models / today.isoformat()
    oldest = today - timedelta(days=asked.train_after)
    if not folder.exists() and (run is None or date.fromisoformat(run.folder.name) <= oldest):
        question = deepfm.Question((asked.target,)) if run is None else run.question
        run = trained(asked.log, question, asked.epochs, folder)
        print(f"trained {run.folder}")
    if run is None:
        raise InputError("The training of today was broken off. Delete {folder}.", folder=folder)
    # Whoever is held out this week is held out next week too: the seed is that of the model.
    handout = Handout(hold_out=asked.hold_out, seed=run.settings.seed)
    out = lists / f"{today.isoformat()}.csv"
    scored = deepfm.score_log(run, asked.log, out, handout=handout)
    for note in scored.notes:
        print(note.text())
    print(f"{scored.people} people are listed in {out}")


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
