"""Filters with a name, as their owner or somebody who means harm may have kept them."""

from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import strategies as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from deepfm.errors import InputError
from deepfm.prospects.browse import fitting
from deepfm.prospects.filter import Filter
from deepfm.prospects.ranking import TIERS
from deepfm.runs.files import write_json
from deepfm.runs.run import Run
from deepfm.runs.segments import SEGMENTS, delete_segment, read_segments, save_segment
from pages.shared.way import step
from tests.torture.hostile import fuzz
from tests.torture.shop import ROOT
from tests.torture.strings import texts
from tests.torture.tally import Tally

_ADDRESSES = ("](http", "](javascript:", "<script", "<img")


def fuzz_segments(tally: Tally, run: Run, examples: int, until: float) -> None:
    """Give a run segments that nobody saved, and names that mean harm."""
    segments = hostile_segments({name: words.kind for name, words in run.words.items()})

    def read_segments_of(content: dict[str, Any]) -> None:
        read_hostile_segments(run, content)

    def name_a_segment(name: str) -> None:
        keep_a_hostile_name(run, name)

    def show_segments_of(content: dict[str, Any]) -> None:
        show_hostile_segments(run, content)

    for strategy, check, share in (
        (segments, read_segments_of, 1.0),
        (texts, name_a_segment, 0.5),
        (segments, show_segments_of, 0.1),
    ):
        if time.monotonic() < until:
            fuzz(tally, strategy, check, max(1, int(examples * share)))


def _mostly(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> Any:
    """Now and then something else, so that most of it gets past the first look."""
    return st.integers(0, 9).flatmap(lambda drawn: usual if drawn else other)


def hostile_segments(fields: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    """Contents of segments.json: ``fields`` of a run with their kinds, and what they are not."""
    numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers()
    anything = st.booleans() | numbers | texts
    field = _mostly(st.sampled_from(sorted(fields)), texts)
    values = st.lists(st.none() | texts, max_size=3)

    def conditions(name: str) -> st.SearchStrategy[dict[str, Any]]:
        dense = fields.get(name) == "dense"
        usual = {
            "field": st.just(name),
            "values": _mostly(st.just([]) if dense else values, values),
            "low": _mostly(numbers if dense else st.none(), anything),
            "high": _mostly(numbers if dense else st.none(), anything),
        }
        return st.fixed_dictionaries(usual)

    filters = st.fixed_dictionaries(
        {
            "user": _mostly(texts, anything),
            "tiers": st.lists(_mostly(st.sampled_from(list(TIERS)), texts), max_size=3),
            "least_probability": _mostly(st.floats(0, 1), anything),
            "reason": _mostly(st.none() | st.sampled_from(sorted(fields)), anything),
            "conditions": st.lists(field.flatmap(conditions), max_size=3),
        }
    )
    return st.dictionaries(_mostly(st.text(max_size=60), texts), filters, min_size=1, max_size=3)


def read_hostile_segments(run: Run, content: dict[str, Any]) -> None:
    """Each segment that is taken can be asked for."""
    write_json(run.folder / SEGMENTS, content)
    for segment in read_segments(run).values():
        fitting(run.prospects, segment, run.examples)
        assert Filter.from_json(json.loads(json.dumps(segment.to_json()))) == segment


def keep_a_hostile_name(run: Run, name: str) -> None:
    """A name is kept as it is, and forgotten again."""
    write_json(run.folder / SEGMENTS, {})
    kept = save_segment(run, name, Filter())
    assert read_segments(run) == {kept: Filter()}
    delete_segment(run, kept)
    assert not read_segments(run)


def show_hostile_segments(run: Run, content: dict[str, Any]) -> None:
    """The page offers them by name, and shows whom one means."""
    write_json(run.folder / SEGMENTS, content)
    # Else nobody learns what broke.
    config.set_option("client.showErrorDetails", "full")
    at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    at.run()
    at.query_params["run"] = run.id
    at.switch_page(step("prospects").path)
    at.run()
    buttons = [button for button in at.button if button.key == "open-segment"]
    try:
        names = list(read_segments(run))
    except InputError as error:
        assert not buttons
        assert any(error.text()[:20] in str(box.value) for box in at.error), at.error
    else:
        assert [list(box.options) for box in at.selectbox if box.key == "segment"] == [names]
        buttons[0].click()
        at.run()
    assert not at.exception, [found.message for found in at.exception]
    written = [*at.error, *at.info, *at.caption, *at.markdown, *at.header]
    assert not [box.value for box in written if any(one in box.value for one in _ADDRESSES)]
