"""A text with headings and tables, written once and read as Markdown or HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markdown_it import MarkdownIt

# What Markdown would take for a mark wherever it stands, and what begins a list.
_MARK = re.compile(r"[\\`*_\[\]<>|#~&]")
_LIST = re.compile(r"^(\d*)([-+.)])(?=[\s-]|$)")
_STYLE = """
body { font: 16px/1.5 system-ui, "Noto Sans SC", "Microsoft YaHei", sans-serif; color: #1f2328;
  max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 1.6rem; }
table { border-collapse: collapse; font-size: 0.85rem; width: 100%; }
th, td { border-bottom: 1px solid #d0d7de; padding: 0.3rem 0.5rem; text-align: left; }
@media print { body { font-size: 10.5pt; margin: 0; max-width: none; }
  h2 { break-after: avoid; } tr, li { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Attributes:
        title: plain text.
        lines: sentences, plain text.
        table: shown after them; text and numbers.
    """

    title: str
    lines: Sequence[str] = ()
    table: pd.DataFrame | None = None


def markdown(title: str, sections: Sequence[Section]) -> str:
    """The document as Markdown; names from a log stay text whatever they hold."""
    parts = [f"# {escaped(title)}"]
    for section in sections:
        parts.append(f"## {escaped(section.title)}")
        if section.lines:
            parts.append("\n".join(f"- {escaped(line)}" for line in section.lines))
        if section.table is not None:
            parts.append(_table(section.table))
    return "\n\n".join(parts) + "\n"


def html_page(title: str, sections: Sequence[Section], language: str) -> str:
    """The document as a page of HTML that can be printed; it loads nothing."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table")
    return (
        f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n"
        f"{body.render(markdown(title, sections))}</html>\n"
    )


def escaped(text: str) -> str:
    """Text of one line that Markdown shows as it is."""
    line = _MARK.sub(lambda mark: f"\\{mark.group()}", " ".join(text.split()))
    return _LIST.sub(r"\1\\\2", line)


def _table(table: pd.DataFrame) -> str:
    rows = [list(table.columns), *table.itertuples(index=False, name=None)]
    lines = ["| " + " | ".join(escaped(_text(cell)) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * table.shape[1], *lines[1:]])


def _text(cell: Any) -> str:
    if pd.isna(cell):
        return "–"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
