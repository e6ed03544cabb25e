import json

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.evaluation.metrics import auc
from deepfm.evaluation.report import evaluate
from deepfm.evaluation.verdict import verdict
from deepfm.language import catalogue

SPARSE, DENSE = ("city", "last:item"), ("days_since_last", "count", "never")


@pytest.fixture(scope="module")
def evaluation(frame):
    return evaluate(frame, SPARSE, DENSE, 3.0 * frame["truth"].to_numpy())


def rules(frame, **scores):
    return {"recency": -frame["days_since_last"].fillna(99).to_numpy(), **scores}


def test_it_is_json_with_all_that_was_agreed(evaluation, frame):
    again = json.loads(json.dumps(evaluation))
    assert again == evaluation
    assert evaluation["version"] == 1
    test = frame[frame["part"] == "test"]
    counts = {"examples": 1_200, "positives": int(test["label"].sum())}
    assert evaluation["parts"]["test"] == counts
    assert "now" not in evaluation["parts"]
    assert [model["name"] for model in evaluation["models"]] == [
        "deepfm",
        "recency",
        "logistic",
        "trees",
    ]
    deepfm = evaluation["models"][0]
    assert deepfm["auc"] == auc(test["label"].to_numpy(int), test["truth"].to_numpy())
    assert deepfm["lift"]["10"] == pytest.approx(evaluation["deciles"][0]["lift"])
    assert evaluation["models"][1]["log_loss"] is None


def test_an_overconfident_model_is_calibrated(evaluation):
    """The logit that was handed in is three times the true one."""
    found = evaluation["calibration"]
    assert found["a"] == pytest.approx(1 / 3, rel=0.15)
    assert found["log_loss_after"] < found["log_loss_before"] - 0.1
    assert found["expected"] == pytest.approx(found["observed"], rel=0.1)


def test_the_truth_wins_against_a_rule_and_is_put_in_words(evaluation):
    against = {row["against"]: row for row in evaluation["comparisons"]}
    assert against["recency"]["outcome"] == "wins"
    assert against["recency"]["low"] > 0
    sentences = verdict(evaluation)
    assert sentences[0].text().startswith("Quality: ")
    assert all(sentence.text("zh") != sentence.text("en") for sentence in sentences)


def test_a_model_like_its_baseline_ties_and_a_worse_one_loses(frame):
    truth = frame["truth"].to_numpy()
    noise = np.random.default_rng(0).normal(size=len(frame))
    others = {"logistic": truth + 0.02 * noise, "trees": truth}
    same = evaluate(frame, SPARSE, DENSE, truth, rules(frame, **others))
    assert [row["outcome"] for row in same["comparisons"]][1:] == ["ties", "ties"]
    worse = evaluate(frame, SPARSE, DENSE, truth + 2 * noise, rules(frame, **others))
    assert [row["outcome"] for row in worse["comparisons"]][1:] == ["loses", "loses"]


def test_rows_without_an_outcome_change_nothing(frame, evaluation):
    past = frame[frame["part"] != "now"]
    found = evaluate(past, SPARSE, DENSE, 3.0 * past["truth"].to_numpy())
    for one in (found, evaluation):
        # A rule puts who was never seen behind the longest wait of all rows, those of now too.
        assert one["models"][1].pop("calibration")["a"] > 0
    assert found == evaluation


def test_rows_of_a_log_are_called_rows(frame):
    rows = frame.assign(line=np.arange(len(frame)))
    found = evaluate(rows, SPARSE, DENSE, rows["truth"].to_numpy(), rules(frame))
    assert found["unit"] == "rows"


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_a_part_with_one_outcome_is_refused_in_words(frame, part):
    flat = frame.copy()
    flat.loc[flat["part"] == part, "label"] = 0.0
    with pytest.raises(InputError, match="0 did it and") as error:
        evaluate(flat, SPARSE, DENSE, flat["truth"].to_numpy())
    assert error.value.sentence.template in catalogue("zh")
    with pytest.raises(InputError, match="0 did it and 0 did not"):
        evaluate(flat[flat["part"] != part], SPARSE, DENSE, np.zeros((flat["part"] != part).sum()))


def test_a_model_that_went_astray_is_refused_in_words(frame):
    logit = frame["truth"].to_numpy().copy()
    logit[4_000] = np.nan
    with pytest.raises(InputError, match="no score for 1 of the examples") as error:
        evaluate(frame, SPARSE, DENSE, logit)
    assert error.value.sentence.template in catalogue("zh")
    with pytest.raises(ValueError, match="logits for"):
        evaluate(frame, SPARSE, DENSE, logit[:-1])
