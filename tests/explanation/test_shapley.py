from itertools import permutations

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.explanation import shapley as module
from deepfm.explanation.shapley import shapley_values

# More fields than a block of coalitions joins.
MANY = (3, 4, 2, 5, 3, 2, 4, 3, 3, 4)


def vectors_of(model, people, count):
    """Base ``[F, k]`` and vectors ``[count, F, k]``; the base is nobody's."""
    rows = model.rows(people)[..., :-1]
    return rows.mean(axis=0), rows[:count]


def by_orders(value, players):
    """Shapley values from the definition: the mean gain of joining, over all orders."""
    found = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        for place, player in enumerate(order):
            found[player] += value(order[: place + 1]) - value(order[:place])
    return found / len(orders)


def mean_gain_of_joining(model, base, vectors, field, orders, rng):
    """The same mean over random orders, all at once ``[orders]``."""
    before = rng.random((orders, len(base))).argsort(axis=1).argsort(axis=1)
    earlier = before < before[:, [field]]
    joined = earlier.copy()
    joined[:, field] = True
    values = [
        model.deep(np.where(group[:, :, None], vectors, base).reshape(orders, -1))
        for group in (joined, earlier)
    ]
    return values[0] - values[1]


@pytest.mark.parametrize("units", [(), (8,), (16, 12), (6, 6, 6)])
def test_it_is_the_mean_gain_over_all_orders(make_model, encoded, units):
    model = make_model(units)
    base, vectors = vectors_of(model, encoded, 3)
    for found, person in zip(shapley_values(model, base, vectors), vectors, strict=True):

        def deep(group, person=person):
            mixed = base.copy()
            mixed[list(group)] = person[list(group)]
            return model.deep(mixed.reshape(1, -1))[0]

        assert np.allclose(found, by_orders(deep, 5), rtol=0, atol=1e-12)
        assert np.ptp(found) > 0.01


def test_more_fields_than_a_block_are_joined_in_the_right_places(make_model, make_people):
    """Each field stands within five standard errors of its mean gain over random orders."""
    model = make_model(sizes=MANY)
    base, vectors = vectors_of(model, make_people(MANY, 40), 1)
    found = shapley_values(model, base, vectors)[0]
    rng = np.random.default_rng(3)
    for field in range(len(MANY)):
        gains = mean_gain_of_joining(model, base, vectors[0], field, 20_000, rng)
        error = gains.std() / np.sqrt(len(gains))
        assert abs(found[field] - gains.mean()) < 5 * error + 1e-12
        assert 5 * error < 0.2 * np.abs(found).mean()


@pytest.mark.parametrize("sizes", [(6, 5, 4, 7, 3), MANY])
def test_it_is_complete(make_model, make_people, sizes):
    model = make_model((64, 32, 16), sizes=sizes)
    base, vectors = vectors_of(model, make_people(sizes, 90), 90)
    gained = model.deep(vectors.reshape(90, -1)) - model.deep(base.reshape(1, -1))[0]
    found = shapley_values(model, base, vectors)
    assert np.allclose(found.sum(axis=1), gained, rtol=0, atol=1e-10)
    assert np.ptp(gained) > 0.5


def test_the_size_of_the_chunks_makes_no_difference(make_model, make_people, monkeypatch):
    model = make_model(sizes=MANY)
    base, vectors = vectors_of(model, make_people(MANY, 20), 20)
    together = shapley_values(model, base, vectors)
    monkeypatch.setattr(module, "_CHUNK", 3 * 16 << 8)
    assert np.allclose(shapley_values(model, base, vectors), together, rtol=0, atol=1e-13)
    monkeypatch.setattr(module, "_CHUNK", 1)
    assert np.allclose(shapley_values(model, base, vectors), together, rtol=0, atol=1e-13)


def test_no_people_have_no_values(make_model, encoded):
    model = make_model()
    base, vectors = vectors_of(model, encoded, 0)
    assert shapley_values(model, base, vectors).shape == (0, 5)


def test_too_many_fields_are_refused_in_words(make_model, make_people):
    sizes = (2,) * 17
    model = make_model(sizes=sizes)
    base, vectors = vectors_of(model, make_people(sizes, 2), 2)
    with pytest.raises(InputError, match="17 fields"):
        shapley_values(model, base, vectors)
