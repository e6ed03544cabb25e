"""What was done to the project, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """The count of one kind of harm.

    Attributes:
        name: of the kind.
        tried: how often it was done.
        survived: how often all was well afterwards.
        lost: artefacts that are broken or gone.
        tracebacks: what showed that a program had failed.
    """

    name: str
    tried: int = 0
    survived: int = 0
    lost: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    def count(self, lost: list[str], tracebacks: list[str]) -> None:
        """Once more, with what came of it."""
        self.tried += 1
        self.survived += not lost and not tracebacks
        self.lost += lost
        self.tracebacks += tracebacks

    @property
    def sound(self) -> bool:
        """Whether nothing was lost and nothing failed."""
        return not self.lost and not self.tracebacks
