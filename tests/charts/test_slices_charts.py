import pytest

from deepfm.charts.evaluation import precision_curves
from deepfm.charts.slices import auc_over_time, slice_aucs


def test_a_weak_slice_stands_out_and_the_bars_are_its_interval():
    slices = [
        {"auc": 0.6, "low": 0.55, "high": 0.65, "weak": True, "positives": 50, "examples": 400},
        {"auc": 0.8, "low": 0.77, "high": 0.84, "weak": False, "positives": 90, "examples": 900},
    ]
    chart = slice_aucs(["city: w", "city: <b>x"], slices, 0.79, "en")
    (dots,) = chart.data
    assert dots.marker.symbol == ("diamond", "circle")
    assert dots.error_x.array == pytest.approx([0.05, 0.04])
    assert dots.error_x.arrayminus == pytest.approx([0.05, 0.03])
    assert list(chart.layout.yaxis.ticktext) == ["city: w", "city: &lt;b&gt;x"]
    assert chart.layout.shapes[0].x0 == chart.layout.shapes[0].x1 == 0.79
    assert dots.hovertext[0] == (
        "city: w: AUC 0.600 (95% interval 0.550 to 0.650); 50 of 400 did it"
    )


def test_only_the_weakest_are_drawn(evaluation):
    slices = evaluation["slices"]
    assert len(slices) > 10
    chart = slice_aucs([str(one["value"]) for one in slices], slices, 0.7, "en")
    assert list(chart.data[0].x) == [one["auc"] for one in slices[:10]]


def test_each_part_of_time_has_its_own_marks(evaluation):
    chart = auc_over_time(evaluation, "en")
    found = evaluation["over_time"]
    assert [len(marks.x) for marks in chart.data] == [2, 2, 2]
    assert len({marks.marker.symbol for marks in chart.data}) == 3
    for marks, part in zip(chart.data, ("train", "valid", "test"), strict=True):
        assert list(marks.y) == [one["auc"] for one in found if one["part"] == part]


def test_a_list_in_no_order_has_the_precision_of_the_base_rate(evaluation):
    chart = precision_curves(evaluation, "en")
    assert set(chart.data[0].y) == {evaluation["base_rate"]}
    curves = {trace.name: trace for trace in chart.data[1:]}
    assert len(curves) == len(evaluation["models"])
    for name, points in evaluation["precision"].items():
        if name == "deepfm":
            assert list(curves["DeepFM"].x) == points["recall"]
            assert list(curves["DeepFM"].y) == points["precision"]
    top = max(evaluation["precision"]["trees"]["precision"][10:])
    assert chart.layout.yaxis.range[1] >= top
