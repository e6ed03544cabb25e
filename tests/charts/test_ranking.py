import pytest

from deepfm.charts.ranking import gains_curve, lift_by_decile


def test_each_tenth_shows_its_lift_and_its_people(evaluation):
    chart = lift_by_decile(evaluation, "en")
    bars, rows = chart.data[0], evaluation["deciles"]
    assert list(bars.x) == [row["lift"] for row in rows]
    assert list(bars.y) == list(range(1, 11))
    assert chart.layout.yaxis.autorange == "reversed"
    assert bars.text[0] == f"{rows[0]['converted']} of 100"
    assert (
        f"{rows[0]['converted']} of 100 people did it ({rows[0]['rate']:.1%})"
        in (bars.hovertext[0])
    )
    line = chart.layout.shapes[0]
    assert line.x0 == line.x1 == 1 and line.line.dash == "dot"


def test_rows_of_a_log_are_called_rows(evaluation):
    rows = {**evaluation, "unit": "rows"}
    assert "of 100 rows did it" in lift_by_decile(rows, "en").data[0].hovertext[0]
    assert "1,000 rows" in gains_curve(rows, "en").data[1].hovertext[0]


def test_the_gains_run_from_nobody_to_everyone(evaluation):
    chart = gains_curve(evaluation, "en")
    random, curve, top = chart.data
    assert list(curve.y) == [row["reached"] for row in evaluation["gains"]]
    assert curve.x[0] == curve.y[0] == 0 and curve.x[-1] == curve.y[-1] == 1
    assert list(random.x) == list(random.y) == [0, 1] and random.line.dash == "dash"
    # The marked point is that of the first tenth.
    found = evaluation["deciles"][0]["converted"] / evaluation["parts"]["test"]["positives"]
    assert top.x[0] == pytest.approx(0.1) and top.y[0] == pytest.approx(found)
    assert f"top 10%: {found:.0%}" in [note.text for note in chart.layout.annotations]


def test_the_hover_counts_people(evaluation):
    row = evaluation["gains"][10]
    did = evaluation["parts"]["test"]["positives"]
    assert gains_curve(evaluation, "en").data[1].hovertext[10] == (
        f"The first 100 of 1,000 people (10%): {row['converted']} of the {did} who did it "
        f"({row['reached']:.0%})"
    )
