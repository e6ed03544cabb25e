"""Features: what was known of each user, and what it was computed from."""

from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pandas as pd
import streamlit as st

from deepfm.charts.events import user_timeline
from deepfm.charts.features import distribution
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import FAMILIES, Family, Feature
from deepfm.features.guards import Guards, leak_rule, leaks, shift_rule
from deepfm.features.preview import (
    events_behind,
    events_of,
    feature_values,
    sample_examples,
    snapshots,
)
from deepfm.log.log import Log
from deepfm.runs.draft import Draft, open_draft, save_draft
from deepfm.runs.previews import one_user_in
from deepfm.task.question import Question
from pages.shared.address import language, t
from pages.shared.chosen import chosen_log
from pages.shared.look_parts import guards_of, look_of
from pages.shared.plain import plain, said
from pages.shared.show import chart, meaning, warn, why
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
    # What is asked about stands beside the user.
    ordered = sorted(features, key=lambda feature: not feature.name.startswith("which:"))
    labels = {feature.name: feature.label.text(language()) for feature in ordered}
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


@st.fragment
def show_one(
    log: Log,
    path: Path,
    moment: datetime | None,
    features: list[Feature],
    strengths: pd.DataFrame | None,
) -> None:
    """The feature that is chosen; another one leaves the rest of the page alone."""
    feature = st.selectbox(
        t("Feature"),
        features,
        format_func=lambda feature: feature.label.text(language()),
        key=f"feature-{log.folder.name}",
        help=meaning("Feature"),
    )
    show_feature(feature_values(path, feature.name, moment), feature)
    if strengths is not None:
        show_strength(strengths, feature)


def show_feature(examples: pd.DataFrame, feature: Feature) -> None:
    figure = distribution(
        examples[feature.name],
        examples["label"],
        feature.label.text(language()),
        t(feature.unit) if feature.unit else "",
        language(),
    )
    chart(figure, "distribution")


def show_strength(strengths: pd.DataFrame, feature: Feature) -> None:
    """What the chosen feature tells by itself, below its picture."""
    for _, row in strengths[strengths["name"] == feature.name].iterrows():
        st.caption(
            t(
                "By itself: AUC {auc:.3f}, Gini {gini:.3f}; missing for {missing:.0%}.",
                auc=row["auc"],
                gini=row["gini"],
                missing=row["missing"],
            )
        )


def show_strengths(strengths: pd.DataFrame, features: list[Feature]) -> None:
    """How much each feature tells by itself."""
    fold = st.expander(
        t("How much each feature tells by itself"), key="strengths-fold", on_change="rerun"
    )
    if not fold.open:
        return
    labels = {feature.name: feature.label.text(language()) for feature in features}
    families = {f.name: FAMILIES[f.family].text(language()) for f in features}
    chosen = strengths[strengths["name"].isin(labels)].sort_values("auc", ascending=False)
    shown = pd.DataFrame(
        {
            t("Feature"): chosen["name"].map(labels),
            t("Family"): chosen["name"].map(families),
            t("AUC by itself"): chosen["auc"].round(3),
            t("Gini"): chosen["gini"].round(3),
            t("Missing"): chosen["missing"],
        }
    )
    with fold:
        st.caption(
            t("Learned on training snapshots, measured on validation. 0.5 is a coin, 1 is certain.")
        )
        st.dataframe(
            shown,
            hide_index=True,
            key="strengths",
            column_config={t("Missing"): st.column_config.NumberColumn(format="percent")},
            alt=t("How much each feature tells by itself"),
        )


def show_guards(log: Log, draft: Draft, guards: Guards, features: list[Feature]) -> None:
    """Alarms: features that hold the answer, people of now who are not like those of before."""
    identifying = ", ".join(log.identifying)
    if identifying:
        text = t(
            "Nearly every value of {columns} belongs to one user. Such a field says who somebody "
            "is, not what they are like, and is left out unless you choose it.",
            columns=identifying,
        )
        st.info(plain(text), icon=":material/fingerprint:")
    suspect = leaks(guards.strengths, features)
    for leak in suspect:
        st.warning(said(leak.sentence()), icon=":material/key:")
    if suspect:
        why(leak_rule())
    if any(leak.blocks for leak in suspect):
        reason = st.text_input(
            t("Why such a feature may be kept"),
            draft.reason or "",
            key=f"reason-{log.folder.name}",
            placeholder=t("Known before the outcome, because …"),
            width=420,
        ).strip()
        if (reason or None) != draft.reason:
            save_draft(log, replace(draft, reason=reason or None))
    if guards.shift is not None:
        lines = [guards.shift.sentence(), *guards.shift.fields]
        text = said(lines[0]) + "".join(f"\n- {said(w)}" for w in lines[1:])
        warn(text, shift_rule(), icon=":material/trending_up:")


def value_text(value: object) -> str:
    """A value as people write it; empty where there is none."""
    if pd.isna(value):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def show_user(log: Log, question: Question, row: pd.Series, features: list[Feature]) -> None:
    """Events of one user before and after the snapshot, and the values made of them."""
    snapshot, user = row["snapshot"], str(row["user"])
    st.header(plain(t("User {user}", user=user)))
    back = pd.Timedelta(days=question.lookback_days)
    ahead = pd.Timedelta(days=question.gap_days + question.horizon_days)
    events = events_of(log, user, before=snapshot + ahead, limit=2_000)
    window = events[events["time"] >= snapshot - back]
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
        feature = choose_value(row, features)
    with right:
        known = window[window["time"] < snapshot]
        if feature is None:
            st.write(t("The events that it was computed from"))
        else:
            what = said(feature.label)
            st.write(t("The events that make “{feature}”", feature=what))
            known = events_behind(events, feature, row, question)
        shown = known.drop(columns=["user"])
        st.dataframe(shown, hide_index=True, key="events", alt=t("Events of one user"))


def choose_value(row: pd.Series, features: list[Feature]) -> Feature | None:
    """The values of one user; the feature that is chosen among them."""
    values = pd.DataFrame(
        {
            t("Feature"): [feature.label.text(language()) for feature in features],
            t("Value"): [value_text(row[feature.name]) for feature in features],
        }
    )
    st.caption(t("Choose a row to see the events behind it."))
    picked = st.dataframe(
        values,
        hide_index=True,
        key="values",
        on_select="rerun",
        selection_mode="single-row",
        alt=t("Features of one user"),
    )
    rows = picked.selection.rows
    return features[rows[0]] if rows and rows[0] < len(features) else None


heading("features", t("What was known of each user just before a snapshot. Nothing later."))
log = chosen_log()
draft = open_draft(log)
catalogue = feature_catalogue(log, draft.question)
st.write(said(draft.question.sentence()))
chosen = choose(log, draft, catalogue)
if chosen != draft:
    save_draft(log, chosen)
    st.rerun()
names = draft.features(log)
features = [feature for feature in catalogue if feature.name in names]
if not features:
    st.warning(t("No feature is chosen. Choose at least one."), icon=":material/warning:")
    st.stop()
look, path = look_of(log, draft.question, names)
if one_user_in(log) > 1:
    st.caption(t("A preview: one user in {n:,}, and the last snapshots.", n=one_user_in(log)))

if draft.question.kind != "event":
    moments = snapshots(path)
    moment = st.selectbox(
        t("Snapshot"),
        moments,
        index=len(moments) - 1,
        format_func=moment_text,
        key=f"snapshot-{log.folder.name}",
        width=300,
        help=meaning("Snapshot"),
    )
else:
    moment = None
found = look.guards
show_one(log, path, moment, features, None if found is None else found.strengths)
guards = guards_of(look, log, draft.question, names)
if guards is not None:
    show_guards(log, draft, guards, features)
    show_strengths(guards.strengths, features)
row = show_users(sample_examples(path, moment, SHOWN_USERS), features)
if row is not None:
    show_user(log, draft.question, row, features)
link("training", t("Next: train the model"))
