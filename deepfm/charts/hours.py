"""When in the week people act."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from deepfm.charts.style import empty, figure
from deepfm.language import Language, translate

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def events_by_hour(hours: pd.DataFrame, language: Language) -> go.Figure:
    """A map of the week: one row a weekday, one column an hour, the darker the more events.

    Args:
        hours: ``weekday`` (0 is Monday), ``hour`` (0 to 23), ``events``; empty hours may be
            missing.
        language: of the texts.
    """
    title = translate("Events by weekday and hour", language)
    if hours.empty:
        return empty(title, translate("The log has no events.", language))
    table = hours.pivot_table(index="weekday", columns="hour", values="events", aggfunc="sum")
    table = table.reindex(index=range(7), columns=range(24)).fillna(0)
    names = [translate(name, language) for name in WEEKDAYS]
    chart = figure(title, translate("Hour", language))
    words = translate("{weekday}, {hour}:00 to {hour}:59: {events:,} events", language)
    chart.add_heatmap(
        x=list(range(24)),
        y=names,
        z=table.to_numpy(),
        colorscale="Blues",
        zmin=0,
        xgap=1,
        ygap=1,
        hovertext=[
            [
                words.format(weekday=name, hour=hour, events=int(events))
                for hour, events in enumerate(row)
            ]
            for name, row in zip(names, table.to_numpy(), strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        colorbar={"title": {"text": translate("Events", language)}, "thickness": 12},
    )
    chart.update_yaxes(autorange="reversed")
    chart.update_xaxes(dtick=3)
    return chart
