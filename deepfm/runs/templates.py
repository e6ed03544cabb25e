"""Mappings kept under a name, for files of the same columns that come again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from deepfm.errors import InputError
from deepfm.log.mapping import Mapping
from deepfm.runs.files import read_json, write_json
from deepfm.runs.workspace import Workspace

LONGEST_NAME = 80


@dataclass(frozen=True)
class Template:
    """A mapping with its name and the columns that it is for."""

    name: str
    columns: tuple[str, ...]
    mapping: Mapping


def save_template(
    workspace: Workspace, name: str, columns: tuple[str, ...], mapping: Mapping
) -> Template:
    """Keep ``mapping``; a template of the same name is replaced.

    Raises:
        InputError: the name is empty or too long, or the workspace is only read.
    """
    workspace.check_writable()
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InputError("A template needs a name of at most {most} characters.", most=LONGEST_NAME)
    workspace.templates.mkdir(parents=True, exist_ok=True)
    data = {"name": name, "columns": columns, "mapping": mapping.to_json()}
    write_json(workspace.templates / _file_name(name), data)
    return Template(name, columns, mapping)


def templates_for(workspace: Workspace, columns: tuple[str, ...]) -> list[Template]:
    """The templates for files with these columns, in any order; broken ones are left out."""
    found = (_read(path) for path in workspace.templates.glob("*.json"))
    fitting = [one for one in found if one is not None and set(one.columns) == set(columns)]
    return sorted(fitting, key=lambda template: template.name)


def delete_template(workspace: Workspace, name: str) -> None:
    """Forget a template; nothing happens where there is none."""
    workspace.check_writable()
    (workspace.templates / _file_name(name)).unlink(missing_ok=True)


def _file_name(name: str) -> str:
    # A name may hold anything, so it is never a path.
    return hashlib.sha256(name.encode()).hexdigest()[:32] + ".json"


def _read(path: Path) -> Template | None:
    try:
        data = read_json(path)
        mapping = Mapping.from_json(data["mapping"])
        template = Template(str(data["name"]), tuple(data["columns"]), mapping)
    except (InputError, KeyError, TypeError, ValueError):
        return None
    return template
