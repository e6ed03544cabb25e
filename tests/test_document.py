"""What a document says is the same in every form, whatever the names in it hold."""

from __future__ import annotations

import re
from html import unescape

import pandas as pd
import pytest

from deepfm.document import Section, escaped, html_page, markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "*bold* _and_ `code` [link](http://x)",
    "- a list",
    "1. a list",
    "# a heading",
    "back\\slash",
    "&amp; &lt;",
    "two\nlines",
    "~~struck~~",
    "小明",
    "-0.5",
    "+",
]


def _read(page: str) -> str:
    body = page.partition("</style>")[2]
    return unescape(re.sub(r"<[^>]*>", "", body))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_shown_as_it_is_wherever_it_stands(text: str) -> None:
    table = pd.DataFrame({text: [text, "other"], "n": [1, 2]})
    page = html_page(text, [Section(text, [text], table)], "en")
    shown = " ".join(text.split())
    assert "<script" not in page
    # As title, heading, line, column and cell.
    assert _read(page).split("\n").count(shown) == 5
    body = page.partition("</style>")[2]
    found = [body.count(f"<{tag}>") for tag in ("h1", "h2", "ul", "li", "table", "tr", "td", "a")]
    assert found == [1, 1, 1, 1, 1, 3, 4, 0]


def test_numbers_keep_their_digits_and_a_missing_one_is_a_dash() -> None:
    table = pd.DataFrame({"a": [0.123456, float("nan")], "b": [12345, 6]})
    text = markdown("t", [Section("s", table=table)])
    assert text.endswith("| a | b |\n| --- | --- |\n| 0.1235 | 12,345 |\n| – | 6 |\n")


def test_plain_text_stays_readable_in_markdown() -> None:
    assert escaped("AUC 0.863 (0.85–0.87), 5% of -0.1") == "AUC 0.863 (0.85–0.87), 5% of -0.1"


@pytest.mark.parametrize("name", ["--", "- -", "---", "-", "+", "1.", "***", "___", "==="])
def test_a_name_of_strokes_is_no_line_across_the_page(name: str) -> None:
    page = html_page("Title", [Section("Names", [name])], "en")
    assert "<hr" not in page
    assert f"<li>{name}</li>" in page
