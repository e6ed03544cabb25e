"""The first visit: every page says what to do and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.reader import PAGES, english, labels, open_page, texts

pytestmark = pytest.mark.usefixtures("empty_home")

NEEDS = {
    "question": ("No log is chosen yet. Load one first.", ["Go to the data"]),
    "features": ("No log is chosen yet. Load one first.", ["Go to the data"]),
    "training": ("No log is chosen yet. Load one first.", ["Go to the data"]),
    "results": (
        "No run is chosen yet. Train a model, or open an earlier run.",
        ["Go to the training", "See all runs"],
    ),
    "prospects": (
        "No run is chosen yet. Train a model, or open an earlier run.",
        ["Go to the training", "See all runs"],
    ),
    "runs": ("Nothing was trained yet.", ["Train a model"]),
}


@pytest.mark.parametrize("name", NEEDS)
def test_an_empty_page_says_what_to_do_and_links_there(name: str) -> None:
    at = open_page(name)
    sentence, links = NEEDS[name]
    assert [box.value for box in at.info] == [sentence]
    assert labels(at, "page_link") == links
    assert not at.error
    assert not at.warning
    assert len(at.title) == 1


def test_the_data_page_offers_the_demo_and_an_upload() -> None:
    at = open_page("data")
    assert [button.label for button in at.main.button] == ["Load the demo log"]
    assert len(at.file_uploader) == 1
    assert not at.selectbox  # no log was loaded before


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_page_speaks_chinese_throughout(name: str) -> None:
    assert english(open_page(name, lang="en"))  # else the search itself would be blind
    at = open_page(name, lang="zh")
    assert english(at) == []
    assert len(list(texts(at))) >= 4
    if name not in ("start", "data"):
        assert len(at.info) == 1
        assert labels(at, "page_link")


def test_looking_at_empty_pages_leaves_nothing_on_disk(empty_home: Path) -> None:
    for name in PAGES:
        open_page(name)
    assert not empty_home.exists() or not any(empty_home.iterdir())
