"""A large log cut into pieces of whole users, as DuckDB cannot group all of it in little memory.

What is grouped goes to the disk, but not all that a group is made with does: of a hundred million
events the totals of the days alone need more than the limit.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb

from deepfm.log.closed import memory_mb
from deepfm.log.events import EVENTS
from deepfm.log.log import POSITION
from deepfm.log.sql import quoted

# With 1,200 MB that is 15 million events a piece; 22 million still went well.
_EVENTS_A_MB = 12_500
# Where to cut is seen from so many events.
_SAMPLED = 100_000


def usual_pieces(events: int) -> int:
    """How many pieces the limit of the memory asks for.

    Raises:
        InputError: as ``memory_mb``.
    """
    return max(1, -(-events // (memory_mb() * _EVENTS_A_MB)))


def cut(connection: duckdb.DuckDBPyConnection, events: int, pieces: int, folder: Path) -> list[str]:
    """Views of the columns of ``EVENTS``, each with about as many of its events.

    All users of a view come before those of the next one, in the order of their ids. There are
    fewer views where few users have most of the events.

    Args:
        connection: shows ``EVENTS``, and may write to ``folder``.
        events: how many there are, roughly.
        pieces: how many are wanted.
        folder: the pieces are copied there; a view over the whole would read all of it each time.

    Returns:
        The names of the views.
    """
    shares = [place / pieces for place in range(1, pieces)]
    found = connection.execute(
        f"SELECT quantile_disc(user, {shares}) FROM {EVENTS} WHERE {POSITION} % ? = 0",
        [max(1, events // _SAMPLED)],
    ).fetchone()
    assert found is not None
    borders = [None, *sorted(set(found[0] or ())), None]
    names = []
    for place, (first, after) in enumerate(pairwise(borders)):
        name, path = f"{EVENTS}_{place}", quoted(str(folder / f"{EVENTS}_{place}.parquet"))
        connection.execute(
            f"COPY (SELECT * FROM {EVENTS} WHERE (? IS NULL OR user >= ?) "
            f"AND (? IS NULL OR user < ?)) TO {path} (FORMAT parquet)",
            [first, first, after, after],
        )
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({path})")
        names.append(name)
    return names
