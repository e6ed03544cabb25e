from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.features.stored import StoredPart
from deepfm.language import catalogue
from deepfm.prospects import export as module
from deepfm.prospects.export import export, write_csv, write_parquet
from deepfm.prospects.handout import Handout
from deepfm.prospects.score import score_list
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.words import FieldWords
from deepfm.spreadsheet import neutral

Words = Mapping[str, FieldWords]


@pytest.fixture
def prospects(
    scorer: Scorer,
    rows: pd.DataFrame,
    stored: Callable[[pd.DataFrame], StoredPart],
    seen: pd.Series,
    tmp_path: Path,
) -> Path:
    score_list(scorer, stored(rows), seen, tmp_path)
    return tmp_path / "prospects.parquet"


def test_csv_holds_every_row_with_numbers_and_ids(
    prospects: Path, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 130)
    assert export(prospects, tmp_path / "list.csv", "en", words) == 400
    text = (tmp_path / "list.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbfRank,User,Probability,")
    assert text.count(b"Probability") == 1
    table = pd.read_csv(io.BytesIO(text), dtype={"User": str})
    source = pd.read_parquet(prospects)
    assert table["Rank"].tolist() == source["rank"].tolist()
    for title in ("Probability", "Score", "Percentile", "Logit"):
        np.testing.assert_allclose(table[title], source[title.lower()], rtol=1e-5)
    assert table["User"].str.removeprefix("'").tolist() == source["user"].tolist()
    assert (table["Last seen"] == "2026-11-24 15:03:12").all()
    reasons = table["Reason for, 1"].dropna()
    assert len(reasons) == source["for_1"].notna().sum()
    assert reasons.str.fullmatch(r".+: .+ \(\+\d+\.\d\d\)").all()


def test_no_text_cell_of_a_csv_can_be_taken_for_a_formula(
    prospects: Path, words: Words, tmp_path: Path
) -> None:
    export(prospects, tmp_path / "list.csv", "en", words)
    table = pd.read_csv(tmp_path / "list.csv", dtype=str)
    users = set(table["User"])
    assert {"'=1+1", "'+8613", "'-5", "'@me", "123456789012345678", "小明"} <= users
    for title in table.columns.drop(["Logit"]):
        assert not table[title].str.startswith(("=", "+", "-", "@")).any()
    assert table["Logit"].str.startswith("-").any()  # numbers stay numbers


def test_chinese_titles_and_reasons(prospects: Path, words: Words) -> None:
    buffer = io.BytesIO()
    assert write_csv(prospects, buffer, "zh", words, Handout(limit=20)) == 20
    table = pd.read_csv(io.BytesIO(buffer.getvalue()), encoding="utf-8-sig")
    assert table.columns[:3].tolist() == ["排名", "用户", "概率"]
    reasons = table.filter(like="原因").stack().dropna()
    days = reasons[reasons.str.startswith("距最近一次事件的天数：")]
    assert days.str.fullmatch(r"距最近一次事件的天数：(无|[\d.]+)（[+-]\d+\.\d\d）").all()
    assert reasons.str.contains("时段：(?:上午|凌晨)（").any()
    assert len(days)


def test_excel_keeps_ids_as_text(prospects: Path, words: Words, tmp_path: Path) -> None:
    assert export(prospects, tmp_path / "list.xlsx", "zh", words) == 400
    with zipfile.ZipFile(tmp_path / "list.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 401
    assert "<f>" not in sheet  # no formula
    assert '<c r="B2" t="inlineStr">' in sheet
    assert "<t>123456789012345678</t>" in sheet
    assert "<t>=1+1</t>" in sheet


def test_a_list_too_long_for_excel_is_refused(
    prospects: Path, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_EXCEL_ROWS", 399)
    with pytest.raises(InputError, match="Export CSV"):
        export(prospects, tmp_path / "list.xlsx", "en", words)
    assert export(prospects, tmp_path / "list.xlsx", "en", words, Handout(limit=399)) == 399


def test_parquet_is_the_list_itself(prospects: Path, words: Words, tmp_path: Path) -> None:
    write_parquet(prospects, tmp_path / "top.parquet", "en", words, Handout(limit=33))
    source = pd.read_parquet(prospects)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "top.parquet"), source.head(33))


@pytest.mark.parametrize("name", ["list.txt", "list", "nowhere/list.csv", "folder.csv"])
def test_paths_that_cannot_be_written_are_refused(
    prospects: Path, words: Words, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError):
        export(prospects, tmp_path / name, "en", words)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_hashed_ids_and_a_hold_out_are_the_same_in_every_format(
    prospects: Path, words: Words, tmp_path: Path, suffix: str
) -> None:
    handout = Handout(limit=300, hashed=True, hold_out=0.25, seed=7)
    path = tmp_path / f"list{suffix}"
    assert export(prospects, path, "en", words, handout) == 300
    users = pd.read_parquet(prospects)["user"].head(300)
    hashed = [hashlib.sha256(user.strip().lower().encode()).hexdigest() for user in users]
    held = [handout.holds_out(user) for user in users]
    if suffix == ".parquet":
        table = pd.read_parquet(path)
        assert table["user"].tolist() == hashed
        assert table["hold_out"].tolist() == held
        return
    table = pd.read_csv(path) if suffix == ".csv" else pd.read_excel(path, engine="openpyxl")
    assert table["User"].tolist() == hashed
    assert (table["Hold-out"] == "Leave alone").tolist() == held


def test_a_hold_out_is_random_and_goes_by_the_user_alone() -> None:
    users = [f"u{i}" for i in range(20_000)]
    first = [Handout(hold_out=0.1, seed=1).holds_out(user) for user in users]
    assert np.mean(first) == pytest.approx(0.1, abs=0.007)
    # Every second user, and users in an order, are held out as often as any.
    assert np.mean(first[::2]) == pytest.approx(0.1, abs=0.01)
    other = [Handout(hold_out=0.1, seed=2).holds_out(user) for user in users]
    assert np.mean(np.array(first) & np.array(other)) == pytest.approx(0.01, abs=0.003)
    more = [Handout(hold_out=0.2, seed=1).holds_out(user) for user in users]
    assert all(held for held, was in zip(more, first, strict=True) if was)
    assert not any(Handout().holds_out(user) for user in users)


@pytest.mark.parametrize("share", [-0.1, 1.0, 1.5, float("nan")])
def test_a_share_that_makes_no_sense_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="cannot be held out") as error:
        Handout(hold_out=share)
    assert error.value.sentence.template in catalogue("zh")


def test_the_first_none_are_refused() -> None:
    with pytest.raises(InputError, match="Use 1 or more"):
        Handout(limit=0)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_chosen_people_and_columns_are_the_same_in_every_format(
    prospects: Path, words: Words, tmp_path: Path, suffix: str
) -> None:
    whole = pd.read_parquet(prospects)
    chosen = whole[whole["tier"].isin(["B", "D"])].head(150)
    ranks = whole.loc[whole["tier"].isin(["B", "D"]), "rank"].to_numpy()
    assert len(ranks) > 150 < chosen["rank"].max()
    handout = Handout(ranks, limit=150, columns=("probability", "against"), hold_out=0.5)
    path = tmp_path / f"list{suffix}"
    assert export(prospects, path, "en", words, handout) == 150
    if suffix == ".parquet":
        table = pd.read_parquet(path)
        sides = [
            f"against_{place}{part}" for place in (1, 2, 3) for part in ("", "_value", "_seen")
        ]
        assert table.columns.tolist() == ["user", "probability", *sides, "hold_out"]
        assert table["user"].tolist() == chosen["user"].tolist()
        return
    table = pd.read_csv(path) if suffix == ".csv" else pd.read_excel(path, engine="openpyxl")
    against = [f"Reason against, {place}" for place in (1, 2, 3)]
    assert table.columns.tolist() == ["User", "Probability", *against, "Hold-out"]
    shown = neutral(chosen["user"]) if suffix == ".csv" else chosen["user"]
    assert table["User"].tolist() == shown.tolist()


def test_a_segment_of_a_list_that_is_too_long_for_excel_may_fit() -> None:
    assert Handout().people(2_000_000) == 2_000_000
    assert Handout(limit=5).people(2_000_000) == 5
    assert Handout(np.arange(1, 8)).people(2_000_000) == 7
    assert Handout(np.arange(1, 8), limit=5).people(2_000_000) == 5
