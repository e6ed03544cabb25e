"""Sentences that exist in English and Simplified Chinese.

The English text is the key: ``Sentence("{n} rows were read", n=3)``. The Chinese text stands in
``deepfm/locales/zh/*.json`` as ``{"{n} rows were read": "读取了 {n} 行"}``, one file an area.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, get_args

Language = Literal["en", "zh"]
# Of one thing English says no s; Chinese has no plural.
_COUNTED = "day|hour|minute|user|row|event|feature|column|value|snapshot|pair|run|epoch"
_ONE = re.compile(rf"(?<![\d.,:-])1 ({_COUNTED})s\b")
# How templates write a number. More digits than these would fill the memory.
_FORM = re.compile(r"[+,]{0,2}(\.\d)?[a-z%]?|[%YmdHMS: -]+")
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All translations into ``language``: English template → translated template."""
    if language == "en":
        return {}
    entries: dict[str, str] = {}
    for file in (files("deepfm") / "locales" / language).iterdir():
        if file.name.endswith(".json"):
            entries.update(json.loads(file.read_text(encoding="utf-8")))
    return entries


def translate(template: str, language: Language, **values: object) -> str:
    """``template`` in ``language``, with ``values`` put in; English where no translation exists."""
    text = catalogue(language).get(template, template)
    shown = {
        name: value.text(language) if isinstance(value, Sentence) else value
        for name, value in values.items()
    }
    said = text.format(**shown) if shown else text
    return _ONE.sub(r"1 \1", said) if language == "en" and shown else said


class Sentence:
    """A text that can be shown in any language and kept as JSON.

    Args:
        template: the English text, with ``{name}`` where a value goes.
        values: the values; numbers, strings or sentences.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values

    def text(self, language: Language = "en") -> str:
        """The sentence in ``language``."""
        return translate(self.template, language, **self.values)

    def to_json(self) -> dict[str, Any]:
        """A plain dict: ``{"template": …, "values": {…}}``."""
        values = {k: v.to_json() if isinstance(v, Sentence) else v for k, v in self.values.items()}
        return {"template": self.template, "values": values}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sentence:
        """The sentence that ``to_json`` wrote.

        Raises:
            ValueError: nothing that it wrote, such as a template that looks into its values.
        """
        try:
            values = {
                name: cls.from_json(value) if isinstance(value, dict) else value
                for name, value in data["values"].items()
            }
            parts = Formatter().parse(data["template"])
            fields = [(name, form or "") for _, name, form, _ in parts if name is not None]
            if not all(name in values and _FORM.fullmatch(form) for name, form in fields):
                raise ValueError("no template of ours")
            sentence = cls(data["template"], **values)
            sentence.text()
        except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise ValueError("no sentence") from error
        return sentence

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Sentence({self.text()!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.text())


def listed(words: Sequence[Sentence | str]) -> Sentence | str:
    """``words`` one after the other, with the commas of the language.

    Raises:
        ValueError: when there is none.
    """
    if not words:
        raise ValueError("nothing to list")
    return reduce(
        lambda first, rest: Sentence("{first}, {rest}", first=first, rest=rest),
        words[1:],
        words[0],
    )
