import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.fields.fields import MISSING, OUT_OF_VOCABULARY, DenseField, FieldSet, SparseField

FRAME = pd.DataFrame(
    {
        "city": ["a"] * 6 + ["b"] * 5 + ["rare", None],
        "count": [0.0] * 6 + [1, 2, 3, 4, 5, 10, np.nan],
    }
)


@pytest.fixture
def fields():
    return FieldSet.fit(FRAME, ["city"], ["count"], knots=5)


def test_rare_new_and_missing_values_have_rows_of_their_own(fields):
    new = pd.DataFrame({"city": ["a", "b", "rare", "new", None], "count": 0.0})
    ids = fields.encode(new).ids[:, 0]
    assert list(ids) == [2, 3, OUT_OF_VOCABULARY, OUT_OF_VOCABULARY, MISSING]


def test_a_number_lies_between_its_knots():
    field = DenseField("x", (0.0, 1.0, 4.0))
    ids, fraction = field.encode(pd.Series([0, 0.5, 1, 2.5, 4, 9, -3, np.nan, np.inf]))
    place = ids + fraction
    assert np.allclose(place, [1, 1.5, 2, 2.5, 3, 3, 1, 0, 0])
    assert np.all(ids + (fraction > 0) < field.size)


def test_knots_are_distinct_quantiles_of_the_training_part(fields):
    knots = fields.dense[0].knots
    assert knots[0] == 0 and knots[-1] == 10
    assert np.all(np.diff(knots) > 0)


@pytest.mark.parametrize("column", [[3.0, 3.0], [np.nan, np.nan]])
def test_constant_and_empty_numbers_encode(column):
    field = DenseField.fit("x", pd.Series(column), 16)
    ids, fraction = field.encode(pd.Series([1.0, np.nan]))
    assert np.all(ids < field.size)
    assert not fraction.any()


def test_ties_in_the_vocabulary_are_broken_by_name():
    field = SparseField.fit("x", pd.Series(["b", "a"] * 5), 1, 10)
    assert field.values == ("a", "b")


def test_json_round_trip_and_newer_versions(fields):
    assert FieldSet.from_json(fields.to_json()) == fields
    with pytest.raises(InputError, match="newer version"):
        FieldSet.from_json(fields.to_json() | {"version": 99})


def test_an_absent_column_is_named(fields):
    with pytest.raises(InputError, match="count"):
        fields.encode(FRAME[["city"]])


def test_a_number_that_most_have_takes_one_knot():
    column = pd.Series([0.0] * 9_000 + list(range(1, 1_001)))
    knots = DenseField.fit("x", column, 11).knots
    assert knots == pytest.approx((0, *np.linspace(1, 1_000, 10)))


def test_few_distinct_numbers_are_knots_all():
    assert DenseField.fit("x", pd.Series([2.0, 2, 2, 2, 7, 3]), 3).knots == (2, 3, 7)


@pytest.mark.parametrize("most", [2, 3, 5])
def test_there_are_never_more_knots_than_asked_for(most):
    column = pd.Series([0.0] * 500 + [1.0] * 300 + [2.0] * 150 + list(range(3, 53)))
    knots = DenseField.fit("x", column, most).knots
    assert len(knots) <= most
    assert knots[-1] == 52
