"""The list a page at a time says the same as the whole list in pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from deepfm.prospects.browse import Filter, browse, probabilities, reason_fields
from deepfm.prospects.ranking import TIERS
from deepfm.runs.run import Run

ODD = ["a%b", "a_b", "axb", "A%B", "小明", "'; DROP TABLE", "%", "_", "\\", "O'Neil"]
REASONS = ["for_1", "for_2", "for_3"]


@pytest.fixture
def whole(done: Run) -> pd.DataFrame:
    return pd.read_parquet(done.prospects)


@pytest.fixture
def odd(whole: pd.DataFrame, tmp_path: Path) -> Path:
    """The same list, its first people renamed to ids that mean something to SQL."""
    path = tmp_path / "prospects.parquet"
    whole.assign(user=[*ODD, *whole["user"].iloc[len(ODD) :]]).to_parquet(path)
    return path


def _expected(whole: pd.DataFrame, chosen: Filter) -> pd.DataFrame:
    here = whole["probability"] >= chosen.least_probability
    here &= whole["user"].str.lower().str.contains(chosen.user.lower(), regex=False)
    if chosen.tiers:
        here &= whole["tier"].isin(chosen.tiers)
    if chosen.reason is not None:
        here &= (whole[REASONS] == chosen.reason).any(axis=1)
    return whole[here].reset_index(drop=True)


@pytest.mark.parametrize(
    "chosen",
    [
        Filter(),
        Filter(user="77"),
        Filter(tiers=("A",)),
        Filter(tiers=("B", "D")),
        Filter(least_probability=0.15),
        Filter(reason="favorite:category"),
    ],
)
def test_each_filter_finds_what_pandas_finds(
    done: Run, whole: pd.DataFrame, chosen: Filter
) -> None:
    expected = _expected(whole, chosen)
    assert 0 < len(expected) < len(whole) or chosen == Filter()
    found, total = browse(done.prospects, chosen, rows=10_000)
    assert total == len(expected)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_filters_together_find_who_fits_them_all(done: Run, whole: pd.DataFrame) -> None:
    reason = whole.loc[whole["tier"] == "A", "for_1"].mode()[0]
    chosen = Filter(user="5", tiers=("A", "B"), least_probability=0.1, reason=reason)
    expected = _expected(whole, chosen)
    alone = [Filter(user="5"), Filter(tiers=("A", "B")), Filter(reason=reason)]
    assert 0 < len(expected) < min(len(_expected(whole, one)) for one in alone)
    found, total = browse(done.prospects, chosen, rows=10_000)
    assert found["user"].tolist() == expected["user"].tolist()
    assert total == len(expected)


def test_pages_join_to_the_whole_list_without_gaps_or_repeats(
    done: Run, whole: pd.DataFrame
) -> None:
    chosen = Filter(tiers=("B", "C", "D"))
    expected = _expected(whole, chosen)
    parts, totals = [], set()
    for skip in range(0, len(expected) + 100, 100):
        part, total = browse(done.prospects, chosen, 100, skip)
        parts.append(part)
        totals.add(total)
    assert totals == {len(expected)}
    assert [len(part) for part in parts[:-2]] == [100] * (len(parts) - 2)
    joined = pd.concat(parts, ignore_index=True)
    assert joined["rank"].tolist() == expected["rank"].tolist()
    assert joined["user"].tolist() == expected["user"].tolist()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("%", ["a%b", "A%B", "%"]),
        ("a%B", ["a%b", "A%B"]),
        ("a_b", ["a_b"]),
        ("_", ["a_b", "_"]),
        ("小", ["小明"]),
        ("'; DROP TABLE", ["'; DROP TABLE"]),
        ("'", ["'; DROP TABLE", "O'Neil"]),
        ("\\", ["\\"]),
        ("' OR '1'='1", []),
        ("%%", []),
    ],
)
def test_a_search_is_a_plain_text_whatever_it_holds(
    odd: Path, search: str, found: list[str]
) -> None:
    page, total = browse(odd, Filter(user=search), rows=100)
    assert page["user"].tolist() == found
    assert total == len(found)


def test_hostile_tiers_and_reasons_find_nobody(done: Run) -> None:
    for chosen in (Filter(tiers=("A') OR (1=1",)), Filter(reason="x' OR '1'='1")):
        page, total = browse(done.prospects, chosen, rows=10)
        assert (len(page), total) == (0, 0)
        assert "user" in page


def test_no_rows_wanted_still_tells_how_many_fit(done: Run, whole: pd.DataFrame) -> None:
    page, total = browse(done.prospects, Filter(), rows=0)
    assert (len(page), total) == (0, len(whole))


def test_reason_fields_are_ordered_by_how_often_they_are_a_reason(
    done: Run, whole: pd.DataFrame
) -> None:
    counts = whole[REASONS].stack().value_counts()
    found = reason_fields(done.prospects)
    assert set(found) == set(counts.index)
    assert len(found) == len(set(found)) > 3
    expected = sorted(counts.index, key=lambda name: (-counts[name], name))
    assert found == expected


def test_probabilities_are_those_of_the_list_best_first(done: Run, whole: pd.DataFrame) -> None:
    everyone = probabilities(done.prospects)
    assert everyone.tolist() == whole["probability"].tolist()
    assert everyone.is_monotonic_decreasing


def test_every_tier_of_the_list_can_be_chosen(done: Run, whole: pd.DataFrame) -> None:
    totals = {tier: browse(done.prospects, Filter(tiers=(tier,)), 0)[1] for tier in TIERS}
    assert totals == whole["tier"].value_counts().to_dict()
