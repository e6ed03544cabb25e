"""The first page: what it says, how far each step is, and the ways to begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from deepfm.log.log import Log
from deepfm.runs.run import Run
from tests.pages.reader import PAGES, complaints, english, labels, metrics, open_page, press


def _badges(at: AppTest) -> list[str]:
    texts = [str(text.value) for text in at.markdown]
    return [text.split("[")[1].split("]")[0] for text in texts if "-badge[" in text]


def test_with_nothing_loaded_the_first_step_is_next(empty_home: Path) -> None:
    at = open_page("start")
    assert _badges(at) == ["next", *["later"] * 6]
    assert labels(at.main, "button") == ["See a finished example", "Load the demo log"]
    assert not complaints(at)
    assert english(open_page("start", lang="zh")) == []


def test_steps_tell_how_far_they_are(own_log: Log) -> None:
    at = open_page("start", log=own_log.folder.name)
    assert _badges(at) == ["done", "next", *["later"] * 5]


def test_with_a_finished_run_all_is_there(own_run: Run) -> None:
    at = open_page("start", run=own_run.id)
    assert _badges(at) == ["done"] * 4 + ["next"] * 3


def test_the_example_is_one_press_away_and_every_page_shows_it(empty_home: Path) -> None:
    at = press(open_page("start"), "See a finished example")
    assert at.title[0].value == "Prospects"
    run = at.query_params["run"]
    assert int(metrics(at)["People"].replace(",", "")) > 500
    address = {name: str(at.query_params[name]) for name in ("run", "log")}
    for name in PAGES:
        for lang in ("en", "zh"):
            page = open_page(name, lang=lang, **address)
            assert not page.exception
            assert not page.error, [box.value for box in page.error]
    assert run == at.query_params["run"]


@pytest.mark.parametrize("run", ["20200101-000000-abcd", "../../etc", ""])
def test_a_run_that_is_not_there_is_answered_in_a_sentence(empty_home: Path, run: str) -> None:
    at = open_page("start", run=run)
    assert not at.exception
