"""What spreadsheets need: a byte order mark, and cells that are not run as formulas."""

from __future__ import annotations

from typing import Any

import pandas as pd

# Without it Excel takes UTF-8 for the system's code page, and Chinese turns to noise.
BYTE_ORDER_MARK = "\ufeff".encode()
# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection"); the full-width
# forms count too in some locales.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Text cells with an apostrophe before those that a spreadsheet would run as a formula."""
    return cells.mask(cells.str.startswith(_FORMULA_STARTS).fillna(False).astype(bool), "'" + cells)
