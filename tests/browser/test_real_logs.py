"""Real logs, which are not part of the project, from upload to list in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from deepfm.runs.run import Run
from tests.browser.chromium import ROOT, Page
from tests.browser.conftest import Shop

DATA = Path(os.environ.get("DEEPFM_SHARED", ROOT.parent / "shared")) / "data"

pytestmark = [pytest.mark.browser, pytest.mark.real_data]


@pytest.mark.parametrize(
    ("name", "found", "question"),
    [
        (
            "taobao_userbehavior/UserBehavior.csv",
            "84,475",
            "Of the users active in the last 5 days, who will do buy within the next 1 day",
        ),
        (
            "online_retail/online_retail.csv.gz",
            "135,080",
            "Of the users active in the last 90 days, who will do event within the next 30 days?",
        ),
        ("rees46/2019-Oct.csv", "4,504", "For each row of the log: is its action purchase?"),
    ],
)
def test_an_uploaded_log_becomes_a_list(shop: Shop, name: str, found: str, question: str) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is not here; set DEEPFM_SHARED to the folder that holds data/")
    with Page(shop.downloads) as page:
        page.open(f"{shop.address}/data")
        page.upload(DATA / name)
        page.wait_for("What are the columns of")
        if "taobao" in name:
            page.choose("Time zone of the log", "Asia/Shanghai")
        page.click("Read the log")
        page.wait_for("Next: ask a question", 120)
        page.wait_for(found)
        page.go_to("Question")
        page.wait_for(question)
        page.go_to("Features")
        page.wait_for("Next: train the model", 120)
        page.go_to("Train")
        page.click("Quick: a first look")
        page.click("Start the training")
        page.wait_for("people are on the list", 300)
        page.click("See the list", "a")
        page.wait_for("Choose a row to see why somebody is there.")
        query = parse_qs(urlsplit(page.driver.current_url).query)
    run = Run.open(shop.home / "runs" / query["run"][0])
    people = pd.read_parquet(run.prospects)
    assert run.status.people == len(people)
    assert people["user"].is_unique
    assert "Asia/Shanghai" in str(run.log_entry["mapping"]) or "taobao" not in name
