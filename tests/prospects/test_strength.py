from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.explanation.pairs import interactions
from deepfm.prospects.score import PARTS
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.strength import field_strength, pair_strength, strongest_pairs
from deepfm.runs.run import Run


@pytest.mark.parametrize("name", ["done", "done_sum"])
def test_strength_is_the_mean_absolute_contribution_of_each_field(
    name: str, request: pytest.FixtureRequest
) -> None:
    run: Run = request.getfixturevalue(name)
    fields = list(Scorer.open(run.folder).fields.names)
    table = pd.read_parquet(run.contributions)
    strength = field_strength(run.contributions)
    assert set(strength.index) == set(fields)
    expected = table[[f"total:{field}" for field in fields]].abs().mean().set_axis(fields)
    pd.testing.assert_series_equal(strength.sort_index(), expected.sort_index(), check_dtype=False)
    assert strength.is_monotonic_decreasing
    assert strength.iloc[0] > strength.iloc[-1]


def test_only_totals_count_whatever_the_fields_are_called(tmp_path: Path) -> None:
    """An action called "deep" gives rise to the feature since:deep."""
    fields = {"since:deep": [0.5, -0.25], "hour": [1.0, -3.0], 'quo"te:first': [0.0, 0.0]}
    columns = {
        "user": ["a", "b"],
        "base": [-1.0, -1.0],
        "logit": [9.0, 9.0],
        "residual": [9.0, 9.0],
    }
    for name, values in fields.items():
        columns[f"total:{name}"] = values
        columns |= {f"{part}:{name}": [50.0, 60.0] for part in PARTS[1:]}
    pd.DataFrame(columns).to_parquet(tmp_path / "contributions.parquet")
    strength = field_strength(tmp_path / "contributions.parquet")
    assert list(strength.items()) == [("hour", 2.0), ("since:deep", 0.375), ('quo"te:first', 0.0)]


def test_a_file_of_an_older_version_is_refused_in_words(tmp_path: Path) -> None:
    old = {"user": ["a"], "base": [0.0], "logit": [1.0], "hour": [1.0], "hour:deep": [1.0]}
    pd.DataFrame(old).to_parquet(tmp_path / "contributions.parquet")
    with pytest.raises(InputError, match="Train it again"):
        field_strength(tmp_path / "contributions.parquet")


def test_pairs_are_measured_on_the_test_examples(done_sum: Run) -> None:
    scorer = Scorer.open(done_sum.folder)
    frame = pd.read_parquet(done_sum.examples, filters=[("part", "==", "test")])
    # A part this small is looked at as a whole.
    assert len(frame) < 2_000
    each = interactions(scorer.model, scorer.fields.encode(frame), scorer.typical)
    strength = pair_strength(scorer, done_sum.examples)
    np.testing.assert_allclose(strength, np.abs(each).mean(axis=0))
    pairs = strongest_pairs(strength)
    fields = len(scorer.fields.names)
    assert len(pairs) == len({(i, j) for i, j, _ in pairs}) == fields * (fields - 1) // 2
    assert all(value == strength[i, j] for i, j, value in pairs)
    assert pairs == sorted(pairs, key=lambda pair: -pair[2])
