"""Which column of the file plays which part."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deepfm.errors import InputError

_LISTS = ("time_parts", "categories", "numbers")


@dataclass(frozen=True)
class Mapping:
    """The columns of a log by their part; names are those of the file.

    Attributes:
        user: who acted.
        time: when.
        item: on what, if the log says so.
        action: what was done; without it every row is an `only_action`.
        amount: a price or a sum paid.
        categories: further columns kept as text.
        numbers: further columns kept as numbers.
        time_zone: IANA name of the log's wall clock. Epoch times and times with a zone are
            converted into it; times without a zone are taken as they stand.
        only_action: the name given to every row where there is no action column.
        time_parts: columns that go on where `time` ends, such as an hour after a date.
        day_first: whether 1/2/2010 is the first of February; None where the log shows it.
        excel_times: whether the times are numbers as Excel keeps them, days since 1899-12-30.
        action_names: what the log's actions are to be called, as pairs; ("1", "view"). Two
            actions may get one name and are one from then on.
        hash_users: whether user ids are kept as keyed hashes only.
    """

    user: str
    time: str
    item: str | None = None
    action: str | None = None
    amount: str | None = None
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    time_zone: str = "UTC"
    only_action: str = "event"
    time_parts: tuple[str, ...] = ()
    day_first: bool | None = None
    excel_times: bool = False
    action_names: tuple[tuple[str, str], ...] = ()
    hash_users: bool = False

    def columns(self) -> tuple[str, ...]:
        """All columns of the file that are used."""
        parts = (self.user, self.item, self.action, self.time, *self.time_parts, self.amount)
        return (*(p for p in parts if p is not None), *self.categories, *self.numbers)

    def check(self, columns: tuple[str, ...]) -> None:
        """Raise InputError unless all is known, and every column used only once."""
        used = self.columns()
        for name in used:
            if name not in columns:
                raise InputError(
                    "There is no column {name}. Choose one of: {columns}.",
                    name=name,
                    columns=", ".join(columns),
                )
            if used.count(name) > 1:
                raise InputError(
                    "The column {name} is chosen for two parts. Choose it for one only.", name=name
                )
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError(
                "{zone} is no time zone. Write it like Asia/Shanghai or UTC.", zone=self.time_zone
            ) from error
        if not self.only_action.strip():
            raise InputError("The name of the only action is empty. Give it a name, such as buy.")
        self._check_action_names()

    def _check_action_names(self) -> None:
        codes = [code for code, _ in self.action_names]
        for code, name in self.action_names:
            if not name.strip():
                raise InputError("The action {code} has an empty name. Give it one.", code=code)
            if codes.count(code) > 1:
                raise InputError("The action {code} has two names. Give it one.", code=code)

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Mapping:
        """The mapping that ``to_json`` wrote."""
        lists = {name: tuple(data.get(name, ())) for name in _LISTS}
        names = tuple((str(code), str(name)) for code, name in data.get("action_names", ()))
        return cls(**{**data, **lists, "action_names": names})
