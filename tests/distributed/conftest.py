"""One cluster for all tests; they are run by ``make test-distributed``, where PySpark is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from cluster import Cluster

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def java() -> Iterator[None]:
    """Java 17, whichever is the default of this machine; and the cluster knows another zone."""
    homes = sorted(Path("/usr/lib/jvm").glob("*-17-*"))
    with pytest.MonkeyPatch.context() as patch:
        if "JAVA_HOME" not in os.environ and homes:
            patch.setenv("JAVA_HOME", str(homes[0]))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("TZ", "America/New_York")
        yield


@pytest.fixture(scope="session")
def cluster(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield started.start(workers=2)
    finally:
        started.stop()
