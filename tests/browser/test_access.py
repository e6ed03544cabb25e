"""Whoever cannot see well, or uses no mouse, finds their way: axe-core on every page.

Left out is what only Streamlit can change: in the dark it writes the chosen segment in the primary
colour on a tint of it, and white on the same colour in a button. No blue has 4.5 on both.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pages.shared.way import STEPS
from tests.browser.chromium import Page, server
from tests.browser.conftest import Shop, Walk

pytestmark = pytest.mark.browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
LOOK = """
const [dark, done] = arguments;
const streamlits = dark ? [["[data-variant=segmented_control][data-selected=true]"]] : [];
axe.run({exclude: streamlits}, {resultTypes: ["violations"]}).then(found => done(
    found.violations.map(one => ({
        rule: one.id, impact: one.impact, nodes: one.nodes.map(node => node.html.slice(0, 200))
    }))
));
"""


def _findings(page: Page, dark: bool) -> list[dict[str, Any]]:
    page.driver.execute_script(AXE)
    found: list[dict[str, Any]] = page.driver.execute_async_script(LOOK, dark)
    return [one for one in found if one["impact"] != "minor"]


def _next_tab(page: Page) -> None:
    """As the keyboard does it; on a narrow page the others are out of sight."""
    chosen = page.driver.find_element(By.CSS_SELECTOR, "[role=tab][aria-selected=true]")
    chosen.send_keys(Keys.ARROW_RIGHT)
    page.settle()


@pytest.mark.parametrize(("width", "dark", "lang"), [(1440, False, "en"), (420, True, "zh")])
def test_no_page_shuts_anybody_out(
    shop: Shop, walk: Walk, width: int, dark: bool, lang: str
) -> None:
    found = {}
    with Page(shop.downloads, width, dark) as page:
        for step in STEPS:
            name = "" if step is STEPS[0] else step.name
            page.open(f"{shop.address}/{name}?{walk.query}&lang={lang}")
            found[step.name] = _findings(page, dark)
            if step.name == "results":
                for tab in range(1, 7):
                    _next_tab(page)
                    found[f"results {tab}"] = _findings(page, dark)
            if step.name == "prospects":
                page.choose_row(0)
                found["a person"] = _findings(page, dark)
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_nor_does_one_with_nothing_to_show(tmp_path: Path) -> None:
    with server(tmp_path) as address, Page(tmp_path) as page:
        for step in STEPS:
            page.open(f"{address}/{'' if step is STEPS[0] else step.name}")
            assert _findings(page, dark=False) == []


def test_a_fault_would_be_found(tmp_path: Path) -> None:
    with server(tmp_path) as address, Page(tmp_path) as page:
        page.open(address)
        page.driver.execute_script(
            "document.querySelector('[data-testid=stMain]').innerHTML += '<input type=text>'"
        )
        assert [one["rule"] for one in _findings(page, dark=False)] == ["label"]
