"""What another value would make of a score: the same as scoring the changed row itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.prospects.changes import what_would_change
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.words import number_text
from deepfm.runs.run import Run


def _now(run: Run, user: str) -> pd.DataFrame:
    rows = pd.read_parquet(run.examples)
    return rows[(rows["part"] == "now") & (rows["user"] == user)]


def _logit(scorer: Scorer, rows: pd.DataFrame) -> float:
    return float(scorer.model.logit(scorer.fields.encode(rows))[0])


@pytest.mark.parametrize("place", [0, 50, -1])
def test_each_change_is_the_score_of_the_changed_row(done: Run, place: int) -> None:
    listed = pd.read_parquet(done.prospects).iloc[place]
    scorer = Scorer.open(done.folder)
    found = what_would_change(scorer, done.examples, done.words, listed["user"])
    assert found["change"].is_monotonic_decreasing
    assert found["change"].iloc[0] > 0
    rows = _now(done, listed["user"])
    for change in found.itertuples():
        words = done.words[change.field]
        assert words.family not in ("calendar", "profile")
        assert change.other != change.value
        if words.kind == "sparse":
            others = [change.other]
        else:
            field = next(f for f in scorer.fields.dense if f.name == change.field)
            others = [k for k in set(field.knots) if number_text(k) == change.other]
            own = rows[change.field].iloc[0]
            if field.knots[0] <= own <= field.knots[-1]:
                # No two knots lie between the own number and the other one.
                ends = sorted((own, min(others, key=lambda knot: abs(knot - own))))
                assert sum(ends[0] < knot < ends[1] for knot in field.knots) == 0
        logits = [_logit(scorer, rows.assign(**{change.field: other})) for other in others]
        logit = min(logits, key=lambda logit: abs(logit - listed["logit"] - change.change))
        assert change.change == pytest.approx(logit - listed["logit"], abs=1e-6)
        expected = scorer.calibration.probability(np.array([logit]))[0]
        assert change.probability == pytest.approx(expected, abs=1e-9)


def test_pairs_and_rows_are_changed_too(done_pair: Run, done_event: Run) -> None:
    pair = pd.read_parquet(done_pair.prospects).iloc[3]
    scorer = Scorer.open(done_pair.folder)
    found = what_would_change(
        scorer, done_pair.examples, done_pair.words, pair["user"], pair["value"]
    )
    assert np.isfinite(found["change"]).all()
    one = pd.read_parquet(done_event.prospects).iloc[3]
    scorer = Scorer.open(done_event.folder)
    found = what_would_change(scorer, done_event.examples, done_event.words, one["user"])
    assert np.isfinite(found["change"]).all()
    with pytest.raises(InputError, match="not on this list"):
        what_would_change(scorer, done_event.examples, done_event.words, "nobody")
