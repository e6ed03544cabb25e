"""Features: what was known of each user, and what it was computed from."""

from datetime import datetime, time

import pandas as pd
import streamlit as st

from deepfm.charts.events import user_timeline
from deepfm.charts.features import distribution
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import FAMILIES, Family, Feature
from deepfm.features.preview import events_of, feature_values, sample_examples, snapshots
from deepfm.log.log import Log
from deepfm.runs.draft import Draft, open_draft, save_draft
from deepfm.runs.previews import preview_examples
from deepfm.task.question import Question
from pages.shared.address import language, t
from pages.shared.chosen import chosen_log
from pages.shared.show import chart
from pages.shared.way import heading, link

SHOWN_USERS = 200


def moment_text(moment: datetime) -> str:
    """The last moment of a day is called its end."""
    if moment.time() == time.max:
        return t("end of {day:%Y-%m-%d}", day=moment)
    return f"{moment:%Y-%m-%d %H:%M}"


def choose(log: Log, draft: Draft, catalogue: tuple[Feature, ...]) -> Draft:
    """Features by family, each of which can be switched off."""
    used = set(draft.features(log))
    families = [f for f in FAMILIES if any(feature.family == f for feature in catalogue)]
    chosen: set[str] = set()
    with st.expander(t("Choose the features: {n} of {all}", n=len(used), all=len(catalogue))):
        for family in families:
            chosen |= choose_of(family, [f for f in catalogue if f.family == family], used, log)
    return draft.with_features(log, chosen)


def choose_of(family: Family, features: list[Feature], used: set[str], log: Log) -> set[str]:
    labels = {feature.name: feature.label.text(language()) for feature in features}
    return set(
        st.multiselect(
            t("{family}", family=FAMILIES[family]),
            list(labels),
            [name for name in labels if name in used],
            format_func=labels.__getitem__,
            key=f"features-{family}-{log.folder.name}",
        )
    )


def show_users(table: pd.DataFrame, features: list[Feature]) -> pd.Series | None:
    """A table of real users; the row that is chosen."""
    labels = {feature.name: feature.label.text(language()) for feature in features}
    answer = {1: t("yes"), 0: t("no")}
    shown = table[["user", "label", *labels]].assign(label=table["label"].map(answer))
    st.caption(t("Choose a row to see the events behind it."))
    picked = st.dataframe(
        shown,
        hide_index=True,
        height=300,
        on_select="rerun",
        selection_mode="single-row",
        key="users",
        # Labels, not new names: two features may be called the same.
        column_config={**labels, "user": t("User"), "label": t("Did it")},
        alt=t("Real users with their features"),
    )
    rows = picked.selection.rows
    return table.iloc[rows[0]] if rows and rows[0] < len(table) else None


def show_feature(examples: pd.DataFrame, feature: Feature) -> None:
    figure = distribution(
        examples[feature.name],
        examples["label"],
        feature.label.text(language()),
        t(feature.unit) if feature.unit else "",
        language(),
    )
    chart(figure, "distribution")


def show_user(log: Log, question: Question, row: pd.Series, features: list[Feature]) -> None:
    """Events of one user before and after the snapshot, and the values made of them."""
    snapshot, user = row["snapshot"], str(row["user"])
    st.subheader(t("User {user}", user=user))
    back = pd.Timedelta(days=question.lookback_days)
    ahead = pd.Timedelta(days=question.gap_days + question.horizon_days)
    window = events_of(log, user, since=snapshot - back, before=snapshot + ahead, limit=2_000)
    figure = user_timeline(
        window,
        snapshot,
        question.lookback_days,
        question.horizon_days,
        question.gap_days,
        language(),
    )
    chart(figure, "timeline")
    left, right = st.columns(2)
    with left:
        st.write(t("What was known just before the snapshot"))
        values = pd.DataFrame(
            {
                t("Feature"): [feature.label.text(language()) for feature in features],
                t("Value"): [str(row[f.name]) if pd.notna(row[f.name]) else "" for f in features],
            }
        )
        st.dataframe(values, hide_index=True, key="values", alt=t("Features of one user"))
    with right:
        st.write(t("The events that it was computed from"))
        known = window[window["time"] < snapshot].drop(columns=["user"])
        st.dataframe(known, hide_index=True, key="events", alt=t("Events of one user"))


heading("features", t("What was known of each user just before a snapshot. Nothing later."))
log = chosen_log()
draft = open_draft(log)
catalogue = feature_catalogue(log, draft.question)
st.write(draft.question.sentence().text(language()))
chosen = choose(log, draft, catalogue)
if chosen != draft:
    save_draft(log, chosen)
    st.rerun()
names = draft.features(log)
features = [feature for feature in catalogue if feature.name in names]
if not features:
    st.warning(t("No feature is chosen. Choose at least one."), icon=":material/warning:")
    st.stop()
with st.spinner(t("Computing features"), show_time=True):
    path = preview_examples(log, draft.question)

if draft.question.kind == "user":
    moments = snapshots(path)
    moment = st.selectbox(
        t("Snapshot"),
        moments,
        index=len(moments) - 1,
        format_func=moment_text,
        key=f"snapshot-{log.folder.name}",
        width=300,
    )
else:
    moment = None
feature = st.selectbox(
    t("Feature"),
    features,
    format_func=lambda feature: feature.label.text(language()),
    key=f"feature-{log.folder.name}",
)
show_feature(feature_values(path, feature.name, moment), feature)
row = show_users(sample_examples(path, moment, SHOWN_USERS), features)
if row is not None:
    show_user(log, draft.question, row, features)
link("training", t("Next: train the model"))
