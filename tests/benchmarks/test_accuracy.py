import pandas as pd
import pytest

from benchmarks.accuracy import check
from benchmarks.recipe import Recipe, bars


def rows(**auc):
    return pd.DataFrame([{"data": "d", "model": name, "auc": value} for name, value in auc.items()])


@pytest.mark.parametrize(("ours", "failed"), [(0.8000, 0), (0.7996, 0), (0.7994, 1), (0.7000, 1)])
def test_the_gate_is_the_better_peer_less_the_tolerance(ours, failed, capsys):
    assert check(rows(deepfm=ours, fuxictr=0.8, deepctr_torch=0.7)) == failed
    assert ("FAILED" in capsys.readouterr().out) == bool(failed)


def test_a_tree_that_wins_is_named(capsys):
    assert check(rows(deepfm=0.8, fuxictr=0.79, deepctr_torch=0.7, lightgbm=0.9)) == 0
    assert "lightgbm is better than deepfm, by 0.10000 AUC" in capsys.readouterr().out


def test_without_a_peer_nothing_is_claimed(capsys):
    assert check(rows(deepfm=0.1, fuxictr=0.8)) == 0
    assert "not checked" in capsys.readouterr().out


def test_l2_is_the_same_in_our_settings_and_in_a_step():
    for recipe in (Recipe(), bars(0.05, 0.2)):
        assert recipe.settings(2_000, 0).l2 / 2_000 == pytest.approx(recipe.step_l2(2_000))
