"""Every text that a person can see exists in Chinese too, with the same places for values."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from babel.numbers import format_decimal, format_percent

from deepfm.language import Sentence, catalogue, translate

ROOT = Path(__file__).parents[1]
SOURCES = [
    ROOT / "app.py",
    *sorted(ROOT.glob("pages/**/*.py")),
    *sorted(ROOT.glob("deepfm/**/*.py")),
]
CALLS = {"t", "translate", "Sentence", "InputError"}
# Texts that reach `t` by a name instead of standing in the call.
TABLES = {
    "deepfm/glossary.py": "GLOSSARY",
    "deepfm/charts/readings.py": "READINGS",
    "pages/start.py": "WORDS",
    "pages/shared/way.py": "STEPS",
    "pages/shared/question_parts.py": "KINDS",
    "pages/shared/settings_parts.py": "PRESETS FUSIONS",
    "pages/shared/budget_parts.py": "WAYS",
    "pages/training.py": "TRIAL_STATES",
    "deepfm/log/look.py": "_SET_ASIDE",
    "deepfm/log/cluster_work.py": "_TROUBLES",
    "deepfm/evaluation/tables.py": "_DECILES _GAINS _CALIBRATION _OVER_TIME _CURVES",
    "deepfm/prospects/export.py": "_TITLES _REASON_TITLES _GROUP_TITLES",
}


def _constants(node: ast.AST) -> Iterator[str]:
    """The texts that an expression may be: a literal, or the branches of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _texts(path: Path) -> set[str]:
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS and node.args:
            found |= set(_constants(node.args[0]))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QuestionError":
            found |= set(_constants(node.args[1]))
    names = TABLES.get(str(path.relative_to(ROOT)), "").split()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(getattr(target, "id", "") in names for target in targets):
            found |= set(_table_texts(node.value))
    return found


def _table_texts(table: ast.AST) -> Iterator[str]:
    """The values of a dict, or the second arguments of the calls in a tuple."""
    if isinstance(table, ast.Dict):
        for value in table.values:
            yield from _constants(value)
    else:
        for call in table.elts:
            yield from _constants(call.args[1])


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", text))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_is_in_chinese(path: Path) -> None:
    chinese = catalogue("zh")
    # A text of placeholders alone is the same in every language.
    texts = {text for text in _texts(path) if re.sub(r"\{[^}]*\}|[^A-Za-z]", "", text)}
    assert not sorted(texts - set(chinese))
    assert not [text for text in texts if _places(text) != _places(chinese[text])]


def test_the_tables_are_found() -> None:
    for name, tables in TABLES.items():
        source = (ROOT / name).read_text(encoding="utf-8")
        assert all(re.search(rf"^{table}\b", source, re.MULTILINE) for table in tables.split())
    assert {"Data", "Prospects"} <= _texts(ROOT / "pages/shared/way.py")


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 day"), (2, "2 days"), (21, "21 days"), (0.1, "0.1 days"), (11, "11 days")],
)
def test_of_one_thing_english_says_no_s(number: float, said: str) -> None:
    template = "Lengthen it to {days} days."
    assert Sentence(template, days=number).text() == f"Lengthen it to {said}."


@pytest.mark.parametrize("number", [0, 7, 1_234, 1_234_567])
def test_numbers_are_written_alike_in_both_languages(number: int) -> None:
    # So that one format does for both; with a third language this may no longer hold.
    for locale in ("en", "zh_CN"):
        assert format_decimal(number, locale=locale) == f"{number:,}"
        assert format_percent(number / 1e7, "#,##0.0%", locale=locale) == f"{number / 1e7:.1%}"


@pytest.mark.parametrize("number", [0, 1, 2, 11, 21, 101])
def test_english_counts_as_the_language_does(number: int) -> None:
    one = Locale("en").plural_form(number) == "one"
    text = translate("{n:,} users", "en", n=number)
    assert text == f"{number} user" + ("" if one else "s")
    assert Locale("zh").plural_form(number) == "other"


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"template": "{x}", "values": {}},
        {"template": "{x.__class__}", "values": {"x": 1}},
        {"template": "{x[0]}", "values": {"x": "ab"}},
        {"template": "{x:99999999999}", "values": {"x": 1}},
        {"template": "{x:,}", "values": {"x": "text"}},
        {"template": "{x", "values": {"x": 1}},
        {"template": 7, "values": {}},
        {"template": "{x}", "values": {"x": {"template": "{y}", "values": {}}}},
    ],
)
def test_only_our_sentences_come_from_a_file(told: object) -> None:
    with pytest.raises(ValueError):
        Sentence.from_json(told)  # type: ignore[arg-type]
