"""Data: load a log, say what its columns are, see it checked."""

from dataclasses import replace
from zoneinfo import available_timezones

import streamlit as st

from deepfm.charts.log import events_over_time
from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.log import Log
from deepfm.log.look import events_by_day, first_events, set_aside_csv, set_aside_rows
from deepfm.log.mapping import Mapping
from deepfm.log.source.part import Source
from deepfm.log.source.source import open_source, sample
from deepfm.runs.store import create_log, list_logs
from deepfm.runs.uploads import Upload, keep_demo, keep_upload, open_upload
from pages.shared.address import language, remember, t, value_of
from pages.shared.chosen import chosen_log
from pages.shared.show import chart, numbers, problem
from pages.shared.way import heading, link

SHOWN_ROWS = 1_000
COMMON_ZONES = ("UTC", "Asia/Shanghai")


def get_a_log() -> None:
    """The demo log, a file, or a log that was loaded before."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("Use my log"))
        uploads = st.session_state.setdefault("uploads", 0)
        file = st.file_uploader(
            t("A CSV or Parquet file: who did what and when"), key=f"file-{uploads}"
        )
        if file is not None:
            upload = keep_upload(file, file.name)
            # A new key lets go of the copy in memory.
            st.session_state["uploads"] = uploads + 1
            remember(upload=upload.id)
            st.rerun()
    with right:
        st.subheader(t("Try it with demo data"))
        st.write(t("A made-up shop: 20,000 users, 60 days, views, favorites, carts and purchases."))
        if st.button(t("Load the demo log"), icon=":material/play_arrow:", type="primary"):
            load_demo()
        open_earlier()


def load_demo() -> None:
    with st.spinner(t("Writing the demo log"), show_time=True):
        upload = keep_demo()
    source = open_source(upload.path)
    take(upload, source, guess_mapping(source))


def open_earlier() -> None:
    earlier = {info.id: info for info in list_logs() if info.log is not None}
    if not earlier:
        return
    id = st.selectbox(
        t("Or open a log that was loaded before"),
        list(earlier),
        index=None,
        format_func=lambda id: f"{earlier[id].name} · {earlier[id].created:%Y-%m-%d %H:%M}",
        placeholder=t("Choose a log"),
        key="earlier-log",
    )
    if id is not None and id != value_of("log"):
        remember(log=id, run=None, upload=None)
        st.rerun()


def take(upload: Upload, source: Source, mapping: Mapping) -> None:
    """Read the file through the mapping, and show the log."""
    bar = st.progress(0.0)
    log = create_log(
        source,
        mapping,
        upload.name,
        lambda share, doing: bar.progress(share, text=doing.text(language())),
    )
    remember(log=log.folder.name, run=None, upload=None)
    st.rerun()


@st.cache_data(max_entries=16, show_spinner=False)
def source_of(upload_id: str) -> Source:
    return open_source(open_upload(upload_id).path)


def map_columns(upload: Upload) -> None:
    """Say which column is what."""
    st.subheader(t("What are the columns of {name}?", name=upload.name))
    if st.button(t("Choose another file"), icon=":material/arrow_back:"):
        remember(upload=None)
        st.rerun()
    try:
        with st.spinner(t("Looking at the file")):
            source = source_of(upload.id)
    except InputError as error:
        problem(error)
        st.caption(t("The upload is kept as {path}.", path=upload.path))
        return
    rows = sample(source, 8)
    st.dataframe(rows, hide_index=True, height=200, alt=t("The first rows of the file"))
    try:
        guess = guess_mapping(source)
    except InputError as error:
        st.warning(error.text(language()), icon=":material/warning:")
        guess = Mapping(user=source.columns[0], time=source.columns[1])
    mapping = mapping_form(source, {c: rows[c].dropna().head(1).tolist() for c in rows}, guess)
    if st.button(t("Read the log"), type="primary", icon=":material/check:"):
        take(upload, source, mapping)


def mapping_form(source: Source, firsts: dict[str, list[str]], guess: Mapping) -> Mapping:
    def shown(column: str | None) -> str:
        if column is None:
            return t("there is none")
        return f"{column} ({firsts[column][0]})" if firsts[column] else column

    def column(part: str, label: str, optional: bool, hint: str | None = None) -> str | None:
        options: list[str | None] = [*([None] if optional else []), *source.columns]
        place = options.index(getattr(guess, part))
        return st.selectbox(
            label, options, index=place, format_func=shown, key=f"map-{part}", help=hint
        )

    left, right = st.columns(2)
    with left:
        user = column("user", t("User: who acted"), optional=False)
        time = column("time", t("Time: when"), optional=False)
        zone = zone_of_the_log(guess)
    with right:
        action = column(
            "action", t("Action: what was done"), True, t("Without it every row is one action.")
        )
        item = column("item", t("Item: on what"), optional=True)
        amount = column("amount", t("Amount: a price or a sum"), optional=True)
    parts = {user, time, action, item, amount}
    others = [c for c in source.columns if c not in parts]
    categories = st.multiselect(
        t("Further columns that are categories, such as a brand or a city"),
        others,
        [c for c in guess.categories if c in others],
        format_func=shown,
    )
    rest = [c for c in others if c not in categories]
    amounts = st.multiselect(
        t("Further columns that are numbers"),
        rest,
        [c for c in guess.numbers if c in rest],
        format_func=shown,
    )
    left_out = [c for c in rest if c not in amounts]
    if left_out:
        st.caption(t("Left out: {columns}", columns=", ".join(left_out)))
    return replace(
        guess,
        user=str(user),
        time=str(time),
        item=item,
        action=action,
        amount=amount,
        categories=tuple(categories),
        numbers=tuple(amounts),
        time_zone=zone,
    )


def zone_of_the_log(guess: Mapping) -> str:
    known = available_timezones()
    own = st.context.timezone
    zones = [*COMMON_ZONES, *sorted(known - set(COMMON_ZONES))]
    start = own if own in known else guess.time_zone
    return st.selectbox(
        t("Time zone of the log"),
        zones,
        index=zones.index(start),
        key="map-zone",
        help=t(
            "Days are cut at midnight here. Epoch times and times with a zone are converted; "
            "times without a zone are taken as they stand."
        ),
    )


def show_log(log: Log) -> None:
    """What was found in the log."""
    report = log.report
    numbers(
        {
            t("Events"): f"{report.rows_used:,}",
            t("Users"): f"{report.users:,}",
            **({t("Items"): f"{report.items:,}"} if report.items is not None else {}),
            t("Actions"): f"{len(report.actions):,}",
            t("Rows set aside"): f"{report.rows_set_aside:,}",
        }
    )
    st.caption(
        t(
            "From {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}.",
            start=report.likely_start,
            end=report.likely_now,
        )
    )
    findings = report.findings()
    if findings:
        st.info("\n".join(f"- {f.text(language())}" for f in findings), icon=":material/info:")
    else:
        st.success(t("Every row could be used."), icon=":material/check_circle:")
    days = events_by_day(log)
    chart(events_over_time(days, language()), "events-over-time", days)
    if report.rows_set_aside:
        show_set_aside(log)
    with st.expander(t("The first rows of the log")):
        st.dataframe(first_events(log, 100), hide_index=True, alt=t("The first rows of the log"))
    link("question", t("Next: ask a question"))


def show_set_aside(log: Log) -> None:
    with st.expander(t("Rows set aside, with line and reason")):
        if log.report.rows_set_aside > SHOWN_ROWS:
            st.caption(t("The first {n:,} are shown.", n=SHOWN_ROWS))
        table = set_aside_rows(log, language(), SHOWN_ROWS)
        st.dataframe(table, hide_index=True, alt=t("Rows set aside, with line and reason"))
        tongue = language()
        st.download_button(
            t("Download all of them"),
            lambda: set_aside_csv(log, tongue),
            "set_aside.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


heading("data", t("Load a log of who did what and when. It stays on this machine."))
upload_id = value_of("upload")
if upload_id is not None:
    try:
        upload = open_upload(upload_id)
    except InputError:
        remember(upload=None)
        raise
    map_columns(upload)
elif value_of("log") is not None:
    log = chosen_log()
    show_log(log)
    with st.expander(t("Load another log")):
        get_a_log()
else:
    get_a_log()
