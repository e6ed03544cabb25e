from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pytest

from deepfm.explanation.contributions import deep_method, explain, typical_rows

FUSIONS = [(1.0, 1.0, 1.0), (0.7, -1.3, 2.1)]
METHODS = ["shapley", "path"]


def shapley(value, players):
    """Shapley values of a set function, by the definition."""
    phi = np.zeros(players)
    for i in range(players):
        others = [j for j in range(players) if j != i]
        for size in range(players):
            weight = factorial(size) * factorial(players - size - 1) / factorial(players)
            for group in combinations(others, size):
                phi[i] += weight * (value({*group, i}) - value(set(group)))
    return phi


def mixed(rows, base, group):
    """The person's rows for the fields in ``group``, the typical rows for the others."""
    return np.array([rows[f] if f in group else base[f] for f in range(len(rows))])[None]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("units", [(), (16, 12), (6, 6, 6)])
def test_base_and_contributions_add_up_to_the_logit(make_model, encoded, units, fusion, method):
    model = make_model(units, fusion)
    found = explain(model, encoded, typical_rows(model, encoded), method)
    assert found.deep_method == method
    logit = model.logit(encoded)
    assert np.allclose(found.base + found.total.sum(axis=1), logit, rtol=0, atol=1e-8)
    assert np.abs(found.residual).max() < 1e-8
    assert np.ptp(logit) > 1


@pytest.mark.parametrize("fusion", FUSIONS)
def test_first_order_and_fm_are_shapley_values(make_model, encoded, fusion):
    model = make_model(fusion=fusion)
    base = typical_rows(model, encoded)
    found = explain(model, encoded, base)
    rows = model.rows(encoded)

    def fm(person):
        return lambda group: fusion[1] * model.parts(mixed(rows[person], base, group)).fm[0]

    def first(person):
        return lambda group: fusion[0] * model.parts(mixed(rows[person], base, group)).first.sum()

    for person in (0, 7, 149):
        assert np.allclose(found.interaction[person], shapley(fm(person), 5), atol=1e-12)
        assert np.allclose(found.first[person], shapley(first(person), 5), atol=1e-12)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("units", [(), (16, 12), (6, 6, 6)])
def test_all_parts_together_are_the_shapley_values_of_the_whole_logit(
    make_model, encoded, units, fusion
):
    """Shapley values are additive: closed forms and network need not be taken together."""
    model = make_model(units, fusion)
    base, rows = typical_rows(model, encoded), model.rows(encoded)
    found = explain(model, encoded, base, "shapley")
    for person in (0, 7, 149):

        def logit(group, person=person):
            return model.logit_of_rows(mixed(rows[person], base, group))[0]

        assert np.allclose(found.total[person], shapley(logit, 5), rtol=0, atol=1e-12)
        assert np.abs(found.deep[person]).max() > 0.01


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_adds_the_fields_gives_each_its_own(make_model, encoded, method):
    """Block-diagonal first layer: field f has two units of its own, so its part is known."""
    model = make_model(units=(10,), fusion=(0.0, 0.0, 1.0))
    for unit in range(10):
        own = slice(3 * (unit // 2), 3 * (unit // 2) + 3)
        column = model.kernels[0][:, unit].copy()
        model.kernels[0][:, unit] = 0
        model.kernels[0][own, unit] = column[own]
    base = typical_rows(model, encoded)
    rows = model.rows(encoded)
    alone = [
        [model.deep(mixed(person, base, {f})[..., :-1].reshape(1, -1))[0] for f in range(5)]
        for person in rows
    ]
    expected = np.array(alone) - model.deep(base[None, :, :-1].reshape(1, -1))[0]
    found = explain(model, encoded, base, method)
    assert np.allclose(found.total, expected, rtol=0, atol=1e-10)
    assert not found.first.any() and not found.interaction.any()


@pytest.mark.parametrize("method", METHODS)
def test_a_field_that_is_typical_contributes_nothing(make_model, encoded, method):
    model = make_model()
    base = typical_rows(model, encoded)
    base[2] = model.rows(encoded)[0, 2]
    total = explain(model, encoded, base, method).total
    assert abs(total[0, 2]) < 1e-14 < abs(total[1, 2])


def test_the_method_depends_on_the_model_alone(make_model, make_people):
    twelve, thirteen = (3,) * 12, (3,) * 13
    assert deep_method(make_model((64, 32), sizes=twelve)) == "shapley"
    assert deep_method(make_model((64, 32), sizes=thirteen)) == "path"
    # Networks for which 2^12 coalitions are too many: of many products, and of many units.
    for units in ((400, 400, 400), (4096,)):
        assert deep_method(make_model(units, sizes=twelve)) == "path"
    for sizes in (twelve, thirteen):
        model, few = make_model((8,), sizes=sizes), make_people(sizes, 3)
        base = typical_rows(model, few)
        found = explain(model, few, base)
        told = explain(model, few, base, deep_method(model))
        assert found.deep_method == told.deep_method == deep_method(model)
        assert np.array_equal(found.deep, told.deep)
    assert not np.allclose(found.deep, explain(model, few, base, "shapley").deep, atol=1e-3)


def test_an_unknown_method_is_refused(make_model, encoded):
    model = make_model()
    with pytest.raises(ValueError, match="'kernel'"):
        explain(model, encoded, typical_rows(model, encoded), "kernel")


def test_typical_rows_are_the_mean_of_the_training_rows(make_model, encoded):
    model = make_model()
    expected = model.rows(encoded).mean(axis=0)
    assert np.allclose(typical_rows(model, encoded), expected, atol=1e-12)
    with pytest.raises(ValueError, match="at least one"):
        typical_rows(model, encoded.take(slice(0, 0)))


def test_strength_does_not_let_people_cancel_out(make_model, encoded):
    found = explain(make_model(), encoded, typical_rows(make_model(), encoded))
    flat = replace(found, first=np.array([[1.0], [-1.0]]), interaction=np.zeros((2, 1)))
    flat = replace(flat, deep=np.zeros((2, 1)))
    assert flat.strength.tolist() == [1.0]
