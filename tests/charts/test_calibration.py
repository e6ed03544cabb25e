from deepfm.charts.calibration import calibration_curve


def test_both_curves_and_the_diagonal(evaluation):
    chart = calibration_curve(evaluation, "en")
    diagonal, before, after = chart.data
    for curve, name in ((before, "before"), (after, "after")):
        rows = evaluation["calibration"][name]
        assert list(curve.x) == [row["predicted"] for row in rows]
        assert list(curve.y) == [row["observed"] for row in rows]
    assert diagonal.x == diagonal.y
    assert before.line.dash != after.line.dash and before.marker.symbol != after.marker.symbol
    # Equal ranges, and no group outside.
    assert chart.layout.xaxis.range == chart.layout.yaxis.range
    assert max(*before.x, *before.y, *after.x, *after.y) <= chart.layout.xaxis.range[1]


def test_the_hover_counts_people(evaluation):
    row = evaluation["calibration"]["after"][-1]
    assert calibration_curve(evaluation, "en").data[2].hovertext[-1] == (
        f"After calibration: predicted {row['predicted']:.1%}, "
        f"observed {row['observed']:.1%} of 100 people"
    )
