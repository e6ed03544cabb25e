"""The options of the command line."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from deepfm.language import LANGUAGES

_EXAMPLES = """examples:
  python -m deepfm demo shop.csv
  python -m deepfm check shop.csv
  python -m deepfm train shop.csv --target purchase --horizon 7d --lookback 28d --out shop-run
  python -m deepfm score shop-run shop.csv --out prospects.csv
  python -m deepfm export shop-run --format onnx --to shop.onnx
"""
_CHECK_EXAMPLES = """examples:
  python -m deepfm check shop.csv
  python -m deepfm check january.csv.gz february.csv.gz --time-zone Asia/Shanghai
  python -m deepfm check log.xlsx --sheet March --day-first --action-name 1=view --action-name 4=buy
"""
_TRAIN_EXAMPLES = """examples:
  python -m deepfm train shop.csv --target purchase --out shop-run
  python -m deepfm train events.parquet --user uid --time ts --time-zone Asia/Shanghai \\
      --target buy --horizon 7d --lookback 28d --every 7d --out run
  python -m deepfm train shop.csv --target purchase --by category --out who-buys-what
  python -m deepfm train shop.csv --question question.json --out run
  python -m deepfm train next-month.csv --like shop-run --out next-run
  python -m deepfm train clicks.csv --kind event --target buy --preset quick --out run

Columns and lengths that are not given are guessed from the log, and shown.
Press Ctrl-C once to stop the training and keep the best model so far, twice to break off.
"""
_RESUME_EXAMPLES = """examples:
  python -m deepfm resume shop-run

It goes on from the last checkpoint, to the same model as if it had never been interrupted.
"""
_JOIN_EXAMPLES = """examples:
  python -m deepfm train log.csv --out /shared/run --workers 10.0.0.1:7001,10.0.0.2:7001
  python -m deepfm join /shared/run --machine 10.0.0.2

The first line on the machine of the first address, the second one on the other.
"""
_SCORE_EXAMPLES = """examples:
  python -m deepfm score shop-run next-week.csv --out prospects.csv
  python -m deepfm score shop-run next-week.csv --out prospects.xlsx --language zh
"""
_BACKTEST_EXAMPLES = """examples:
  python -m deepfm backtest shop-run next-month.csv

The log must go on until the days of the question are over.
"""
_EXPLAIN_EXAMPLES = """examples:
  python -m deepfm explain shop-run 103273
  python -m deepfm explain who-buys-what 103273 --value outdoor --most 20
"""
_RUNS_EXAMPLES = """examples:
  python -m deepfm runs
  DEEPFM_HOME=/srv/shop python -m deepfm runs
"""
_PURGE_EXAMPLES = """examples:
  python -m deepfm purge --older-than 180d
  python -m deepfm purge --older-than 180d --yes

Of all workspaces: runs, logs and uploads. A run keeps its results when its log goes.
"""
_EXPORT_EXAMPLES = """examples:
  python -m deepfm export shop-run --format onnx --to shop.onnx
  python -m deepfm export shop-run --format saved_model --to shop-model

The model takes the columns of examples.parquet in the run's folder, ids as text, "" for a missing
one. Which input is which column stands in the ONNX metadata under "inputs", or in
assets.extra/inputs.json.
"""
_CARD_EXAMPLES = """examples:
  python -m deepfm card shop-run --to card.html
  python -m deepfm card shop-run --to card.md --language zh
"""
_APP_EXAMPLES = """examples:
  python -m deepfm app
  DEEPFM_HOME=/srv/shop python -m deepfm app --port 8600 --no-browser
"""
_DEMO_EXAMPLES = """examples:
  python -m deepfm demo shop.csv
  python -m deepfm demo small.csv --users 2000 --days 60
"""
_DURATION = re.compile(r"(\d{1,5})([dw])")
_DAYS = {"d": 1, "w": 7}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}. See {self.prog} --help\n")
        sys.exit(2)


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    main = _Parser(
        prog="python -m deepfm",
        description="Prospects from a behaviour log.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str, examples: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=help,
            description=help,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.add_argument("--language", choices=LANGUAGES, default="en", help="of what is said")
        return added

    _check(command("check", "Read a log and say what is in it.", _CHECK_EXAMPLES))
    _train(command("train", "Train on a log and list its most likely users.", _TRAIN_EXAMPLES))
    _resume(command("resume", "Go on with a training that was interrupted.", _RESUME_EXAMPLES))
    _join(command("join", "Train with workers of this machine what another began.", _JOIN_EXAMPLES))
    _score(command("score", "Score a later log with a trained run.", _SCORE_EXAMPLES))
    help = "Compare a run's list with what a later log says came of it."
    _backtest(command("backtest", help, _BACKTEST_EXAMPLES))
    _explain(command("explain", "Say why a user is where they are.", _EXPLAIN_EXAMPLES))
    command("runs", "List the runs of the pages' home folder.", _RUNS_EXAMPLES)
    _export(command("export", "Write a trained run's model for serving.", _EXPORT_EXAMPLES))
    _card(command("card", "Write a trained run's model card.", _CARD_EXAMPLES))
    help = "Delete what was kept for too long; says what, and does it with --yes only."
    _purge(command("purge", help, _PURGE_EXAMPLES))
    _app(command("app", "Open the pages in a browser.", _APP_EXAMPLES))
    _demo(command("demo", "Write a made-up log to try things out.", _DEMO_EXAMPLES))
    return main


def _train(train: argparse.ArgumentParser) -> None:
    _log(train)
    train.add_argument("--out", type=Path, required=True, metavar="RUN", help="new folder")
    help = "an earlier run: the same columns, question, features and settings; options change them"
    train.add_argument("--like", type=Path, metavar="RUN", help=help)
    question = train.add_argument_group("question")
    help = "a question.json, from the page Question or an earlier run; other options change it"
    question.add_argument("--question", type=Path, metavar="FILE", help=help)
    help = "the action to predict; several times for several ones"
    question.add_argument("--target", action="append", metavar="ACTION", help=help)
    help = "ask of users, of users with each value of a column (--by), or of each row"
    question.add_argument("--kind", choices=("user", "pair", "event"), help=help)
    question.add_argument("--by", metavar="COLUMN", help="item or a category, for --kind pair")
    help = "count only targets with this value; several times for several values of one column"
    question.add_argument(
        "--only", action="append", type=condition, metavar="COLUMN=VALUE", help=help
    )
    help = "that the targets in the horizon must add up to"
    question.add_argument("--least-amount", type=float, metavar="AMOUNT", help=help)
    help = "make its public holidays a feature, such as CN"
    question.add_argument("--holidays", metavar="COUNTRY", help=help)
    for name, help in (
        ("horizon", "how far to look ahead, such as 7d or 2w"),
        ("lookback", "how far features look back"),
        ("every", "distance between training snapshots"),
        ("gap", "between a snapshot and its label window"),
        ("active", "ask about users seen in the last so many days"),
    ):
        question.add_argument(f"--{name}", type=duration, metavar="DAYS", help=help)
    question.add_argument("--first-time-only", action="store_true", help="leave former doers out")
    question.add_argument("--as-of", type=moment, metavar="TIME", help="first moment unknown")
    question.add_argument(
        "--keep-leak", metavar="REASON", help="keep a feature that tells the outcome by itself"
    )
    training = train.add_argument_group("training")
    training.add_argument("--preset", choices=("quick", "standard", "thorough"))
    training.add_argument("--fusion", choices=("sum", "concat"), help="how the parts are joined")
    training.add_argument("--epochs", type=int, help="passes over the examples, at most")
    training.add_argument(
        "--search-minutes", type=float, help="look for better settings so long first"
    )
    training.add_argument("--seed", type=int, help="of all that is random")
    _workers(training)
    _engine(train)


def _engine(command: argparse.ArgumentParser) -> None:
    """Where features, vocabularies and scores are computed."""
    help = "what computes features and scores: duckdb, or a Spark cluster such as spark://host:7077"
    command.add_argument("--engine", metavar="ADDRESS", help=help)


def _workers(command: argparse._ActionsContainer) -> None:
    """Who trains."""
    help = "how many processes train together, or the address of each, such as host:7001,other:7001"
    command.add_argument("--workers", metavar="N", help=help)


def _resume(resume: argparse.ArgumentParser) -> None:
    _engine(resume)
    _workers(resume)
    resume.add_argument("run", type=Path, metavar="RUN", help="folder of the run")


def _join(join: argparse.ArgumentParser) -> None:
    join.add_argument("run", type=Path, metavar="RUN", help="folder of the run, seen by all")
    help = "this machine, as it is called in the addresses of the workers"
    join.add_argument("--machine", required=True, metavar="HOST", help=help)


def _check(check: argparse.ArgumentParser) -> None:
    _log(check)
    check.add_argument("--out", type=Path, metavar="FOLDER", help="keep the log in a new folder")


def _log(command: argparse.ArgumentParser) -> None:
    """The files of a log and how they are read."""
    help = "files with the same columns: CSV and the like, Excel, Parquet, JSON lines, .gz, .zip"
    command.add_argument("log", type=Path, nargs="*", metavar="LOG", help=help)
    help = (
        "instead of files: sqlite:///path, postgresql://user:password@host/database, or a Spark "
        "cluster such as sc://host:15002"
    )
    command.add_argument("--database", metavar="URL", help=help)
    command.add_argument("--query", metavar="QUERY", help="of the database: a table or a SELECT")
    files = command.add_argument_group("reading the files, where their content is not to decide")
    files.add_argument("--encoding", metavar="NAME", help="such as gb18030")
    files.add_argument("--delimiter", metavar="MARK", help="between the cells of a line")
    files.add_argument("--sheet", metavar="NAME", help="of a workbook")
    columns = command.add_argument_group("columns of the log")
    for name in ("user", "time", "item", "action", "amount"):
        columns.add_argument(f"--{name}", metavar="COLUMN", help=f"the {name}")
    columns.add_argument("--category", action="append", metavar="COLUMN", help="kept as text")
    columns.add_argument("--number", action="append", metavar="COLUMN", help="kept as number")
    columns.add_argument("--time-zone", metavar="ZONE", help="of the log, such as Asia/Shanghai")
    help = "a column that goes on where the time ends, such as an hour"
    columns.add_argument("--time-part", action="append", metavar="COLUMN", help=help)
    order = columns.add_mutually_exclusive_group()
    order.add_argument(
        "--day-first", action="store_true", default=None, help="1/2/2010 is in February"
    )
    order.add_argument(
        "--month-first", action="store_false", dest="day_first", help="1/2/2010 is in January"
    )
    columns.add_argument(
        "--action-name", action="append", type=pair, metavar="CODE=NAME", help="such as 1=view"
    )
    help = "keep user ids as keyed hashes only"
    columns.add_argument("--hash-users", action="store_true", help=help)
    mends = command.add_argument_group("changes to the log, which the run records")
    mends.add_argument("--drop-duplicates", action="store_true", help="exact repetitions")
    mends.add_argument("--leave-out-bots", action="store_true", help="users far beyond people")
    mends.add_argument("--leave-out-stray", action="store_true", help="events that stand alone")
    help = "random actions from 1 to 5, for a demonstration; nothing can be predicted then"
    mends.add_argument("--random-actions", type=int, metavar="SEED", help=help)


def _score(score: argparse.ArgumentParser) -> None:
    _engine(score)
    score.add_argument("run", type=Path, metavar="RUN", help="folder of a run that is done")
    score.add_argument("log", type=Path, metavar="LOG", help="with the columns of the run's log")
    score.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=".csv, .xlsx or .parquet"
    )
    score.add_argument("--top", type=int, metavar="N", help="only the first so many")
    help = "leave so many percent of them alone at random; the file says who"
    score.add_argument("--hold-out", type=float, default=0.0, metavar="PERCENT", help=help)
    help = "of the hold-out; the same seed holds out the same people"
    score.add_argument("--seed", type=int, default=0, help=help)
    help = "write SHA-256 of the ids in small letters, as ad platforms take them"
    score.add_argument("--hash-ids", action="store_true", help=help)


def _backtest(backtest: argparse.ArgumentParser) -> None:
    backtest.add_argument("run", type=Path, metavar="RUN", help="folder of a trained run")
    backtest.add_argument("log", type=Path, metavar="LOG", help="a later log, as for score")


def _explain(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("run", type=Path, metavar="RUN", help="folder of a trained run")
    explain.add_argument("user", metavar="USER", help="id of a user on the list")
    explain.add_argument("--value", metavar="VALUE", help="of the pair, in a question of pairs")
    help = "so many features, the strongest first"
    explain.add_argument("--most", type=int, default=12, metavar="N", help=help)


def _card(card: argparse.ArgumentParser) -> None:
    card.add_argument("run", type=Path, metavar="RUN", help="folder of a trained run")
    card.add_argument("--to", type=Path, required=True, metavar="FILE", help=".html or .md")


def _export(export: argparse.ArgumentParser) -> None:
    export.add_argument("run", type=Path, metavar="RUN", help="folder of a run that is done")
    export.add_argument("--format", choices=("saved_model", "onnx"), required=True)
    export.add_argument(
        "--to", type=Path, required=True, metavar="PATH", help="new folder, or file for onnx"
    )


def _purge(purge: argparse.ArgumentParser) -> None:
    help = "what was made longer ago goes"
    purge.add_argument("--older-than", type=duration, required=True, metavar="DAYS", help=help)
    purge.add_argument("--yes", action="store_true", help="delete; without it nothing is deleted")


def _app(app: argparse.ArgumentParser) -> None:
    app.add_argument("--port", type=int, metavar="N", help="to listen on, of this machine only")
    app.add_argument("--no-browser", action="store_true", help="start the server and nothing else")


def _demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("out", type=Path, metavar="OUT.csv")
    demo.add_argument("--users", type=int, default=20_000)
    demo.add_argument("--days", type=int, default=60)
    demo.add_argument("--seed", type=int, default=7)


def duration(text: str) -> int:
    """Days of a duration such as 7d or 2w."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write it like 7d or 4w")
    return int(match[1]) * _DAYS[match[2]]


def pair(text: str) -> tuple[str, str]:
    """Code and name of an action such as 1=view."""
    code, mark, name = text.partition("=")
    if not mark or not code.strip() or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no name for a code; write it like 1=view")
    return code.strip(), name.strip()


def condition(text: str) -> tuple[str, str]:
    """Column and value such as category=shoes."""
    column, mark, value = text.partition("=")
    if not mark or not column or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is no condition; write category=shoes")
    return column, value


def moment(text: str) -> datetime:
    """A naive time in the log's wall clock, such as 2026-11-24 or 2026-11-24T15:00."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; write it like 2026-11-24"
        ) from error
    if time.tzinfo is not None:
        raise argparse.ArgumentTypeError(
            f"{text!r} has a zone; write it in the log's own clock, without one"
        )
    return time
