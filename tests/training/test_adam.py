"""The optimizer against NumPy, on batches in which ids repeat."""

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("on other backends the stock optimizer is used", allow_module_level=True)

import tensorflow as tf

from deepfm.training.adam import RowSumAdam

ROWS, DIM, STEPS, RATE, L2 = 6, 3, 30, 0.05, 5.0
RNG = np.random.default_rng(0)
BATCHES = [RNG.integers(0, ROWS - 1, 20) for _ in range(STEPS)]  # the last row never occurs
TARGETS = [RNG.normal(size=(20, DIM)).astype("float32") for _ in range(STEPS)]
START = RNG.normal(size=(ROWS, DIM)).astype("float32")


def numpy_adam(lazy, l2=0.0, b1=0.9, b2=0.999, eps=1e-7):
    w = START.astype("float64").copy()
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, (ids, target) in enumerate(zip(BATCHES, TARGETS, strict=True), 1):
        gradient = np.zeros_like(w)
        np.add.at(gradient, ids, 2 * (w[ids] - target))
        gradient += l2 * w
        rows = np.unique(ids) if lazy else np.arange(ROWS)
        m[rows] = b1 * m[rows] + (1 - b1) * gradient[rows]
        v[rows] = b2 * v[rows] + (1 - b2) * gradient[rows] ** 2
        alpha = RATE * np.sqrt(1 - b2**t) / (1 - b1**t)
        w[rows] -= alpha * m[rows] / (np.sqrt(v[rows]) + eps)
        yield w


def keras_steps(optimizer):
    table = keras.Variable(START)
    optimizer.build([table])
    for ids, target in zip(BATCHES, TARGETS, strict=True):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(tf.gather(table.value, ids) - target))
        optimizer.apply(tape.gradient(loss, [table.value]), [table])
        yield table.numpy()


@pytest.mark.parametrize("l2", [0.0, L2])
@pytest.mark.parametrize("lazy_above", [None, ROWS, ROWS - 1])
def test_every_step_is_that_of_adam(lazy_above, l2):
    optimizer = RowSumAdam(RATE, lazy_above=lazy_above, row_l2=l2)
    lazy = lazy_above == ROWS - 1
    for ours, reference in zip(keras_steps(optimizer), numpy_adam(lazy, l2), strict=True):
        assert np.allclose(ours, reference, atol=2e-5)


def test_the_stock_optimizer_differs_which_is_why_ours_exists():
    *_, stock = keras_steps(keras.optimizers.Adam(RATE))
    *_, reference = numpy_adam(lazy=False)
    assert np.abs(stock - reference).max() > 0.01


def test_its_state_is_saved_and_restored():
    halves = []
    for optimizer in (RowSumAdam(RATE), RowSumAdam.from_config(RowSumAdam(RATE).get_config())):
        optimizer.build([keras.Variable(START)])
        halves.append(optimizer)
    list(keras_steps(whole := RowSumAdam(RATE)))
    store = {}
    whole.save_own_variables(store)
    halves[1].load_own_variables({key: np.asarray(value) for key, value in store.items()})
    for ours, theirs in zip(whole.variables, halves[1].variables, strict=True):
        assert np.array_equal(ours.numpy(), theirs.numpy())
