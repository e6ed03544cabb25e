"""How long one waits for the first page, and after each press of a control: ``--help``.

The demo log is loaded and a model trained on it, both before the clock starts. Then a server is
started, and a browser that has seen the app before does what a reader does; each thing three times,
and the median counts. The browser itself keeps the time, from the press to the last change of the
page. Beside it stands the least that Streamlit can do: a page of one drop-down list with one table,
and with one chart of Plotly's. With ``--events`` the log is one of so many events, made as
``benchmarks/scale.py`` makes it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.clock import CLOCK
from benchmarks.pages import trained
from benchmarks.scale import write_log
from tests.browser.chromium import QUIET_SECONDS, Page, server

TIMES = 3
PLAIN = """
import pandas as pd
import streamlit as st

st.title("A table")
name = st.selectbox("Column", ["a", "b", "c", "d"])
st.dataframe(pd.DataFrame({name: range(100)}))
"""
CHART = """
import plotly.express as px
import streamlit as st

st.title("A chart")
name = st.selectbox("Column", ["a", "b", "c", "d"])
shown = [ord(name) * place % 17 for place in range(13)]
st.plotly_chart(px.bar(x=shown, y=[f"{name}{place}" for place in range(13)], orientation="h"))
"""
Press = Callable[[Page], None]


def waited(page: Page, press: Press) -> float:
    """Seconds until all that a press brought about is there."""
    press(page)
    # The script is not told at once.
    time.sleep(0.05)
    page.settle()
    return float(page.driver.execute_script("return window.changed - window.pressed")) / 1000


def typed(label: str, *values: str) -> Press:
    """Type the next of ``values`` into a field."""
    left = iter(values * TIMES)

    def press(page: Page) -> None:
        box = page.driver.find_element(By.CSS_SELECTOR, f"input[aria-label*='{label}']")
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(next(left), Keys.ENTER)

    return press


def clicked(selector: str, first: int = 0) -> Press:
    """Click the next of the elements each time."""
    places = iter(range(first, first + TIMES))

    def press(page: Page) -> None:
        found = page.driver.find_elements(By.CSS_SELECTOR, selector)[next(places)]
        page.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()

    return press


def chosen_person() -> Press:
    """Choose the next row of the list, and see the name change."""
    rows = iter(range(TIMES))

    def press(page: Page) -> None:
        before = person(page)
        page.tick_row(next(rows))
        while person(page) in (before, ""):
            time.sleep(0.01)

    return press


def person(page: Page) -> str:
    """Whose reasons are shown."""
    return str(
        page.driver.execute_script("return document.querySelector('h2')?.innerText ?? 'nobody'")
    )


def measured(home: Path, query: str) -> Iterator[tuple[str, float]]:
    """What a reader does, and the median of how long it took."""
    presses: list[tuple[str, str, Press]] = [
        ("question", "another horizon", typed("Within the next", "6", "7", "8")),
        ("features", "another feature", typed("Feature", "Amount", "Active days", "Days since")),
        ("results", "another section", clicked("[role=tab]", 1)),
        ("prospects", "a search", typed("Search a user id", "12", "34", "56")),
        ("prospects", "a person", chosen_person()),
        ("prospects", "the other language", clicked("[data-variant=segmented_control]")),
    ]
    with Page(home) as page:
        for name, what, press in presses:
            with server(home) as address:
                page.open(f"{address}/{name}?{query}")
                page.driver.execute_script(CLOCK)
                yield f"{name}: {what}", median(waited(page, press) for _ in range(TIMES))


def started(home: Path, script: str) -> float:
    """Seconds from the command to the first page, for a browser that is open and knows the app."""
    found = []
    with Page(home) as page:
        with server(home, script) as address:
            page.open(address)
        for _ in range(TIMES):
            page.driver.get("about:blank")
            begun = time.perf_counter()
            with server(home, script) as address:
                page.driver.get(address)
                page.settle()
                found.append(time.perf_counter() - begun - QUIET_SECONDS)
    return median(found)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deepfm-feel-") as name:
        home = Path(name)
        os.environ["DEEPFM_HOME"] = name
        if options.events:
            write_log(home / "files", options.events)
            run = trained(*sorted((home / "files").iterdir()))
        else:
            run = trained()
        plain = home / "plain.py"
        plain.write_text(PLAIN)
        print(f"{'what':<36} | seconds")
        print(f"{'start to the first page':<36} | {started(home, 'app.py'):>7.2f}")
        print(f"{'start to the first page, plain':<36} | {started(home, str(plain)):>7.2f}")
        query = f"run={run.id}&log={run.log_folder.name}"
        for what, seconds in measured(home, query):
            print(f"{what:<36} | {seconds:>7.2f}", flush=True)
        for what, script in (("a table", PLAIN), ("a chart", CHART)):
            plain.write_text(script)
            with server(home, str(plain)) as address, Page(home) as page:
                page.open(address)
                page.driver.execute_script(CLOCK)
                press = typed("Column", "b", "c", "d")
                least = median(waited(page, press) for _ in range(TIMES))
                print(f"{f'plain: {what} of another choice':<36} | {least:>7.2f}", flush=True)


if __name__ == "__main__":
    main()
