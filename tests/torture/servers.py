"""A real server, killed while a file is sent to it or a page runs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from websockets.exceptions import WebSocketException

from tests.browser.chromium import free_port, wait_for_server
from tests.torture.artefacts import finished, lost
from tests.torture.client import BrokenPageError, Client
from tests.torture.shop import ROOT, demo_bytes, done_run
from tests.torture.tally import Tally

_LONGEST_SECONDS = 3.0
_PAGES = ("", "data", "question", "features", "training", "results", "prospects", "runs")


class Server:
    """A server that stands on the home folder.

    Attributes:
        address: of it.
        process: of it.
    """

    def __init__(self, home: Path) -> None:
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        self._log = home / "server.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--server.port", str(port)],
                cwd=ROOT,
                env={**os.environ, "DEEPFM_HOME": str(home)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.address = f"http://127.0.0.1:{port}"
        wait_for_server(self.address)

    @property
    def memory_mb(self) -> float:
        """What it holds in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1024

    def tracebacks(self) -> list[str]:
        """The last lines of what it wrote when a script failed."""
        parts = self._log.read_text(encoding="utf-8", errors="replace").split("Traceback")
        return [part.strip().splitlines()[-1] for part in parts[1:]]

    def kill(self) -> None:
        """Without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """A server for a while."""
    server = Server(home)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(20)


def kill_servers(home: Path, moments: random.Random, times: int, until: float) -> Tally:
    """Kill servers at work, start them again, and open every page."""
    tally = Tally("kill -9 of the server")
    content = demo_bytes()
    log, run, _ = done_run()
    query = f"log={log.folder.name}&run={run.id}"
    server = Server(home)
    try:
        while tally.tried < times and time.monotonic() < until:
            before = finished(home)
            work = moments.choice((_upload, _pages, _example, _preview))
            thread = threading.Thread(target=_until_killed, args=(work, server, query, content))
            thread.start()
            time.sleep(moments.uniform(0.0, _LONGEST_SECONDS))
            server.kill()
            thread.join()
            broken = lost(home, before)
            seen = server.tracebacks()
            server = Server(home)
            tally.count(broken, [*seen, *_broken_pages(server, query)])
            (home / "server.log").write_text("")
    finally:
        server.kill()
    return tally


def _until_killed(
    work: Callable[[Client, str, bytes], None], server: Server, query: str, content: bytes
) -> None:
    # The server goes away meanwhile: that is what is wanted.
    with suppress(WebSocketException, OSError, TimeoutError), Client(server.address) as client:
        work(client, query, content)


def _upload(client: Client, query: str, content: bytes) -> None:
    client.open("data")
    client.upload("demo.csv", content * 4)


def _pages(client: Client, query: str, content: bytes) -> None:
    for page in _PAGES:
        client.open(page, query)


def _example(client: Client, query: str, content: bytes) -> None:
    client.open("")
    client.click("See a finished example")


def _preview(client: Client, query: str, content: bytes) -> None:
    client.open("features", query)


def _broken_pages(server: Server, query: str) -> list[str]:
    found = []
    with Client(server.address) as client:
        for page in _PAGES:
            try:
                client.open(page, query)
            except (BrokenPageError, OSError, WebSocketException) as error:
                found.append(repr(error))
    return [*found, *server.tracebacks()]
