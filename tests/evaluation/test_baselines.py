import numpy as np
import pandas as pd
import pytest

from deepfm.evaluation import baselines
from deepfm.evaluation.metrics import auc

SPARSE, DENSE = ("city", "last:item"), ("days_since_last", "count", "never")
LEARNERS = [baselines.logistic_regression, baselines.gradient_boosted_trees]


def area(frame, score):
    test = (frame["part"] == "test").to_numpy()
    return auc(frame.loc[test, "label"].to_numpy(int), np.asarray(score)[test])


@pytest.mark.parametrize("learner", LEARNERS)
def test_it_comes_close_to_the_truth_on_people_it_has_not_seen(frame, learner):
    score = learner(frame, SPARSE, DENSE)
    assert area(frame, score) > area(frame, frame["truth"]) - 0.03
    assert area(frame, score) > area(frame, baselines.recency_rule(frame)) + 0.03


@pytest.mark.parametrize("learner", LEARNERS)
def test_all_but_training_rows_get_a_score(frame, learner):
    known = np.isfinite(learner(frame, SPARSE, DENSE))
    assert np.array_equal(known, (frame["part"] != "train").to_numpy())


@pytest.mark.parametrize("learner", LEARNERS)
def test_labels_of_the_test_part_have_no_influence(frame, learner):
    other = frame.copy()
    test = other["part"] == "test"
    other.loc[test, "label"] = 1 - other.loc[test, "label"]
    ours, theirs = (learner(f, SPARSE, DENSE) for f in (frame, other))
    assert np.array_equal(ours, theirs, equal_nan=True)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize(("sparse", "dense"), [(SPARSE, ()), ((), DENSE)])
def test_one_kind_of_field_alone_will_do(frame, learner, sparse, dense):
    assert area(frame, learner(frame, sparse, dense)) > 0.55


def test_trees_join_the_rare_of_very_many_values(frame):
    rng = np.random.default_rng(0)
    many = frame.assign(city=rng.integers(0, 600, len(frame)).astype(str))
    score = baselines.gradient_boosted_trees(many, SPARSE, DENSE)
    assert area(many, score) > 0.7


def test_recency_puts_the_latest_first_and_the_unknown_last():
    rows = pd.DataFrame({"days_since_last": [3.0, np.nan, 0.5, 40.0]})
    assert np.argsort(-baselines.recency_rule(rows)).tolist() == [2, 0, 3, 1]


def test_habit_is_the_own_rate_in_training_drawn_to_that_of_all():
    rows = pd.DataFrame(
        {
            "user": ["a"] * 60 + ["b"] * 60 + ["a", "b", "stranger"],
            "part": ["train"] * 120 + ["test"] * 3,
            "label": [1.0] * 60 + [0.0] * 60 + [0.0, 1.0, 1.0],
        }
    )
    found = baselines.habit_rule(rows)[-3:]
    assert found == pytest.approx([70 / 80, 10 / 80, 0.5])


def test_without_recency_the_rule_is_the_habit(frame):
    rows = frame.drop(columns="days_since_last")
    assert list(baselines.baseline_scores(rows, SPARSE, ("count",))) == [
        "habit",
        "logistic",
        "trees",
    ]


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("number", [1e308, -1e308, np.inf, 1e-320])
def test_numbers_that_overflow_do_not_end_it(frame, learner, number):
    poisoned = frame.copy()
    poisoned.loc[poisoned.index[::50], "count"] = number
    scores = learner(poisoned, SPARSE, DENSE)
    assert np.isfinite(scores[(poisoned["part"] != "train").to_numpy()]).all()
