"""Texts with names of others in them, where Streamlit reads Markdown."""

from __future__ import annotations

from deepfm.document import escaped
from deepfm.language import Sentence
from pages.shared.address import language


def plain(text: str) -> str:
    """``text`` as it stands: no picture is fetched, no link and no formula is made of it."""
    return escaped(text).replace("$", "\\$")


def said(sentence: Sentence) -> str:
    """``sentence`` in the reader's language; what it quotes of a log or a file stays text."""
    return plain(sentence.text(language()))
