"""What a cluster may lack is said in one sentence, in time, and nothing is left half done."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from cluster import Cluster, free_port

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.log.engine import check_reachable, engine
from deepfm.log.events import events_table
from deepfm.log.log import Log
from deepfm.task.question import Question

QUESTION = Question(("purchase",), lookback_days=14, active_days=14, every_days=30)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def own_cluster(java: None, tmp_path: Path) -> Iterator[Cluster]:
    """One that a test may damage."""
    cluster = Cluster(tmp_path)
    try:
        yield cluster.start(workers=0)
    finally:
        cluster.stop()


def refusal(log: Log, address: str, out: Path) -> str:
    """What is said where nothing can be computed; that it came in time, and left nothing."""
    features = feature_catalogue(log, QUESTION)
    # Java takes its time to start once, whatever is asked of it.
    with engine(log, address="local[1]"):
        pass
    begun = time.monotonic()
    with pytest.raises(InputError) as refused:
        write_examples(log, QUESTION, features, out, address=address)
    assert time.monotonic() - begun < 30
    assert not out.exists()
    return str(refused.value)


def test_where_nothing_listens(log: Log, tmp_path: Path) -> None:
    address = f"spark://127.0.0.1:{free_port()}"
    assert refusal(log, address, tmp_path / "out").startswith(f"Nothing listens at {address}.")


def test_where_something_else_listens(log: Log, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"spark://127.0.0.1:{server.getsockname()[1]}"
        said = refusal(log, address, tmp_path / "out")
    assert said.startswith(f"What listens at {address} does not answer as the master of a Spark")


def test_where_there_is_no_worker_and_then_one(
    own_cluster: Cluster, log: Log, tmp_path: Path
) -> None:
    said = refusal(log, own_cluster.address, tmp_path / "out")
    assert "has no worker for this" in said
    own_cluster.add_worker()
    events = events_table(log)
    with engine(log, address=own_cluster.address) as spark:
        assert spark.to_pandas(events.aggregate(n=events.count()))["n"].tolist() == [log.rows]


@pytest.mark.usefixtures("patient")
def test_where_the_workers_cannot_see_the_log(cluster: Cluster, log: Log, tmp_path: Path) -> None:
    """All is one machine here; so it is there for who asks, and gone when they come for it."""
    elsewhere = replace(log, folder=tmp_path)
    shutil.copy(log.parquet, elsewhere.parquet)
    events = events_table(elsewhere)
    with engine(elsewhere, address=cluster.address) as spark:
        elsewhere.parquet.unlink()
        with pytest.raises(InputError) as refused:
            spark.to_parquet(events.select("user", "line"), tmp_path / "out")
    assert f"cannot read {elsewhere.parquet}. Put it where" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("patient")
def test_one_worker_dies_on_the_way_and_the_rows_are_the_same(
    cluster: Cluster, log: Log, tmp_path: Path
) -> None:
    features = feature_catalogue(log, QUESTION)
    write_examples(log, QUESTION, features, tmp_path / "embedded.parquet")
    path = tmp_path / "cluster.parquet"
    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(cluster.kill_worker_that_holds_results)
        write_examples(log, QUESTION, features, path, address=cluster.address)
        assert killer.done()
        killer.result()
    assert len(cluster.workers) == 1
    cluster.add_worker()
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "embedded.parquet"), pd.read_parquet(path), rtol=1e-9, atol=0
    )


@pytest.mark.parametrize(
    "address",
    [
        "spark://",
        "spark://host",
        "spark:/host:7077",
        "http://host:80",
        "spark://h:7;x",
        "sc://host",
        "sc://host:15002/path",
        "sc://host:15002/;token",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError, match="is no engine"):
        check_reachable(address)


def command(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deepfm", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def test_the_command_line_refuses_before_it_begins(demo_csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = ("train", demo_csv, "--target", "purchase", "--out", out)
    nobody = f"spark://127.0.0.1:{free_port()}"
    for ended in (command(*asked, "--engine", nobody), command(*asked, DEEPFM_ENGINE=nobody)):
        assert ended.returncode == 2
        assert ended.stderr.splitlines() == [
            f"Nothing listens at {nobody}. Start the master of the Spark cluster, or correct the "
            "address."
        ]
    ended = command(*asked, "--engine", "oracle")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert not out.exists()
