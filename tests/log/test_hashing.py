"""Hashed ids are those of RFC 2104, and nothing plain is left beside them."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepfm.log.hashing import hmac_sql
from deepfm.log.intake import take_in
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source

IDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=100)


@settings(max_examples=50, deadline=None)
@given(IDS, st.binary(min_size=1, max_size=64))
def test_it_is_pythons_hmac(id: str, key: bytes) -> None:
    with duckdb.connect() as connection:
        row = connection.execute(
            f"SELECT {hmac_sql('id', key)}, {hmac_sql('NULL::VARCHAR', key)} FROM (SELECT ? AS id)",
            [id],
        ).fetchone()
    assert row == (hmac.new(key, id.encode(), hashlib.sha256).hexdigest(), None)


@pytest.mark.parametrize("key", [b"", bytes(65)])
def test_a_key_that_is_none(key: bytes) -> None:
    with pytest.raises(ValueError, match="a key of"):
        hmac_sql("id", key)


def test_neither_ids_nor_columns_left_out_reach_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "user,phone,action,time\nalice,555001,view,2024-01-01\nbob,555002,buy,2024-01-02\n"
        "carol,555003,buy,soon\ndave,555004,buy\n17.0,555005,view,2024-01-03\n"
    )
    mapping = Mapping("user", "time", action="action", hash_users=True)
    log = take_in(open_source(path), mapping, tmp_path / "log", key=b"secret")
    events = pd.read_parquet(log.parquet)
    digest = hmac.new(b"secret", b"alice", hashlib.sha256).hexdigest()
    assert events["user"].tolist()[0] == digest
    aside = pd.read_parquet(log.set_aside)
    assert aside["line"].tolist() == [4, 5]
    carol = hmac.new(b"secret", b"carol", hashlib.sha256).hexdigest()
    assert aside["text"].tolist() == [f"{carol},soon,buy", ""]
    kept = b"".join(file.read_bytes() for file in log.folder.iterdir())
    for plain in (b"alice", b"bob", b"carol", b"dave", b"5550", b"phone", b"secret"):
        assert plain not in kept
    with pytest.raises(ValueError, match="no key"):
        take_in(open_source(path), mapping, tmp_path / "again")
