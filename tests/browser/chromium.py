"""A real Chromium on a real server, as a person uses it; the screenshots use it too."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
QUIET_SECONDS = 0.6
# Height of the header and of a row of a Streamlit table, in pixels.
TABLE_ROW = 35
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
)


@contextmanager
def server(
    home: Path, script: str = "app.py", *options: str, port: int | None = None, **environment: str
) -> Iterator[str]:
    """``streamlit run`` with a home folder of its own; gives its address.

    In the home folder server.log holds what the server wrote, and server.pid its process id.
    """
    port = free_port() if port is None else port
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port), *options],
            cwd=ROOT,
            env={**os.environ, "DEEPFM_HOME": str(home), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    (home / "server.pid").write_text(str(process.pid))
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for_server(address)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    """One on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for_server(address: str) -> None:
    """Until it says that it is well."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)


class Page:
    """One browser window.

    Args:
        downloads: where downloaded files go.
        width: of the window in CSS pixels.
        dark: whether the reader prefers dark pages.
    """

    def __init__(self, downloads: Path, width: int = 1440, dark: bool = False) -> None:
        options = ChromeOptions()
        for argument in _ARGUMENTS:
            options.add_argument(argument)
        browser = next(path for name in _BROWSERS if (path := shutil.which(name)))
        options.binary_location = browser
        options.add_experimental_option(
            "prefs", {"download.default_directory": str(downloads), "intl.accept_languages": "en"}
        )
        # With a path Selenium does not look for a driver on the network.
        self.driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
        self.width = width
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self._size(900)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *error: object) -> None:
        self.driver.quit()

    def open(self, address: str) -> None:
        """Go to an address and wait until it is drawn."""
        self._size(900)
        self.driver.get(address)
        self.settle()

    def settle(self, seconds: float = 60.0) -> None:
        """Wait until the script has not run for a moment and nothing is a placeholder."""
        deadline, quiet_since = time.monotonic() + seconds, None
        while quiet_since is None or time.monotonic() - quiet_since < QUIET_SECONDS:
            assert time.monotonic() < deadline, self.text()[-2_000:]
            now = time.monotonic()
            quiet_since = None if self._busy() else quiet_since or now
            time.sleep(0.1)

    def _busy(self) -> bool:
        return bool(
            self.driver.execute_script(
                "const app = document.querySelector('[data-testid=stApp]');"
                "return !app || app.dataset.testScriptState !== 'notRunning' ||"
                " !document.querySelector('[data-testid=stMain] h1') ||"
                " !!document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner],"
                " [data-testid=stExpanderIconSpinner]')"
            )
        )

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        """Wait until the page says ``text``."""
        deadline = time.monotonic() + seconds
        while text not in self.text():
            assert time.monotonic() < deadline, self.text()[-2_000:]
            time.sleep(0.2)

    def text(self) -> str:
        """All that can be read on the page."""
        return str(self.driver.execute_script("return document.body.innerText"))

    def title(self) -> str:
        """The heading of the page, or nothing while there is none."""
        return str(
            self.driver.execute_script(
                "return document.querySelector('[data-testid=stMain] h1')?.innerText ?? ''"
            )
        )

    def click(self, text: str, tag: str = "button") -> None:
        """Click the first ``tag`` that says ``text``, and wait for what comes of it."""
        deadline = time.monotonic() + 20
        query = f"//{tag}[contains(., '{text}')]"
        # A page is drawn from top to bottom, and its end may come seconds after its beginning.
        while not (there := self.driver.find_elements(By.XPATH, query)):
            assert time.monotonic() < deadline, self.text()[-2_000:]
            time.sleep(0.1)
        found = there[0]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()
        self.settle()

    def upload(self, path: Path) -> None:
        """Give a file to the page."""
        chooser = self.driver.find_element(By.CSS_SELECTOR, "input[type=file]")
        chooser.send_keys(str(path))
        self.settle()

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a drop-down by typing it."""
        box = self.driver.find_element(By.CSS_SELECTOR, f"input[aria-label*='{label}']")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
        box.click()
        box.send_keys(option)
        time.sleep(0.5)
        box.send_keys(Keys.ENTER)
        self.settle()

    def go_to(self, title: str) -> None:
        """Open a page from the menu."""
        self.click(title, "a[@data-testid='stSidebarNavLink']")

    def choose_row(self, row: int, table: int = 0) -> None:
        """Tick a row, from 0, of the table at place ``table``, and wait for what comes of it."""
        self.tick_row(row, table)
        # A table answers a moment after the click.
        time.sleep(0.5)
        self.settle()

    def tick_row(self, row: int, table: int = 0) -> None:
        """Tick a row, from 0, of the table at place ``table``."""
        canvas = self.table(table)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
        left, top = -canvas.size["width"] / 2, -canvas.size["height"] / 2
        down = TABLE_ROW * (row + 1.5)
        ActionChains(self.driver).move_to_element_with_offset(
            canvas, int(left) + TABLE_ROW // 2, int(top + down)
        ).click().perform()

    def table(self, place: int = 0) -> WebElement:
        """The drawn cells of a table; its first one shows up a moment after the page."""
        deadline = time.monotonic() + 20
        query = "[data-testid=stDataFrame] canvas[data-testid=data-grid-canvas]"
        while len(found := self.driver.find_elements(By.CSS_SELECTOR, query)) <= place:
            assert time.monotonic() < deadline, "there is no such table"
            time.sleep(0.2)
        return found[place]

    def picture(self, path: Path) -> None:
        """The whole page, from top to bottom."""
        height = self.driver.execute_script(
            "return document.querySelector('[data-testid=stMain]').scrollHeight"
        )
        self._size(max(int(height), 700))
        self.settle()
        self.driver.save_screenshot(str(path))
        self._size(900)

    def _size(self, height: int) -> None:
        size = {"width": self.width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
