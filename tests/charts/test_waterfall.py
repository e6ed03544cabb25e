import pytest

from deepfm.charts.spoken import spoken
from deepfm.charts.waterfall import waterfall

FIELDS = [
    ("Hour of the day", "21", 0.05),
    ("Days since the last cart", "0.4", 0.82),
    ("Favorite: <brand>", "Nova & Co", -0.35),
    ("Weekend", "no", -0.02),
]
BASE, LOGIT = -2.1, -1.6


@pytest.fixture
def chart():
    return waterfall(BASE, FIELDS, LOGIT, 2, "en")


def test_the_bars_lead_from_the_base_to_the_logit(chart):
    bars = chart.data[0]
    ends = [start + length for start, length in zip(bars.base, bars.x, strict=True)]
    assert bars.base[0] == 0 and ends[0] == BASE
    assert bars.base[-1] == 0 and ends[-1] == LOGIT
    # Each step starts where the one before ended.
    assert list(bars.base[1:-1]) == pytest.approx(ends[:-2])
    assert BASE + sum(bars.x[1:-1]) == pytest.approx(LOGIT)


def test_the_strongest_come_first_and_the_others_are_one(chart):
    assert list(chart.data[0].x[1:4]) == pytest.approx([0.82, -0.35, 0.03])
    assert list(chart.layout.yaxis.ticktext) == [
        "A typical user",
        "Days since the<br>last cart: 0.4",
        "Favorite: &lt;brand&gt;:<br>Nova &amp; Co",
        "all 2 other fields",
        "This user",
    ]


def test_up_and_down_differ_without_colour(chart):
    assert list(chart.data[0].marker.pattern.shape) == ["", "", "/", "", ""]
    figures = chart.data[-1]
    assert list(figures.text) == ["-2.10", "+0.82", "-0.35", "+0.03", "-1.60"]
    assert list(figures.x) == pytest.approx([0, -1.28, -1.28, -1.6, 0], abs=0.03)


def test_a_line_leads_from_each_bar_to_the_next(chart):
    line = chart.data[1]
    starts = list(chart.data[0].base)
    for row in range(3):
        assert line.x[3 * row : 3 * row + 3] == (starts[row + 1], starts[row + 1], None)
        assert row - 0.5 < line.y[3 * row] < row < row + 1 < line.y[3 * row + 1] < row + 1.5


def test_only_the_bars_are_read_aloud(chart):
    assert len(spoken(chart)) == 5


def test_the_hover_says_it_in_words(chart):
    words = chart.data[0].hovertext
    assert words[1] == "Days since the last cart: 0.4 raises the log-odds by 0.820, to -1.280"
    assert words[2].startswith(
        "Favorite: &lt;brand&gt;: Nova &amp; Co lowers the log-odds by 0.350"
    )
    assert words[-1] == "This user: log-odds -1.600"


def test_all_fields_shown_leaves_no_others():
    assert len(waterfall(BASE, FIELDS, LOGIT, 4, "en").data[0].x) == 6


def test_a_typical_user_without_contributions():
    chart = waterfall(0.0, [], 0.0, 5, "en")
    assert list(chart.data[0].x) == [0.0, 0.0]
    low, high = chart.layout.xaxis.range
    assert low < 0 < high
