import numpy as np
import pytest

from deepfm.explanation import path
from deepfm.explanation.path import mean_gradient


def gradient(model, x):
    """Gradient of the network at inputs [n, F k], by the chain rule."""
    masks, hidden = [], x
    for kernel, bias in zip(model.kernels[:-1], model.biases[:-1], strict=True):
        hidden = hidden @ kernel + bias
        masks.append(hidden > 0)
        hidden = np.maximum(hidden, 0)
    back = np.ones((len(x), 1)) @ model.kernels[-1].T
    for kernel, mask in zip(model.kernels[-2::-1], masks[::-1], strict=True):
        back = (back * mask) @ kernel.T
    return back


def ends_of(model, encoded, count=20):
    rows = model.rows(encoded.take(slice(0, count)))[..., :-1].reshape(count, -1)
    return rows[0], rows


@pytest.mark.parametrize("units", [(), (8,), (16, 12), (8, 8, 8)])
def test_it_is_what_many_nodes_converge_to(make_model, encoded, units):
    model = make_model(units)
    start, end = ends_of(model, encoded)
    nodes = (np.arange(20_000) + 0.5) / 20_000
    found = mean_gradient(model, start, end)
    for one in (0, 1, 19):
        points = start + nodes[:, None] * (end[one] - start)
        assert np.allclose(found[one], gradient(model, points).mean(axis=0), atol=2e-3)


@pytest.mark.parametrize("units", [(), (8,), (16, 12), (64, 32, 16)])
def test_it_is_complete(make_model, encoded, units):
    model = make_model(units)
    start, end = ends_of(model, encoded, 150)
    gained = (mean_gradient(model, start, end) * (end - start)).sum(axis=1)
    assert np.allclose(gained, model.deep(end) - model.deep(start[None])[0], rtol=0, atol=1e-10)


def test_a_unit_that_stands_exactly_at_zero_does_no_harm(make_model, encoded):
    """All biases zero and a start at zero: every unit's switching time is 0 exactly."""
    model = make_model((8, 8))
    for bias in model.biases:
        bias[:] = 0
    _, end = ends_of(model, encoded)
    found = mean_gradient(model, np.zeros(end.shape[1]), end)
    assert np.allclose((found * end).sum(axis=1), model.deep(end), atol=1e-12)


def test_the_size_of_the_chunks_makes_no_difference(make_model, encoded, monkeypatch):
    """In a chunk of its own no line has repeated times at its end."""
    model = make_model((16, 12, 8))
    start, end = ends_of(model, encoded, 50)
    together = mean_gradient(model, start, end)
    for chunk in (1, 7 * 16 * 16):
        monkeypatch.setattr(path, "_CHUNK", chunk)
        assert np.allclose(mean_gradient(model, start, end), together, rtol=0, atol=1e-13)


def test_a_line_without_length_has_the_gradient_of_its_point(make_model, encoded):
    model = make_model((16, 12, 8))
    start, _ = ends_of(model, encoded)
    found = mean_gradient(model, start, start[None])
    assert np.allclose(found, gradient(model, start[None]), rtol=0, atol=1e-13)


def test_no_people_have_no_gradients(make_model, encoded):
    start, _ = ends_of(make_model(), encoded)
    assert mean_gradient(make_model(), start, np.zeros((0, len(start)))).shape == (0, len(start))
