import numpy as np
import pytest

from deepfm.charts.interaction_map import interaction_map

LABELS = ["a", "b", "c", "d"]


@pytest.fixture
def matrix():
    """``c`` interacts most, then ``a``, then ``d``, then ``b``."""
    found = np.zeros((4, 4))
    for i, j, value in ((2, 0, 0.5), (2, 3, -0.4), (0, 3, 0.02), (1, 2, 0.01)):
        found[i, j] = found[j, i] = value
    return found


def test_the_most_active_fields_come_first(matrix):
    chart = interaction_map(LABELS, matrix, 3, "en")
    assert list(chart.layout.yaxis.ticktext) == ["1 c", "2 a", "3 d"]
    assert list(chart.layout.xaxis.ticktext) == ["1", "2", "3"]
    shown = np.array(chart.data[0].z)
    assert np.isnan(np.diag(shown)).all()
    off = ~np.eye(3, dtype=bool)
    assert shown[off].tolist() == [0.5, -0.4, 0.5, 0.02, -0.4, 0.02]
    assert (shown[off] == shown.T[off]).all()


def test_the_scale_is_centred_at_zero(matrix):
    heat = interaction_map(LABELS, matrix, 4, "en").data[0]
    assert heat.zmin == -heat.zmax == -0.5 and heat.zmid == 0


def test_strong_cells_bear_their_sign(matrix):
    signs = interaction_map(LABELS, matrix, 4, "en").data[1]
    places = zip(signs.y, signs.x, strict=True)
    found = dict(zip(places, signs.text, strict=True))
    assert found == {(0, 1): "+", (1, 0): "+", (0, 2): "−", (2, 0): "−"}


def test_the_diagonal_does_not_count(matrix):
    matrix[1, 1] = 99.0
    chart = interaction_map(LABELS, matrix, 4, "en")
    assert chart.layout.yaxis.ticktext[-1] == "4 b"
    assert chart.data[0].zmax == 0.5


def test_the_hover_names_both_fields(matrix):
    assert interaction_map(LABELS, matrix, 4, "en").data[0].hovertext[0][2] == "c with d: -0.400"


def test_no_more_than_a_thousand_cells():
    many = np.ones((50, 50))
    chart = interaction_map([f"f{i}" for i in range(50)], many, 50, "en")
    assert np.array(chart.data[0].z).size <= 1_000


def test_one_field_has_no_pair():
    assert not interaction_map(["a"], np.zeros((1, 1)), 5, "en").data


def test_fields_that_never_interact():
    chart = interaction_map(LABELS, np.zeros((4, 4)), 4, "en")
    assert chart.data[0].zmax > 0 and not len(chart.data[1].x)
