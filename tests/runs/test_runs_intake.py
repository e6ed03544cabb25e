"""A log is read by a process of its own, which can be watched, ended and killed."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.mends import Mends
from deepfm.log.source.part import Dialect
from deepfm.runs.alive import worker_pid
from deepfm.runs.intake import (
    LEFTOVERS,
    REQUEST,
    Intake,
    cancel_intake,
    read_intake,
    start_intake,
    start_mend,
)
from deepfm.runs.journal import JOURNAL
from deepfm.runs.queue import few, turn
from deepfm.runs.store import delete_log, list_logs, open_log, upload_of
from deepfm.runs.uploads import Upload, keep_upload, open_upload
from deepfm.runs.workspace import common_workspace

ROWS = b"user,time\n" + b"".join(b"u%d,2024-01-%02d\n" % (i % 7, i % 28 + 1) for i in range(99))
MAPPING = Mapping("user", "time")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _upload(content: bytes = ROWS) -> Upload:
    return keep_upload(common_workspace(), [(io.BytesIO(content), "log.csv")])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file that takes some seconds to read."""
    path = tmp_path_factory.mktemp("large") / "log.csv"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT i % 999 AS user, 1700000000 + i AS time FROM range(3000000) t(i)) "
            f"TO '{path}' (HEADER)"
        )
    return path.read_bytes()


def _wait(id: str, ready: Callable[[Intake], bool]) -> Intake:
    deadline = time.monotonic() + 60
    while not ready(intake := read_intake(common_workspace(), id)):
        assert time.monotonic() < deadline, intake
        time.sleep(0.05)
    return intake


def _dead(process: int) -> bool:
    """Whether it is gone, or is no more than an entry that its parent has not read."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_a_log_and_its_mended_one_are_read_and_leave_nothing_else() -> None:
    upload = _upload()
    id = start_intake(common_workspace(), upload, Dialect(), MAPPING)
    assert _wait(id, lambda intake: intake.state != "working").state == "done"
    log = open_log(common_workspace(), id)
    assert (log.rows, upload_of(common_workspace(), id)) == (99, upload.id)
    mended = start_mend(common_workspace(), log, Mends(drop_duplicates=True))
    assert _wait(mended, lambda intake: intake.state != "working").state == "done"
    assert open_log(common_workspace(), mended).mends == Mends(drop_duplicates=True)
    assert {info.id: info.name for info in list_logs(common_workspace())} == dict.fromkeys(
        (id, mended), "log.csv"
    )
    time.sleep(0.2)  # the process tidies up after the log is ready
    assert not [name for name in LEFTOVERS if (log.folder / name).exists()]


def test_what_is_wrong_with_the_file_is_said_and_no_log_is_there() -> None:
    id = start_intake(
        common_workspace(), _upload(b"user,time\nu1,soon\nu2,later\n"), Dialect(), MAPPING
    )
    intake = _wait(id, lambda intake: intake.state != "working")
    assert intake.state == "failed"
    assert "the time cannot be read" in str(intake.words)
    assert list_logs(common_workspace()) == []
    cancel_intake(common_workspace(), id)
    with pytest.raises(InputError, match="no log"):
        read_intake(common_workspace(), id)


def test_a_cancelled_reading_leaves_nothing_but_the_upload(home: Path, large: bytes) -> None:
    upload = _upload(large)
    id = start_intake(common_workspace(), upload, Dialect(), MAPPING)
    folder = home / "logs" / id
    shares: list[float] = []
    _wait(id, lambda intake: shares.append(intake.share) or intake.share > 0.05)
    assert shares == sorted(shares)
    process = worker_pid(folder)
    assert process is not None
    cancel_intake(common_workspace(), id)
    assert _dead(process)
    assert not list((home / "logs").iterdir())
    assert open_upload(common_workspace(), upload.id) == upload


def test_a_killed_reading_is_lost_and_said_to_be(home: Path, large: bytes) -> None:
    id = start_intake(common_workspace(), _upload(large), Dialect(), MAPPING)
    _wait(id, lambda intake: intake.share > 0.05)
    process = worker_pid(home / "logs" / id)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    intake = _wait(id, lambda intake: intake.state != "working")
    assert intake.state == "lost"
    assert "ended without a word" in str(intake.words)
    assert list_logs(common_workspace()) == []
    with pytest.raises(InputError, match="holds no log"):
        Log.open(home / "logs" / id)
    # The next reading clears it away, if it is a day old.
    for age, left in ((3_600, True), (90_000, False)):
        then = time.time() - age
        os.utime(home / "logs" / id / REQUEST, (then, then))
        _wait(
            start_intake(common_workspace(), _upload(), Dialect(), MAPPING),
            lambda intake: intake.state == "done",
        )
        assert (home / "logs" / id).exists() == left


def test_one_that_waits_for_another_says_so_and_can_be_ended(home: Path) -> None:
    def refuse(before: int) -> None:
        raise AssertionError(before)

    with turn("readings", few(), refuse):
        first, second = (
            start_intake(common_workspace(), _upload(), Dialect(), MAPPING) for _ in range(2)
        )
        for id in (first, second):
            intake = _wait(id, lambda intake: "earlier files" in str(intake.words))
            assert (intake.state, intake.share) == ("working", 0.0)
        cancel_intake(common_workspace(), first)
        assert not (home / "logs" / first).exists()
    assert _wait(second, lambda intake: intake.state != "working").state == "done"


def test_hashing_deletes_the_upload_and_two_logs_agree(home: Path) -> None:
    users = []
    for _ in range(2):
        upload = _upload()
        id = start_intake(
            common_workspace(), upload, Dialect(), Mapping("user", "time", hash_users=True)
        )
        assert _wait(id, lambda intake: intake.state != "working").state == "done"
        with duckdb.connect() as connection:
            query = "SELECT DISTINCT user FROM read_parquet(?) ORDER BY 1"
            users.append(
                connection.execute(
                    query, [str(open_log(common_workspace(), id).parquet)]
                ).fetchall()
            )
        assert upload_of(common_workspace(), id) is None
        with pytest.raises(InputError, match="no upload"):
            open_upload(common_workspace(), upload.id)
    assert users[0] == users[1]
    assert len(users[0][0][0]) == 64
    key = home / "keys" / "ids.key"
    assert key.stat().st_mode & 0o777 == 0o600
    logs = b"".join(p.read_bytes() for p in (home / "logs").rglob("*") if p.is_file())
    assert key.read_bytes() not in logs


def test_deleting_a_log_removes_every_byte_of_it(home: Path) -> None:
    upload = _upload()
    ids = [start_intake(common_workspace(), upload, Dialect(), MAPPING) for _ in range(2)]
    for id in ids:
        _wait(id, lambda intake: intake.state == "done")
    time.sleep(0.2)

    def size() -> int:
        # What the server notes for itself is no part of a log.
        files = (p for p in home.rglob("*") if p.is_file() and p.name != JOURNAL)
        return sum(p.stat().st_size for p in files)

    before = size()
    gone = delete_log(common_workspace(), ids[0])
    # The other log was read from the same upload, which stays with it.
    assert size() == before - gone
    assert open_upload(common_workspace(), upload.id) == upload
    assert gone + delete_log(common_workspace(), ids[1]) == before
    assert size() == 0


def test_a_reading_killed_when_its_log_was_ready_is_listed_and_tidied_up(home: Path) -> None:
    upload = _upload()
    id = start_intake(
        common_workspace(), upload, Dialect(), Mapping("user", "time", hash_users=True)
    )
    folder = home / "logs" / id
    request = (folder / REQUEST).read_text()
    _wait(id, lambda intake: intake.state == "done")
    time.sleep(0.3)
    # As it stands when the process is killed before its last steps.
    kept = _upload()
    (folder / REQUEST).write_text(request.replace(upload.id, kept.id))
    (folder / "worker.lock").touch()
    assert [info.id for info in list_logs(common_workspace())] == [id]
    other = start_intake(common_workspace(), _upload(), Dialect(), MAPPING)
    assert not (folder / REQUEST).exists()
    with pytest.raises(InputError, match="no upload"):
        open_upload(common_workspace(), kept.id)
    _wait(other, lambda intake: intake.state == "done")
