"""The list of commands, from the parser itself: a hook of ``make docs``.

``deepfm.cli`` needs nothing beside Python, so the documentation can ask it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from deepfm.cli import parser  # noqa: E402

PAGE = "reference/cli.md"
MARK = "<!-- commands -->"
_WIDTH = 80


def on_page_markdown(markdown: str, *, page: Any, **kwargs: Any) -> str:
    """Put the commands in the place of the mark; MkDocs calls this for each page."""
    if page.file.src_uri != PAGE:
        return markdown
    if MARK not in markdown:
        raise ValueError(f"{PAGE} has no {MARK}, so there is no place for the commands")
    return markdown.replace(MARK, reference(parser()))


def reference(main: argparse.ArgumentParser) -> str:
    """All commands with their options, as Markdown."""
    return "\n\n".join(part for name, one in commands(main).items() for part in _command(name, one))


def commands(main: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, by its name."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in main._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## {name}"
    if command.description:
        yield _escaped(command.description)
    yield f"```text\n{_usage(command)}\n```"
    for group in command._action_groups:
        rows = [_row(action) for action in group._group_actions if action.help != "==SUPPRESS=="]
        if not rows:
            continue
        title = group.title or ""
        yield f"**{_escaped(title[:1].upper() + title[1:])}**"
        yield "\n".join(["| name | what it is |", "|---|---|", *rows])
    if command.epilog:
        yield f"```text\n{command.epilog.strip()}\n```"


def _usage(command: argparse.ArgumentParser) -> str:
    # A width of its own, as argparse takes that of the terminal.
    formatter = argparse.HelpFormatter(command.prog, width=_WIDTH)
    formatter.add_usage(command.usage, command._actions, command._mutually_exclusive_groups, "")
    return formatter.format_help().strip()


def _row(action: argparse.Action) -> str:
    said = (action.help or "").replace("%%", "%")
    default = action.default
    # A switch that nobody gives is off, whatever the parser keeps for that.
    if action.nargs != 0 and default not in (None, argparse.SUPPRESS, []):
        said += f" (default: `{default}`)" if said else f"default: `{default}`"
    return f"| {_name(action)} | {_escaped(said)} |"


def _name(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar or action.dest}`"
    value = ""
    if action.choices is not None:
        value = " {" + ",".join(map(str, action.choices)) + "}"
    elif action.nargs != 0:
        value = f" {action.metavar or action.dest.upper()}"
    # In a table a bar begins a new cell.
    names = [f"`{option}{value}`".replace("|", "\\|") for option in action.option_strings]
    return ", ".join(names)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
