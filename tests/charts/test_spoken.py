import plotly.graph_objects as go

from deepfm.charts.spoken import spoken
from deepfm.charts.style import hover


def test_the_texts_of_the_points_are_read_in_order():
    figure = go.Figure()
    figure.add_bar(x=[1, 2], y=[3, 4], **hover(["one<br>of two", "&lt;b&gt; is no tag"]))
    figure.add_scatter(x=[0, 1], y=[0, 1], hoverinfo="skip")
    figure.add_heatmap(z=[[1, 2]], hovertext=[["", "a pair"]], hovertemplate="%{hovertext}")
    assert spoken(figure) == ["one of two", "<b> is no tag", "a pair"]


def test_templates_are_filled_in_as_the_browser_does():
    figure = go.Figure()
    text = "Step %{x:,}: %{y:.2%}<extra></extra>"
    figure.add_scatter(x=[1_000, 2_000], y=[0.5, 0.123_45], hovertemplate=text)
    assert spoken(figure) == ["Step 1,000: 50.00%", "Step 2,000: 12.35%"]
