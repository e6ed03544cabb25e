"""What was changed in a log after it was read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deepfm.language import Sentence


@dataclass(frozen=True)
class Mends:
    """Changes to a log; none by default.

    Attributes:
        drop_duplicates: whether events equal to an earlier one in every column are left out.
        leave_out: users whose events are left out.
        since: events before it are left out; naive, in the log's wall clock.
        until: events after it are left out.
        random_actions: seed of the random numbers from 1 to 5 that stand in for the actions, as in
            a demonstration without a real log; every result is meaningless then.
    """

    drop_duplicates: bool = False
    leave_out: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    random_actions: int | None = None

    def __bool__(self) -> bool:
        return self != Mends()

    def __or__(self, later: Mends) -> Mends:
        """Both, the ``later`` ones on top."""
        starts = [time for time in (self.since, later.since) if time is not None]
        ends = [time for time in (self.until, later.until) if time is not None]
        seeds = [seed for seed in (self.random_actions, later.random_actions) if seed is not None]
        return Mends(
            drop_duplicates=self.drop_duplicates or later.drop_duplicates,
            leave_out=tuple(dict.fromkeys((*self.leave_out, *later.leave_out))),
            since=max(starts, default=None),
            until=min(ends, default=None),
            random_actions=seeds[-1] if seeds else None,
        )

    def sentences(self) -> list[Sentence]:
        """What was done, for people."""
        done = []
        if self.random_actions is not None:
            done.append(
                Sentence(
                    "The actions are random numbers from 1 to 5 (seed {seed}), for a "
                    "demonstration. Nothing that is predicted from them means anything.",
                    seed=self.random_actions,
                )
            )
        if self.drop_duplicates:
            done.append(Sentence("Events that repeat another one exactly were left out."))
        if self.leave_out:
            done.append(Sentence("Users left out: {users}.", users=", ".join(self.leave_out)))
        if self.since is not None:
            done.append(
                Sentence("Events before {time} were left out.", time=f"{self.since:%Y-%m-%d %H:%M}")
            )
        if self.until is not None:
            done.append(
                Sentence("Events after {time} were left out.", time=f"{self.until:%Y-%m-%d %H:%M}")
            )
        return done

    def to_json(self) -> dict[str, Any]:
        """A plain dict; times in ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Mends:
        """The mends that ``to_json`` wrote."""
        times = {
            name: None if data[name] is None else datetime.fromisoformat(data[name])
            for name in ("since", "until")
        }
        return cls(**{**data, "leave_out": tuple(data["leave_out"]), **times})
