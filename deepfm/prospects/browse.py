"""The list read from disk a page at a time, however long it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from deepfm.log.closed import closed
from deepfm.log.sql import identifier
from deepfm.prospects.filter import Filter
from deepfm.prospects.people import PAIRED

MOST_VALUES = 200


def fitting(prospects: Path, chosen: Filter, examples: Path | None = None) -> NDArray[np.int64]:
    """The ranks of all who fit a filter, ascending ``[m]``.

    Args:
        prospects: prospects.parquet.
        chosen: whom to show.
        examples: the example frame of the list, for conditions on fields.
    """
    if chosen == Filter():
        return np.arange(1, pq.read_metadata(prospects).num_rows + 1)
    files = [prospects] if examples is None else [prospects, examples]
    with closed(*files) as connection:
        columns = connection.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(prospects)])
        names = {column[0] for column in columns.description or ()}
        condition, values = chosen.sql(examples, [k for k in ("user", PAIRED) if k in names])
        query = f"SELECT rank FROM read_parquet(?) WHERE {condition} ORDER BY rank"
        found = connection.execute(query, [str(prospects), *values]).fetchnumpy()
    return np.asarray(found["rank"], np.int64)


def people_at(prospects: Path, ranks: NDArray[np.int64]) -> pd.DataFrame:
    """The rows of the list at ``ranks`` (ascending), best first."""
    # The borders let DuckDB pass over most of the file.
    first, last = (int(ranks[0]), int(ranks[-1])) if len(ranks) else (0, -1)
    query = """SELECT * FROM read_parquet(?)
        WHERE rank BETWEEN ? AND ? AND list_contains(?, rank) ORDER BY rank"""
    with closed(prospects) as connection:
        return connection.execute(query, [str(prospects), first, last, ranks.tolist()]).df()


def field_values(examples: Path, field: str) -> list[str | None]:
    """The most frequent values of a field on the list, at most 200; None for a missing one."""
    column = identifier(field)
    query = f"""SELECT {column}::VARCHAR FROM read_parquet(?) WHERE part = 'now'
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_VALUES}"""
    with closed(examples) as connection:
        return [row[0] for row in connection.execute(query, [str(examples)]).fetchall()]


def field_range(examples: Path, field: str) -> tuple[float, float] | None:
    """The smallest and the largest number of a field on the list; None where there is none."""
    column = identifier(field)
    query = f"SELECT min({column}), max({column}) FROM read_parquet(?) WHERE part = 'now'"
    with closed(examples) as connection:
        row = connection.execute(query, [str(examples)]).fetchone()
    return None if row is None or row[0] is None else (float(row[0]), float(row[1]))


def probabilities(prospects: Path) -> pd.Series[float]:
    """The calibrated probability of everyone on the list, best first."""
    return pd.read_parquet(prospects, columns=["probability"])["probability"]


def reason_fields(prospects: Path) -> list[str]:
    """Names of the fields that are among anyone's reasons for, the most frequent first."""
    query = (
        "SELECT name FROM (SELECT unnest([for_1, for_2, for_3]) AS name FROM read_parquet(?)) "
        "WHERE name IS NOT NULL GROUP BY name ORDER BY count(*) DESC, name"
    )
    with closed(prospects) as connection:
        return [row[0] for row in connection.execute(query, [str(prospects)]).fetchall()]
