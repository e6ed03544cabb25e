"""A Spark Connect address: the driver is a process that others run."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cluster import ConnectServer, free_port
from random_log import random_log
from test_cluster_work import made_up_model
from test_equal import DEMO, QUESTIONS, assert_equal

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.features.stored import stored_parts
from deepfm.fields.fields import FieldSet
from deepfm.fields.on_cluster import fit_on_cluster
from deepfm.log.engine import check_reachable, engine, engine_name
from deepfm.log.events import events_table
from deepfm.log.log import Log
from deepfm.prospects.scores import score_on_cluster, score_rows

pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture(scope="module")
def connect(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectServer]:
    server = ConnectServer(tmp_path_factory.mktemp("connect"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.mark.parametrize("name", ["first time", "pair", "row"])
def test_random_logs_give_the_same_rows(name: str, connect: ConnectServer, tmp_path: Path) -> None:
    log = random_log(tmp_path, seed=list(QUESTIONS).index(name))
    assert_equal(log, QUESTIONS[name], connect.address, tmp_path)


def test_fields_and_scores_are_those_of_here(
    connect: ConnectServer, log: Log, tmp_path: Path
) -> None:
    question, path = DEMO["user"], tmp_path / "examples.parquet"
    features = feature_catalogue(log, question)
    write_examples(log, question, features, path)
    parts = stored_parts(path)
    names = [[f.name for f in features if f.kind == kind] for kind in ("sparse", "dense")]
    fields = FieldSet.fit(parts["train"], *names)
    assert fit_on_cluster(parts["train"], *names, connect.address) == fields
    model = made_up_model(fields)
    found = score_on_cluster(fields, model, parts["now"], connect.address)
    here = score_rows(fields, model, parts["now"])
    np.testing.assert_allclose(found.logit, here.logit, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.vector, here.vector, rtol=0, atol=1e-9)


def refusal(address: str, log: Log) -> str:
    """What is said, in time."""
    begun = time.monotonic()
    with pytest.raises(InputError) as refused, engine(log, address=address):
        pass
    assert time.monotonic() - begun < 30
    return str(refused.value)


def test_where_nothing_listens(log: Log) -> None:
    address = f"sc://127.0.0.1:{free_port()}"
    said = refusal(f"{address}/;token=secret", log)
    assert said.startswith(f"Nothing listens at {address}. ")


def test_where_something_else_listens(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepfm.log.cluster_work.PATIENCE_SECONDS", 20.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"sc://127.0.0.1:{server.getsockname()[1]}"
        said = refusal(address, log)
    assert said.startswith(f"What listens at {address} does not answer as a Spark Connect server.")


def test_a_server_that_dies_on_the_way(java: None, log: Log, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    server = ConnectServer(tmp_path / "server").start()
    try:
        events = events_table(log)
        with engine(log, address=server.address) as spark:
            counts = spark.to_pandas(events.aggregate(n=events.count()))
            assert counts["n"].tolist() == [log.rows]
            server.stop()
            begun = time.monotonic()
            with pytest.raises(InputError) as refused:
                spark.to_parquet(events, tmp_path / "out")
            assert time.monotonic() - begun < 30
    finally:
        server.stop()
    assert str(refused.value).startswith(f"The Spark cluster {server.address} ended the work.")
    assert not (tmp_path / "out").exists()


def test_what_stands_behind_the_address_is_not_told() -> None:
    address = "sc://host:15002/;use_ssl=true;token=secret"
    assert engine_name(address).endswith(", sc://host:15002")
    with pytest.raises(InputError) as refused:
        check_reachable("sc://host:port/;token=secret")
    assert str(refused.value).startswith("sc://host:port is no engine.")
