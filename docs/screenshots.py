"""Draw every page into docs/screenshots: ``make screenshots``.

A demo log is loaded and a model is trained as an analyst would, then each page is drawn at the
width of a desktop and of a phone, light and dark, and once in Chinese.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import Page, server  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
PAGES = ("start", "data", "question", "features", "training", "results", "prospects", "runs")
LOOKS = ((1440, False, "en"), (1440, True, "en"), (420, False, "en"), (420, True, "en"))


def main() -> None:
    """Train once, then draw."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, server(Path(scratch)) as address:
        query = walk(address, Path(scratch))
        for width, dark, language in (*LOOKS, (1440, False, "zh")):
            with Page(Path(scratch), width, dark) as page:
                draw(page, address, f"{query}&lang={language}", look(width, dark, language))


def look(width: int, dark: bool, language: str) -> str:
    """What a picture's name ends in."""
    return f"{width}-{'dark' if dark else 'light'}" + ("" if language == "en" else f"-{language}")


def walk(address: str, folder: Path) -> str:
    """From the demo log to a trained model; gives the query of its address."""
    with Page(folder) as page:
        page.open(address)
        page.click("Load the demo log")
        page.wait_for("Next: ask a question")
        page.go_to("Train")
        page.click("Start the training")
        page.wait_for("best: step", 120)
        page.picture(FOLDER / "live-1440-light.png")
        page.wait_for("people are on the list", 300)
        return urlsplit(page.driver.current_url).query


def draw(page: Page, address: str, query: str, name: str) -> None:
    """Every page in one look."""
    for title in PAGES:
        # The first page has no name in the address.
        page.open(f"{address}/{'' if title == 'start' else title}?{query}")
        if title == "prospects":
            page.picture(FOLDER / f"prospects-{name}.png")
            page.choose_row(0)
            page.picture(FOLDER / f"person-{name}.png")
        elif title == "features":
            page.picture(FOLDER / f"features-{name}.png")
            page.choose_row(0)
            page.picture(FOLDER / f"user-{name}.png")
        else:
            page.picture(FOLDER / f"{title}-{name}.png")


if __name__ == "__main__":
    main()
