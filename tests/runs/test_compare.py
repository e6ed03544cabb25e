"""Runs on the same test users, against scikit-learn on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from deepfm.errors import InputError
from deepfm.evaluation.bootstrap import Interval
from deepfm.language import catalogue
from deepfm.log.log import Log
from deepfm.prospects.scorer import Scorer
from deepfm.runs.compare import compare_runs, comparison_sentences
from deepfm.runs.later import later_run
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run


def _auc(run: Run, users: pd.Series | None = None) -> float:
    rows = pd.read_parquet(run.examples, filters=[("part", "==", "test")])
    rows = rows if users is None else rows[rows["user"].isin(users)]
    scorer = Scorer.open(run.folder)
    logit = scorer.model.logit(scorer.fields.encode(rows))
    return float(roc_auc_score(rows["label"], logit))


def test_two_runs_of_one_question_are_measured_on_all_their_test_users(
    done: Run, done_sum: Run
) -> None:
    found = compare_runs([done, done_sum])
    assert found.rows == done.evaluation()["parts"]["test"]["examples"]
    assert found.positives == done.evaluation()["parts"]["test"]["positives"]
    first, second = found.runs
    assert (first.run, second.run) == (done.id, done_sum.id)
    assert first.auc == pytest.approx(_auc(done), abs=1e-9)
    assert second.auc == pytest.approx(_auc(done_sum), abs=1e-9)
    assert second.difference == pytest.approx(second.auc - first.auc)
    low, high = second.difference_range
    assert low < second.difference < high
    # Paired: the difference is far more certain than either AUC.
    assert high - low < 0.8 * (second.range.high - second.range.low)
    assert first.difference_range == (0.0, 0.0)
    for difference, words in ((0.001, "as good as"), (0.2, "is better"), (-0.2, "is worse")):
        sure = (difference - 0.01, difference + 0.01)
        other = replace(second, difference=difference, difference_range=Interval(*sure))
        _, sentence = comparison_sentences(replace(found, runs=(first, other)), ["A", "B"])
        assert words in sentence.text()
        assert sentence.template in catalogue("zh")


def test_only_rows_with_the_same_outcome_are_in_common(
    done: Run, done_sum: Run, tmp_path: Path
) -> None:
    rows = pd.read_parquet(done_sum.examples)
    changed = rows["part"].eq("test") & (np.arange(len(rows)) % 3 == 0)
    rows.loc[changed, "label"] = 1 - rows.loc[changed, "label"]
    copy = Run(tmp_path / done_sum.id)
    copy.folder.mkdir()
    for path in done_sum.folder.glob("*.*"):
        (copy.folder / path.name).write_bytes(path.read_bytes())
    rows.to_parquet(copy.examples)
    found = compare_runs([done, copy])
    kept = rows[rows["part"].eq("test") & ~changed]["user"]
    assert found.rows == len(kept)
    assert found.runs[0].auc == pytest.approx(_auc(done, kept), abs=1e-9)


def test_runs_that_cannot_be_compared_are_refused_in_words(
    done: Run, done_pair: Run, log: Log, home: Path, wait_for: Callable
) -> None:
    later = later_run(done, log)
    start_worker(later.folder)
    assert wait_for(later, lambda status: not status.active).state == "done"
    for other, words in ((done_pair, "different things"), (later, "no test part")):
        with pytest.raises(InputError, match=words) as error:
            compare_runs([done, other])
        assert error.value.sentence.template in catalogue("zh")
