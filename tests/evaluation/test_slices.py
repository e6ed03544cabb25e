import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from deepfm.evaluation.metrics import auc, precision_points
from deepfm.evaluation.slices import LEAST_OF_A_KIND, MOST_VALUES, auc_error, over_time, slices


@pytest.fixture(scope="module")
def examples():
    """The score is right everywhere but in the city w, where it is a coin."""
    rng = np.random.default_rng(0)
    n = 12_000
    truth = rng.normal(-1, 1.5, n)
    frame = pd.DataFrame(
        {
            "user": [f"u{i}" for i in rng.integers(0, 6_000, n)],
            "part": np.repeat(["train", "valid", "test", "now"], n // 4),
            "snapshot": pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(n) // 1_500, "D"),
            "label": (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(float),
            "city": rng.choice(["x", "y", "w", None], n, p=[0.5, 0.3, 0.15, 0.05]),
            "item": [f"i{i}" for i in rng.integers(0, 40, n)],
        }
    )
    frame.loc[frame["part"] == "now", "label"] = np.nan
    return frame, np.where(frame["city"] == "w", rng.normal(size=n), truth)


def test_each_slice_is_the_auc_of_its_own_rows(examples):
    frame, score = examples
    found = slices(frame, ["city", "item"], score)
    test = (frame["part"] == "test").to_numpy()
    trained = frame["user"].isin(frame.loc[frame["part"] == "train", "user"]).to_numpy()
    for one in found:
        if one["field"] is None:
            inside = trained if one["value"] == "known" else ~trained
        else:
            column = frame[one["field"]]
            inside = column.isna() if one["value"] is None else column == one["value"]
        rows = test & np.asarray(inside)
        label = frame.loc[rows, "label"]
        assert one["auc"] == roc_auc_score(label, score[rows])
        assert (one["examples"], one["positives"]) == (rows.sum(), label.sum())
        assert min(label.sum(), (1 - label).sum()) >= LEAST_OF_A_KIND
        assert one["low"] < one["auc"] < one["high"]
    order = [(not one["weak"], one["auc"]) for one in found]
    assert order == sorted(order)
    assert sum(one["field"] == "item" for one in found) <= MOST_VALUES
    assert {one["value"] for one in found if one["field"] is None} == {"new", "known"}


def test_only_the_slice_that_is_weak_is_called_so(examples):
    frame, score = examples
    found = slices(frame, ["city", "item"], score)
    assert [(one["field"], one["value"]) for one in found if one["weak"]] == [("city", "w")]


def test_a_field_with_one_value_says_nothing(examples):
    frame, score = examples
    found = slices(frame.assign(city="x"), ["city"], score)
    assert {one["field"] for one in found} == {None}


def test_the_error_is_that_of_many_samples():
    rng = np.random.default_rng(1)
    areas = []
    for _ in range(400):
        score = np.concatenate([rng.exponential(2.0, 60), rng.exponential(1.0, 200)])
        areas.append(auc(np.repeat([1, 0], [60, 200]), score))
    # For exponential scores the formula is exact.
    assert auc_error(float(np.mean(areas)), 60, 200) == pytest.approx(np.std(areas), rel=0.12)


def test_every_snapshot_is_measured_by_itself(examples):
    frame, score = examples
    found = over_time(frame, score)
    assert [one["part"] for one in found] == ["train"] * 2 + ["valid"] * 2 + ["test"] * 2
    for one in found:
        rows = (frame["snapshot"] == pd.Timestamp(one["snapshot"])).to_numpy()
        assert one["auc"] == roc_auc_score(frame.loc[rows, "label"], score[rows])


def test_rows_are_measured_by_weeks(examples):
    frame, score = examples
    found = over_time(frame.assign(line=np.arange(len(frame))), score)
    assert [one["snapshot"][:10] for one in found][:1] == ["2024-12-30"]
    assert sum(one["examples"] for one in found) == 9_000


def test_the_precision_curve_is_that_of_the_list():
    rng = np.random.default_rng(2)
    score = rng.normal(size=3_000)
    label = (rng.random(3_000) < 1 / (1 + np.exp(2 - score))).astype(int)
    found = precision_points(label, score)
    assert len(found["recall"]) == len(found["precision"]) <= 201
    assert found["recall"][-1] == 1.0
    ranked = label[np.argsort(-score)]
    for recall, precision in list(zip(*found.values(), strict=True))[1:]:
        people = int(np.searchsorted(np.cumsum(ranked), round(recall * label.sum()))) + 1
        assert precision == pytest.approx(ranked[:people].mean())
