"""The documentation names what there is, and leads nowhere else; ``make docs`` checks the rest."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

import deepfm
from deepfm.cli import parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"]

_CODE = re.compile(r"^([ ]*)(```|~~~).*?^\1\2[ ]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(
    r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)"
)
_VARIABLE = re.compile(r"\bDEEPFM_[A-Z_]*[A-Z]\b")


def test_every_public_name_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    assert names_without_entry(text, deepfm.__all__) == []


def test_every_entry_of_the_reference_is_a_public_name() -> None:
    text = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    assert set(entries(text)) <= set(deepfm.__all__)


def test_a_name_without_an_entry_is_found() -> None:
    text = "::: deepfm.train\n\nIn words, deepfm.read_log is no entry, nor is ::: deepfm.Run here."
    assert names_without_entry(text, ["train", "read_log", "Run"]) == ["read_log", "Run"]


def test_every_command_and_option_is_in_the_reference() -> None:
    made = cli_reference()
    page = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    text = page.replace(made.MARK, made.reference(parser()))
    commands = made.commands(parser())
    assert {"check", "train", "resume", "score", "backtest", "explain", "demo"} <= set(commands)
    for name, command in commands.items():
        begin = text.index(f"\n## {name}\n")
        end = text.find("\n## ", begin + 1)
        section = text[begin : end if end > 0 else None]
        for action in command._actions:
            for option in action.option_strings or [action.metavar or action.dest]:
                assert f"`{option}" in section, f"{option} of {name}"


def test_the_commands_have_their_place() -> None:
    assert cli_reference().MARK in (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_to_files(page: Path) -> None:
    assert broken(page.read_text(encoding="utf-8"), page.parent) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").touch()
    text = (
        "[a](there.md#part) [b](gone.md) ![c](gone.png) [d](https://example.com/x) [e](#here)\n"
        '<img src="lost.png"> `[f](code.md)`\n\n```md\n[g](code.md)\n```\n'
    )
    assert broken(text, tmp_path) == ["gone.md", "gone.png", "lost.png"]


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    navigation = set(re.findall(r"[\w/-]+\.md\b", text[text.index("\nnav:") :]))
    assert navigation == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def test_every_variable_is_documented() -> None:
    read = variables(ROOT / "deepfm") | variables(ROOT / "pages")
    assert {"DEEPFM_HOME", "DEEPFM_LOGS"} <= read
    assert read - set(_VARIABLE.findall((DOCS / "deployment.md").read_text("utf-8"))) == set()


def test_every_documented_variable_is_read() -> None:
    read = variables(ROOT / "deepfm") | variables(ROOT / "pages")
    for page in PAGES:
        assert set(_VARIABLE.findall(page.read_text("utf-8"))) <= read, page.name


def test_a_variable_in_the_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "code.py").write_text('NAME = "DEEPFM_NEW_THING"\n', encoding="utf-8")
    assert variables(tmp_path) == {"DEEPFM_NEW_THING"}


def cli_reference() -> ModuleType:
    """docs/cli_reference.py, which is no part of a package."""
    path = DOCS / "cli_reference.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries(text: str) -> list[str]:
    """The names that mkdocstrings is told to describe."""
    return re.findall(r"^::: deepfm\.(\w+)$", text, re.MULTILINE)


def names_without_entry(text: str, names: Iterable[str]) -> list[str]:
    there = entries(text)
    return [name for name in names if name not in there]


def broken(text: str, folder: Path) -> list[str]:
    """The relative links and pictures of Markdown in ``folder`` that lead to no file."""
    found = [link or picture for link, picture in _LINK.findall(_CODE.sub("", text))]
    relative = [link for link in found if not re.match(r"[a-z][a-z+.-]*:|#", link)]
    return [link for link in relative if not (folder / unquote(link.partition("#")[0])).is_file()]


def variables(folder: Path) -> set[str]:
    """Names of our environment variables in the code of ``folder``."""
    code = (path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return {name for text in code for name in _VARIABLE.findall(text)}
