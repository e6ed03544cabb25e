"""A reader of the pages: opens them, presses what they offer, and takes in what they say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from pages.shared.way import STEPS, step

APP = Path(__file__).parents[2] / "pages" / "frame.py"
PAGES = [step.name for step in STEPS]
_ICON = re.compile(r":material/\w+:")
_ENGLISH = re.compile(r"[A-Za-z]{2,}[ ,]+[a-z]{2,}")


def open_page(name: str, lang: str | None = None, **address: str) -> AppTest:
    """A new session on one page, with what the address says.

    A session begins on the start page, so the rest of the address comes with the page itself.
    """
    at = AppTest.from_file(str(APP), default_timeout=60)
    if lang is not None:
        at.query_params["lang"] = lang
    at.run()
    for key, value in address.items():
        at.query_params[key] = value
    at.switch_page(step(name).path)
    return run(at)


def run(at: AppTest) -> AppTest:
    """Run the page; it must not break."""
    at.run()
    assert not at.exception, [found.message for found in at.exception]
    return at


def press(at: AppTest, *labels: str) -> AppTest:
    """Press buttons by their label, all in one go."""
    for label in labels:
        buttons = [button for button in at.button if button.label == label]
        assert len(buttons) == 1, [button.label for button in at.button]
        buttons[0].click()
    return run(at)


def settle(at: AppTest, seconds: float = 60) -> AppTest:
    """Wait, as a reader does, until a log has been read, a preview computed, or it has failed."""
    deadline = time.monotonic() + seconds
    while at.status or any(button.label in ("Cancel", "取消") for button in at.button):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        run(at)
    return at


def choose_row(
    at: AppTest, key: str, *rows: int, section: str | None = None, fold: str | None = None
) -> AppTest:
    """Choose rows of the table with this key, turn to a section of the person, open a fold there.

    Such a reader forgets what was open at the next step.
    """
    if section is not None:
        at.session_state["person"] = section
    if fold is not None:
        at.session_state[f"{fold}-fold"] = True
    at.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return run(at)


def turn_to(at: AppTest, section: str, fold: str | None = None) -> AppTest:
    """Open one of the tabs of the page, and a fold there; forgotten as with ``choose_row``."""
    assert section in [tab.label for tab in at.tabs]
    at.session_state["section"] = section
    if fold is not None:
        at.session_state[f"{fold}-fold"] = True
    return run(at)


def labels(at: AppTest, kind: str) -> list[str]:
    """The labels of all elements of a kind, such as ``button`` or ``page_link``."""
    return [str(getattr(element.proto, "label", "")) for element in at.get(kind)]


def metrics(at: AppTest) -> dict[str, str]:
    """The figures of the page by their label."""
    return {metric.label: str(metric.value) for metric in at.metric}


def complaints(at: AppTest) -> list[str]:
    """What the page says is wrong."""
    return [str(box.value) for box in (*at.error, *at.warning)]


def texts(at: AppTest) -> Iterator[str]:
    """Everything in words that the page and the sidebar show, except pictures and cells."""
    for block in (at.main, at.sidebar):
        for element in block:
            yield from _words(element)


def english(at: AppTest) -> list[str]:
    """Texts in which two English words stand side by side."""
    return [text for text in texts(at) if _ENGLISH.search(_ICON.sub("", text))]


def _words(element: Element) -> Iterator[str]:
    proto = getattr(element, "proto", None)
    for name in ("label", "help", "placeholder", "body", "text", "caption"):
        word = getattr(proto, name, None)
        if isinstance(word, str) and word:
            yield word
    options = getattr(element, "options", None)
    yield from (str(option) for option in options or ())
    if element.type in ("arrow_data_frame", "dataframe"):
        yield from (str(title) for title in element.value.columns)
