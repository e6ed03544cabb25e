"""Fields that the workers of a cluster learn, and scores that they compute, are those of here."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from cluster import Cluster, wait_until
from pyspark import SparkContext

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.features.stored import StoredPart, stored_parts
from deepfm.fields.fields import FieldSet
from deepfm.fields.on_cluster import fit_on_cluster
from deepfm.log.cluster import open_cluster
from deepfm.log.cluster_work import in_time
from deepfm.log.log import Log
from deepfm.model.scoring import ScoringModel
from deepfm.prospects.scores import Scores, score_on_cluster, score_rows
from deepfm.task.question import Question

DIM = 4


@pytest.fixture(scope="module")
def examples(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example frame of the demo, in many row groups; its folder's name is no plain one."""
    path = tmp_path_factory.mktemp("it's [a] run*") / "examples.parquet"
    question = Question(("purchase",))
    write_examples(log, question, feature_catalogue(log, question), path)
    pq.write_table(pq.read_table(path), path, row_group_size=1_000)
    return path


@pytest.fixture(scope="module")
def names(log: Log) -> tuple[list[str], list[str]]:
    features = feature_catalogue(log, Question(("purchase",)))
    sparse, dense = ([f.name for f in features if f.kind == k] for k in ("sparse", "dense"))
    return sparse, dense


@pytest.fixture(scope="module")
def fields(examples: Path, names: tuple[list[str], list[str]]) -> FieldSet:
    return FieldSet.fit(stored_parts(examples)["train"], *names)


@pytest.fixture(scope="module")
def model(fields: FieldSet) -> ScoringModel:
    return made_up_model(fields)


def made_up_model(fields: FieldSet) -> ScoringModel:
    rng = np.random.default_rng(3)
    width = len(fields.names) * DIM
    return ScoringModel(
        sizes=fields.sizes,
        dense_fields=len(fields.dense),
        table=rng.normal(scale=0.3, size=(sum(fields.sizes), DIM + 1)),
        kernels=(rng.normal(scale=0.1, size=(width, 16)), rng.normal(size=(16, 1))),
        biases=(rng.normal(size=16), rng.normal(size=1)),
        fusion=np.array([1.0, 0.7, 1.3]),
        bias=-1.0,
    )


def in_small_tasks(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("deepfm.prospects.scores.BATCH", rows)


def assert_same(one: Scores, other: Scores) -> None:
    assert len(one.logit) > 500
    assert len(np.unique(one.logit)) > 400
    np.testing.assert_allclose(one.logit, other.logit, rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.vector, other.vector, rtol=0, atol=1e-9)


@pytest.mark.usefixtures("patient")
def test_the_fields_are_the_same_to_the_last_byte(
    cluster: Cluster, examples: Path, names: tuple[list[str], list[str]]
) -> None:
    train = stored_parts(examples)["train"]
    for how in ({"min_count": 5}, {"min_count": 1, "max_values": 7, "knots": 5}):
        here = FieldSet.fit(train, *names, **how)
        assert fit_on_cluster(train, *names, cluster.address, **how) == here


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("part", ["now", "valid"])
def test_the_scores_are_the_same_in_the_same_order(
    part: str,
    cluster: Cluster,
    examples: Path,
    fields: FieldSet,
    model: ScoringModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = stored_parts(examples)[part]
    in_small_tasks(monkeypatch, 130)
    found = score_on_cluster(fields, model, rows, cluster.address)
    assert_same(found, score_rows(fields, model, rows))


@pytest.mark.usefixtures("patient")
def test_nobody_has_no_scores(
    cluster: Cluster, examples: Path, fields: FieldSet, model: ScoringModel
) -> None:
    found = score_on_cluster(fields, model, StoredPart(examples, 5, 5), cluster.address)
    assert [array.shape for array in found] == [(0,), (0, DIM)]


@pytest.mark.usefixtures("patient")
def test_all_workers_have_a_share(cluster: Cluster, tmp_path: Path) -> None:
    with open_cluster(cluster.address, tmp_path) as at_work:
        wait_until(lambda: at_work._workers() == 2)
        found = at_work.each(mark(), 20)
    assert sorted(found) == list(range(20))
    assert all(found[place].startswith(b"%d " % place) for place in found)
    assert len({made.split()[1] for made in found.values()}) == 2


def mark() -> Callable[[int], bytes]:
    """Says the place, and the folder that it was worked in: each worker has one of its own."""

    # Within, as the workers know no module of the tests.
    def say(place: int) -> bytes:
        time.sleep(0.3)
        return f"{place} {Path.cwd()}".encode()

    return say


@pytest.mark.usefixtures("patient")
def test_a_worker_dies_on_the_way_and_the_scores_are_the_same(
    cluster: Cluster,
    examples: Path,
    fields: FieldSet,
    model: ScoringModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everyone = StoredPart(examples, 0, pq.read_metadata(examples).num_rows)
    in_small_tasks(monkeypatch, 40)

    tasks = -(-len(everyone) // 40)
    left: list[int] = []

    def kill() -> None:
        wait_until(lambda: any(5 < one < tasks - 5 for one in _left()))
        left.extend(_left())
        cluster.kill_worker()

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill)
        found = score_on_cluster(fields, model, everyone, cluster.address)
        assert killer.done()
        killer.result()
    assert left[0] > 5
    assert len(cluster.workers) == 1
    cluster.add_worker()
    assert_same(found, score_rows(fields, model, everyone))


def _left() -> list[int]:
    """How many tasks of each stage that is at work are not done."""
    context = SparkContext._active_spark_context
    # While it is being made it has none of this yet.
    if getattr(context, "_jsc", None) is None:
        return []
    tracker = context.statusTracker()
    told = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    return [one.numTasks - one.numCompletedTasks for one in told if one is not None]


def refusal(score: Callable[[], object]) -> str:
    with pytest.raises(InputError) as refused:
        score()
    return str(refused.value)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("there", [None, b"of an earlier run"])
def test_a_file_that_the_workers_cannot_see(
    there: bytes | None, cluster: Cluster, tmp_path: Path
) -> None:
    """All is one machine here; so it is gone, or another one, when they come for it."""
    path = tmp_path / "examples.parquet"
    path.write_bytes(b"of this run")
    with open_cluster(cluster.address, path) as at_work:
        path.unlink()
        if there is not None:
            path.write_bytes(there)
        said = refusal(lambda: at_work.each(mark(), 2))
    assert f"cannot read {path}. Put it where" in said


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("python", ["missing", "bare"])
def test_workers_without_what_the_program_needs(
    python: str,
    cluster: Cluster,
    examples: Path,
    fields: FieldSet,
    model: ScoringModel,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if python == "bare":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    monkeypatch.setenv("PYSPARK_PYTHON", str(tmp_path / "bin" / "python"))
    rows = stored_parts(examples)["now"]
    said = refusal(lambda: score_on_cluster(fields, model, rows, cluster.address))
    assert f"The workers of the Spark cluster {cluster.address} cannot run this program." in said
    assert f"Python 3.{sys.version_info.minor} with NumPy, pandas and PyArrow" in said


@pytest.mark.parametrize("computes", [True, False])
def test_who_computes_is_given_time_and_who_waits_is_not(
    computes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepfm.log.cluster_work.PATIENCE_SECONDS", 1.0)
    given_up = threading.Event()

    def job() -> str:
        return "given up" if given_up.wait(3) else "done"

    too_late = InputError("Too late.")
    if computes:
        assert in_time(job, too_late, given_up.set, lambda: True) == "done"
        return
    with pytest.raises(InputError) as refused:
        in_time(job, too_late, given_up.set)
    assert refused.value is too_late
    assert given_up.is_set()
