from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.evaluation.metrics import sigmoid
from deepfm.features.stored import StoredPart
from deepfm.fields.fields import FieldSet
from deepfm.prospects import score
from deepfm.prospects.people import People
from deepfm.prospects.ranking import tiers
from deepfm.prospects.score import PARTS, score_list
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.strength import field_strength

Stored = Callable[[pd.DataFrame], StoredPart]


def test_the_list_is_in_order_with_consistent_columns(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored, seen: pd.Series, tmp_path: Path
) -> None:
    shares: list[float] = []
    assert score_list(scorer, stored(rows), seen, tmp_path, shares.append) == 400
    assert shares[-1] == 1.0
    table = pd.read_parquet(tmp_path / "prospects.parquet")
    logit = pd.Series(scorer.model.logit(scorer.fields.encode(rows)), index=rows["user"])
    np.testing.assert_allclose(table["logit"], logit[table["user"]])
    np.testing.assert_allclose(table["score"], sigmoid(table["logit"].to_numpy()))
    np.testing.assert_allclose(table["probability"], sigmoid(0.8 * table["logit"] - 0.5))
    assert table["tier"].value_counts().to_dict() == {"A": 20, "B": 60, "C": 120, "D": 200}
    below = [(logit < own).sum() + (logit == own).sum() / 2 for own in table["logit"]]
    np.testing.assert_allclose(table["percentile"], np.array(below) / 4)


def test_reasons_name_positive_and_negative_fields_of_the_own_row(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored, seen: pd.Series, tmp_path: Path
) -> None:
    score_list(scorer, stored(rows), seen, tmp_path)
    table = pd.read_parquet(tmp_path / "prospects.parquet")
    contributions = pd.read_parquet(tmp_path / "contributions.parquet").set_index("user")
    own = rows.set_index("user")
    for _, row in table.iterrows():
        for name in ("for_1", "for_2", "for_3", "against_1", "against_2", "against_3"):
            field = row[name]
            if pd.isna(field):
                assert np.isnan(row[f"{name}_value"])
                continue
            assert (row[f"{name}_value"] > 0) == name.startswith("for")
            assert row[f"{name}_value"] == pytest.approx(
                contributions.loc[row["user"], f"total:{field}"], abs=1e-6
            )
            assert pd.isna(row[f"{name}_seen"]) == pd.isna(own.loc[row["user"], field])


def test_a_person_with_several_rows_counts_with_their_mean_and_shows_the_newest(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored, seen: pd.Series, tmp_path: Path
) -> None:
    several = rows.head(9).assign(user=list("bacbacbab"))
    seen = pd.Series(seen.iloc[0], index=list("abc"))
    assert score_list(scorer, stored(several), seen, tmp_path) == 3
    table = pd.read_parquet(tmp_path / "prospects.parquet").set_index("user")
    logit = pd.Series(scorer.model.logit(scorer.fields.encode(several)), index=several["user"])
    for user in "abc":
        assert table.loc[user, "logit"] == pytest.approx(logit[user].mean())
    contributions = pd.read_parquet(tmp_path / "contributions.parquet")
    totals = contributions[["total:city", "total:part_of_day", "total:days"]]
    total = contributions["base"] + totals.sum(axis=1)
    np.testing.assert_allclose(total, contributions["logit"], atol=1e-5)
    newest = several.groupby("user").tail(1).set_index("user")
    named = table[table["for_1"] == "part_of_day"]
    for user, value in named["for_1_seen"].items():
        assert value == newest.loc[user, "part_of_day"]


def test_the_residual_is_what_the_written_columns_leave_open(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored, seen: pd.Series, tmp_path: Path
) -> None:
    score_list(scorer, stored(rows), seen, tmp_path)
    table = pd.read_parquet(tmp_path / "contributions.parquet")
    totals = table[["total:city", "total:part_of_day", "total:days"]].astype(float).sum(axis=1)
    open_part = table["logit"] - table["base"] - totals
    np.testing.assert_allclose(table["residual"], open_part, rtol=0, atol=1e-12)
    assert 0 < table["residual"].abs().max() < 1e-5


def test_fields_may_be_named_like_the_parts_of_others_and_like_the_columns(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored, seen: pd.Series, tmp_path: Path
) -> None:
    """Two attributes a and a:deep; the model is the same, so are its contributions."""
    score_list(scorer, stored(rows), seen, tmp_path)
    plain = pd.read_parquet(tmp_path / "contributions.parquet")
    names = {"city": "a", "part_of_day": "a:deep", "days": "base"}
    renamed = rows.rename(columns=names)
    fields = FieldSet.fit(renamed, ["a", "a:deep"], ["base"], min_count=1, knots=6)
    score_list(replace(scorer, fields=fields), stored(renamed), seen, tmp_path)
    found = pd.read_parquet(tmp_path / "contributions.parquet")
    assert not found.columns.duplicated().any()
    for old, new in names.items():
        for part in PARTS:
            assert found[f"{part}:{new}"].tolist() == plain[f"{part}:{old}"].tolist()
    strength = field_strength(tmp_path / "contributions.parquet")
    assert set(strength.index) == set(names.values())
    assert strength["a"] == pytest.approx(plain["total:city"].abs().mean(), rel=1e-6)


def test_only_the_first_people_are_explained_when_there_are_too_many(
    scorer: Scorer,
    rows: pd.DataFrame,
    stored: Stored,
    seen: pd.Series,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(score, "MOST_EXPLAINED_ROWS", 150)
    monkeypatch.setattr(score, "_CHUNK", 64)
    score_list(scorer, stored(rows), seen, tmp_path)
    table = pd.read_parquet(tmp_path / "prospects.parquet")
    contributions = pd.read_parquet(tmp_path / "contributions.parquet")
    assert len(table) == 400
    assert contributions["user"].tolist() == table["user"].head(150).tolist()
    assert table["for_1"].iloc[150:].isna().all()
    np.testing.assert_allclose(contributions["logit"], table["logit"].head(150))


def test_nobody_to_score_is_said_in_words(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored, seen: pd.Series, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="nobody to score"):
        score_list(scorer, stored(rows.head(0)), seen, tmp_path)


def test_some_people_are_taken_with_their_rows() -> None:
    people = People.of(pd.DataFrame({"user": list("aabccc")}))
    some, places = people.take(np.array([2, 0]))
    assert some.users.tolist() == ["c", "a"]
    assert places.tolist() == [3, 4, 5, 0, 1]
    assert places[some.newest].tolist() == [5, 1]
    np.testing.assert_allclose(some.mean(places.astype(float)), [4.0, 0.5])


@pytest.mark.parametrize("people", [1, 3, 7, 100])
def test_tiers_never_hold_more_than_their_share_and_half_a_person(people: int) -> None:
    found = tiers(people)
    assert "".join(found) == "".join(sorted(found))
    for tier, share in {"A": 0.05, "B": 0.2, "C": 0.5}.items():
        assert abs((found <= tier).sum() - share * people) <= 0.5
