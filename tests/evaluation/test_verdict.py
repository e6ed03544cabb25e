import pytest

from deepfm.evaluation.verdict import MODEL_NAMES, band, quality, verdict
from deepfm.language import catalogue


def comparison(against, difference, outcome):
    return {
        "against": against,
        "difference": difference,
        "low": difference - 0.004,
        "high": difference + 0.004,
        "outcome": outcome,
    }


def evaluation(auc=0.75, lift=3.0, comparisons=(), unit="people"):
    return {
        "unit": unit,
        "base_rate": 0.1,
        "parts": {"test": {"examples": 2_000, "positives": 200}},
        "models": [{"name": "deepfm", "auc": auc, "lift": {"10": lift}}],
        "comparisons": list(comparisons),
        "deciles": [{"decile": 1, "people": 200, "converted": 60, "rate": 0.3, "lift": lift}],
        "calibration": {"expected": 191.6, "observed": 200},
    }


def texts(evaluation):
    return [sentence.text() for sentence in verdict(evaluation)]


@pytest.mark.parametrize(
    ("auc", "lift", "base_rate", "expected"),
    [
        (0.80, 3.0, 0.1, "excellent"),
        (0.80, 1.9, 0.1, "good"),
        (0.79, 5.0, 0.1, "good"),
        (0.65, 1.3, 0.1, "fair"),
        (0.65, 1.1, 0.1, "poor"),
        (0.59, 5.0, 0.1, "poor"),
        # Half of all did it: a lift of 2 is the greatest possible.
        (0.85, 1.7, 0.5, "excellent"),
        (0.85, 1.1, 0.8, "excellent"),
    ],
)
def test_band(auc, lift, base_rate, expected):
    assert band(auc, lift, base_rate) == expected


def test_the_most_important_comes_first():
    found = texts(evaluation(auc=0.7512))
    assert found[0].startswith("Quality: good. Of two people") and "75% of the time" in found[0]
    assert "(200 people) contains 60 of the 200 that did it: 3.0 times" in found[1]
    assert "add up to 192; 200 did it" in found[2]
    assert found[-1].startswith("Next: start at the top of the list")


def test_each_baseline_is_won_tied_or_lost():
    found = texts(
        evaluation(
            comparisons=[
                comparison("recency", 0.1, "wins"),
                comparison("logistic", -0.001, "ties"),
                comparison("trees", -0.012, "loses"),
            ]
        )
    )
    assert "DeepFM wins by 0.100 AUC against the recency rule" in found[2]
    assert "DeepFM ties with logistic regression: the difference of -0.001 AUC" in found[3]
    assert "DeepFM loses by 0.012 AUC against gradient-boosted trees" in found[4]
    assert "(95% interval -0.016 to -0.008)" in found[4]
    assert found[-1].startswith("Next: use the list of gradient-boosted trees")


def test_the_advice_follows_the_result():
    lost = [comparison("logistic", -0.01, "loses"), comparison("trees", -0.02, "loses")]
    assert "the list of gradient-boosted trees" in texts(evaluation(comparisons=lost))[-1]
    tied = [comparison("recency", 0.001, "ties")]
    assert "a simple rule does as well" in texts(evaluation(comparisons=tied))[-1]
    poor = evaluation(auc=0.55, comparisons=lost)
    assert quality(poor) == "poor"
    assert "do not spend money" in texts(poor)[-1]


def test_too_good_is_doubted():
    assert any("too good" in text for text in texts(evaluation(auc=0.99)))
    assert not any("too good" in text for text in texts(evaluation(auc=0.9)))


def test_every_sentence_exists_in_chinese():
    translated = catalogue("zh")
    shown = [
        *(
            sentence
            for auc in (0.5, 0.65, 0.75, 0.99)
            for name in MODEL_NAMES
            for outcome in ("wins", "ties", "loses")
            for sentence in verdict(
                evaluation(auc, 3.0, [comparison(name, 0.01, outcome)], unit="rows")
            )
        ),
        *MODEL_NAMES.values(),
    ]
    for sentence in shown:
        assert sentence.template in translated
        sentence.text("zh")
    assert {"people", "rows"} <= translated.keys()


def test_the_verdict_says_how_sure_it_is():
    known = evaluation()
    assert not any("So sure" in text for text in texts(known))
    known["models"][0]["intervals"] = {"auc": [0.71, 0.79], "lift_10": [2.4, 3.6]}
    (said,) = [text for text in texts(known) if "So sure" in text]
    assert "0.710 to 0.790" in said
    assert "2.4 to 3.6 times a random 10%" in said
