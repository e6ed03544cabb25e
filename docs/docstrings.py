"""What the docstrings say of several parameters at once, said of each: an extension of griffe."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

# "dim, units: see …", be it over two lines.
_SEVERAL = re.compile(r"^( +)((?:\w+,\s+)+\w+):", re.MULTILINE)


class SeveralNames(Extension):
    """Gives each name of a list of names an entry of its own, as griffe knows no lists."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite the docstring of ``obj``."""
        if obj.docstring is not None:
            obj.docstring.value = apart(obj.docstring.value)


def apart(docstring: str) -> str:
    """``docstring`` with an entry for each name; the text stands at all of them."""
    text = docstring
    while (found := _SEVERAL.search(text)) is not None:
        indent, names = found[1], re.split(r",\s+", found[2])
        rest = text[found.end() :]
        # The text of an entry ends where a line is not indented further.
        end = re.search(rf"\n(?!{indent} +\S)", rest)
        said = rest[: end.start()] if end else rest
        after = rest[end.start() :] if end else ""
        entries = "\n".join(f"{indent}{name}:{said}" for name in names)
        text = text[: found.start()] + entries + after
    return text
