from __future__ import annotations

import pandas as pd
import pytest

from deepfm.spreadsheet import BYTE_ORDER_MARK, neutral


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+86 138", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a", "="],
)
def test_a_cell_that_would_run_as_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert neutral(pd.Series([cell])).tolist() == ["'" + cell]


@pytest.mark.parametrize("cell", ["a=1", "1-2", "小明", " =1", "'=1", "u@example.com", ""])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    assert neutral(pd.Series([cell], dtype=object)).tolist() == [cell]


@pytest.mark.parametrize("dtype", [object, "str"])
def test_missing_cells_stay_missing_and_the_index_stays(dtype: object) -> None:
    cells = pd.Series(["=1", None, "b"], index=[7, 3, 5], dtype=dtype)
    found = neutral(cells)
    assert found.isna().tolist() == [False, True, False]
    assert found.dropna().to_dict() == {7: "'=1", 5: "b"}
    assert cells[7] == "=1"


@pytest.mark.parametrize("dtype", [object, "str"])
def test_no_cells_at_all_are_no_problem(dtype: object) -> None:
    assert neutral(pd.Series([], dtype=dtype)).tolist() == []


def test_the_mark_makes_utf_8_known_and_is_no_part_of_the_text() -> None:
    assert BYTE_ORDER_MARK == b"\xef\xbb\xbf"
    assert (BYTE_ORDER_MARK + "用户".encode()).decode("utf-8-sig") == "用户"
