"""Names of others stay text where Streamlit reads Markdown."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from pages.shared.plain import plain

HOSTILE = [
    "![x](https://example.com/x.png)",
    "[x](javascript:alert(1))",
    "<https://example.com>",
    "<img src=x onerror=alert(1)>",
    "*a* _b_ `c` ~~d~~ **e**",
    "# heading",
    "1. one",
    "- one",
    "> said",
    "a\nb\r\nc",
    "&lt;b&gt;",
    "| a | b |",
    "\\",
    ":red[x] :material/home:",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_shows_as_it_stands(name: str) -> None:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(plain(name))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert kinds == {"text"} or kinds == {"text", "text_special"}
    shown = "".join(child.content for child in tokens[1].children or ())
    assert shown == " ".join(name.split())


def test_a_formula_is_none() -> None:
    assert plain("$\\input{x}$ costs $5") == "\\$\\\\input{x}\\$ costs \\$5"
