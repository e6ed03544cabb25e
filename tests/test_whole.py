from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from deepfm.runs.files import read_json, write_json
from deepfm.whole import settle_all, sweep_drafts, whole

WRITER = """
import sys
from pathlib import Path
from deepfm.whole import whole
for turn in range(10_000_000):
    with whole(Path(sys.argv[1])) as draft:
        draft.write_text(str(turn % 10) * 200_000)
"""


def test_a_file_is_replaced_and_its_draft_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("old")
    with whole(path) as draft:
        draft.write_text("new")
        assert draft.suffix == ".csv"
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_where_writing_fails_all_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(path) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_threads_that_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    path, problems = tmp_path / "draft.json", []

    def write(value: int) -> None:
        try:
            for _ in range(50):
                write_json(path, [value] * 2_000)
        except OSError as error:
            problems.append(error)

    threads = [threading.Thread(target=write, args=(value,)) for value in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if path.exists():
            assert len(set(read_json(path))) == 1
    assert not problems
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_a_whole_file_and_its_draft_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
        while not path.exists():
            time.sleep(0.01)
        time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        text = path.read_text()
        assert len(text) == 200_000 and len(set(text)) == 1
    drafts = [draft for draft in tmp_path.iterdir() if draft != path]
    sweep_drafts(tmp_path)
    assert set(drafts) <= set(tmp_path.iterdir())
    for draft in drafts:
        os.utime(draft, (0, 0))
    sweep_drafts(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_waited_for_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_bytes(bytes(100))
    settle_all(tmp_path)
    with pytest.raises(FileNotFoundError):
        settle_all(tmp_path / "nowhere")
