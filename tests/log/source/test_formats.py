"""The same log in every kind of file gives the same rows; archives never get out of hand."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.source import archive
from deepfm.log.source.part import Dialect
from deepfm.log.source.rows import NO_OBJECT
from deepfm.log.source.source import open_source, sample

ROWS = [
    ("00017", "看", "2024-01-01 08:00:00", 1.5),
    ("12345678901234567890", "买", "2024-01-02 09:30:00", 20.0),
    ('a "b", c', "看", "2024-01-03 00:00:00", 0.25),
]
COLUMNS = ["user", "action", "time", "amount"]
MAPPING = Mapping("user", "time", action="action", amount="amount")


def _frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS)


def _csv(path: Path) -> None:
    _frame().to_csv(path, index=False)


def _tabs_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(_frame().to_csv(sep="\t", index=False).encode("gb18030")))


def _control(path: Path) -> None:
    path.write_text(_frame().to_csv(sep="\x01", index=False), "utf-8")


def _parquet(path: Path) -> None:
    _frame().assign(time=lambda f: pd.to_datetime(f["time"])).to_parquet(path)


def _lines(path: Path) -> None:
    _frame().to_json(path, orient="records", lines=True, force_ascii=False)


def _array(path: Path) -> None:
    path.write_text(json.dumps(_frame().to_dict("records"), indent=2, ensure_ascii=False), "utf-8")


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    empty, sheet = book.active, book.create_sheet("日志")
    assert empty is not None
    sheet.append(COLUMNS)
    for user, action, time, amount in ROWS:
        sheet.append([user, action, datetime.fromisoformat(time), amount])
    book.save(path)


def _zip(path: Path) -> None:
    frame = _frame()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("__MACOSX/._january.csv", b"\0\5\x16\7")
        packed.writestr("logs/january.csv", frame.head(1).to_csv(index=False))
        # The other files have their columns in another order, and another delimiter.
        rest = frame.tail(2)[COLUMNS[::-1]].to_csv(index=False, sep=";")
        packed.writestr("logs/later.txt", rest.encode("gb18030"))


WRITERS = [_csv, _tabs_gzip, _control, _parquet, _lines, _array, _workbook, _zip]


@pytest.mark.parametrize("write", WRITERS)
def test_every_kind_of_file_gives_the_same_log(tmp_path: Path, write) -> None:
    path = tmp_path / "log.data"
    write(path)
    source = open_source(path)
    assert set(source.columns) == set(COLUMNS)
    assert sample(source)["user"].tolist() == [row[0] for row in ROWS]
    assert guess_mapping(source) == MAPPING
    log = take_in(source, MAPPING, tmp_path / "log")
    events = pd.read_parquet(log.parquet)
    expected = _frame().assign(time=lambda f: f["time"].astype("datetime64[us]"))
    pd.testing.assert_frame_equal(events[COLUMNS], expected, check_dtype=False)
    assert log.report.rows_read == len(ROWS)
    assert sorted(events["line"]) == list(events["line"])


def test_several_files_count_their_lines_on_and_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("user,time\nu1,2024-01-01\n,2024-01-01\n")
    (tmp_path / "b.csv").write_text("time,user\n\n2024-01-02,u2\n2024-01-02\n")
    source = open_source(tmp_path / "a.csv", tmp_path / "b.csv")
    log = take_in(source, Mapping("user", "time"), tmp_path / "log")
    assert [(file.name, file.lines) for file in log.files] == [("a.csv", 3), ("b.csv", 4)]
    assert pd.read_parquet(log.parquet)["line"].tolist() == [2, 3 + 3]
    aside = pd.read_parquet(log.set_aside)[["file", "line"]].values.tolist()
    assert aside == [["a.csv", 3], ["b.csv", 4]]
    assert Log.open(log.folder) == log
    (tmp_path / "b.csv").write_text("time,person\n2024-01-02,u2\n")
    with pytest.raises(InputError, match="different columns: person, user"):
        open_source(tmp_path / "a.csv", tmp_path / "b.csv")


def test_lines_of_a_sheet_are_its_rows_and_a_sheet_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["nothing", "here"])
    sheet = book.create_sheet("log")
    for place, row in (
        (3, ["user", "time"]),
        (4, [17850, 45292.5]),
        (6, [None, 45293]),
        (9, ["x", 45294]),
    ):
        for column, cell in enumerate(row, start=2):
            sheet.cell(place, column, cell)
    book.save(path)
    source = open_source(path, dialect=Dialect(sheet="log"))
    assert (source.parts[0].sheets, source.parts[0].name) == (("Sheet", "log"), "book.xlsx/log")
    log = take_in(source, guess_mapping(source), tmp_path / "log")
    events = pd.read_parquet(log.parquet)
    assert events[["user", "line"]].values.tolist() == [["17850", 4], ["x", 9]]
    assert events["time"].tolist() == [pd.Timestamp("2024-01-01 12:00"), pd.Timestamp("2024-01-03")]
    assert pd.read_parquet(log.set_aside)["line"].tolist() == [6]
    with pytest.raises(InputError, match=r"no rows in a sheet other\. Choose one of: Sheet, log"):
        open_source(path, dialect=Dialect(sheet="other"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_json_lines_may_have_any_encoding_and_be_zipped(
    tmp_path: Path, encoding: str, wrap: Callable[[bytes], bytes]
) -> None:
    lines = _frame().to_json(orient="records", lines=True, force_ascii=False)
    (tmp_path / "log").write_bytes(wrap(lines.encode(encoding)))
    source = open_source(tmp_path / "log")
    assert source.columns == tuple(COLUMNS)
    assert sample(source)["action"].tolist() == ["看", "买", "看"]


def test_json_lines_that_are_none_are_set_aside_and_keys_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"user": 1, "time": "2024-01-01", "a/b~c\\"": {"x": [1]}}\n'
        '{"time": "2024-01-02", "user": "2"}\n\n{"user": \n[1]\n{"user": 3, "more": 1}\n'
    )
    source = open_source(path)
    assert source.columns == ("user", "time", 'a/b~c"', "more")
    log = take_in(source, Mapping("user", "time", categories=('a/b~c"',)), tmp_path / "log")
    events = pd.read_parquet(log.parquet)
    assert events['a/b~c"'].tolist()[0] == '{"x":[1]}'
    assert events["line"].tolist() == [1, 2]
    aside = pd.read_parquet(log.set_aside)
    assert aside["line"].tolist() == [4, 5, 6]
    assert aside["reason"].tolist()[:2] == [NO_OBJECT] * 2
    assert aside["text"].tolist()[1] == "[1]"


@pytest.mark.parametrize(
    ("text", "delimiter", "columns"),
    [
        ("1::1193::5::978300760\n2::661::3::978302109\n", "::", 4),
        ("u1   2024-01-01  view\nu2 2024-01-02 buy\n", " ", 3),
        ("user^time\nu1^2024-01-01\n", "^", 2),
    ],
)
def test_unusual_delimiters(tmp_path: Path, text: str, delimiter: str, columns: int) -> None:
    path = tmp_path / "log.dat"
    path.write_text(text)
    source = open_source(path)
    assert (source.parts[0].delimiter, len(source.columns)) == (delimiter, columns)
    assert len(sample(source)) == text.count("\n") - source.header


def test_what_was_found_can_be_overruled(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes("u1;ユーザー;2024-01-01\nu2;購入;2024-01-02\n".encode("shift_jis"))
    dialect = Dialect(encoding="shift_jis", delimiter=";", header=False)
    assert sample(open_source(path, dialect=dialect))["column_2"].tolist() == ["ユーザー", "購入"]
    for wrong, sentence in (
        (Dialect(encoding="utf-8"), "is not in the encoding utf-8"),
        (Dialect(encoding="martian"), "There is no encoding martian"),
        (Dialect(encoding="rot13"), "no encoding rot13|not in the encoding rot13"),
        (Dialect(delimiter="\n"), "cannot stand between cells"),
        (Dialect(delimiter="|", encoding="cp932"), "one column only"),
    ):
        with pytest.raises(InputError, match=sentence):
            open_source(path, dialect=wrong)


def _packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def test_an_archive_writes_nowhere_but_to_its_folder(tmp_path: Path) -> None:
    content = _frame().to_csv(index=False).encode()
    path = _packed(tmp_path / "logs.zip", {"../../up.csv": content, "/abs.csv": content})
    source = open_source(path, scratch=tmp_path / "scratch")
    assert len(source.parts) == 2
    assert all((tmp_path / "scratch") in part.path.parents for part in source.parts)
    assert {p.name for p in tmp_path.iterdir()} == {"logs.zip", "scratch"}
    assert not (tmp_path.parent / "up.csv").exists()


def test_archives_that_hold_too_much_or_nothing_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = _packed(tmp_path / "inner.zip", {"a.csv": b"user,time\n"}).read_bytes()
    cases = {
        "holds no file": {"folder/": b""},
        "archive within an archive": {"inner.zip": inner},
        "is empty": {"a.csv": b""},
    }
    for sentence, members in cases.items():
        with pytest.raises(InputError, match=sentence):
            open_source(_packed(tmp_path / "log.zip", members))
    monkeypatch.setattr(archive, "SMALL", 1_000_000)
    bomb = _packed(tmp_path / "bomb.zip", {"a.csv": bytes(20_000_000)})
    assert bomb.stat().st_size < 100_000
    with pytest.raises(InputError, match="would unpack to 20 MB"):
        open_source(bomb, scratch=tmp_path / "scratch")
    assert not list((tmp_path / "scratch").rglob("*.*"))
    # An archive that lies about its size writes no more than it says.
    data = bytearray(_packed(tmp_path / "liar.zip", {"a.csv": os.urandom(5_000)}).read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    (tmp_path / "liar.zip").write_bytes(data)
    with pytest.raises(InputError, match="damaged or cut off"):
        open_source(tmp_path / "liar.zip")
