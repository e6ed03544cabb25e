"""How long Results and Prospects take to be drawn for many people: ``--help``.

A model is trained on the demo log, and its list is repeated under new ids until it has as many
people as are wanted. Each page is then opened three times in one browser, which keeps the time, and
the median counts: anew, from the address to the first figure or table and to the last part of the
page, and from the page Train of the same run, whose charts have made the browser ready for more of
them. Beside it stands the least that a page could do: pandas reads the whole list, Streamlit shows
its first 200 rows, and Plotly draws one histogram.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
from selenium.webdriver.common.by import By

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.clock import CLOCK
from deepfm.log.guess import guess_mapping
from deepfm.log.source.source import open_source
from deepfm.runs.create import create_run
from deepfm.runs.home import new_folder
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.store import create_log
from deepfm.runs.uploads import keep_demo, source_of
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings
from tests.browser.chromium import Page, server

OPENINGS = 3
PLAIN = """
import pandas as pd
import plotly.express as px
import streamlit as st

st.title("The whole list")
everyone = pd.read_parquet({path!r})
st.dataframe(everyone.head(200))
counts = pd.cut(everyone["probability"], 40).value_counts(sort=False)
st.plotly_chart(px.bar(x=[part.mid for part in counts.index], y=counts.to_numpy()))
"""


@dataclass(frozen=True)
class Measured:
    """Seconds to the first and the last part of a page, anew and from another page of the app.

    ``memory`` is the server's peak in MiB.
    """

    first: float
    last: float
    within: float | None
    memory: int


def trained(*files: Path) -> Run:
    """A run on the log that ``files`` are, or on the demo log."""
    source = open_source(*files) if files else source_of(keep_demo(common_workspace()))
    log = create_log(common_workspace(), source, guess_mapping(source), "demo.csv")
    run = create_run(common_workspace(), log, Question(("purchase",)), TrainingSettings(epochs=3))
    start_worker(run.folder)
    while run.status.active:
        time.sleep(0.5)
    return run


def enlarged(run: Run, people: int) -> Run:
    """A copy of ``run`` whose list and examples have so many people."""
    folder = new_folder(common_workspace().runs)
    shutil.copytree(run.folder, folder, dirs_exist_ok=True)
    copies = -(-people // (run.status.people or 1))
    new_rank = f"(rank * {copies} - {copies - 1} + copy)::INTEGER"
    new_id = 'CASE WHEN copy = 0 THEN "user" ELSE "user" || \'-\' || copy END'
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT * EXCLUDE (copy, new_rank) REPLACE (new_rank AS rank) FROM (SELECT * "
            f'REPLACE ({new_id} AS "user"), {new_rank} AS new_rank '
            f"FROM read_parquet('{run.prospects}'), range({copies}) t(copy)) "
            f"WHERE new_rank <= {people} ORDER BY new_rank) "
            f"TO '{folder / run.prospects.name}' (FORMAT parquet, COMPRESSION zstd)"
        )
        connection.execute(
            f'COPY (SELECT * EXCLUDE (copy) REPLACE ({new_id} AS "user") FROM '
            f"read_parquet('{run.examples}'), range({copies}) t(copy) "
            "WHERE copy = 0 OR part = 'now') "
            f"TO '{folder / run.examples.name}' (FORMAT parquet, COMPRESSION zstd)"
        )
    vectors = np.load(run.folder / "vectors.npy")
    np.save(folder / "vectors.npy", np.repeat(vectors, copies, axis=0)[:people])
    return Run(folder)


def measure(address: str, home: Path, before: str | None = None) -> Measured:
    """Open an address several times in one browser; ``before`` is a page with a way to it."""
    with Page(home) as page:
        # In each document, before anything else of it.
        page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK})
        # The browser reads and compiles the app's own scripts once.
        page.open(address)
        anew = [open_anew(page, address) for _ in range(OPENINGS)]
        within = before and median(open_within(page, address, before) for _ in range(OPENINGS))
    status = Path(f"/proc/{(home / 'server.pid').read_text()}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    firsts, lasts = zip(*anew, strict=True)
    return Measured(median(firsts), median(lasts), within, int(peak.split()[1]) // 1024)


def open_anew(page: Page, address: str) -> tuple[float, float]:
    """Seconds to the first and to the last part."""
    page.driver.get("about:blank")
    page.open(address)
    first, last = page.driver.execute_script("return [window.first, window.changed]")
    return first / 1000, last / 1000


def open_within(page: Page, address: str, before: str) -> float:
    """Seconds to the last part, from the menu of another page."""
    page.open(before)
    name = address.split("?")[0].rsplit("/", 1)[1]
    entry = page.driver.find_element(
        By.CSS_SELECTOR, f"[data-testid=stSidebarNavLink][href*='/{name}']"
    )
    title = page.title()
    started = page.driver.execute_script("return performance.now()")
    entry.click()
    while page.title() in ("", title):
        time.sleep(0.02)
    page.settle()
    return (page.driver.execute_script("return window.changed") - started) / 1000


def show(people: int, page: str, found: Measured) -> None:
    """A row of the table."""
    within = "" if found.within is None else f"{found.within:.1f}"
    times = f"{found.first:>8.1f} | {found.last:>7.1f} | {within:>9}"
    print(f"{people:>9,} | {page:<14} | {times} | {found.memory:>8,}", flush=True)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[20_000, 1_000_000, 5_000_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deepfm-pages-") as name:
        home = Path(name)
        os.environ["DEEPFM_HOME"] = name
        run = trained()
        print("   people | page           | first, s | last, s | within, s | peak MiB")
        for people in options.people:
            large = enlarged(run, people)
            for page in ("results", "prospects"):
                with server(home) as address:
                    train = f"{address}/training?run={large.id}"
                    found = measure(f"{address}/{page}?run={large.id}", home, train)
                show(people, page, found)
            plain = home / "plain.py"
            plain.write_text(PLAIN.format(path=str(large.prospects)))
            with server(home, str(plain)) as address:
                show(people, "pandas, plain", measure(address, home))
            shutil.rmtree(large.folder)


if __name__ == "__main__":
    main()
