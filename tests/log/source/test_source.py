"""A file is known by its content; what is no log ends in one sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.source.source import open_source, sample

ROWS = "user,action,time\nu1,看,2024-01-01\nu2,买,2024-01-02\n"


# Named, as the clock stands in what gzip writes: a test's id must be the same in each worker.
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b"\n \n", "is empty", id="blank lines"),
        pytest.param(gzip.compress(b""), "is empty", id="gzip of nothing"),
        pytest.param(b"user,time\n", "column names but no rows", id="no rows"),
        pytest.param(b"user\nu1\nu2\n", "one column only", id="one column"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), "not a table of text", id="PNG"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(range(256)), "not a table of text", id="JPEG"),
        pytest.param(b"PK\x03\x04" + bytes(200), "damaged or cut off", id="ZIP"),
        pytest.param(b"PAR1", "damaged or cut off", id="Parquet"),
        pytest.param(
            gzip.compress(ROWS.encode() * 1000)[:-20], "damaged or cut off", id="gzip cut off"
        ),
    ],
)
def test_what_is_no_log_ends_in_one_sentence_and_stays(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence) as caught:
        open_source(path)
    assert caught.value.text("zh") != caught.value.text("en")
    assert path.read_bytes() == content


def test_an_empty_parquet_and_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "log.parquet").touch()
    with pytest.raises(InputError, match="is empty"):
        open_source(tmp_path / "log.parquet")
    with pytest.raises(InputError, match="There is no file"):
        open_source(tmp_path / "nowhere.csv")
    pd.DataFrame({"user": [], "time": []}).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(InputError, match="column names but no rows"):
        open_source(tmp_path / "rows.parquet")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("zipped", [False, True])
def test_encodings_are_found_and_the_cells_come_out_the_same(
    tmp_path: Path, encoding: str, zipped: bool
) -> None:
    content = ROWS.encode(encoding)
    path = tmp_path / "log.txt"
    path.write_bytes(gzip.compress(content) if zipped else content)
    source = open_source(path)
    assert source.parts[0].encoding == encoding.removesuffix("-sig")
    assert source.columns == ("user", "action", "time")
    assert sample(source)["action"].tolist() == ["看", "买"]


def test_bytes_that_are_neither_utf8_nor_gb18030_are_western(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    # The byte of the pound sign, followed by one that closes no GB18030 character.
    path.write_bytes(b"user,item,time\nu1,gift \xa3 40,2024-01-01\nu2,caf\xe9,2024-01-02\n")
    source = open_source(path)
    assert source.parts[0].encoding == "cp1252"
    assert sample(source)["item"].tolist() == ["gift £ 40", "café"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_logs_without_a_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text("".join(f"u{i}{delimiter}2024-01-01 00:0{i}\n" for i in range(5)))
    source = open_source(path)
    assert (source.parts[0].delimiter, source.header) == (delimiter, False)
    assert source.columns == ("column_1", "column_2")
    assert len(sample(source)) == 5


def test_a_log_without_a_time_or_a_user_says_what_it_saw(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user_id,action\nu1,buy\nu2,buy\n")
    with pytest.raises(InputError, match=r"looks like a time.*user_id \(u1\)"):
        guess_mapping(open_source(path))
    path.write_text("action,time\nbuy,2024-01-01\nbuy,2024-01-02\n")
    with pytest.raises(InputError, match=r"looks like a user.*action \(buy\)"):
        guess_mapping(open_source(path))


def test_equal_column_names_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,city,city,time\nu1,a,b,2024-01-01\n")
    assert open_source(path).columns == ("user", "city", "city_2", "time")
