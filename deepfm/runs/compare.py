"""Runs measured on the same test users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.evaluation.bootstrap import MOST_ROWS, Interval, interval, resample
from deepfm.evaluation.metrics import Labels, auc
from deepfm.evaluation.report import TIE
from deepfm.language import Sentence
from deepfm.log.closed import closed
from deepfm.model.scoring import Floats
from deepfm.prospects.scorer import Scorer
from deepfm.runs.run import Run

_KEYS = ("user", "snapshot", "value", "line")


@dataclass(frozen=True)
class Compared:
    """One run on the rows that all have in common.

    Attributes:
        run: its id.
        auc: of DeepFM.
        range: the 95 % interval of it.
        difference: of the AUC to that of the first run; 0 for the first itself.
        difference_range: the 95 % interval of that, on the same draws of users.
    """

    run: str
    auc: float
    range: Interval
    difference: float
    difference_range: Interval


@dataclass(frozen=True)
class Comparison:
    """Several runs on the same rows.

    Attributes:
        rows: how many test rows they have in common; of many a part is measured.
        positives: of those, with label 1.
        runs: in the order in which they were given.
    """

    rows: int
    positives: int
    runs: tuple[Compared, ...]


def compare_runs(runs: Sequence[Run]) -> Comparison:
    """Measure runs on the test rows that all of them have, with the same outcome.

    Args:
        runs: two or more that are done.

    Raises:
        InputError: a run has no test part, or they have too little in common.
    """
    rows = _common(runs)
    label = rows["label"].to_numpy(np.int64)
    if len(np.unique(label)) < 2:
        raise InputError(
            "The runs have {rows} test rows in common, too few to compare them. Their AUCs are of "
            "different people or moments.",
            rows=len(rows),
        )
    logits = {run.id: _logit(run, rows) for run in runs}
    return _measure(rows["user"].to_numpy(object), label, logits)


def _measure(user: NDArray[np.object_], label: Labels, logits: dict[str, Floats]) -> Comparison:
    draws = {name: found["auc"] for name, found in resample(label, logits, user).items()}
    first = next(iter(logits))
    compared = tuple(
        Compared(
            name,
            auc(label, logit),
            interval(draws[name]),
            auc(label, logit) - auc(label, logits[first]),
            interval(draws[name] - draws[first]),
        )
        for name, logit in logits.items()
    )
    return Comparison(len(label), int(label.sum()), compared)


def comparison_sentences(found: Comparison, names: Sequence[str]) -> list[Sentence]:
    """What ``compare_runs`` found, in plain words; ``names`` are what the runs are called."""
    sentences = [
        Sentence(
            "Measured on the same {rows:,} test rows, of which {positives:,} did it.",
            rows=found.rows,
            positives=found.positives,
        )
    ]
    others = zip(names[1:], found.runs[1:], strict=True)
    return [*sentences, *(_difference(name, names[0], run) for name, run in others)]


def _difference(name: str, first: str, run: Compared) -> Sentence:
    low, high = run.difference_range
    values: dict[str, Any] = {
        "run": name,
        "first": first,
        "difference": abs(run.difference),
        "low": low,
        "high": high,
    }
    if abs(run.difference) <= TIE or low <= 0 <= high:
        return Sentence(
            "{run} and {first} are as good as each other: the difference of {difference:.3f} AUC "
            "is too small or too uncertain to count (95% interval {low:+.3f} to {high:+.3f}).",
            **values,
        )
    if run.difference > 0:
        return Sentence(
            "{run} is better than {first} by {difference:.3f} AUC (95% interval {low:+.3f} to "
            "{high:+.3f}).",
            **values,
        )
    return Sentence(
        "{run} is worse than {first} by {difference:.3f} AUC (95% interval {low:+.3f} to "
        "{high:+.3f}).",
        **values,
    )


def _common(runs: Sequence[Run]) -> pd.DataFrame:
    """The keys and the label of the test rows that all runs have; of many those of some users."""
    tables = [_test_keys(run) for run in runs]
    keys = list(tables[0].columns)
    if any(list(table.columns) != keys for table in tables):
        raise InputError(
            "These runs ask of different things: of users, of pairs or of rows. Compare runs of "
            "one kind of question."
        )
    common = tables[0]
    for table in tables[1:]:
        common = common.merge(table, on=keys)
    if len(common) > MOST_ROWS:
        place = pd.util.hash_pandas_object(common["user"], index=False) / 2**64
        common = common[place < MOST_ROWS / len(common)]
    return common.reset_index(drop=True)


def _test_keys(run: Run) -> pd.DataFrame:
    with closed(run.examples) as connection:
        columns = connection.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(run.examples)])
        there = {column[0] for column in columns.description or ()}
        keys = ", ".join(f'"{key}"' for key in _KEYS if key in there)
        query = f"SELECT {keys}, label FROM read_parquet(?) WHERE part = 'test'"
        table = connection.execute(query, [str(run.examples)]).df()
    if table.empty:
        raise InputError(
            "The run {run} has no test part: it lists a later log with the model of another run. "
            "Compare that one.",
            run=run.id,
        )
    return table


def _logit(run: Run, rows: pd.DataFrame) -> Floats:
    """The logit of each row ``[n]``."""
    scorer = Scorer.open(run.folder)
    keys = [key for key in _KEYS if key in rows.columns]
    names = [name for name in scorer.fields.names if name not in keys]
    examples = pd.read_parquet(
        run.examples, columns=[*keys, *names], filters=[("part", "==", "test")]
    )
    found = rows[keys].merge(examples, on=keys, how="left")
    return scorer.model.logit(scorer.fields.encode(found))
