import pytest

from deepfm.charts.labels import LINE, brief, row_height, safe, shorten, width, with_value, wrap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Weekend", "Weekend"),
        ("Days since the last cart", "Days since<br>the last cart"),
        ("Times of purchase in the last 28 days", "Times of purchase<br>in the last 28 days"),
        ("每次“浏览”对应的“下单”的次数", "每次“浏览”对应<br>的“下单”的次数"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("", ""),
    ],
)
def test_names_are_broken_into_even_lines(text, expected):
    assert wrap(text) == expected


@pytest.mark.parametrize(
    "text", ["a very long name that goes on and on and on and on", "x" * 90, "很长的名字" * 20]
)
def test_no_line_is_wider_than_allowed(text):
    lines = wrap(text).split("<br>")
    assert len(lines) <= 2
    assert all(width(line) <= LINE for line in lines)
    assert lines[-1].endswith("…")


@pytest.mark.parametrize("line", range(8, 23))
def test_marks_stay_with_their_words(line):
    for text in ("最近活跃规则（最近活跃的排在前面）", "距最近一次“加购”的天数：一二三"):
        for part in wrap(text, line, lines=9).split("<br>"):
            assert part[0] not in "”）：" and part[-1] not in "“（"


def test_the_value_survives_a_long_label():
    text = with_value("Events of the last week minus those of the week before", "-12.5", "en")
    assert text.endswith(": -12.5") and "…" in text
    assert with_value("小时", "21", "zh") == "小时：21"
    assert len(with_value("Item", "i" * 80, "en")) < 40


def test_shortening_counts_chinese_characters_twice():
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert shorten("最近一次", 6) == "最近…"
    assert width("最近ab") == 6


def test_what_looks_like_a_tag_is_shown():
    assert safe("<br>R&D") == "&lt;br&gt;R&amp;D"


def test_a_brief_name_has_no_brackets():
    assert brief("the recency rule (most recently active first)") == "The recency rule"
    assert brief("最近活跃规则（最近活跃的排在前面）") == "最近活跃规则"
    assert brief("(all)") == "(all)"


def test_rows_of_two_lines_get_more_room():
    assert row_height(["a<br>b", *"cdefghi"]) > row_height([*"acdefghi"])
