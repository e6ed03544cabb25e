"""From a raw log to a downloaded list, as an analyst does it: real server, real browser."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from deepfm.log.demo import write_demo
from deepfm.runs.status import ACTIVE, STATE_NAMES
from pages.shared.way import STEPS
from tests.browser.chromium import Page, server
from tests.browser.conftest import Shop, Walk

pytestmark = pytest.mark.browser


@pytest.fixture
def page(shop: Shop) -> Page:
    with Page(shop.downloads) as page:
        yield page


def _downloaded(folder: Path, name: str) -> Path:
    deadline = time.monotonic() + 60
    while not (folder / name).is_file():
        assert time.monotonic() < deadline, list(folder.iterdir())
        time.sleep(0.2)
    return folder / name


def test_the_first_visitor_of_a_new_server_may_come_by_any_address(tmp_path: Path) -> None:
    with server(tmp_path) as address, Page(tmp_path) as page:
        page.open(f"{address}/question?lang=zh&log=nonsense")
        assert "nonsense 不是有效的日志或任务编号。" in page.text()
        assert "潜在消费者" in page.text()


def test_every_step_says_what_it_found(walk: Walk) -> None:
    assert "20,000" in walk.seen["Data"]
    assert "Every row could be used." in walk.seen["Data"]
    assert "who will do purchase within the next 7 days?" in walk.seen["Question"]
    assert "That is enough for a reliable answer." in walk.seen["Question"]
    assert "Choose the features" in walk.seen["Features"]
    assert "CPU" in walk.seen["Train"] or "NVIDIA" in walk.seen["Train"]
    assert walk.run.status.state == "done"


def test_a_reload_and_another_tab_find_the_training_again(walk: Walk) -> None:
    active = [STATE_NAMES[state].text() for state in ACTIVE]
    assert any(name in walk.after_reload for name in active)
    assert any(name in walk.from_elsewhere for name in active) or "Done." in walk.from_elsewhere


def test_results_are_those_of_the_run(shop: Shop, walk: Walk, page: Page) -> None:
    page.open(f"{shop.address}/results?{walk.query}")
    auc = next(m["auc"] for m in walk.run.evaluation()["models"] if m["name"] == "deepfm")
    text = page.text()
    assert f"{auc:.3f}" in text
    assert "Quality: " in text
    assert "logistic regression" in text


def test_the_downloaded_list_is_the_runs_list(shop: Shop, walk: Walk, page: Page) -> None:
    page.open(f"{shop.address}/prospects?{walk.query}")
    page.click("Download the list")
    path = _downloaded(shop.downloads, "prospects.csv")
    assert path.read_bytes().startswith("\ufeff".encode())
    table = pd.read_csv(path, dtype={"User": str})
    whole = pd.read_parquet(walk.run.prospects)
    assert table["User"].tolist() == whole["user"].tolist()
    assert table["Rank"].tolist() == list(range(1, len(whole) + 1))
    assert (table["Probability"] - whole["probability"]).abs().max() < 1e-5
    assert table["Reason for, 1"].notna().mean() > 0.9


def test_a_workbook_holds_the_list_in_its_order_and_the_model_card(
    shop: Shop, walk: Walk, page: Page
) -> None:
    page.open(f"{shop.address}/prospects?{walk.query}")
    page.click("Excel")
    page.click("Download the list")
    book = openpyxl.load_workbook(_downloaded(shop.downloads, "prospects.xlsx"), read_only=True)
    titles, *rows = book.worksheets[0].iter_rows(values_only=True)
    whole = pd.read_parquet(walk.run.prospects)
    assert [row[titles.index("User")] for row in rows] == whole["user"].tolist()
    card = "\n".join(str(row[0]) for row in book["Model card"].iter_rows(values_only=True))
    assert walk.run.question.sentence().text() in card
    assert "Not meant for" in card


def test_a_parquet_file_of_a_tier_holds_just_that_tier(shop: Shop, walk: Walk, page: Page) -> None:
    page.open(f"{shop.address}/prospects?{walk.query}")
    page.choose("Tier", "B")
    page.click("Parquet")
    page.click("Download the list")
    path = _downloaded(shop.downloads, "prospects.parquet")
    whole = pd.read_parquet(walk.run.prospects)
    expected = whole[whole["tier"] == "B"]
    found = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).df()
    assert 0 < len(found) < len(whole)
    assert found.columns.tolist() == whole.columns.tolist()
    assert found["user"].tolist() == expected["user"].tolist()
    assert found["logit"].tolist() == expected["logit"].tolist()


def test_a_later_log_is_uploaded_and_listed_with_the_same_model(
    shop: Shop, walk: Walk, page: Page, tmp_path: Path
) -> None:
    demo = tmp_path / "later.csv"
    write_demo(demo, users=2_000, seed=5)
    page.open(f"{shop.address}/runs?{walk.query}")
    # The newest stands first, and other tests have trained since.
    runs = sorted((folder.name for folder in (shop.home / "runs").iterdir()), reverse=True)
    page.choose_row(runs.index(walk.run.id))
    page.upload(demo)
    page.click("Make the list")
    page.wait_for("people are on the list", 120)
    page.go_to("Results")
    page.wait_for("with the model of the run")
    assert walk.run.id in page.text()
    page.go_to("Prospects")
    page.wait_for("Choose a row to see why somebody is there.")


def test_a_person_is_explained(shop: Shop, walk: Walk, page: Page) -> None:
    page.open(f"{shop.address}/prospects?{walk.query}")
    first = str(pd.read_parquet(walk.run.prospects)["user"].iloc[0])
    page.choose_row(0)
    page.wait_for(f"User {first}")
    page.wait_for("From a typical user to this one")
    for section, figure in (
        ("Parts and pairs", "Which fields act together"),
        ("Events", "The user's events"),
    ):
        page.click(section, "*[@role='tab']")
        page.wait_for(figure)


def test_chinese_and_a_phone_leave_nothing_outside(shop: Shop, walk: Walk) -> None:
    with Page(shop.downloads, width=420) as page:
        # The first page has no name in the address.
        for title in ("", *(step.name for step in STEPS[1:])):
            page.open(f"{shop.address}/{title}?{walk.query}&lang=zh")
            overflow = page.driver.execute_script(
                "const main = document.querySelector('[data-testid=stMain]');"
                "return main.scrollWidth - main.clientWidth"
            )
            assert overflow <= 0, title
            assert "Traceback" not in page.text()


def test_no_page_wrote_an_error_to_the_servers_log(shop: Shop, walk: Walk) -> None:
    log = (shop.home / "server.log").read_text(encoding="utf-8")
    assert "Traceback" not in log


def test_the_example_is_seen_within_moments(tmp_path: Path) -> None:
    with server(tmp_path) as address, Page(tmp_path) as page:
        page.open(address)
        assert "leaves this machine" in page.text()
        page.click("See a finished example")
        page.wait_for("Choose a row to see why somebody is there.", 30)
        page.go_to("Results")
        page.wait_for("Quality: ", 30)
    assert "Traceback" not in (tmp_path / "server.log").read_text(encoding="utf-8")
