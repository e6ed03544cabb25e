from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.runs.home import new_folder
from deepfm.runs.journal import JOURNAL
from deepfm.runs.uploads import (
    delete_upload,
    keep_answer,
    keep_demo,
    keep_upload,
    open_upload,
    refer_to,
    source_of,
)
from deepfm.runs.workspace import common_workspace

NAMES = [
    "../../x",
    "/etc/passwd",
    "C:\\x\\y.csv",
    "",
    ".",
    "..",
    ".hidden",
    "a" * 300 + ".csv",
    "行为日志（三月）.csv",
    "a\nb'; rm -rf ~.csv",
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _files(folder: Path) -> list[Path]:
    """All but what the server notes for itself."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != JOURNAL]


@pytest.mark.parametrize("content", [b"", b"\x00\xff\r\n\x1a" * 1000, b"x" * (9 * 1024 * 1024)])
def test_bytes_are_kept_exactly(content: bytes) -> None:
    kept = keep_upload(common_workspace(), [(io.BytesIO(content), "log.csv")])
    assert kept.paths[0].read_bytes() == content
    assert open_upload(common_workspace(), kept.id) == kept


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_never_leaves_the_folder_and_is_shown_as_given(
    name: str, tmp_path: Path, home: Path
) -> None:
    kept = keep_upload(common_workspace(), [(io.BytesIO(b"content"), name)])
    folder = common_workspace().uploads / kept.id
    assert kept.paths[0].resolve().parent == folder / "file"
    assert not kept.paths[0].name.startswith(".")
    assert set(_files(tmp_path)) == {kept.paths[0], folder / "name.json"}
    assert kept.paths[0].read_bytes() == b"content"
    # A name is what stands after the last slash; the rest is shown as it was given.
    assert kept.name == Path(name).name
    assert open_upload(common_workspace(), kept.id) == kept


def test_uploads_of_one_name_do_not_replace_each_other() -> None:
    first, second = (
        keep_upload(common_workspace(), [(io.BytesIO(text), "log.csv")]) for text in (b"1", b"2")
    )
    assert first.paths[0].read_bytes() == b"1"
    assert second.paths[0].read_bytes() == b"2"


@pytest.mark.parametrize("id", ["", "..", "../logs", "/etc", "20261124-150312-3fa9/..", "a\0b"])
def test_what_is_no_id_is_refused_in_words(id: str) -> None:
    with pytest.raises(InputError, match="is not the id"):
        open_upload(common_workspace(), id)


def test_an_upload_that_is_gone_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="no upload 20261124-150312-3fa9") as error:
        open_upload(common_workspace(), "20261124-150312-3fa9")
    assert "20261124-150312-3fa9" in error.value.text("zh")
    assert "There is" not in error.value.text("zh")


def test_the_demo_log_is_kept_like_an_upload() -> None:
    demo = keep_demo(common_workspace(), users=200)
    assert open_upload(common_workspace(), demo.id) == demo
    assert demo.name == "demo.csv"
    assert {"user_id", "action", "time"} <= set(pd.read_csv(demo.paths[0]).columns)


def test_several_files_of_one_name_are_one_upload_and_go_together(home: Path) -> None:
    kept = keep_upload(
        common_workspace(),
        [(io.BytesIO(text), "log.csv") for text in (b"u,t\n1,2\n", b"u,t\n3,4\n")],
    )
    assert [path.read_bytes() for path in kept.paths] == [b"u,t\n1,2\n", b"u,t\n3,4\n"]
    assert open_upload(common_workspace(), kept.id) == kept
    assert [part.name for part in source_of(kept).parts] == ["log.csv", "log.csv"]
    size = sum(path.stat().st_size for path in _files(home))
    assert delete_upload(common_workspace(), kept.id) == size
    assert not _files(home)
    assert delete_upload(common_workspace(), kept.id) == 0


def test_files_on_the_server_stay_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,time\nu1,2024\n")
    upload = refer_to(common_workspace(), [path])
    assert open_upload(common_workspace(), upload.id).paths == (path,)
    delete_upload(common_workspace(), upload.id)
    assert path.exists()


def test_what_a_killed_server_left_half_uploaded_is_swept() -> None:
    half, fresh = (new_folder(common_workspace().uploads) for _ in range(2))
    for folder in (half, fresh):
        (folder / "file").mkdir()
        (folder / "file" / "log.csv").write_bytes(b"user,ti")
    kept = keep_upload(common_workspace(), [(io.BytesIO(b"x"), "old.csv")])
    hour_ago = time.time() - 4_000
    for path in (*half.rglob("*"), half, common_workspace().uploads / kept.id):
        os.utime(path, (hour_ago, hour_ago))
    keep_upload(common_workspace(), [(io.BytesIO(b"y"), "new.csv")])
    assert not half.exists()
    assert fresh.exists()
    assert open_upload(common_workspace(), kept.id) == kept


@pytest.mark.parametrize(
    ("url", "query", "said"),
    [
        ("spark://host:7077", "events", "at a Spark Connect address only"),
        ("local[2]", "events", "at a Spark Connect address only"),
        ("sc://host:15002", "SELECT reflect('java.lang.System', 'getenv')", "SELECT is for the"),
        ("sc://host:15002/;token=x", "text.`/etc/passwd`", "SELECT is for the command line"),
    ],
)
def test_who_reads_the_pages_cannot_make_a_cluster_do_more_than_read_tables(
    url: str, query: str, said: str, home: Path
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        keep_answer(common_workspace(), "lake", url, query)
    assert refused.value.text("zh") != refused.value.text("en")
    assert _files(home) == []
