"""What of the list goes into a file for other people."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pyarrow as pa

from deepfm.errors import InputError

HOLD_OUT = "hold_out"


@dataclass(frozen=True)
class Handout:
    """A part of the list, in a form for others.

    Attributes:
        limit: only the first so many; None for all.
        hashed: ids as SHA-256 in hexadecimal digits, of the text without spaces around it and in
            small letters: the form in which ad platforms take e-mail addresses.
        hold_out: share of the people to leave alone, 0 to 1; above 0 a column ``hold_out`` says
            who. It goes by the id and the seed alone, so that a longer list, another order or
            another export holds out the same people.
        seed: of the hold-out.

    Raises:
        InputError: a share below 0, or of 1 or more; a limit below 1.
    """

    limit: int | None = None
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

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """The columns of the file, from those of the list."""
        return schema.append(pa.field(HOLD_OUT, pa.bool_())) if self.hold_out else schema

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Rows of the list, as they go into the file."""
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

    def holds_out(self, user: str) -> bool:
        """Whether ``user`` is to be left alone."""
        drawn = int(_sha256(f"{self.seed}:{user}")[:16], 16) / 2**64
        return drawn < self.hold_out


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
