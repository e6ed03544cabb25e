"""Data: from an upload to the report, and every kind of file that is none."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from deepfm.runs.store import list_logs
from deepfm.runs.workspace import common_workspace
from pages.shared.plain import plain
from tests.pages.reader import english, metrics, open_page, press, settle

HEADER = "user_id,action,time\n"


def _rows(users: int = 5, action: str = "view", day: str | None = None) -> str:
    return "".join(
        f"u{i % users},{action},{day or f'2024-01-{i + 1:02d}'} 10:00:00\n" for i in range(20)
    )


def _kept(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in home.glob("uploads/*/file/*")]


def test_an_upload_is_mapped_read_and_reported(empty_home: Path) -> None:
    content = (HEADER + _rows() + ",view,2024-01-05\nu1,view,yesterday\n").encode()
    app = open_page("data")
    app.file_uploader[0].upload("my shop.csv", content).run()
    assert not app.exception
    assert _kept(empty_home) == [content]
    assert app.header[0].value == "What are the columns of my shop.csv?"
    guessed = {p: app.selectbox(key=f"map-{p}").value for p in ("user", "time", "action", "item")}
    assert guessed == {"user": "user_id", "time": "time", "action": "action", "item": None}
    assert "upload" in app.query_params
    settle(press(app, "Read the log"))
    assert not app.exception
    assert not app.error
    assert metrics(app) == {
        "Events": "20",
        "Users": "5",
        "Actions": "1",
        "Rows set aside": "2",
    }
    said = [text.value for text in app.markdown]
    assert "Rows set aside because the user is missing: 1." in said
    assert "Rows set aside because the time cannot be read: 1." in said
    (log,) = list_logs(common_workspace())
    assert app.query_params["log"] == log.id
    assert "upload" not in app.query_params
    assert log.name == "my shop.csv"
    assert "Next: ask a question" in [link.value for link in app.page_link]
    assert _kept(empty_home) == [content]


def test_a_log_is_found_again_by_its_address_and_in_the_list(empty_home: Path) -> None:
    app = open_page("data")
    app.file_uploader[0].upload("log.csv", (HEADER + _rows()).encode()).run()
    settle(press(app, "Read the log"))
    id = app.query_params["log"]
    assert open_page("data", log=id).metric[0].value == "20"
    fresh = open_page("data")
    fresh.selectbox(key="earlier-log").select_index(0).run()
    assert not fresh.exception
    assert fresh.query_params["log"] == id
    assert fresh.metric[0].value == "20"


def test_why_nothing_could_be_guessed_is_said_in_the_readers_language(empty_home: Path) -> None:
    app = open_page("data", lang="zh")
    app.file_uploader[0].upload("log.csv", b"user_id,{x}\nu1,{view}\nu2,buy\n").run()
    for _ in range(2):
        assert app.warning[0].value.startswith(
            plain("没有找到时间列。现有的列：user_id (u1), {x} ({view})。")
        )
        app.run()
    assert not app.exception


def test_a_changed_mapping_is_the_one_that_is_read(empty_home: Path) -> None:
    app = open_page("data")
    text = "a,b,time\n" + "".join(f"x{i % 3},y{i % 7},2024-02-{i + 1:02d}\n" for i in range(20))
    app.file_uploader[0].upload("log.csv", text.encode()).run()
    assert "No column looks like a user." in app.warning[0].value
    app.selectbox(key="map-user").select("b").run()
    app.selectbox(key="map-time").select("time").run()
    settle(press(app, "Read the log"))
    assert not app.exception
    assert metrics(app)["Users"] == "7"


def test_one_action_only_is_read_and_said(empty_home: Path) -> None:
    app = open_page("data")
    app.file_uploader[0].upload("log.csv", (HEADER + _rows(action="buy")).encode()).run()
    settle(press(app, "Read the log"))
    assert not app.exception
    assert "There is one action only, buy." in [text.value for text in app.markdown]
    assert metrics(app)["Events"] == "20"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "The file empty.csv is empty."),
        ("blank.csv", b"\n\n  \n", "The file blank.csv is empty."),
        ("head.csv", HEADER.encode(), "The file head.csv has column names but no rows."),
        ("empty.parquet", b"", "The file empty.parquet is empty."),
        ("cut.parquet", b"PAR1\x00\x01", "The Parquet file cut.parquet is damaged or cut off."),
        ("p.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "p.csv is not a table of text."),
        ("one.csv", b"user\nu1\nu2\n", "The file one.csv has one column only."),
    ],
)
def test_a_file_that_is_no_log_is_kept_and_named(
    empty_home: Path, name: str, content: bytes, said: str
) -> None:
    app = open_page("data")
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    assert len(app.error) == 1
    assert said in app.error[0].value
    assert _kept(empty_home) == [content]
    assert "Read the log" not in [b.label for b in app.button]
    press(app, "Choose another file")
    assert app.file_uploader
    assert not app.error


def _nan_times() -> bytes:
    frame = pd.DataFrame({"user_id": ["a", "b"] * 5, "action": ["view"] * 10})
    return frame.assign(time="NaN").to_csv(index=False).encode()


def _nat_parquet() -> bytes:
    frame = pd.DataFrame({"user_id": ["a", "b"] * 5, "action": ["view"] * 10})
    file = io.BytesIO()
    frame.assign(time=pd.Series([pd.NaT] * 10, dtype="datetime64[us]")).to_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "guess", "said"),
    [
        (
            "notime.csv",
            b"user_id,action\nu1,view\nu2,buy\n",
            "No column looks like a time.",
            "No row can be used; mostly, the time cannot be read",
        ),
        (
            "nan.csv",
            _nan_times(),
            "No column looks like a time.",
            "No row can be used; mostly, the time",
        ),
        (
            "nat.parquet",
            _nat_parquet(),
            "No column looks like a time.",
            "No row can be used; mostly, the time",
        ),
        ("one.csv", (HEADER + _rows(users=1)).encode(), None, "All rows belong to one user, u0."),
        (
            "instant.csv",
            (HEADER + _rows(day="2024-01-01")).encode(),
            None,
            "All events stand at one instant.",
        ),
    ],
)
def test_a_log_of_nothing_usable_ends_in_a_sentence_and_leaves_no_log(
    empty_home: Path, name: str, content: bytes, guess: str | None, said: str
) -> None:
    app = open_page("data")
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    assert not app.error
    assert (app.warning[0].value[: len(guess)] if guess else len(app.warning)) == (guess or 0)
    settle(press(app, "Read the log"))
    assert not app.exception
    assert said in app.error[0].value
    assert list_logs(common_workspace()) == []
    press(app, "Back")
    assert app.header[0].value == f"What are the columns of {name}?"
    assert not list((empty_home / "logs").iterdir())
    assert _kept(empty_home) == [content]
    assert "upload" in app.query_params


def test_all_that_is_garbage_at_once_still_leads_to_an_upload(empty_home: Path) -> None:
    query = {"log": "../../etc", "run": "x", "upload": ".."}
    app = open_page("data", lang="xx", **query)
    seen = [error.value for error in app.error]
    while app.error:
        assert len(seen) < 4
        seen += [error.value for error in app.run().error]
    assert seen == [f"{bad} is not the id of a log or a run." for bad in ("..", "../../etc")]
    assert not app.exception
    assert app.file_uploader


def test_times_that_are_missing_are_set_aside_and_said(empty_home: Path) -> None:
    missing = "".join(f"u1,view,{mark}\n" for mark in ("NaN", ""))
    app = open_page("data")
    app.file_uploader[0].upload("gaps.csv", (HEADER + missing + _rows()).encode()).run()
    settle(press(app, "Read the log"))
    assert metrics(app)["Rows set aside"] == "2"
    said = [text.value for text in app.markdown]
    assert "Rows set aside because the time is missing: 2." in said
    table = next(found.value for found in app.dataframe if "Reason" in found.value)
    assert table["Line"].tolist() == [2, 3]


def test_one_column_for_two_parts_is_refused_and_can_be_mended(empty_home: Path) -> None:
    app = open_page("data")
    app.file_uploader[0].upload("log.csv", (HEADER + _rows()).encode()).run()
    app.selectbox(key="map-user").select("action").run()
    settle(press(app, "Read the log"))
    assert len(app.error) == 1
    assert "action" in app.error[0].value
    assert list_logs(common_workspace()) == []
    app.selectbox(key="map-user").select("user_id").run()
    settle(press(app, "Read the log"))
    assert not app.error
    assert metrics(app)["Users"] == "5"


def test_the_demo_button_loads_a_log_that_can_be_used_whole(empty_home: Path) -> None:
    app = settle(press(open_page("data"), "Load the demo log"))
    assert metrics(app)["Users"] == "20,000"
    assert metrics(app)["Rows set aside"] == "0"
    assert [box.value for box in app.success] == ["Every row could be used."]
    (log,) = list_logs(common_workspace())
    assert (log.id, log.name) == (app.query_params["log"], "demo.csv")


def test_mapping_and_report_speak_chinese(empty_home: Path) -> None:
    app = open_page("data", lang="zh")
    app.file_uploader[0].upload("log.csv", (HEADER + _rows() + ",view,x\n").encode()).run()
    assert not app.exception
    assert english(app) == []
    settle(press(app, "读取日志"))
    assert list(metrics(app).values()) == ["20", "5", "1", "1"]
    assert english(app) == []


def test_files_and_databases_that_the_server_knows(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served").mkdir()
    for day in (1, 2):
        (tmp_path / f"served/{day}.csv").write_text(HEADER + _rows(day=f"2024-01-0{day}"))
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        pd.DataFrame({"user_id": ["a", "b"], "time": ["2024-01-01", "2024-01-02"]}).to_sql(
            "events", connection, index=False
        )
    connection.close()
    assert [box.label for box in open_page("data").text_input] == []
    monkeypatch.setenv("DEEPFM_LOGS", str(tmp_path / "served"))
    monkeypatch.setenv("DEEPFM_DATABASES", f"shop=sqlite:///{tmp_path}/shop.db")
    app = open_page("data")
    app.text_input(key="served").set_value("../*").run()
    assert plain("No file that may be read fits ../*.") in app.error[0].value
    app.text_input(key="served").set_value("*.csv").run()
    assert app.header[0].value == "What are the columns of 1.csv, 2.csv?"
    settle(press(app, "Read the log"))
    assert metrics(app)["Events"] == "40"
    assert _kept(empty_home) == []

    app = open_page("data")
    table = next(box for box in app.text_input if box.label == "Table or query")
    table.set_value("nothing")
    press(app, "Get the rows")
    assert "The database shop does not answer nothing" in app.error[0].value
    table = next(box for box in app.text_input if box.label == "Table or query")
    table.set_value("events")
    press(app, "Get the rows")
    assert app.header[0].value == "What are the columns of shop.parquet?"
    settle(press(app, "Read the log"))
    assert metrics(app)["Users"] == "2"


def test_a_template_fills_the_form_for_the_next_file_of_the_same_columns(empty_home: Path) -> None:
    app = open_page("data")
    app.file_uploader[0].upload("log.csv", (HEADER + _rows()).encode()).run()
    app.selectbox(key="map-action").select_index(0).run()
    app.text_input(key="template-name").set_value("no actions").run()
    press(app, "Keep it")
    again = open_page("data")
    again.file_uploader[0].upload("next.csv", (HEADER + _rows()).encode()).run()
    assert again.selectbox(key="map-action").value == "action"
    again.selectbox(key="template").select("no actions").run()
    assert again.selectbox(key="map-action").value is None
    settle(press(again, "Read the log"))
    assert metrics(again)["Actions"] == "1"


def test_reading_again_starts_from_the_logs_own_columns(empty_home: Path) -> None:
    app = open_page("data")
    app.file_uploader[0].upload("log.csv", (HEADER + _rows()).encode()).run()
    app.selectbox(key="map-action").select_index(0).run()
    settle(press(app, "Read the log"))
    first = app.query_params["log"]
    press(app, "Read the file again with other columns")
    assert app.selectbox(key="map-action").value is None
    app.selectbox(key="map-action").select("action").run()
    settle(press(app, "Read the log"))
    assert app.query_params["log"] != first
    assert len(list_logs(common_workspace())) == 2


def test_excels_days_in_a_column_whose_name_says_nothing(empty_home: Path) -> None:
    app = open_page("data")
    rows = "".join(f"u{i % 3},{45292.5 + i}\n" for i in range(20))
    app.file_uploader[0].upload("log.csv", ("user_id,n\n" + rows).encode()).run()
    app.selectbox(key="map-time").select("n").run()
    app.toggle(key="map-excel").set_value(True).run()
    settle(press(app, "Read the log"))
    assert metrics(app)["Events"] == "20"
    assert any("From 2024-01-01 12:00" in text.value for text in app.caption)
