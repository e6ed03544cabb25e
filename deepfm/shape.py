"""What stands in a file of JSON, written down like an example of it, and held against the file.

A shape is ``float`` (any number), ``int``, ``str`` or ``bool``; ``[shape]`` for a list of
such; ``(shape, shape)`` for a list of just so many; ``{"name": shape}`` for an object with at least
these parts; or one of the classes here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

# What a double holds digit for digit.
MOST = 2**53
_LONGEST_NAME = 80


class MisfitError(ValueError):
    """Something stands in the file that is not what is expected there.

    Attributes:
        part: where, such as ``models[2].auc``.
    """

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True)
class Maybe:
    """A shape, or null; or nothing, where it is a part of an object."""

    shape: Any


@dataclass(frozen=True)
class Some:
    """A list of one or more."""

    shape: Any


@dataclass(frozen=True)
class OneOf:
    """One of these texts."""

    texts: Collection[str]


@dataclass(frozen=True)
class Between:
    """A number within these borders, or on one."""

    low: float
    high: float


@dataclass(frozen=True)
class Each:
    """An object whose parts are alike, whatever their names; or with these names only."""

    shape: Any
    names: Collection[str] | None = None


def check(shape: Any, data: Any, part: str = "") -> None:
    """Hold ``data`` against ``shape``; ``part`` is where it stands.

    Raises:
        MisfitError: it is of another kind, or a part of it is missing.
    """
    if isinstance(shape, Maybe):
        if data is not None:
            check(shape.shape, data, part)
    elif isinstance(shape, dict | Each):
        _check_object(shape, data, part)
    elif isinstance(shape, list | tuple | Some):
        _check_list(shape, data, part)
    elif not _fits(shape, data):
        raise MisfitError(part)


def checked(shape: Any, data: Any) -> Any:
    """``data``, once it is held against ``shape``.

    Raises:
        MisfitError: as ``check``.
    """
    check(shape, data)
    return data


def _check_object(shape: dict[str, Any] | Each, data: Any, part: str) -> None:
    if not isinstance(data, dict):
        raise MisfitError(part)
    if isinstance(shape, Each):
        if not all(map(is_text, data)) or (shape.names and not set(data) <= set(shape.names)):
            raise MisfitError(part)
        shape = dict.fromkeys(data, shape.shape)
    for name, inner in shape.items():
        place = f"{part}.{name[:_LONGEST_NAME]}" if part else name[:_LONGEST_NAME]
        if name not in data and not isinstance(inner, Maybe):
            raise MisfitError(place)
        check(inner, data.get(name), place)


def _check_list(shape: list[Any] | tuple[Any, ...] | Some, data: Any, part: str) -> None:
    if not isinstance(data, list) or (isinstance(shape, Some) and not data):
        raise MisfitError(part)
    if isinstance(shape, tuple):
        if len(data) != len(shape):
            raise MisfitError(part)
        inner = list(shape)
    else:
        inner = [shape.shape if isinstance(shape, Some) else shape[0]] * len(data)
    for place, (one, value) in enumerate(zip(inner, data, strict=True)):
        check(one, value, f"{part}[{place}]")


def _fits(shape: Any, data: Any) -> bool:
    if isinstance(shape, OneOf):
        return isinstance(data, str) and data in shape.texts
    if isinstance(shape, Between):
        return is_number(data) and shape.low <= data <= shape.high
    if shape is str:
        return is_text(data)
    if shape is int:
        return is_number(data) and isinstance(data, int)
    return is_number(data) if shape is float else isinstance(data, shape)


def is_number(data: Any) -> bool:
    """Whether ``data`` is a number to reckon with: no yes or no, and not beyond all measure."""
    return isinstance(data, int | float) and not isinstance(data, bool) and abs(data) <= MOST


def is_text(data: Any) -> bool:
    """Whether ``data`` is a text that can be shown: JSON can name halves of a character."""
    return isinstance(data, str) and not any("\ud800" <= letter <= "\udfff" for letter in data)
