"""One cluster for all tests; they are run by ``make test-distributed``, where PySpark is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from cluster import Cluster

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Java 17, whichever is the default of this machine, and settings as an owner would make them.

    The zone is another one than the log's, and of the two hundred parts in which Spark shuffles by
    default a small log needs few.
    """
    conf = tmp_path_factory.mktemp("conf")
    (conf / "spark-defaults.conf").write_text("spark.sql.shuffle.partitions 4\n", "utf-8")
    homes = sorted(Path("/usr/lib/jvm").glob("*-17-*"))
    with pytest.MonkeyPatch.context() as patch:
        if "JAVA_HOME" not in os.environ and homes:
            patch.setenv("JAVA_HOME", str(homes[0]))
        patch.setenv("SPARK_CONF_DIR", str(conf))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("TZ", "America/New_York")
        # The workers' own python3 may be another one, without what is needed.
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        yield


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that share two cores with all the rest may take minutes to start."""
    monkeypatch.setattr("deepfm.log.cluster_work.PATIENCE_SECONDS", 180.0)


@pytest.fixture(scope="session")
def cluster(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield started.start(workers=2)
    finally:
        started.stop()
