import numpy as np
import pandas as pd
import pytest

from deepfm.charts.features import distribution

LABEL = pd.Series([1.0] * 4 + [0.0] * 8 + [np.nan] * 3)


def test_numbers_become_two_outlines():
    values = pd.Series([3.0, 3, 2, np.nan] + [0.0, 0, 0, 1, 1, 3, np.nan, np.nan] + [9.0] * 3)
    chart = distribution(values, LABEL, "Carts", "times", "en")
    did, did_not = chart.data
    # The edges lie between the counts; the last share stands at both ends of its bin.
    assert list(did.x) == [-0.5, 0.5, 1.5, 2.5, 3.5]
    assert list(did.y) == [0, 0, 0.25, 0.5, 0.5]
    assert list(did_not.y) == [3 / 8, 2 / 8, 0, 1 / 8, 1 / 8]
    assert (did.name, did_not.name) == ("did it (4)", "did not (8)")
    assert did.line.dash != did_not.line.dash and did.line.shape == "hv"
    assert did.hovertext[3] == "3: 50.0% of those who did it (2 of 4)"
    assert did_not.hovertext[0] == "0: 37.5% of those who did not (3 of 8)"
    assert chart.layout.title.subtitle.text == "Without a value: 25% who did, 25% who did not"
    assert chart.layout.xaxis.title.text == "Value (times)"
    assert distribution(values, LABEL, "Carts", "", "en").layout.xaxis.title.text == "Value"


def test_extreme_numbers_are_gathered_and_said():
    rng = np.random.default_rng(0)
    values = pd.Series(np.append(rng.exponential(5, 999), 1e6))
    label = pd.Series(np.arange(1_000) % 2)
    chart = distribution(values, label, "Days", "days", "en")
    for outline in chart.data:
        assert len(outline.x) == 41 and max(outline.x) < 50
        assert sum(outline.y[:-1]) == pytest.approx(1)
    assert "percentiles 1 and 99" in chart.layout.title.subtitle.text


def test_texts_become_bars():
    values = pd.Series(["x", "x", "y", None] + ["y"] * 6 + [None, "<z>"] + ["w"] * 3, dtype=object)
    chart = distribution(values, LABEL, "Brand", "", "en")
    did, did_not = chart.data
    # "w" is only known of those whose outcome nobody knows.
    assert list(chart.layout.yaxis.ticktext) == ["y", "x", "&lt;z&gt;", "none"]
    assert list(did.x) == [0.25, 0.5, 0, 0.25]
    assert list(did_not.x) == [6 / 8, 0, 1 / 8, 1 / 8]
    assert did.marker.pattern.shape != did_not.marker.pattern.shape
    assert did_not.hovertext[0] == "y: 75.0% of those who did not (6 of 8)"


def test_rare_texts_share_a_bar():
    values = pd.Series([f"v{i:02d}" for i in range(30) for _ in range(31 - i)])
    label = pd.Series(np.arange(len(values)) % 2)
    chart = distribution(values, label, "Item", "", "en")
    names = list(chart.layout.yaxis.ticktext)
    assert names == [f"v{i:02d}" for i in range(12)] + ["other values"]
    assert sum(chart.data[0].x) == pytest.approx(1) and sum(chart.data[1].x) == pytest.approx(1)


def test_a_group_of_nobody():
    chart = distribution(pd.Series([1.0, 2.0]), pd.Series([0, 0]), "Carts", "", "en")
    assert list(chart.data[0].y) == [0, 0, 0]
    assert chart.data[0].name == "did it (0)"


def test_nothing_known():
    values = pd.Series([np.nan, np.nan])
    chart = distribution(values, pd.Series([0.0, 1.0]), "Carts", "", "en")
    assert not chart.data
    assert chart.layout.annotations[0].text == "No example has a value here."
    assert not distribution(values[:0], LABEL[:0], "Carts", "", "en").data
