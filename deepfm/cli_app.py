"""Opens the pages from the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from deepfm.errors import InputError
from deepfm.runs.home import home


def open_pages(port: int | None, browser: bool) -> NoReturn:
    """Become the server of the pages, with the home folder of where the command was given.

    Args:
        port: to listen on; None leaves it to Streamlit.
        browser: whether to open one.

    Raises:
        InputError: the pages are not beside the package.
    """
    root = Path(__file__).parents[1]
    if not (root / "app.py").is_file():
        raise InputError(
            "The pages are not in {folder}: they do not come with the installed package. Install "
            "it from its source folder with pip install -e .",
            folder=root,
        )
    os.environ["DEEPFM_HOME"] = str(home())
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += [] if port is None else ["--server.port", str(port)]
    command += [] if browser else ["--server.headless", "true"]
    # Streamlit reads its configuration from the current folder.
    os.chdir(root)
    os.execv(sys.executable, command)
