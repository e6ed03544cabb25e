import keras
import numpy as np
import pytest
from keras import ops

from deepfm.model.fm import FactorizationMachine

FIELDS, DIM = 4, 5
ROWS = np.random.default_rng(0).normal(size=(3, FIELDS, DIM + 1)).astype("float32")


def by_definition(rows):
    """The three outputs, the pairs one by one."""
    vectors = rows[..., :DIM]
    pairs = sum(
        ops.sum(vectors[:, i] * vectors[:, j], axis=1)
        for i in range(FIELDS)
        for j in range(i + 1, FIELDS)
    )
    return ops.sum(rows[..., DIM], axis=1), pairs, ops.reshape(vectors, (-1, FIELDS * DIM))


def weighted_sum(outputs):
    """Something that depends on every number of all three outputs, and not linearly."""
    first, pairs, flat = outputs
    return ops.sum(first * pairs) + ops.sum(ops.square(flat) * ops.arange(1.0, FIELDS * DIM + 1))


def derivative(function, *values):
    """Of a scalar function, with respect to each of its arguments."""
    values = [ops.convert_to_tensor(value) for value in values]
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(function, argnums=tuple(range(len(values))))(*values)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(values)
        result = function(*values)
    return tape.gradient(result, values)


def test_pairs_are_all_inner_products():
    for ours, expected in zip(FactorizationMachine()(ROWS), by_definition(ROWS), strict=True):
        assert np.allclose(ours, expected, rtol=1e-5, atol=1e-5)


def test_the_gradient_by_hand_is_that_of_the_definition():
    layer = FactorizationMachine()
    outputs = layer(ROWS)
    of_outputs = derivative(lambda *outputs: weighted_sum(outputs), *outputs)
    (expected,) = derivative(lambda rows: weighted_sum(by_definition(rows)), ROWS)
    assert np.allclose(layer.gradient(outputs[2], *of_outputs), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("examples", [None, 7])
def test_output_shapes(examples):
    layer = FactorizationMachine()
    shapes = layer.compute_output_shape((examples, FIELDS, DIM + 1))
    assert shapes == ((examples,), (examples,), (examples, FIELDS * DIM))
    assert [tuple(output.shape) for output in layer(ROWS)] == [(3,), (3,), (3, FIELDS * DIM)]
