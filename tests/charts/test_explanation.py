import numpy as np
import pytest

from deepfm.charts.explanation import importance, parts


def test_the_parts_of_the_strongest_fields(contributions):
    chart = parts(contributions, 3, "en")
    first, interaction, deep, total = chart.data
    assert list(chart.layout.yaxis.ticktext) == ["recent", "count", "city"]
    assert list(first.x) == [0.5, -0.2, 0.1]
    assert list(interaction.x) == [0.3, -0.5, 0.1]
    assert list(deep.x) == [0.1, 0.1, 0.1]
    assert list(total.x) == pytest.approx([0.9, -0.6, 0.3])
    assert chart.layout.barmode == "relative"
    assert len({bar.marker.pattern.shape for bar in chart.data[:3]}) == 3
    assert interaction.hovertext[1] == "count, Interactions: -0.500"


def test_fields_of_one_name_stay_apart(contributions):
    chart = parts(contributions.assign(label="same"), 5, "en")
    assert list(chart.data[0].y) == [0, 1, 2, 3, 4]


def test_importance_is_sorted():
    chart = importance(["a", "b", "c"], np.array([0.1, 0.5, 0.3]), 2, "en")
    assert list(chart.data[0].x) == [0.5, 0.3]
    assert list(chart.layout.yaxis.ticktext) == ["b", "c"]
    assert chart.data[0].hovertext[0].startswith("b: moves the log-odds by 0.500")


def test_no_fields_at_all(contributions):
    assert not parts(contributions.iloc[:0], 3, "en").data
    assert not importance([], np.zeros(0), 3, "en").data
