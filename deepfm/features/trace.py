"""Which events of a user make the value of a feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Events = pd.DataFrame
Mask = Callable[[Events], "pd.Series[bool]"]


@dataclass(frozen=True)
class Trace:
    """Part of a user's events before a snapshot.

    Attributes:
        days: only those of the last so many days; None for the whole lookback, 0 for all that is
            known.
        of: only those that fit; None for all.
        pick: of these ``"all"``, the ``"newest"`` or the ``"oldest"``.
        same: only those with the feature's own value in this column, or what it makes of one.
    """

    days: int | None = None
    of: Mask | None = None
    pick: Literal["all", "newest", "oldest"] = "all"
    same: Callable[[Events], pd.Series[Any]] | None = None

    def events(
        self, events: Events, snapshot: pd.Timestamp, lookback_days: int, value: Any
    ) -> Events:
        """Those of ``events`` that make ``value``, in the order given.

        Args:
            events: of one user, strictly before the snapshot; the columns of the canonical log.
            snapshot: the moment.
            lookback_days: of the question.
            value: of the feature at that snapshot; None or NaN where it has none.
        """
        if pd.isna(value):
            return events.iloc[:0]
        found = events
        if self.days != 0:
            days = lookback_days if self.days is None else self.days
            found = found[found["time"] >= snapshot - pd.Timedelta(days=days)]
        if self.of is not None:
            found = found[self.of(found)]
        if self.same is not None:
            found = found[self.same(found) == value]
        if self.pick == "all" or found.empty:
            return found
        order = found.sort_values(["time", "line"])
        return order.tail(1) if self.pick == "newest" else order.head(1)


ALL = Trace()
NEWEST = Trace(pick="newest")
