"""What all pages share: the language, and an address that may say anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from deepfm.glossary import meanings
from deepfm.language import LANGUAGES, Language, translate
from deepfm.log.log import Log
from deepfm.runs.run import Run
from tests.pages.reader import APP, PAGES, complaints, open_page, press, run

GARBAGE = ["../../etc", "/etc/passwd", "\x00", "", " ", "20261124-150312-3fa9", "名" * 2000, "{x}"]


@pytest.mark.usefixtures("empty_home")
def test_the_language_switch_changes_the_titles_and_stays_in_the_address() -> None:
    at = open_page("data")
    assert at.title[0].value == "Data"
    switch = at.get("segmented_control")[0]
    switch.set_value("zh")
    run(at)
    assert at.title[0].value == "数据"
    assert at.query_params["lang"] == "zh"
    at.switch_page("runs.py")
    run(at)
    assert at.title[0].value == "任务"
    assert at.query_params["lang"] == "zh"
    at.get("segmented_control")[0].set_value("en")
    run(at)
    assert (at.title[0].value, at.query_params["lang"]) == ("Runs", "en")


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize(
    ("locale", "title"), [("zh-CN", "开始"), ("zh", "开始"), ("de-DE", "Start"), (None, "Start")]
)
def test_without_a_choice_the_browser_decides(locale: str | None, title: str) -> None:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.context = {"locale": locale}
    assert run(at).title[0].value == title


@pytest.mark.usefixtures("empty_home")
def test_an_unknown_language_is_english() -> None:
    at = open_page("data", lang="xx")
    assert at.title[0].value == "Data"
    assert not complaints(at)


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", ["data", "question", "features", "training"])
def test_garbage_for_a_log_is_answered_in_one_sentence(name: str, garbage: str) -> None:
    at = open_page(name, log=garbage)
    assert len(at.error) == 1
    assert str(at.error[0].value).endswith(".")
    # It must not stand in the way of the next look.
    assert "log" not in at.query_params
    run(at)
    assert not at.error
    assert at.info or at.file_uploader


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", ["training", "results", "prospects"])
def test_garbage_for_a_run_is_answered_in_one_sentence(name: str, garbage: str) -> None:
    at = open_page(name, lang="zh", run=garbage)
    assert len(at.error) == 1
    assert str(at.error[0].value).endswith("。")
    assert "run" not in at.query_params
    run(at)
    assert not at.error
    assert len(at.info) == 1


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_for_an_upload_is_answered_in_one_sentence(garbage: str) -> None:
    at = open_page("data", upload=garbage)
    assert len(at.error) == 1
    run(at)
    assert not at.error
    assert len(at.file_uploader) == 1


def test_pages_that_need_neither_log_nor_run_ignore_them(own_run: Run) -> None:
    at = open_page("runs", log="../x", run="\x00")
    assert not complaints(at)
    assert len(at.dataframe) == 1


@pytest.mark.parametrize("name", PAGES)
def test_what_the_address_says_is_kept_on_every_page(name: str, own_run: Run, log: Log) -> None:
    address = {"log": log.folder.name, "run": own_run.id}
    at = open_page(name, lang="en", **address)
    assert {key: at.query_params[key] for key in address} == address
    links = at.get("page_link")
    assert all(own_run.id in str(link.proto) for link in links)
    # A reader who comes back by another page still has them.
    at.query_params.clear()
    at.switch_page("results.py")
    run(at)
    assert {key: at.query_params[key] for key in (*address, "lang")} == address | {"lang": "en"}
    assert at.metric


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_are_explained_from_every_page(lang: Language, own_run: Run) -> None:
    label = translate("What the words mean", lang)
    at = press(open_page("prospects", lang=lang, run=own_run.id), label)
    said = "\n".join(str(text.value) for text in at.markdown)
    assert all(meaning in said for meaning in meanings(lang).values())
    # Beside its figure a term is explained too.
    (metric,) = [one for one in at.metric if one.label == translate("Expected to act", lang)]
    assert metric.proto.help == meanings(lang)[metric.label]


def test_the_first_page_waits_for_nothing_heavy(home: Path) -> None:
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"at = AppTest.from_file({str(APP)!r}, default_timeout=60).run()\n"
        "assert at.title and not at.exception\n"
        "heavy = {'tensorflow', 'keras', 'jax', 'sklearn', 'scipy', 'ibis'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ
    )
    assert ended.returncode == 0, ended.stderr


def _full_disk() -> None:
    import errno
    import os

    from pages.shared.show import unexpected

    unexpected(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "draft.json"))
    unexpected(ValueError("the details are in the log"))


@pytest.mark.usefixtures("home")
def test_a_full_disk_is_named_and_other_faults_are_not_told_in_detail() -> None:
    at = run(AppTest.from_function(_full_disk, default_timeout=30))
    full, other = (str(box.value) for box in at.error)
    assert full.startswith("The disk is full. Delete runs or logs that are no longer needed")
    assert other.startswith("Something went wrong here")
    assert "details are in the log" not in other
