"""A log that lies where only a cluster sees it: a table of its catalog, or files by their path."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from cluster import Cluster, ConnectServer, free_port

from deepfm.__main__ import main
from deepfm.errors import InputError
from deepfm.log.cluster_connect import connected
from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.source.cluster_table import rows_of_cluster
from deepfm.log.source.database import open_database
from deepfm.log.source.part import Source
from deepfm.log.source.source import open_source
from deepfm.runs.uploads import keep_answer, source_of
from deepfm.runs.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient")
TABLE = "shop.events"
PARTS = 4
NO_NUMBER = "SELECT CAST(concat('x', id) AS INT) AS a, id FROM range(9)"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Parquet files, as a cluster writes a table."""
    folder, csv = (tmp_path_factory.mktemp(name) for name in ("events", "csv"))
    write_demo(csv / "demo.csv", users=2_000)
    frame = pd.read_csv(csv / "demo.csv", dtype={"user_id": str}, parse_dates=["time"])
    for place in range(PARTS):
        part = frame[place * len(frame) // PARTS : (place + 1) * len(frame) // PARTS]
        part.to_parquet(folder / f"part-{place}.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def connect(
    java: None, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConnectServer]:
    """A server that has the files as a table."""
    server = ConnectServer(tmp_path_factory.mktemp("connect"))
    try:
        session = connected(server.start().address, TABLE)
        session.sql("CREATE DATABASE shop")
        session.read.parquet(f"file://{files}/*.parquet").write.saveAsTable(TABLE)
        session.stop()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["driven from here", "connect"])
def address(request: pytest.FixtureRequest) -> str:
    name = "cluster" if request.param == "driven from here" else "connect"
    return str(request.getfixturevalue(name).address)


def of_files(files: Path) -> str:
    return f"SELECT * FROM parquet.`file://{files}`"


def taken(source: Source, folder: Path) -> Log:
    return take_in(source, guess_mapping(source), folder)


def events(log: Log) -> pd.DataFrame:
    """All that is known of each, in one order."""
    frame = pd.read_parquet(log.parquet).drop(columns="line")
    return frame.sort_values(list(frame), ignore_index=True)


def test_files_that_the_cluster_sees_are_a_log(address: str, files: Path, tmp_path: Path) -> None:
    found = taken(open_database(address, of_files(files), "lake", tmp_path / "it"), tmp_path / "a")
    here = taken(open_source(*sorted(files.glob("*.parquet"))), tmp_path / "b")
    pd.testing.assert_frame_equal(events(found), events(here))
    assert found.report.rows_read == here.report.rows_read == here.rows


def test_a_table_is_a_log_on_the_pages(connect: ConnectServer, files: Path, tmp_path: Path) -> None:
    upload = keep_answer(Workspace(tmp_path), "lake", connect.address, TABLE)
    here = taken(open_source(*sorted(files.glob("*.parquet"))), tmp_path / "here")
    pd.testing.assert_frame_equal(events(taken(source_of(upload), tmp_path / "a")), events(here))


def test_a_table_is_a_log_of_the_command_line(
    connect: ConnectServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--database", connect.address, "--query", TABLE]) == 0
    assert " events of 2,000 users " in capsys.readouterr().out


def test_values_of_all_kinds_stay_what_they_are(address: str, tmp_path: Path) -> None:
    query = (
        "WITH drawn AS (SELECT id FROM range(3)) "
        "SELECT concat('用户', id) AS user, TIMESTAMP_LTZ '2024-03-31 02:30:00' AS time, "
        "TIMESTAMP_NTZ '2024-03-31 02:30:00' AS time, DATE '2024-03-31' AS day, "
        "CAST(1.10 AS DECIMAL(9, 2)) AS price, NULL AS nothing, array(id, 7) AS list, "
        "id = 1 AS yes FROM drawn ORDER BY id; "
    )
    source = open_database(address, query, "lake", tmp_path)
    assert source.columns == ("user", "time", "time_2", "day", "price", "nothing", "list", "yes")
    rows = pd.read_parquet(source.parts[0].path).astype(str).fillna("").to_numpy().tolist()
    times = ["2024-03-31 02:30:00+00:00", "2024-03-31 02:30:00", "2024-03-31"]
    assert rows == [[f"用户{n}", *times, "1.10", "", f"[{n} 7]", str(n == 1)] for n in range(3)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("nothing", "lake does not answer nothing: .*cannot be found"),
        ("SELECT * FROM parquet.`file:///nowhere`", "does not answer .*file:/nowhere"),
        ("DROP TABLE shop.events", "begins with SELECT"),
        ("SELECT * FRO events", "does not answer"),
        ("WITH a AS (SELECT 1) INSERT INTO shop.events SELECT * FROM a", "does not answer"),
        ("SELECT 1 AS a, 2 AS b WHERE 1 > 2", "column names but no rows"),
        ("SELECT 1 AS a -- one", "one column only"),
        (NO_NUMBER, r"does not answer .*: \[CAST_INVALID_INPUT\] The value 'x"),
    ],
)
def test_what_is_wrong_is_said(
    connect: ConnectServer, query: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        open_database(connect.address, query, "lake", tmp_path)
    assert caught.value.text("zh") != caught.value.text("en")


def test_what_a_worker_cannot_do_is_said(cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not answer .*: \[CAST_INVALID_INPUT\]"):
        open_database(cluster.address, NO_NUMBER, "lake", tmp_path)


def test_a_worker_dies_on_the_way_and_no_row_is_missing(cluster: Cluster, files: Path) -> None:
    with rows_of_cluster(cluster.address, of_files(files), "lake") as batches:
        rows = next(batches).num_rows
        cluster.kill_worker()
        rows += sum(batch.num_rows for batch in batches)
    cluster.add_worker()
    assert rows == sum(pq.read_metadata(path).num_rows for path in files.glob("*.parquet"))


def test_a_server_that_is_gone_leaves_nothing(java: None, files: Path, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    server = ConnectServer(tmp_path / "server").start()
    try:
        with rows_of_cluster(server.address, of_files(files), "lake") as batches:
            next(batches)
        server.stop()
        with pytest.raises(InputError, match=f"Nothing listens at {server.address}"):
            keep_answer(Workspace(tmp_path / "home"), "lake", server.address, TABLE)
    finally:
        server.stop()
    assert not list((tmp_path / "home").rglob("*.parquet"))


def test_a_server_that_dies_on_the_way_is_told(java: None, tmp_path: Path) -> None:
    server = ConnectServer(tmp_path).start()
    # A row of each part waits, so that the server has not sent all when it dies.
    sleep = "reflect('java.lang.Thread', 'sleep', id * 10)"
    slow = f"SELECT id, {sleep} AS slept FROM range(0, 500, 1, 50)"
    try:
        with rows_of_cluster(server.address, slow, "lake") as batches:
            next(batches)
            server.stop()
            begun = time.monotonic()
            with pytest.raises(InputError, match="ended the work"):
                list(batches)
            assert time.monotonic() - begun < 30
    finally:
        server.stop()


def test_secrets_are_not_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing listens at") as caught:
        open_database(f"sc://127.0.0.1:{free_port()}/;token=s3cr3t", TABLE, "lake", tmp_path)
    assert "s3cr3t" not in caught.value.text()
