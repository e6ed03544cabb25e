"""The installed command opens the pages, from wherever it is typed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answer(address: str, seconds: float = 60.0) -> str:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)


def test_the_installed_command_serves_the_pages_with_the_home_of_where_it_was_typed(
    tmp_path: Path,
) -> None:
    command = shutil.which("deepfm", path=str(Path(sys.executable).parent))
    assert command is not None, "pip install --no-deps --editable . makes it; make test does that"
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if name != "DEEPFM_HOME"}
    with subprocess.Popen(
        [command, "app", "--port", str(port), "--no-browser"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            assert _answer(f"http://127.0.0.1:{port}/_stcore/health") == "ok"
            of_process = Path(f"/proc/{process.pid}")
            settings = (of_process / "environ").read_text().split("\0")
            assert f"DEEPFM_HOME={tmp_path.resolve() / 'var'}" in settings
            assert (of_process / "cwd").resolve() == ROOT
        finally:
            process.terminate()


def test_without_the_pages_it_says_how_to_get_them(tmp_path: Path) -> None:
    # A copy of the package alone, as a wheel installs it.
    package = tmp_path / "site" / "deepfm"
    shutil.copytree(ROOT / "deepfm", package, ignore=shutil.ignore_patterns("__pycache__"))
    ended = subprocess.run(
        [sys.executable, "-m", "deepfm", "app", "--no-browser"],
        cwd=package.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert f"The pages are not in {package.parent}" in ended.stderr
