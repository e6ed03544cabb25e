from __future__ import annotations

import pytest

from deepfm.language import Sentence
from deepfm.prospects.words import FieldWords, number_text, reason_text

CART = FieldWords(
    "since:cart", Sentence("Days since the last {action}", action="cart"), "dense", "recency", ""
)
WEEKEND = FieldWords("weekend", Sentence("Weekend"), "sparse", "calendar", "")
BRAND = FieldWords("last:brand", Sentence("Last: {what}", what="brand"), "sparse", "taste", "")


def test_a_reason_reads_like_a_sentence_in_both_languages() -> None:
    assert reason_text(CART, "0.4", 0.82, "en") == "Days since the last cart: 0.4 (+0.82)"
    assert reason_text(CART, "0.4", -0.82, "zh") == "距最近一次“cart”的天数：0.4（-0.82）"
    assert reason_text(CART, None, 0.1, "zh") == "距最近一次“cart”的天数：无（+0.10）"


def test_only_values_that_the_features_make_are_translated() -> None:
    assert reason_text(WEEKEND, "yes", 0.1, "zh") == "是否周末：是（+0.10）"
    assert "no" in reason_text(BRAND, "no", 0.1, "zh")
    assert reason_text(BRAND, "{0} {name}", 0.1, "en") == "Last: brand: {0} {name} (+0.10)"


def test_words_come_back_from_json() -> None:
    assert FieldWords.from_json(CART.to_json()) == CART


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.4, "0.4"),
        (0.42199, "0.42"),
        (0.0, "0"),
        (3.14, "3.1"),
        (-2.5, "-2.5"),
        (20.0, "20"),
        (100.0, "100"),
        (128.4, "128"),
        (1e6, "1000000"),
    ],
)
def test_numbers_have_no_more_digits_than_needed(number: float, text: str) -> None:
    assert number_text(number) == text
