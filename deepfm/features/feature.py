"""One feature, declared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deepfm.features.trace import ALL, Trace
from deepfm.language import Sentence

if TYPE_CHECKING:
    import ibis.expr.types as ir

Family = Literal[
    "calendar", "recency", "frequency", "rhythm", "taste", "ratio", "profile", "pair", "row"
]
FAMILIES: dict[Family, Sentence] = {
    "calendar": Sentence("Calendar of the last event"),
    "recency": Sentence("How long ago"),
    "frequency": Sentence("How often"),
    "rhythm": Sentence("Rhythm"),
    "taste": Sentence("Taste"),
    "ratio": Sentence("Ratios"),
    "profile": Sentence("What the user is like"),
    "pair": Sentence("The user and the value asked about"),
    "row": Sentence("The row itself"),
}

Source = Literal[
    "days", "last", "favorite", "distinct", "profile", "pair", "value", "derived", "row"
]


@dataclass(frozen=True)
class Feature:
    """A column of the example frame.

    Attributes:
        name: the column's name.
        label: what an analyst calls it.
        family: the group that it is switched on and off with.
        kind: ``"sparse"`` (an id, text) or ``"dense"`` (a number).
        unit: ``"days"``, ``"times"``, … or empty.
        source: what ``value`` is computed over:
            ``days``: aggregate of a user's daily totals inside the lookback;
            ``last``: column of the last event inside the lookback;
            ``favorite``: the column whose most frequent value inside the lookback is meant;
            ``distinct``: the column whose distinct values inside the lookback are counted;
            ``profile``: the column whose latest value before the snapshot is meant, however old;
            ``pair``: aggregate of the daily totals of the user with the value asked about;
            ``value``: aggregate of the totals of everybody with that value, as ``reach_of_values``;
            ``derived``: column computed from the features before it;
            ``row``: column of the example's own event.
        value: the Ibis expression, given that table.
        default: whether it is a field of the model unless the analyst says otherwise.
        trace: which events of the user make its value.
        needs: names of the features that a derived one is computed from.
    """

    name: str
    label: Sentence
    family: Family
    kind: Literal["sparse", "dense"]
    unit: str
    source: Source
    value: Callable[[ir.Table], ir.Value]
    default: bool = True
    trace: Trace = ALL
    needs: tuple[str, ...] = ()
