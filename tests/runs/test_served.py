from __future__ import annotations

from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.runs.served import DATABASES, FOLDERS, served_databases, served_files, served_folders


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, ...]:
    for name in ("a/2024", "b", "secret"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("a/2024/2.csv", "a/2024/1.csv", "b/1.csv", "secret/1.csv"):
        (tmp_path / name).write_text("user,time\n")
    (tmp_path / "a/link.csv").symlink_to(tmp_path / "secret/1.csv")
    (tmp_path / "a/out").symlink_to(tmp_path / "secret")
    monkeypatch.setenv(FOLDERS, f"{tmp_path / 'a'}:{tmp_path / 'b'}:")
    return served_folders()


def test_paths_and_patterns_within_the_folders(tmp_path: Path, folders: tuple[Path, ...]) -> None:
    assert folders == (tmp_path / "a", tmp_path / "b")
    assert served_files("2024/*.csv", folders) == [tmp_path / f"a/2024/{i}.csv" for i in (1, 2)]
    assert served_files(f"{tmp_path}/b/1.csv", folders) == [tmp_path / "b/1.csv"]
    assert len(served_files("**/*.csv", folders)) == 3


@pytest.mark.parametrize(
    "pattern",
    [
        "link.csv",
        "out/1.csv",
        "../secret/1.csv",
        "/etc/passwd",
        "b/../../secret/*",
        "",
        "2024",
        "*.x",
    ],
)
def test_nothing_else_is_served(tmp_path: Path, folders: tuple[Path, ...], pattern: str) -> None:
    with pytest.raises(InputError, match="No file that may be read fits"):
        served_files(pattern, folders)


def test_without_the_variable_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDERS, raising=False)
    assert served_folders() == ()


def test_databases_are_told_apart_though_an_address_has_marks_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lake = "sc://host:15002/;token=a=b;use_ssl=true"
    monkeypatch.setenv(DATABASES, f" ;lake={lake}; shop = sqlite:///a b.db ;")
    assert served_databases() == {"lake": lake, "shop": "sqlite:///a b.db"}
