import pytest

from deepfm.charts.evaluation import model_comparison, roc_curves


def test_every_model_has_its_auc(evaluation):
    chart = model_comparison(evaluation, "en")
    assert [dot.x[0] for dot in chart.data] == [model["auc"] for model in evaluation["models"]]
    assert [dot.y[0] for dot in chart.data] == [0, 1, 2, 3]
    assert chart.layout.yaxis.ticktext[0] == "DeepFM"
    # DeepFM stands on top, so the axis runs downwards.
    assert chart.layout.yaxis.range[0] > chart.layout.yaxis.range[1]
    assert chart.data[0].marker.symbol != chart.data[1].marker.symbol


def test_the_bar_is_the_interval_of_the_difference(evaluation):
    chart = model_comparison(evaluation, "en")
    deepfm = evaluation["models"][0]["auc"]
    assert chart.data[0].error_x.array is None
    for dot, comparison in zip(chart.data[1:], evaluation["comparisons"], strict=True):
        high = dot.x[0] + dot.error_x.array[0]
        low = dot.x[0] - dot.error_x.arrayminus[0]
        assert high == pytest.approx(deepfm - comparison["low"])
        assert low == pytest.approx(deepfm - comparison["high"])
        # It meets DeepFM's line exactly where the difference may be 0.
        assert (low <= deepfm <= high) == (comparison["low"] <= 0 <= comparison["high"])
    line = chart.layout.shapes[0]
    assert line.x0 == line.x1 == deepfm


def test_the_hover_says_who_is_better(evaluation):
    text = model_comparison(evaluation, "en").data[3].hovertext[0]
    found = evaluation["comparisons"][2]
    assert text.startswith("Gradient-boosted trees: AUC 0.")
    assert f"DeepFM minus this: {found['difference']:+.3f} (95% interval" in text


def test_roc_curves_are_those_of_the_document(evaluation):
    curves = {trace.name: trace for trace in roc_curves(evaluation, "en").data}
    assert set(curves) == {
        "DeepFM",
        "The recency rule",
        "Logistic regression",
        "Gradient-boosted trees",
        "Random order",
    }
    ours = evaluation["roc"]["deepfm"]
    assert list(curves["DeepFM"].x) == ours["fpr"] and list(curves["DeepFM"].y) == ours["tpr"]
    dashes = [trace.line.dash for trace in curves.values()]
    assert len(set(dashes)) == len(dashes)
