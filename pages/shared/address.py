"""What the address of a page says: language, whose workspace, log, run, ranking, upload, intake.

A page switch drops the query of the address, so the session remembers it; a reload drops the
session, so the address says it. Whatever is in the address wins.
"""

from __future__ import annotations

from typing import Literal

import streamlit as st

from deepfm.language import LANGUAGES, Language, translate

Name = Literal["lang", "workspace", "log", "run", "ranking", "upload", "intake"]
NAMES: tuple[Name, ...] = ("lang", "workspace", "log", "run", "ranking", "upload", "intake")


def keep_address() -> None:
    """Bring address and session together; to be called first in every run of the app."""
    for name in NAMES:
        if name in st.query_params:
            st.session_state[_key(name)] = st.query_params[name]
        elif _key(name) in st.session_state:
            st.query_params[name] = st.session_state[_key(name)]


def value_of(name: Name) -> str | None:
    """What the address says of ``name``."""
    found: str | None = st.session_state.get(_key(name))
    return found


def remember(**values: str | None) -> None:
    """Put values into the address; None takes one out. Another run has rankings of its own."""
    if values.get("run", value_of("run")) != value_of("run"):
        values = {"ranking": None, **values}
    for name, value in values.items():
        if value is None:
            st.session_state.pop(_key(name), None)
            st.query_params.pop(name, None)
        else:
            st.session_state[_key(name)] = value
            st.query_params[name] = value


def language() -> Language:
    """The reader's language: as chosen, else as the browser says."""
    chosen = value_of("lang")
    if chosen is None:
        chosen = (st.context.locale or "en").split("-")[0].lower()
    return next((known for known in LANGUAGES if known == chosen), "en")


def t(template: str, /, **values: object) -> str:
    """``template`` in the reader's language, with ``values`` put in."""
    return translate(template, language(), **values)


def _key(name: str) -> str:
    return f"address.{name}"
