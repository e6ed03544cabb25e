"""The installed command opens the pages, from wherever it is typed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.browser.chromium import free_port, wait_for_server

ROOT = Path(__file__).parents[1]


def test_the_installed_command_serves_the_pages_with_the_home_of_where_it_was_typed(
    tmp_path: Path,
) -> None:
    command = shutil.which("deepfm", path=str(Path(sys.executable).parent))
    assert command is not None, "pip install --no-deps --editable . makes it; make test does that"
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "DEEPFM_HOME"}
    with subprocess.Popen(
        [command, "app", "--port", str(port), "--no-browser"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for_server(f"http://127.0.0.1:{port}")
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
