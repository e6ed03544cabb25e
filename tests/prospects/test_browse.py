"""The list a page at a time says the same as the whole list in pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from deepfm.prospects.browse import (
    field_range,
    field_values,
    fitting,
    people_at,
    probabilities,
    reason_fields,
)
from deepfm.prospects.filter import Condition, Filter
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


def browse(prospects: Path, chosen: Filter, rows: int, skip: int = 0) -> tuple[pd.DataFrame, int]:
    ranks = fitting(prospects, chosen)
    return people_at(prospects, ranks[skip : skip + rows]), len(ranks)


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


@pytest.fixture
def now(done: Run) -> pd.DataFrame:
    """What is known of everyone on the list."""
    examples = pd.read_parquet(done.examples)
    return examples[examples["part"] == "now"].set_index("user")


def test_the_values_and_borders_of_a_field_are_those_of_the_people_on_the_list(
    done: Run, now: pd.DataFrame
) -> None:
    counts = now["favorite:category"].value_counts(dropna=False)
    values = field_values(done.examples, "favorite:category")
    assert {str(value) for value in values} == {str(value) for value in counts.index}
    assert [counts[value] for value in values if value is not None] == sorted(
        counts[counts.index.notna()], reverse=True
    )
    days = now["since:cart"]
    assert field_range(done.examples, "since:cart") == (days.min(), days.max())


def test_conditions_on_fields_find_who_pandas_finds(
    done: Run, whole: pd.DataFrame, now: pd.DataFrame
) -> None:
    known = now.loc[whole["user"]].reset_index()
    value = known["favorite:category"].mode()[0]
    is_value, missing = known["favorite:category"] == value, known["since:cart"].isna()
    recent = known["since:cart"] <= 3
    assert missing.any()
    for conditions, expected in [
        ((Condition("favorite:category", (value,)),), is_value),
        ((Condition("since:cart", high=3),), recent),
        ((Condition("since:cart", low=2, high=3),), recent & (known["since:cart"] >= 2)),
        (
            (Condition("favorite:category", (value,)), Condition("since:cart", high=3)),
            is_value & recent,
        ),
        ((Condition("favorite:category", (None,)),), known["favorite:category"].isna()),
        ((Condition("favorite:category", ("' OR '1'='1",)),), is_value & False),
        ((Condition("favorite:category"),), is_value | True),
    ]:
        ranks = fitting(done.prospects, Filter(conditions=conditions), done.examples)
        assert ranks.tolist() == whole.loc[expected.to_numpy(), "rank"].tolist()
    both = Filter(tiers=("A",), conditions=(Condition("since:cart", high=3),))
    expected = recent.to_numpy() & (whole["tier"] == "A")
    assert 0 < expected.sum() < recent.sum()
    found = fitting(done.prospects, both, done.examples)
    assert found.tolist() == whole.loc[expected, "rank"].tolist()
    with pytest.raises(ValueError, match="need the examples"):
        fitting(done.prospects, both)


def test_conditions_on_a_list_of_pairs_hold_for_the_pair(done_pair: Run) -> None:
    whole = pd.read_parquet(done_pair.prospects)
    examples = pd.read_parquet(done_pair.examples)
    now = examples[examples["part"] == "now"]
    numbers = now.select_dtypes("number")
    varied = numbers.columns[numbers.groupby(now["user"]).nunique().max() > 1]
    field = max(varied, key=lambda name: now[name].nunique())
    border = float(now[field].quantile(0.7))
    ranks = fitting(
        done_pair.prospects, Filter(conditions=(Condition(field, low=border),)), done_pair.examples
    )
    pairs = now.loc[now[field] >= border, ["user", "value"]]
    expected = whole.merge(pairs, on=["user", "value"]).sort_values("rank")
    assert 0 < len(expected) < len(whole)
    assert ranks.tolist() == expected["rank"].tolist()


def test_a_row_by_row_list_shows_who_fits_with_one_of_their_rows(done_event: Run) -> None:
    whole = pd.read_parquet(done_event.prospects)
    examples = pd.read_parquet(done_event.examples)
    now = examples[examples["part"] == "now"]
    hour = now["hour"].mode()[0]
    condition = Condition("hour", (str(hour),))
    ranks = fitting(done_event.prospects, Filter(conditions=(condition,)), done_event.examples)
    users = set(now.loc[now["hour"] == hour, "user"])
    assert 0 < len(users) < len(whole)
    assert ranks.tolist() == whole.loc[whole["user"].isin(users), "rank"].tolist()
