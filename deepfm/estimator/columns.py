"""From a table of any types to text for ids and floats for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from deepfm.errors import InputError

_TIMES = {"datetime64", "datetime", "date", "timedelta64", "timedelta", "time", "period"}
_NUMBERS = {"floating", "integer", "mixed-integer-float", "decimal"}


def place_names(columns: int) -> tuple[str, ...]:
    """``x0``, ``x1``, …: how columns without names are called."""
    return tuple(f"x{place}" for place in range(columns))


def check_frame(frame: pd.DataFrame) -> None:
    """Refuse a frame without rows or columns, and one with two columns of one name.

    Raises:
        InputError: saying which.
    """
    if not len(frame) or not len(frame.columns):
        raise InputError(
            "The table has {rows} rows and {columns} columns. It needs at least one of each.",
            rows=len(frame),
            columns=len(frame.columns),
        )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(
            "Two columns are called {column}. Rename one of them.", column=str(twice[0])
        )


def find_kinds(
    frame: pd.DataFrame,
    categorical: Sequence[str | int] | None,
    numeric: Sequence[str | int] | None,
) -> tuple[list[str], list[str]]:
    """Names of the id columns and of the number columns, each in the order of the frame.

    Args:
        frame: the training rows.
        categorical, numeric: names or places of columns whose type does not count.

    Raises:
        InputError: a named column is absent or named as both, or a column cannot be used.
        ValueError: a column holds complex numbers.
    """
    ids, numbers = _named(frame, categorical), _named(frame, numeric)
    for name in ids & numbers:
        raise InputError(
            "The column {column} is named in both categorical_features and numeric_features. "
            "Name it in one of them.",
            column=name,
        )
    found = {name: is_number(frame[name]) for name in frame.columns}
    dense = [name for name in found if name in numbers or (found[name] and name not in ids)]
    return [name for name in found if name not in dense], dense


def _named(frame: pd.DataFrame, columns: Sequence[str | int] | None) -> set[str]:
    named = set()
    for column in () if columns is None else columns:
        known = (
            column in frame.columns
            if isinstance(column, str)
            else column in range(len(frame.columns))
        )
        if not known:
            raise InputError(
                "There is no column {column}. The columns are: {columns}.",
                column=str(column),
                columns=", ".join(frame.columns),
            )
        named.add(column if isinstance(column, str) else frame.columns[column])
    return named


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column is a number (a dense field) rather than an id (a sparse one).

    Numbers are numeric columns, and object columns in which every value is a number. Text,
    categories and booleans are ids, and so are columns without any value.

    Raises:
        InputError: the column holds times.
        ValueError: it holds complex numbers.
    """
    found = _found(column)
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(column.dtype):
        return False
    return pd.api.types.is_numeric_dtype(column.dtype) or found in _NUMBERS


def _found(column: pd.Series[Any]) -> str:
    """What pandas takes the values for; times and complex numbers are refused."""
    found = pd.api.types.infer_dtype(column, skipna=True)
    if found == "complex":
        raise ValueError(f"Complex data not supported: column {column.name!r}")
    if found in _TIMES:
        raise InputError(
            "The column {column} holds times. Turn it into numbers or parts first, such as the "
            "days since an event, the weekday or the hour, or leave it out.",
            column=str(column.name),
        )
    return found


def as_fields(frame: pd.DataFrame, sparse: Sequence[str], dense: Sequence[str]) -> pd.DataFrame:
    """The named columns of ``frame`` as the fields read them.

    Raises:
        InputError: a column of numbers holds something else, such as text or times.
        TypeError: a column of ids holds a value that is no text, number or boolean.
    """
    columns = {name: _as_text(frame[name]) for name in sparse}
    columns |= {name: _as_floats(frame[name]) for name in dense}
    return pd.DataFrame(columns, index=frame.index)


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as text; 1 and 1.0 are one id, as one missing value turns integers into floats."""
    try:
        codes, values = pd.factorize(column)
    except TypeError as error:  # unhashable, such as a dict
        raise TypeError(
            f"the column {column.name!r} holds a value of a type that is no id; "
            f"argument must be a string or a number"
        ) from error
    texts = pd.array([_text(value, column.name) for value in values], dtype="string")
    return pd.Series(texts.take(codes, allow_fill=True), index=column.index, name=column.name)


def _text(value: object, name: object) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, (str, bool, np.bool, Number, pd.Interval)):
        return str(value)
    raise TypeError(
        f"the column {name!r} holds {value!r}; argument must be a string or a number, "
        f"not a {type(value).__name__}"
    )


def _as_floats(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    _found(column)
    try:
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(
            "The column {column} must hold numbers, but it holds {value}. Mend the column, or fit "
            "again with the column named in categorical_features.",
            column=str(column.name),
            value=repr(_first_without_number(column)),
        ) from error
    return pd.Series(numbers, index=column.index, name=column.name)


def _first_without_number(column: pd.Series[Any]) -> object:
    present = column.dropna()
    return present[pd.to_numeric(present.astype(str), errors="coerce").isna()].head(1).squeeze()
