"""What a file must hold is found, and where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from deepfm.shape import Between, Each, Maybe, MisfitError, OneOf, Some, check, checked

SHAPE = {
    "name": OneOf(("a", "b")),
    "share": Between(0, 1),
    "rows": [{"n": int, "x": Maybe(float)}],
    "pair": (float, float),
    "some": Some(str),
    "each": Each(bool, ("p", "q")),
    "any": Maybe(Each({"deep": [Maybe(str)]})),
}
GOOD: dict[str, Any] = {
    "name": "a",
    "share": 1,
    "rows": [{"n": 3, "x": 2}, {"n": 4}],
    "pair": [1, 2.5],
    "some": ["x"],
    "each": {"p": True},
    "more": object(),
}


def test_what_fits_is_let_through() -> None:
    assert checked(SHAPE, GOOD) is GOOD
    check(SHAPE, {**GOOD, "any": {"k": {"deep": [None, "🛒"]}}, "rows": [], "each": {}})


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"name": "c"}, "name"),
        ({"name": ["a"]}, "name"),
        ({"share": 1.1}, "share"),
        ({"share": float("nan")}, "share"),
        ({"share": True}, "share"),
        ({"rows": {}}, "rows"),
        ({"rows": [{"n": 1}, {"n": 1.5}]}, "rows[1].n"),
        ({"rows": [{"n": 1, "x": float("inf")}]}, "rows[0].x"),
        ({"rows": [{"n": 10**30}]}, "rows[0].n"),
        ({"rows": [{"n": True}]}, "rows[0].n"),
        ({"rows": [{}]}, "rows[0].n"),
        ({"rows": ["n"]}, "rows[0]"),
        ({"pair": [1]}, "pair"),
        ({"pair": [1, "2"]}, "pair[1]"),
        ({"some": []}, "some"),
        ({"some": ["\ud800"]}, "some[0]"),
        ({"each": {"r": True}}, "each"),
        ({"each": {"p": 1}}, "each.p"),
        ({"any": {"\udfff": {"deep": []}}}, "any"),
        ({"any": {"k": {}}}, "any.k.deep"),
        ({"any": []}, "any"),
    ],
)
def test_what_does_not_fit_is_named(changed: dict[str, Any], part: str) -> None:
    with pytest.raises(MisfitError) as found:
        check(SHAPE, {**GOOD, **changed})
    assert found.value.part == part


def test_a_part_that_is_missing_is_named() -> None:
    for name in ("name", "share", "rows", "pair", "some", "each"):
        with pytest.raises(MisfitError) as found:
            check(SHAPE, {key: value for key, value in GOOD.items() if key != name})
        assert found.value.part == name
    with pytest.raises(MisfitError) as found:
        check(SHAPE, [])
    assert found.value.part == ""
