import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from deepfm.errors import InputError
from deepfm.fields.fields import FieldSet
from deepfm.model.deepfm import build_deepfm
from deepfm.model.export import to_scoring
from deepfm.model.settings import ModelSettings
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

QUICK = TrainingSettings(
    model=ModelSettings(dim=8, units=(32,)), batch_size=256, epochs=30, learning_rate=3e-3
)


@pytest.fixture(scope="module")
def task():
    """A hump in a number, a pair of ids that only counts together, and noise."""
    rng = np.random.default_rng(0)
    n = 24_000
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "a": rng.integers(0, 6, n).astype(str),
            "b": rng.integers(0, 6, n).astype(str),
            "noise": rng.integers(0, 50, n).astype(str),
        }
    )
    logit = -2.2 + 1.5 * np.exp(-4 * frame.x**2) + 1.8 * (frame.a == frame.b)
    label = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(np.int8)
    train, valid, test = slice(0, 16_000), slice(16_000, 20_000), slice(20_000, n)
    fields = FieldSet.fit(frame[train], ["a", "b", "noise"], ["x"])
    encoded = fields.encode(frame)
    return frame, encoded, label, logit, fields, (train, valid, test)


def train(task, settings, **hooks):
    _, encoded, label, _, fields, (first, second, _) = task
    model = build_deepfm(fields.sizes, 1, settings.model, settings.seed)
    result = fit(
        model,
        encoded.take(first),
        label[first],
        encoded.take(second),
        label[second],
        settings,
        **hooks,
    )
    return to_scoring(model), result


def test_it_comes_close_to_the_best_possible(task):
    frame, encoded, label, logit, _, (first, _, last) = task
    evaluations = []
    model, result = train(task, QUICK, on_evaluation=evaluations.append)
    scores = model.logit(encoded.take(last))
    ours = roc_auc_score(label[last], scores)
    possible = roc_auc_score(label[last], logit[last])
    columns = frame.apply(pd.to_numeric)
    trees = HistGradientBoostingClassifier(categorical_features=["a", "b", "noise"])
    trees.fit(columns[first], label[first])
    rival = roc_auc_score(label[last], trees.predict_proba(columns[last])[:, 1])
    assert ours > possible - 0.015
    assert ours > rival - 0.005
    best = max(evaluations, key=lambda evaluation: evaluation.valid_auc)
    assert (result.best_step, result.best_auc) == (best.step, best.valid_auc)
    assert result.stopped == "early"
    assert evaluations[-1].learning_rate < QUICK.learning_rate


def test_the_same_seed_gives_the_same_weights_bit_by_bit(task):
    brief = TrainingSettings(model=ModelSettings(dim=4, units=(8,)), epochs=1)
    one, two = train(task, brief)[0], train(task, brief)[0]
    other = train(task, TrainingSettings(model=brief.model, epochs=1, seed=1))[0]
    assert np.array_equal(one.table, two.table)
    assert all(np.array_equal(a, b) for a, b in zip(one.kernels, two.kernels, strict=True))
    assert not np.array_equal(one.table, other.table)


def test_the_out_of_vocabulary_row_is_trained(task):
    brief = TrainingSettings(model=ModelSettings(dim=4, units=()), epochs=1, oov_rate=0.1)
    untrained = TrainingSettings(model=ModelSettings(dim=4, units=()), epochs=1, oov_rate=0.0)
    first_order = [abs(train(task, s)[0].table[1, -1]) for s in (brief, untrained)]
    assert first_order[0] > 0.01
    assert first_order[1] == 0


def test_a_stop_keeps_the_best_weights(task):
    steps = []
    _, encoded, label, _, _, (_, second, _) = task
    model, result = train(
        task,
        QUICK,
        on_step=lambda report: steps.append(report.step),
        should_stop=lambda: len(steps) >= 5,
    )
    assert result.stopped == "user"
    assert result.steps == steps[-1]
    assert len(steps) == 5
    auc = roc_auc_score(label[second], model.logit(encoded.take(second)))
    assert auc == pytest.approx(result.best_auc, abs=1e-4)


def test_one_kind_of_example_is_refused(task):
    frame, encoded, label, logit, fields, parts = task
    with pytest.raises(InputError, match="one kind"):
        train((frame, encoded, np.zeros_like(label), logit, fields, parts), QUICK)
