"""Logs that several tests share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.source import open_source

Event = tuple[str, str, str]


@pytest.fixture
def make_log(tmp_path: Path) -> Callable[..., Log]:
    """A log of (user, action, time) events, taken in from a real CSV."""

    def make(events: Sequence[Event], folder: str = "log", **columns: Sequence[object]) -> Log:
        frame = pd.DataFrame(events, columns=["user", "action", "time"]).assign(**columns)
        path = tmp_path / f"{folder}.csv"
        frame.to_csv(path, index=False)
        mapping = Mapping(
            user="user",
            time="time",
            action="action",
            item="item" if "item" in columns else None,
            amount="amount" if "amount" in columns else None,
            categories=tuple(c for c in columns if c not in ("item", "amount")),
        )
        return take_in(open_source(path), mapping, tmp_path / folder)

    return make
