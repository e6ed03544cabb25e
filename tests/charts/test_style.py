import numpy as np
import pandas as pd

from deepfm.charts.style import empty, figure, thin


def test_thinning_keeps_the_ends_and_the_marked_rows():
    frame = pd.DataFrame({"step": np.arange(5_000)})
    keep = np.zeros(5_000, bool)
    keep[[1_234, 3_333]] = True
    steps = thin(frame, 1_000, keep)["step"].to_numpy()
    assert len(steps) <= 1_000
    assert {0, 1_234, 3_333, 4_999} <= set(steps)
    gaps = np.diff(thin(frame, 100)["step"])
    assert (gaps > 0).all() and gaps.max() - gaps.min() <= 1


def test_a_short_table_stays_whole():
    frame = pd.DataFrame({"step": range(10)})
    assert thin(frame, 10)["step"].tolist() == list(range(10))


def test_the_page_chooses_ground_and_text_colour():
    layout = figure("Title", "x", "y", note="one<br>two").layout
    assert layout.paper_bgcolor is None and layout.plot_bgcolor is None
    assert layout.font.color is None and layout.title.font.color is None
    assert layout.title.subtitle.text == "one<br>two"
    # Two lines of a note need their room.
    assert layout.margin.t >= figure("Title").layout.margin.t + 30


def test_nothing_to_show_is_said():
    chart = empty("Title", "There is nothing.")
    assert chart.layout.title.text == "Title"
    assert [note.text for note in chart.layout.annotations] == ["There is nothing."]
    assert chart.layout.xaxis.visible is False
