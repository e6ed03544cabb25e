"""One server and one walk through the pages, which all browser tests share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from deepfm.runs.run import Run
from tests.browser.chromium import Page, server


@dataclass(frozen=True)
class Shop:
    """A running server and where it keeps its things."""

    address: str
    home: Path
    downloads: Path


@dataclass(frozen=True)
class Walk:
    """What came of a walk from the demo log to the list.

    Attributes:
        query: of the address, with log and run.
        run: what was trained.
        seen: what the pages said on the way, by title.
        from_elsewhere: what another tab said while the training went on.
        after_reload: what the page said after a reload meanwhile.
    """

    query: str
    run: Run
    seen: dict[str, str]
    from_elsewhere: str
    after_reload: str


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("home")
    downloads = tmp_path_factory.mktemp("downloads")
    with server(home) as address:
        yield Shop(address, home, downloads)


@pytest.fixture(scope="session")
def walk(shop: Shop) -> Walk:
    """Data, Question, Features, Train with the demo log and defaults all the way."""
    seen: dict[str, str] = {}
    with Page(shop.downloads) as page:
        page.open(shop.address)
        page.click("Load the demo log")
        page.wait_for("Next: ask a question")
        seen["Data"] = page.text()
        for title, next_step in (
            ("Question", "Next: look at the features"),
            ("Features", "Next: train the model"),
        ):
            page.go_to(title)
            page.wait_for(next_step)
            seen[title] = page.text()
        page.go_to("Train")
        page.click("Start the training")
        page.wait_for("best: step", 180)
        seen["Train"] = page.text()
        page.driver.refresh()
        page.wait_for("Stop and keep the best")
        # A browser that is busy draws the figures after the button below them.
        page.wait_for("Time left")
        after_reload = page.text()
        address = page.driver.current_url
    # The tab is closed; the training is found again from another one.
    with Page(shop.downloads) as page:
        page.open(address)
        from_elsewhere = page.text()
        page.wait_for("people are on the list", 300)
    query = urlsplit(address).query
    run = Run.open(shop.home / "runs" / parse_qs(query)["run"][0])
    return Walk(query, run, seen, from_elsewhere, after_reload)
