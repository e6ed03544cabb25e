"""Whatever becomes part of a query reaches no other file, extension or machine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.log.closed import close, closed
from deepfm.log.engine_duckdb import open_duckdb
from deepfm.log.log import Log

HOSTILE = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_parquet('{other}')",
    "SELECT * FROM glob('/etc/*')",
    "COPY (SELECT 1) TO '{other}.csv'",
    "ATTACH '{other}.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM read_parquet('https://example.com/x.parquet')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET allowed_paths",
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "it's [one]*.parquet", tmp_path / "other.parquet"
    for path in (one, other):
        pd.DataFrame({"a": [1, 2]}).to_parquet(path)
    return one, other


@pytest.mark.parametrize("query", HOSTILE)
def test_nothing_else_is_reached(files: tuple[Path, Path], query: str) -> None:
    one, other = files
    with closed(one) as connection:
        counted = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(one)]).fetchall()
        assert counted == [(2,)]
        with pytest.raises(duckdb.Error):
            connection.execute(query.format(other=other)).fetchall()
    assert sorted(path.suffix for path in other.parent.iterdir()) == [".parquet", ".parquet"]


def test_a_folder_can_be_written_and_settings_are_kept(files: tuple[Path, Path]) -> None:
    one, other = files
    folder = one.parent / "scratch"
    folder.mkdir()
    with duckdb.connect(str(folder / "scratch.duckdb")) as connection:
        close(connection, one, folder=folder)
        connection.execute("CREATE TABLE kept AS SELECT * FROM read_parquet(?)", [str(one)])
        connection.execute(f"COPY kept TO '{folder / 'kept.parquet'}' (FORMAT parquet)")
        with pytest.raises(duckdb.Error):
            connection.execute("SELECT * FROM read_parquet(?)", [str(other)])
    assert len(pd.read_parquet(folder / "kept.parquet")) == 2
    with closed(TimeZone="Asia/Shanghai", threads=1) as connection:
        assert connection.execute("SELECT current_setting('threads')").fetchall() == [(1,)]
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [
            ("Asia/Shanghai",)
        ]


@pytest.mark.parametrize("query", HOSTILE)
def test_the_engine_of_the_features_is_closed_too(
    log: Log, files: tuple[Path, Path], query: str
) -> None:
    with open_duckdb(log, 1, None) as engine, pytest.raises(duckdb.Error):
        engine.connection.raw_sql(query.format(other=files[1])).fetchall()


def test_every_connection_is_closed() -> None:
    source = Path(__file__).parents[2] / "deepfm"
    texts = {str(p.relative_to(source)): p.read_text("utf-8") for p in source.rglob("*.py")}
    opened = {name for name, text in texts.items() if "duckdb.connect(" in text}
    assert opened == {"log/closed.py", "log/engine_duckdb.py", "log/intake.py", "log/mend.py"}
    assert all("close(connection" in texts[name] for name in opened)
    assert all("limit(connection" in texts[n] or "limited(connection" in texts[n] for n in opened)


def test_a_question_larger_than_its_memory_goes_to_disk() -> None:
    # Columns as wide as these do not fit, so the sorted rows have to lie elsewhere.
    query = (
        "SELECT count(DISTINCT name) FROM "
        "(SELECT md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS name FROM range(3_000_000))"
    )
    with closed(memory_limit="150MB", threads=2) as connection:
        assert connection.execute(query).fetchone() == (3_000_000,)
    nowhere = closed(memory_limit="150MB", threads=2, temp_directory="")
    with nowhere as connection, pytest.raises(duckdb.OutOfMemoryException):
        connection.execute(query)


def threads(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT current_setting('threads')").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(("most", "allowed"), [("1", 1), ("1000", None), ("", None)])
def test_no_connection_has_more_threads_than_are_allowed(
    log: Log, monkeypatch: pytest.MonkeyPatch, most: str, allowed: int | None
) -> None:
    with duckdb.connect() as connection:
        cores = threads(connection)
    monkeypatch.setenv("DEEPFM_MOST_THREADS", most)
    with closed() as connection:
        assert threads(connection) == (allowed or cores)
    with open_duckdb(log, 1, None) as engine:
        assert threads(engine.connection.con) == (allowed or cores)
        with pytest.raises(duckdb.Error):
            engine.connection.con.execute(f"SET threads = {cores + 1}")


def test_no_connection_takes_more_memory_than_is_allowed(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFM_MOST_MEMORY_MB", "300")
    ask = "SELECT current_setting('memory_limit')"
    with closed() as connection, open_duckdb(log, 1, None) as engine:
        for one in (connection, engine.connection.con):
            assert one.execute(ask).fetchone() == ("286.1 MiB",)


def test_a_number_of_threads_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPFM_MOST_THREADS", "all")
    with pytest.raises(InputError, match="DEEPFM_MOST_THREADS is all"), closed():
        pass
