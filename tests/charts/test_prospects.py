import numpy as np
import pytest

from deepfm.charts.prospects import probability_histogram


def test_everyone_is_counted():
    probabilities = np.random.default_rng(0).beta(1, 20, 5_000)
    chart = probability_histogram(probabilities, "en")
    bars = chart.data[0]
    assert len(bars.y) == 40 and sum(bars.y) == 5_000
    assert list(bars.y) == np.histogram(probabilities, 40, (0, probabilities.max()))[0].tolist()
    assert bars.x[0] == pytest.approx(probabilities.max() / 80)
    assert chart.layout.title.subtitle.text == (
        f"5,000 people; about {probabilities.sum():.0f} of them will do it"
    )
    assert bars.hovertext[0].endswith(f"{bars.y[0]:,} people")


def test_one_probability_for_all():
    chart = probability_histogram(np.full(7, 0.3), "en")
    assert sum(chart.data[0].y) == 7 and chart.layout.xaxis.range == (0, 0.3)


def test_an_empty_list():
    chart = probability_histogram(np.zeros(0), "en")
    assert not chart.data and chart.layout.annotations[0].text == "The list is empty."
