"""Logs as they come, through the page: real files, real server, real browser."""

from __future__ import annotations

import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import pandas as pd
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from deepfm.log.log import Log
from tests.browser.chromium import Page
from tests.browser.conftest import Shop

pytestmark = pytest.mark.browser


@pytest.fixture
def page(shop: Shop) -> Page:
    with Page(shop.downloads) as page:
        page.open(f"{shop.address}/data")
        yield page


def _frame(rows: int = 60) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "用户ID": [f"用户{i % 7}" for i in range(rows)],
            "行为类型": [("浏览", "购买")[i % 5 == 0] for i in range(rows)],
            "行为时间": [f"2024-03-{1 + i // 3:02d} {i % 24:02d}:30:00" for i in range(rows)],
        }
    )


def _log(shop: Shop, page: Page) -> Log:
    """The log of the page, once it is read."""
    page.wait_for("Next: ask a question", 60)
    page.settle()
    query = parse_qs(urlsplit(page.driver.current_url).query)
    return Log.open(shop.home / "logs" / query["log"][0])


def test_a_chinese_file_maps_by_itself_and_goes_without_a_trace(
    shop: Shop, page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "行为日志.csv"
    path.write_bytes(_frame().to_csv(index=False, sep=";").encode("gb18030"))
    page.upload(path)
    page.wait_for("encoding gb18030, delimiter “;”")
    page.wait_for("sure, by its name")
    page.click("Read the log")
    log = _log(shop, page)
    assert (log.mapping.user, log.mapping.action, log.mapping.time) == tuple(_frame())
    assert pd.read_parquet(log.parquet)["user"].iloc[0] == "用户0"
    before = set((shop.home / "uploads").iterdir())
    page.click("Delete this log")
    page.click("Delete it now")
    page.wait_for("MB, all that was kept of the log.")
    assert not log.folder.exists()
    assert len(before - set((shop.home / "uploads").iterdir())) == 1
    page.wait_for("Load the demo log")


def test_dates_that_can_be_read_in_two_ways_are_asked(
    shop: Shop, page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("user,time\n" + "".join(f"u{i % 3},{i % 9 + 1}/3/2024\n" for i in range(20)))
    page.upload(path)
    page.wait_for("The dates can be read in two ways.")
    assert "Read the log" not in page.text()
    page.click("Day first: 31/12")
    page.click("Read the log")
    log = _log(shop, page)
    assert log.last_time.strftime("%Y-%m-%d") == "2024-03-09"


def test_an_archive_and_a_workbook_are_read_like_any_file(
    shop: Shop, page: Page, tmp_path: Path
) -> None:
    frame = _frame()
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as packed:
        packed.writestr("a.csv", frame.head(20).to_csv(index=False))
        packed.writestr("b.tsv", frame.tail(40).to_csv(index=False, sep="\t"))
    frame.to_excel(tmp_path / "log.xlsx", index=False)
    events = []
    for name, found in (("logs.zip", "2 files"), ("log.xlsx", "sheet Sheet1")):
        page.open(f"{shop.address}/data")
        page.upload(tmp_path / name)
        page.wait_for(found)
        page.click("Read the log")
        events.append(pd.read_parquet(_log(shop, page).parquet).drop(columns="line"))
    pd.testing.assert_frame_equal(*events)


def test_a_finding_is_mended_into_a_log_of_its_own(shop: Shop, page: Page, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    pd.concat([_frame(), _frame(12)]).to_csv(path, index=False)
    page.upload(path)
    page.click("Read the log")
    log = _log(shop, page)
    assert "Events that repeat another one exactly: 12." in page.text()
    page.click("Leave out the repeated events", "label")
    page.click("Make a log with these changes")
    page.wait_for("Events that repeat another one exactly were left out.")
    mended = _log(shop, page)
    assert mended.mends.drop_duplicates
    assert (mended.rows, mended.report.rows_set_aside, log.rows) == (60, 12, 72)
    assert Log.open(log.folder) == log


def test_a_reading_can_be_left_found_again_and_cancelled(
    shop: Shop, page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT i % 9999 AS user, ['view', 'buy'][1 + i % 2] AS action, "
            f"1700000000 + i AS time FROM range(6000000) t(i)) TO '{path}' (HEADER)"
        )
    page.upload(path)
    page.wait_for("What are the columns of")
    logs = set((shop.home / "logs").iterdir())
    # The other browser is there before the reading begins: to start one takes seconds.
    with Page(shop.downloads) as other:
        page.click("Read the log")
        page.wait_for("Reading the log")
        other.driver.get(page.driver.current_url)
        other.wait_for("Cancel")
        other.driver.find_element("xpath", "//button[contains(., 'Cancel')]").click()
        other.wait_for("What are the columns of large.csv?")
    assert set((shop.home / "logs").iterdir()) == logs


def test_clicks_in_a_row_read_one_log(shop: Shop, page: Page) -> None:
    kept = [shop.home / name for name in ("uploads", "logs")]

    def there() -> set[Path]:
        return {one for folder in kept if folder.is_dir() for one in folder.iterdir()}

    before = there()
    button = page.driver.find_element(By.XPATH, "//button[contains(., 'Load the demo log')]")
    # Writing it takes a second or two.
    for _ in range(3):
        ActionChains(page.driver).click(button).pause(0.2).perform()
    log = _log(shop, page)
    made = there() - before
    assert {one for one in made if one.parent.name == "logs"} == {log.folder}
    assert sum(one.parent.name == "uploads" for one in made) == 1
