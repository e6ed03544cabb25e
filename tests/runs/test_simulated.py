"""Random actions teach nothing, and every result says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deepfm.log.log import Log
from deepfm.log.mend import mend
from deepfm.log.mends import Mends
from deepfm.runs.create import create_run
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from tests.pages.reader import open_page


@pytest.fixture(scope="module")
def simulated(log: Log, settings, wait_for) -> Run:
    folder = common_workspace().logs / "20250101-000000-5eed"
    mended = mend(log, Mends(random_actions=7), folder)
    question = Question(("3",), kind="event")
    run = create_run(
        common_workspace(), mended, question, replace(settings, epochs=1, batch_size=1024)
    )
    start_worker(run.folder)
    status = wait_for(run, lambda status: not status.active)
    assert status.state == "done", status
    return run


def test_the_auc_is_that_of_chance(simulated: Run) -> None:
    evaluation = simulated.evaluation()
    assert evaluation["parts"]["test"]["examples"] > 10_000
    for model in evaluation["models"]:
        assert model["auc"] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("page", ["results", "prospects"])
def test_every_result_carries_the_notice(simulated: Run, page: str) -> None:
    assert simulated.mends == Mends(random_actions=7)
    at = open_page(page, run=simulated.id)
    assert any("The actions are random numbers" in box.value for box in at.warning)
