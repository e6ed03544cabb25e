"""Clicks in a row begin one training or one reading of a log, not several.

At a second click Streamlit runs the script anew at once, in another thread. The first one goes on
to its next look into the session, and so makes what it is at; and the other would make it again.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Literal

import streamlit as st

from pages.shared.address import remember

Kind = Literal["run", "intake"]


class _Begun:
    """What the clicks of one session began."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.id: str | None = None


def begin_once(kind: Kind, make: Callable[[], str]) -> None:
    """Put into the address the id of what ``make`` makes, or of what an earlier click made."""
    begun: _Begun = st.session_state.setdefault(_key(kind), _Begun())
    with begun.lock:
        if begun.id is None:
            begun.id = make()
    remember(**{kind: begun.id})


def arrived(kind: Kind) -> None:
    """The page shows what was begun: from now on a click means another one."""
    st.session_state.pop(_key(kind), None)


def _key(kind: Kind) -> str:
    return f"begun-{kind}"
