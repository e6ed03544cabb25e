"""Hostile texts and files, given to all that reads them: it works, or says in words why not."""

from __future__ import annotations

import csv
import io
import json
import random
import stat
import time
import traceback
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from deepfm.charts.labels import safe
from deepfm.charts.log import events_over_time
from deepfm.document import Section, html_page
from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.log.findings import findings
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.look import events_by_day, first_events, frequent_values, set_aside_csv
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source
from deepfm.runs.draft import Draft, open_draft, save_draft
from deepfm.runs.previews import preview_examples
from deepfm.runs.templates import delete_template, save_template, templates_for
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question, check_question
from tests.torture.strings import texts
from tests.torture.tally import Tally

Check = Callable[..., None]
_ROWS = 60
_TAGS = {"html", "meta", "title", "style", "h1", "h2", "ul", "li", "p", "table", "thead", "tbody"}
_TAGS |= {"tr", "th", "td", "em", "strong", "body"}


def fuzz(tally: Tally, strategy: st.SearchStrategy[Any], check: Check, examples: int) -> None:
    """Give ``check`` so many examples; what it raises, other than InputError, is a traceback."""

    def one(example: Any) -> None:
        tally.tried += 1
        try:
            check(example)
        except InputError as error:
            # A line break of its own is the example's; repr writes it as two characters.
            assert "\n" not in error.text().strip() or "\\n" in repr(example)
            assert error.text("zh")
        tally.survived += 1

    quiet = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    try:
        seed(7)(quiet(given(strategy)(one)))()
    # Whatever comes out is what is looked for.
    except Exception as error:  # noqa: BLE001
        for found in getattr(error, "exceptions", (error,)):
            tally.tracebacks.append(f"{check.__name__}: {_told(found)}")


def _told(error: Exception) -> str:
    """What was raised, where, and by which example."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    notes = " ".join(getattr(error, "__notes__", ()))
    return f"{error!r} ({Path(where.filename).name}:{where.lineno}) {notes[:600]}"


tables = st.fixed_dictionaries(
    {
        "columns": st.lists(texts, min_size=4, max_size=4),
        "users": st.lists(texts, min_size=2, max_size=6),
        "actions": st.lists(texts, min_size=2, max_size=4),
        "values": st.lists(texts, min_size=1, max_size=4),
    }
)


def read_a_table(table: dict[str, list[str]]) -> None:
    """A log whose names and values mean harm: read, looked at, drawn and asked."""
    with TemporaryDirectory() as name:
        path, folder = Path(name) / "log.csv", Path(name) / "log"
        path.write_bytes(_csv(table))
        source = open_source(path)
        user, moment, action, extra = source.columns[:4]
        log = take_in(
            source,
            Mapping(user, moment, action=action, categories=(extra,)),
            folder,
        )
        assert log.report.rows_read == log.rows + log.report.rows_set_aside
        assert {entry.name for entry in Path(name).iterdir()} == {"log.csv", "log"}
        _look_at(log)
        _ask(log)


def _csv(table: dict[str, list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    names = [f"{place}{name}" for place, name in enumerate(table["columns"])]
    writer.writerow(names)
    for row in range(_ROWS):
        chosen = [table[key][row % len(table[key])] for key in ("users", "actions", "values")]
        writer.writerow([chosen[0], f"2024-{row // 28 + 1:02d}-{row % 28 + 1:02d}", *chosen[1:]])
    return text.getvalue().encode("utf-8", "replace")


def _look_at(log: Log) -> None:
    for language in ("en", "zh"):
        for finding in findings(log):
            assert finding.what.text(language)
        set_aside_csv(log, language)
        drawn = events_over_time(events_by_day(log), language).to_json()
        assert "<script" not in drawn and "<img" not in drawn
    first_events(log, 20)
    for column in log.id_columns:
        for value in frequent_values(log, column):
            assert "<" not in safe(value)
    page = html_page("x", [Section(name, list(log.actions)) for name in log.categories], "en")
    _no_foreign_tags(page)


def _ask(log: Log) -> None:
    action = next(iter(log.actions))
    question = Question((action,), lookback_days=7, active_days=7, horizon_days=2)
    check_question(log, question)
    labels = [feature.label for feature in feature_catalogue(log, question)]
    assert all(label.text(language) for label in labels for language in ("en", "zh"))
    save_draft(log, Draft(question, reason=action))
    assert open_draft(log).question == question
    preview_examples(log, question)


class _Reader(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS or (tag == "a" and "javascript" not in str(attrs)), tag
        assert not any(name.startswith("on") for name, _ in attrs)


def _no_foreign_tags(page: str) -> None:
    _Reader().feed(page)


archives = st.lists(
    st.tuples(texts, st.binary(max_size=200), st.sampled_from(["file", "link", "bomb", "log"])),
    min_size=1,
    max_size=5,
)


def open_an_archive(members: list[tuple[str, bytes, str]]) -> None:
    """An archive with names that lead out, links, and stretches of zeros."""
    with TemporaryDirectory() as name:
        outside, scratch = Path(name), Path(name) / "in" / "scratch"
        scratch.parent.mkdir()
        path = outside / "log.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for member, content, kind in members:
                info = zipfile.ZipInfo(member or "x")
                if kind == "link":
                    info.external_attr = (stat.S_IFLNK | 0o777) << 16
                    content = b"/etc/passwd"
                elif kind == "bomb":
                    content = bytes(3_000_000)
                elif kind == "log":
                    content = b"user,time\n" + b"u1,2024-01-01\nu2,2024-01-02\n" * 9
                packed.writestr(info, content)
        try:
            source = open_source(path, scratch=scratch)
            take_in(source, Mapping(*source.columns[:2]), scratch.parent / "log")
        finally:
            there = {str(entry.relative_to(outside)) for entry in outside.iterdir()}
            assert there == {"log.zip", "in"}, there
            assert all(not entry.is_symlink() for entry in scratch.rglob("*"))


def keep_a_template(name: str) -> None:
    """A name is never a path."""
    kept = save_template(common_workspace(), name, ("user", "time"), Mapping("user", "time"))
    assert kept in templates_for(common_workspace(), ("time", "user"))
    delete_template(common_workspace(), kept.name)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
# Where in a file, what is done there, and with what.
mutations = st.tuples(
    st.integers(0, 2**20), st.sampled_from(["value", "key", "drop", "bytes", "cut"]), json_values
)


def mutated(content: bytes, place: int, kind: str, value: Any) -> bytes:
    """A file of JSON with one thing in it changed."""
    if kind == "cut":
        return content[: place % (len(content) + 1)]
    if kind == "bytes":
        where = place % max(1, len(content))
        noise = random.Random(place).randbytes(4)
        return content[:where] + noise + content[where + 4 :]
    data = json.loads(content)
    inside, key = _spot(data, random.Random(place))
    if inside is None:
        return json.dumps(value).encode()
    if kind == "drop":
        del inside[key]
    elif kind == "key" and isinstance(inside, dict):
        inside[str(value)] = inside.pop(key)
    else:
        inside[key] = value
    return json.dumps(data).encode()


def _spot(data: Any, moments: random.Random) -> tuple[Any, Any]:
    """A place in JSON: what holds it, and under which key.

    It is found by going down, so that the points of a curve are no likelier than its neighbours.
    """
    inside = key = None
    while data and isinstance(data, dict | list) and (inside is None or moments.random() < 0.7):
        key = moments.choice(list(data) if isinstance(data, dict) else range(len(data)))
        inside, data = data, data[key]
    return inside, key


def fuzz_texts(examples: int, until: float) -> Tally:
    """Names and values, archives, templates."""
    tally = Tally("hostile texts and archives")
    for strategy, check, share in (
        (tables, read_a_table, 0.5),
        (archives, open_an_archive, 1.0),
        (texts, keep_a_template, 1.0),
    ):
        if time.monotonic() < until:
            fuzz(tally, strategy, check, max(1, int(examples * share)))
    return tally
