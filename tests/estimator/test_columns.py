import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.estimator.columns import as_fields, check_frame, find_kinds


def column(values, dtype=None):
    return pd.DataFrame({"c": pd.Series(values, dtype=dtype)})


def kind(values, dtype=None, **named):
    sparse, dense = find_kinds(
        column(values, dtype), named.get("categorical"), named.get("numeric")
    )
    assert len(sparse) + len(dense) == 1
    return "id" if sparse else "number"


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2], "int64", "number"),
        ([1, None], "Int64", "number"),
        ([1.5, np.nan], "float32", "number"),
        ([1, 2.5, None], object, "number"),
        ([Decimal("1.5"), None], object, "number"),
        ([np.nan, np.nan], "float64", "number"),
        ([True, False], bool, "id"),
        ([True, None], "boolean", "id"),
        (["a", None], "str", "id"),
        (["a", 1, None], object, "id"),
        ([1, 2], "category", "id"),
        ([None, None], object, "id"),
    ],
)
def test_the_type_says_what_a_column_is(values, dtype, expected):
    assert kind(values, dtype) == expected


def test_a_named_column_is_what_it_is_named():
    assert kind([1, 2], categorical=["c"]) == "id"
    assert kind([1, 2], categorical=np.array([0])) == "id"
    assert kind(["1", "2"], numeric=["c"]) == "number"


def test_a_name_that_is_absent_or_named_twice_is_refused():
    with pytest.raises(InputError, match=r"no column d. The columns are: c"):
        kind([1], categorical=["d"])
    with pytest.raises(InputError, match="no column 1"):
        kind([1], categorical=[1])
    with pytest.raises(InputError, match="column c is named in both"):
        kind([1], categorical=["c"], numeric=[0])


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2024-01-01"]),
        pd.to_datetime(["2024-01-01"], utc=True),
        pd.to_timedelta([1], unit="h"),
        pd.period_range("2024-01", periods=1),
        pd.Series([datetime.date(2024, 1, 1)], dtype=object),
    ],
)
def test_times_are_refused_with_what_to_do(times):
    for named in ({}, {"categorical": ["c"]}, {"numeric": ["c"]}):
        with pytest.raises(InputError, match=r"column c holds times. Turn it into numbers"):
            kind(times, **named)
    with pytest.raises(InputError, match="holds times"):
        as_fields(column(times), [], ["c"])


def test_complex_numbers_are_refused():
    with pytest.raises(ValueError, match="Complex data not supported"):
        kind([1j])


def ids(values, dtype=None):
    return as_fields(column(values, dtype), ["c"], [])["c"].tolist()


def test_one_and_one_point_zero_are_one_id():
    assert ids([1, 2]) == ids([1.0, 2.0]) == ids(["1", "2"]) == ids([1, 2], "category")
    assert ids([1.0, np.nan]) == ids([1, None], "Int64") == ["1", pd.NA]
    assert ids([1.5, 2.0]) == ["1.5", "2"]
    assert ids([True, False]) == ids([True, False], "boolean") == ["True", "False"]


def test_intervals_are_ids():
    assert ids(pd.cut(pd.Series([1, 9]), [0, 5, 10])) == ["(0, 5]", "(5, 10]"]


@pytest.mark.parametrize("value", [{"a": 1}, [1], b"a", datetime.datetime(2024, 1, 1)])
def test_other_objects_are_no_ids(value):
    with pytest.raises(TypeError, match="argument must be a string or a number"):
        ids(["a", value], object)


def numbers(values, dtype=None):
    return as_fields(column(values, dtype), [], ["c"])["c"].tolist()


def test_numbers_of_any_type_are_floats():
    assert numbers([1, 2]) == numbers(["1", "2.0"]) == numbers([Decimal(1), Decimal(2)]) == [1, 2]
    assert numbers([1, 2], "category") == numbers(pd.arrays.SparseArray([1.0, 2.0])) == [1, 2]
    assert np.isnan(numbers([None, pd.NA], object)).all()


def test_text_among_numbers_is_refused():
    with pytest.raises(InputError, match="column c must hold numbers, but it holds 'many'"):
        numbers(["1", None, "many", "more"])


def test_an_empty_or_ambiguous_frame_is_refused():
    with pytest.raises(InputError, match=r"0 rows and 1 column\."):
        check_frame(column([]))
    with pytest.raises(InputError, match="2 rows and 0 columns"):
        check_frame(pd.DataFrame(index=[0, 1]))
    with pytest.raises(InputError, match="Two columns are called c"):
        check_frame(pd.DataFrame([[1, 2]], columns=["c", "c"]))
