"""A training that is watched, left, found again and gone on with: real servers, real browsers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By

from deepfm.log.log import Log
from deepfm.runs.draft import open_draft, save_draft
from deepfm.runs.process import end_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.store import open_log
from deepfm.runs.workspace import common_workspace
from deepfm.training.settings import TrainingSettings
from tests.browser.chromium import Page, server

pytestmark = pytest.mark.browser
Waiter = Callable[..., Status]

ENDLESS = TrainingSettings(epochs=1000, patience=1000, batch_size=256)
FEATURES = {"days_since_last", "since:cart", "favorite:category"}
START = "//button[contains(., 'Start the training')]"


@pytest.fixture
def own_home(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder with the log, whose next training would be endless."""
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    shutil.copytree(log.folder, tmp_path / "logs" / log.folder.name)
    there = open_log(common_workspace(), log.folder.name)
    _endless(there)
    yield tmp_path
    for folder in (tmp_path / "runs").iterdir():
        end_worker(folder)


def _endless(log: Log) -> None:
    draft = open_draft(log).with_features(log, FEATURES)
    save_draft(log, replace(draft, settings=ENDLESS))


def _run_of(page: Page, home: Path) -> Run:
    deadline = time.monotonic() + 60
    while not (found := parse_qs(urlsplit(page.driver.current_url).query).get("run")):
        assert time.monotonic() < deadline, page.text()[-2000:]
        time.sleep(0.1)
    return Run.open(home / "runs" / found[0])


def _start(page: Page, address: str, log: Log, home: Path) -> Run:
    page.open(f"{address}/training?log={log.folder.name}")
    page.click("Start the training")
    return _run_of(page, home)


def _points(page: Page) -> int:
    """How many points the curve of the loss has."""
    return int(
        page.driver.execute_script(
            "const [loss] = document.querySelectorAll('.js-plotly-plot');"
            "return loss && loss.calcdata ? loss.calcdata[0].length : 0"
        )
    )


def _wait_for_more(page: Page, points: int, seconds: float = 60.0) -> int:
    deadline = time.monotonic() + seconds
    while (found := _points(page)) <= points:
        assert time.monotonic() < deadline, page.text()[-2000:]
        time.sleep(0.2)
    return found


def test_curves_grow_and_a_stopped_training_is_found_again_and_resumed(
    own_home: Path, log: Log, tmp_path: Path, wait_for: Waiter
) -> None:
    with server(own_home) as address, Page(tmp_path) as page:
        page.open(f"{address}/training?log={log.folder.name}")
        button = page.driver.find_element(By.XPATH, START)
        ActionChains(page.driver).double_click(button).pause(0.1).click().perform()
        run = _run_of(page, own_home)
        page.wait_for("best: step", 120)
        # Clicks in a row are one training.
        assert [folder.name for folder in (own_home / "runs").iterdir()] == [run.id]
        points = _wait_for_more(page, _wait_for_more(page, 0))
        page.click("Stop and keep the best")
        page.wait_for("Stopping.", 5)
        page.wait_for("people are on the list", 120)
        assert (run.status.state, run.status.stopped) == ("done", "user")
        step = run.status.optimizer_step
        page.driver.refresh()
        page.settle()
        page.wait_for("people are on the list")
        assert _points(page) >= points
        page.click("Resume")
        page.wait_for("Stop and keep the best")
        wait_for(run, lambda status: status.optimizer_step > step)
        assert _wait_for_more(page, points) > points
        steps = run.metrics().loc[lambda table: table["kind"] == "step", "step"]
        assert steps.is_monotonic_increasing and steps.is_unique
        assert "Traceback" not in (own_home / "server.log").read_text(encoding="utf-8")


def test_two_browsers_a_queue_of_three_and_a_server_that_is_started_again(
    own_home: Path, log: Log, tmp_path: Path, wait_for: Waiter
) -> None:
    with server(own_home) as address, Page(tmp_path) as one, Page(tmp_path) as other:
        runs = [_start(one, address, log, own_home)]
        wait_for(runs[0], lambda status: status.state == "training")
        for page in (other, one):
            # What was taken over from an earlier run is used once.
            _endless(open_log(common_workspace(), log.folder.name))
            runs.append(_start(page, address, log, own_home))
        assert len({run.id for run in runs}) == 3
        other.wait_for("Waiting for 1 earlier trainings")
        one.wait_for("Waiting for 2 earlier trainings")
        assert [run.status.state for run in runs] == ["training", "queued", "queued"]
        assert [run.status.position for run in runs] == [0, 1, 2]
    step = runs[0].status.optimizer_step
    with server(own_home) as address, Page(tmp_path) as page:
        page.open(f"{address}/training?run={runs[0].id}")
        page.wait_for("best: step")
        assert runs[0].status.optimizer_step > step
        end_worker(runs[0].folder)
        page.open(f"{address}/training?run={runs[1].id}")
        page.wait_for("best: step", 120)
        assert wait_for(runs[2], lambda status: status.position == 1).state == "queued"
        page.open(f"{address}/training?run={runs[0].id}")
        page.wait_for("Resume the training to go on from where it stood.")
        assert "Traceback" not in (own_home / "server.log").read_text(encoding="utf-8")
