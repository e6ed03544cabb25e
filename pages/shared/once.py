"""Clicks in a row begin one training, not several.

At a second click Streamlit runs the script anew at once, in another thread. The first one goes on
to its next look into the session, and so makes what it is at; and the other would make it again.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import streamlit as st

from deepfm.runs.run import Run
from pages.shared.address import remember

_BEGUN = "begun"


class _Begun:
    """What the clicks of one session began."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.run: str | None = None


def begin_once(make: Callable[[], Run]) -> None:
    """Put the run that ``make`` makes into the address, or the one that an earlier click made."""
    begun: _Begun = st.session_state.setdefault(_BEGUN, _Begun())
    with begun.lock:
        if begun.run is None:
            begun.run = make().id
    remember(run=begun.run)


def arrived() -> None:
    """The page shows a run: from now on a click means another one."""
    st.session_state.pop(_BEGUN, None)
