"""Names of tables, and for the columns of a file."""

from __future__ import annotations

import re
from collections.abc import Sequence


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """A name for each cell of a header: ``column_3`` for an empty one, ``city_2`` for a second."""
    names: list[str] = []
    taken: set[str] = set()
    for place, cell in enumerate(cells, start=1):
        name = base = cell.strip() or f"column_{place}"
        again = 2
        while name in taken:
            name, again = f"{base}_{again}", again + 1
        names.append(name)
        taken.add(name)
    return tuple(names)


def numbered_names(count: int) -> tuple[str, ...]:
    """``column_1`` and so on, for a file without a header."""
    return tuple(f"column_{place}" for place in range(1, count + 1))


def is_table(query: str) -> bool:
    """Whether what is asked of a database is the name of a table, not a SELECT."""
    return re.fullmatch(r"[\w.]+", query) is not None
