import numpy as np
import pandas as pd

from deepfm.charts.hours import events_by_hour


def test_every_hour_of_the_week_has_its_place():
    hours = pd.DataFrame({"weekday": [0, 0, 6], "hour": [8, 8, 23], "events": [3, 4, 1_000]})
    (week,) = events_by_hour(hours, "en").data
    expected = np.zeros((7, 24))
    expected[0, 8], expected[6, 23] = 7, 1_000
    assert np.array_equal(week.z, expected)
    assert list(week.y)[::6] == ["Monday", "Sunday"]
    assert week.hovertext[6][23] == "Sunday, 23:00 to 23:59: 1,000 events"
    assert events_by_hour(hours, "zh").data[0].hovertext[0][8] == "星期一 8:00 至 8:59：7 条"
