import contextlib
import gc
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from deepfm.errors import InputError
from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import FieldSet
from deepfm.model.deepfm import build_deepfm
from deepfm.model.export import to_scoring
from deepfm.model.settings import ModelSettings
from deepfm.training import checkpoint, loop
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

QUICK = TrainingSettings(
    model=ModelSettings(dim=8, units=(32,)), batch_size=256, epochs=30, learning_rate=3e-3
)
BRIEF = TrainingSettings(model=ModelSettings(dim=4, units=(8,)), epochs=1)


def optimizer_class():
    if keras.backend.backend() == "jax":
        return keras.optimizers.Adam
    from deepfm.training.adam import RowSumAdam

    return RowSumAdam


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
    one, two = train(task, BRIEF)[0], train(task, BRIEF)[0]
    other = train(task, replace(BRIEF, seed=1))[0]
    assert np.array_equal(one.table, two.table)
    assert all(np.array_equal(a, b) for a, b in zip(one.kernels, two.kernels, strict=True))
    assert not np.array_equal(one.table, other.table)


def test_the_out_of_vocabulary_row_is_trained(task):
    first_order = [
        abs(train(task, replace(BRIEF, oov_rate=rate))[0].table[1, -1]) for rate in (0.1, 0.0)
    ]
    assert first_order[0] > 1e-4
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
    with pytest.raises(InputError, match="training part are of one kind"):
        train((frame, encoded, np.zeros_like(label), logit, fields, parts), QUICK)
    only = np.where(np.arange(len(label)) < parts[0].stop, label, 1)
    with pytest.raises(InputError, match="validation part are of one kind"):
        train((frame, encoded, only, logit, fields, parts), QUICK)


def test_a_loss_that_is_no_number_ends_the_training_in_words(task):
    frame, encoded, *rest = task
    broken = Encoded(encoded.ids, np.full_like(encoded.fraction, np.nan))
    with pytest.raises(InputError, match=r"Try a learning rate of 0\.0001"):
        train((frame, broken, *rest), BRIEF)


def test_every_example_is_used_once_an_epoch(task):
    reports, evaluations = [], []
    settings = replace(BRIEF, batch_size=700, evaluations_per_epoch=3, epochs=2)
    _, result = train(task, settings, on_step=reports.append, on_evaluation=evaluations.append)
    assert result.steps == reports[-1].step == reports[-1].steps == 2 * 23  # 16,000 / 700 = 22.9
    assert [evaluation.step for evaluation in evaluations] == [7, 15, 23, 30, 38, 46]
    assert result.stopped == "done"


class KilledError(Exception):
    """Stands for the end of the process."""


def numbers(model):
    return [model.table, *model.kernels, *model.biases, model.fusion, model.bias]


def kill_after(steps):
    def hook(report):
        if report.step >= steps:
            raise KilledError

    return hook


RESUMED = TrainingSettings(
    model=ModelSettings(dim=4, units=(8,), dropout=0.2),
    batch_size=500,
    epochs=3,
    evaluations_per_epoch=3,
    patience=2,
    learning_rate=3e-2,
)


@pytest.mark.parametrize("kill", [1, 5, 11, 32, 33, 50, 90])
def test_an_interrupted_training_ends_with_the_same_weights_bit_by_bit(
    task, tmp_path, kill, monkeypatch
):
    monkeypatch.setattr(checkpoint, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(checkpoint, "_WRITES_APART", 0)
    # Small pieces, so that the end comes between two looks as well.
    monkeypatch.setattr(loop, "_MOST_STEPS_A_REPORT", 3)
    whole, expected = train(task, RESUMED)
    folder = tmp_path / "checkpoint"
    with contextlib.suppress(KilledError):
        train(task, RESUMED, checkpoint=folder, on_step=kill_after(kill))
    steps, looks = [], []
    model, result = train(
        task, RESUMED, checkpoint=folder, on_step=steps.append, on_evaluation=looks.append
    )
    assert (result.best_step, result.best_auc) == (expected.best_step, expected.best_auc)
    assert (result.steps, result.stopped) == (expected.steps, expected.stopped)
    assert all(map(np.array_equal, numbers(model), numbers(whole)))
    if 3 < kill < result.steps:
        assert steps[0].step > 1
    # Once it is at its end there is nothing left to do.
    again, result = train(task, RESUMED, checkpoint=folder, on_step=kill_after(0))
    assert result.stopped == expected.stopped
    assert np.array_equal(again.table, whole.table)


def test_a_training_can_be_made_longer_afterwards(task, tmp_path):
    longer = replace(BRIEF, epochs=3)
    whole, _ = train(task, longer)
    train(task, BRIEF, checkpoint=tmp_path)
    model, result = train(task, longer, checkpoint=tmp_path)
    assert result.stopped == "done"
    assert np.array_equal(model.table, whole.table)


def test_a_checkpoint_of_another_training_is_refused(task, tmp_path):
    train(task, BRIEF, checkpoint=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir())[1:] == ["last.npz"]
    with pytest.raises(InputError, match="of a training with other settings"):
        train(task, replace(BRIEF, learning_rate=1e-4), checkpoint=tmp_path)
    wider = replace(BRIEF, model=replace(BRIEF.model, dim=5))
    with pytest.raises(InputError, match="of a training with other settings"):
        train(task, wider, checkpoint=tmp_path)


def test_a_training_goes_on_with_smaller_batches(task, tmp_path):
    """As where the memory became too small: no example is lost and none is used twice."""
    settings = replace(BRIEF, batch_size=1000, epochs=2, evaluations_per_epoch=2)
    seen, looks = [], []
    train(
        task,
        settings,
        checkpoint=tmp_path,
        on_step=seen.append,
        should_stop=lambda: len(seen) and seen[-1].step >= 3,
    )
    _, result = train(
        task,
        replace(settings, batch_size=500),
        checkpoint=tmp_path,
        on_step=seen.append,
        on_evaluation=looks.append,
    )
    assert result.stopped == "done"
    stopped = next(report.step for report in seen if report.step >= 3)
    assert result.steps == stopped + (2 * 16_000 - 1000 * stopped) // 500
    assert seen[-1].step == seen[-1].steps == result.steps
    assert [look.epoch for look in looks] == [0.5, 1.0, 1.5, 2.0]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"no archive"])
def test_a_broken_checkpoint_is_said_so(task, tmp_path, content):
    train(task, BRIEF, checkpoint=tmp_path)
    (tmp_path / "last.npz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        train(task, BRIEF, checkpoint=tmp_path)


def test_a_training_that_goes_astray_keeps_the_best_before(task):
    """With a rate like this the first steps still lead somewhere."""
    wild = replace(QUICK, learning_rate=1.0, evaluations_per_epoch=50, patience=1000)
    looks = []

    def poison(evaluation):
        looks.append(evaluation)
        if len(looks) == 3:
            for variable in models[0].trainable_variables:
                variable.assign(variable * np.nan)

    models = []
    _, encoded, label, _, fields, (first, second, _) = task
    models.append(build_deepfm(fields.sizes, 1, wild.model))
    parts = (encoded.take(first), label[first], encoded.take(second), label[second])
    result = fit(models[0], *parts, wild, on_evaluation=poison)
    assert result.stopped == "astray"
    assert result.best_auc == max(look.valid_auc for look in looks)
    auc = roc_auc_score(label[second], to_scoring(models[0]).logit(encoded.take(second)))
    assert auc == pytest.approx(result.best_auc, abs=1e-4)


def test_a_trained_model_is_saved_and_loaded_with_its_optimizer(task, tmp_path):
    _, encoded, label, _, fields, (first, second, _) = task
    model = build_deepfm(fields.sizes, 1, BRIEF.model)
    parts = (encoded.take(first), label[first], encoded.take(second), label[second])
    fit(model, *parts, BRIEF)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(again.optimizer, optimizer_class())
    ours, theirs = model.optimizer.variables, again.optimizer.variables
    assert len(ours) > 2
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())


def test_half_precision_is_used_in_the_hidden_layers_and_moves_the_auc_by_little(task):
    _, encoded, label, _, fields, (first, valid, _) = task
    settings = replace(QUICK, epochs=2)
    parts = [encoded.take(first), label[first], encoded.take(valid), label[valid]]
    model, half = (build_deepfm(fields.sizes, 1, settings.model) for _ in range(2))
    fit(model, *parts, settings)
    inputs = {"ids": encoded.ids[valid], "fraction": encoded.fraction[valid]}
    exact = keras.ops.convert_to_numpy(model(inputs))
    with model.deep.in_bfloat16():
        rough = keras.ops.convert_to_numpy(model(inputs))
    assert rough.dtype == exact.dtype == np.float32
    assert 0 < np.abs(rough - exact).max() < 0.05
    difference = roc_auc_score(label[valid], rough) - roc_auc_score(label[valid], exact)
    assert abs(difference) < 0.0005
    assert np.array_equal(keras.ops.convert_to_numpy(model(inputs)), exact)
    fit(half, *parts, replace(settings, mixed_precision=True))
    assert not np.array_equal(to_scoring(half).table, to_scoring(model).table)
    assert {str(variable.dtype) for variable in half.trainable_variables} == {"float32"}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="JAX has no such graphs")
def test_a_training_leaves_no_graph_and_so_no_data_behind(task):
    import tensorflow as tf

    def graphs():
        gc.collect()
        return sum(isinstance(thing, tf.Graph) for thing in gc.get_objects())

    train(task, BRIEF)
    before = graphs()
    train(task, BRIEF)
    assert graphs() <= before
