"""What of the list goes into a file for other people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.prospects.people import PAIRED
from deepfm.prospects.ranking import REASONS

HOLD_OUT = "hold_out"


@dataclass(frozen=True, eq=False)
class Handout:
    """A part of the list, in a form for others.

    Attributes:
        ranks: only the people at these ranks, ascending ``[m]``, as from
            ``deepfm.prospects.browse.fitting``; None for all.
        limit: only the first so many of them; None for all.
        columns: only these of the list; ``"for"`` and ``"against"`` stand for all reasons of their
            side. The user, and what they are paired with, is always there. None for all.
        hashed: ids as SHA-256 in hexadecimal digits, of the text without spaces around it and in
            small letters: the form in which ad platforms take e-mail addresses.
        hold_out: share of the people to leave alone, 0 to 1; above 0 a column ``hold_out`` says
            who. It goes by the id and the seed alone, so that a longer list, another order or
            another export holds out the same people.
        seed: of the hold-out.

    Raises:
        InputError: a share below 0, or of 1 or more; a limit below 1.
    """

    ranks: NDArray[np.int64] | None = None
    limit: int | None = None
    columns: Sequence[str] | None = None
    hashed: bool = False
    hold_out: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.hold_out < 1:
            raise InputError(
                "A share of {share:.0%} cannot be held out. Use 0% to 99%.", share=self.hold_out
            )
        if self.limit is not None and self.limit < 1:
            raise InputError(
                "The first {limit} of a list are nobody. Use 1 or more.", limit=self.limit
            )

    def people(self, listed: int) -> int:
        """How many of ``listed`` people go into the file."""
        chosen = listed if self.ranks is None else len(self.ranks)
        return min(chosen, chosen if self.limit is None else self.limit)

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """The columns of the file, from those of the list."""
        kept = pa.schema([field for field in schema if self._keeps(field.name)])
        return kept.append(pa.field(HOLD_OUT, pa.bool_())) if self.hold_out else kept

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Rows of the list, as they go into the file."""
        if self.ranks is not None:
            chosen = np.isin(batch.column("rank").to_numpy(), self.ranks, assume_unique=True)
            batch = batch.filter(pa.array(chosen))
        batch = batch.select([name for name in batch.schema.names if self._keeps(name)])
        if not (self.hold_out or self.hashed):
            return batch
        users = batch.column("user").to_pylist()
        if self.hold_out:
            held = pa.array([self.holds_out(user) for user in users], pa.bool_())
            batch = batch.append_column(HOLD_OUT, held)
        if self.hashed:
            place = batch.schema.get_field_index("user")
            hashed = pa.array([_sha256(user.strip().lower()) for user in users])
            batch = batch.set_column(
                place, batch.schema.field(place), hashed.cast(batch.schema.field(place).type)
            )
        return batch

    def _keeps(self, name: str) -> bool:
        # for_1, for_1_value and for_1_seen are of the group "for".
        group = name.partition("_")[0]
        kept = group if group in REASONS else name
        return self.columns is None or kept in ("user", PAIRED) or kept in self.columns

    def holds_out(self, user: str) -> bool:
        """Whether ``user`` is to be left alone."""
        drawn = int(_sha256(f"{self.seed}:{user}")[:16], 16) / 2**64
        return drawn < self.hold_out


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
