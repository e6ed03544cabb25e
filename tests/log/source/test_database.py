"""Real databases: a SQLite file, and a PostgreSQL server that the test starts."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import adbc_driver_postgresql.dbapi
import pandas as pd
import pyarrow as pa
import pytest

from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.source.database import open_database

ROWS = [
    (f"u{i % 5}", ("view", "buy")[i % 2], f"2024-01-{i % 28 + 1:02d} 10:00:00", i / 2)
    for i in range(70_000)
]
CREATE = "CREATE TABLE events (user_id text, action text, event_time {time}, price float)"
SECRET = "s3cr3t-pw"


def _programs() -> Path | None:
    """Where the server's programs are; the newest version counts."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    programs = _programs()
    assert programs is not None, "PostgreSQL is missing: make postgresql"
    # Not among pytest's folders, which none but their owner may enter.
    with TemporaryDirectory(prefix="deepfm-postgres-") as name:
        yield from _served(programs, Path(name))


def _served(programs: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The server refuses to run as root.
    owner = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    (folder / "pw").write_text(SECRET)
    (folder / "pw").chmod(0o644)
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "reader", "-A", "scram-sha-256", "--no-sync"]
    subprocess.run(
        [*initdb, f"--pwfile={folder / 'pw'}", "-E", "UTF8"],
        check=True,
        capture_output=True,
        cwd=folder,
        **owner,
    )
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        **owner,
    )
    url = f"postgresql://reader:{SECRET}@127.0.0.1:{port}/postgres"
    try:
        _fill(url)
        yield url
    finally:
        server.terminate()
        server.wait(20)


def _fill(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            connection = adbc_driver_postgresql.dbapi.connect(url)
            break
        except adbc_driver_postgresql.dbapi.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    with connection, connection.cursor() as cursor:
        cursor.execute(CREATE.format(time="timestamp"))
        table = pd.DataFrame(ROWS, columns=["user_id", "action", "event_time", "price"])
        table["event_time"] = pd.to_datetime(table["event_time"])
        cursor.adbc_ingest("filling", pa.Table.from_pandas(table))
        cursor.execute("INSERT INTO events SELECT * FROM filling")
        cursor.execute("DROP TABLE filling")
        connection.commit()


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sqlite") / "log.db"
    with sqlite3.connect(path) as connection:
        connection.execute(CREATE.format(time="text"))
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", ROWS)
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_a_table_and_a_query_are_logs(url: str, tmp_path: Path) -> None:
    source = open_database(url, "events", "shop", tmp_path / "table")
    log = take_in(source, guess_mapping(source), tmp_path / "log")
    assert (log.rows, log.users, log.actions) == (70_000, 5, {"buy": 35_000, "view": 35_000})
    table = pd.read_parquet(log.parquet).sort_values("line")
    assert table["amount"].tolist() == [row[3] for row in ROWS]
    assert table["time"].astype(str).tolist() == [row[2] for row in ROWS]
    query = "SELECT user_id, event_time AS user_id FROM events WHERE action = 'buy';"
    part = open_database(url, query, "shop", tmp_path / "query")
    assert part.columns == ("user_id", "user_id_2")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("nothing", "does not answer nothing"),
        ("DROP TABLE events", "begins with SELECT"),
        ("SELECT * FROM events WHERE action = 'none'", "column names but no rows"),
        ("SELECT user_id FROM events", "one column only"),
        ("SELECT * FRO events", "does not answer"),
        ("WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone", "does not answer"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    url: str, query: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        open_database(url, query, "shop", tmp_path)
    assert SECRET not in caught.value.text()
    assert caught.value.text("zh") != caught.value.text("en")
    assert (
        len(pd.read_parquet(open_database(url, "events", "shop", tmp_path).parts[0].path)) == 70_000
    )


def test_addresses_that_lead_nowhere(postgres: str, tmp_path: Path) -> None:
    wrong = postgres.replace(SECRET, "another-pw")
    for url, said in (
        (wrong, "does not answer"),
        ("postgresql://reader:another-pw@127.0.0.1:1/postgres", "does not answer"),
        ("mysql://host/x", "no database that can be read"),
        (f"sqlite:///{tmp_path}/none.db", "There is no file none.db"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            open_database(url, "events", "shop", tmp_path)
        assert "another-pw" not in caught.value.text()
