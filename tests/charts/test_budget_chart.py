import numpy as np
import pytest

from deepfm.charts.budget import profit_by_size
from deepfm.prospects.budget import best_size, campaign, profit_curve

LIST = np.linspace(0.5, 0.0, 3_000)


def test_the_best_and_the_chosen_number_lie_on_the_curve():
    curve = profit_curve(LIST, 1.0, 5.0)
    best = best_size(LIST, 1.0, 5.0)
    chart = profit_by_size(curve, best, 777, "en")
    points = {trace.name: trace for trace in chart.data if trace.name}
    for name, people in (("The best number", best), ("Chosen", 777)):
        assert list(points[name].x) == [people]
        expected = campaign(LIST, people, 1.0, 5.0).profit
        assert points[name].y[0] == pytest.approx(expected, rel=1e-3)
    line = chart.data[2]
    assert max(line.y) <= points["The best number"].y[0] + 1e-6
    low, high = chart.data[0], chart.data[1]
    assert high.fill == "tonexty"
    assert all(np.less_equal(low.y, line.y)) and all(np.less_equal(line.y, high.y))
