from __future__ import annotations

from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.log.mapping import Mapping
from deepfm.runs.templates import LONGEST_NAME, delete_template, save_template, templates_for
from deepfm.runs.workspace import common_workspace

COLUMNS = ("u", "t", "a")
MAPPING = Mapping("u", "t", action="a", action_names=(("1", "view"),), day_first=True)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("name", ["shop", "../../up", "/etc/x", "商城 日志", "a\nb", "." * 9])
def test_a_template_is_found_for_the_same_columns_whatever_its_name(home: Path, name: str) -> None:
    kept = save_template(common_workspace(), name, COLUMNS, MAPPING)
    assert templates_for(common_workspace(), COLUMNS[::-1]) == [kept]
    assert (kept.name, kept.mapping) == (name, MAPPING)
    assert templates_for(common_workspace(), (*COLUMNS, "more")) == []
    assert {path.parent for path in home.parent.rglob("*.json")} == {home / "templates"}
    save_template(common_workspace(), name, COLUMNS, Mapping("u", "t"))
    assert [template.mapping for template in templates_for(common_workspace(), COLUMNS)] == [
        Mapping("u", "t")
    ]
    delete_template(common_workspace(), name)
    delete_template(common_workspace(), name)
    assert templates_for(common_workspace(), COLUMNS) == []


def test_no_name_is_no_template_and_a_broken_file_is_in_nobodys_way(home: Path) -> None:
    for name in (" ", "x" * (LONGEST_NAME + 1)):
        with pytest.raises(InputError, match="needs a name"):
            save_template(common_workspace(), name, COLUMNS, MAPPING)
    save_template(common_workspace(), "good", COLUMNS, MAPPING)
    (home / "templates" / "bad.json").write_text('{"name": "bad", "columns": ["u"]')
    (home / "templates" / "odd.json").write_text('{"name": "odd", "columns": 3, "mapping": {}}')
    assert [template.name for template in templates_for(common_workspace(), COLUMNS)] == ["good"]
