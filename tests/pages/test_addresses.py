"""What somebody may have written into an address: it opens nothing, and breaks nothing."""

from __future__ import annotations

import pytest

from deepfm.runs.run import Run
from pages.shared.address import NAMES
from tests.pages.reader import PAGES, complaints, open_page
from tests.torture.strings import INJECTIONS

# Of every kind a few: each is a new session on each page.
TEXTS = INJECTIONS[::5]
OTHERS = [name for name in NAMES if name != "lang"]


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize("text", TEXTS)
def test_no_page_breaks_at_an_address_that_means_harm(text: str) -> None:
    for name in PAGES:
        at = open_page(name, lang=text, **dict.fromkeys(OTHERS, text))
        assert len(at.title) == 1


@pytest.mark.parametrize("text", TEXTS)
def test_a_ranking_is_one_of_the_run_or_the_models_own(done: Run, text: str) -> None:
    at = open_page("prospects", run=done.id, ranking=text)
    assert len(at.title) == 1
    assert len(at.dataframe) > 0
    assert not complaints(at)
