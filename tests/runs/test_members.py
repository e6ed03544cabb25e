from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.runs.members import Member, entries, open_workspace, owner_of, share, shared_with
from deepfm.runs.workspace import common_workspace

ANN = Member("https://login.example.com", "1", "Ann", "ann@example.com")
BEN = Member("https://login.example.com", "2", "Ben", "ben@example.com")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    monkeypatch.delenv("DEEPFM_ADMINS", raising=False)
    return tmp_path


def test_each_user_has_a_workspace_of_their_own(home: Path) -> None:
    own = open_workspace(ANN)
    assert own.writable
    assert own == open_workspace(ANN, ANN.id)
    assert own.folder.parent == home / "workspaces"
    assert own.folder not in (open_workspace(BEN).folder, common_workspace().folder)
    # Neither a name nor an address tells users apart: both may change hands.
    assert open_workspace(replace(ANN, name="Anna", email="anna@example.com")) == own
    assert open_workspace(replace(ANN, issuer="https://other.example.com")) != own


@pytest.mark.parametrize("id", ["", "..", "../runs", "/etc", "0" * 32, "0" * 32 + "/..", "a\0b"])
def test_what_is_not_there_is_not_shared(id: str) -> None:
    with pytest.raises(InputError, match="not shared with you"):
        open_workspace(ANN, id)


def test_nobody_enters_before_it_is_shared_and_nobody_else_after() -> None:
    open_workspace(BEN)
    with pytest.raises(InputError, match="not shared with you"):
        open_workspace(BEN, ANN.id)
    assert share(ANN, " Ben@Example.com, carl@example.com\n") == [
        "ben@example.com",
        "carl@example.com",
    ]
    assert shared_with(ANN) == ["ben@example.com", "carl@example.com"]
    shared = open_workspace(BEN, ANN.id)
    assert shared.folder == open_workspace(ANN).folder
    assert not shared.writable
    with pytest.raises(InputError, match="to be read"):
        shared.check_writable()
    # An address that nobody vouches for opens nothing.
    for other in (replace(BEN, email=""), replace(BEN, email="dora@example.com")):
        with pytest.raises(InputError, match="not shared with you"):
            open_workspace(other, ANN.id)
    share(ANN, "")
    with pytest.raises(InputError, match="not shared with you"):
        open_workspace(BEN, ANN.id)


def test_an_administrator_enters_all(monkeypatch: pytest.MonkeyPatch) -> None:
    open_workspace(ANN)
    monkeypatch.setenv("DEEPFM_ADMINS", "root@example.com; Ben@example.com")
    assert open_workspace(BEN, ANN.id).writable
    assert [(e.owner, e.writable) for e in entries(BEN)] == [
        ("Ben", True),
        ("ann@example.com", True),
    ]
    # Who has no address is no administrator, whatever is listed.
    monkeypatch.setenv("DEEPFM_ADMINS", ";")
    assert not replace(BEN, email="").is_admin


def test_one_sees_in_the_list_what_one_may_enter() -> None:
    open_workspace(ANN)
    assert [entry.id for entry in entries(BEN)] == [BEN.id]
    share(ANN, BEN.email)
    assert [(e.owner, e.writable) for e in entries(BEN)] == [
        ("Ben", True),
        ("ann@example.com", False),
    ]
    assert [entry.id for entry in entries(ANN)] == [ANN.id]


def test_what_is_no_address_is_refused_and_nothing_changes() -> None:
    share(ANN, BEN.email)
    with pytest.raises(InputError, match="nonsense is no e-mail address"):
        share(ANN, "carl@example.com nonsense")
    with pytest.raises(InputError, match="at most 200"):
        share(ANN, " ".join(f"u{n}@example.com" for n in range(201)))
    assert shared_with(ANN) == [BEN.email]


def test_a_damaged_file_opens_nothing_and_costs_nobody_their_own() -> None:
    folder = open_workspace(ANN).folder
    share(ANN, BEN.email)
    for content in ("{", "[]", '{"emails": 1}'):
        (folder / "shared.json").write_text(content)
        (folder / "owner.json").write_text(content)
        with pytest.raises(InputError):
            open_workspace(BEN, ANN.id)
        assert open_workspace(ANN).folder == folder
        assert owner_of(open_workspace(ANN)) == ANN.email
    (folder.parent / "notes.txt").touch()
    (folder / "shared.json").unlink()
    assert [entry.id for entry in entries(BEN)] == [BEN.id]
