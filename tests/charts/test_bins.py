import numpy as np
import pytest

from deepfm.charts.bins import make_bins


def test_counts_get_a_bin_each():
    values = np.repeat([0.0, 1.0, 2.0, 5.0], [5, 3, 2, 1])
    bins = make_bins(values)
    assert bins.texts() == ["0", "1", "2", "3", "4", "5"]
    assert bins.count(values).tolist() == [5, 3, 2, 0, 0, 1]
    assert not bins.below and not bins.above


def test_many_counts_share_bins():
    bins = make_bins(np.arange(0.0, 100.0))
    assert len(bins.edges) - 1 <= 40
    assert bins.texts()[:2] == ["≤ 3", "4–6"]
    assert bins.count(np.arange(0.0, 100.0)).sum() == 100


def test_tails_are_gathered_in_the_outer_bins():
    values = np.concatenate([[-1e6], np.linspace(0.1, 9.7, 1_000), [1e6, 2e6]])
    bins = make_bins(values)
    assert len(bins.edges) == 41
    assert 0 < bins.edges[0] < 0.5 and 9 < bins.edges[-1] < 9.7
    assert bins.below and bins.above
    assert bins.texts()[0].startswith("≤ ") and bins.texts()[-1].startswith("≥ ")
    assert bins.count(values).sum() == len(values)


@pytest.mark.parametrize("value", [0.0, 7.0, 0.25, -3.5])
def test_one_value_for_all(value):
    bins = make_bins(np.full(5, value))
    assert bins.count(np.full(5, value)).sum() == 5
    assert bins.edges[0] < value < bins.edges[-1]


def test_a_rare_other_value_is_still_seen():
    """Here both percentiles are 0."""
    values = np.append(np.zeros(1_000), 3.0)
    assert make_bins(values).count(values).tolist() == [1_000, 0, 0, 1]
