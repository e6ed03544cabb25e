"""Say how a file is to be read, and which column is what."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import available_timezones

import pandas as pd
import streamlit as st

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.guess import BASES, Guess, first_rows, guess, two_readings, values_of
from deepfm.log.mapping import Mapping
from deepfm.log.source.part import Dialect, Source
from deepfm.runs.intake import start_intake
from deepfm.runs.store import open_log
from deepfm.runs.uploads import Upload, open_upload, source_of
from deepfm.runs.workspace import Workspace
from pages.shared.address import language, remember, t, value_of
from pages.shared.data_dialect import choose_dialect
from pages.shared.data_template import keep_template, use_template
from pages.shared.once import begin_once
from pages.shared.plain import plain, said
from pages.shared.show import problem
from pages.shared.who import workspace

COMMON_ZONES = ("UTC", "Asia/Shanghai")
SHOWN_ROWS = 8
MOST_NAMED_ACTIONS = 30


def map_columns(upload: Upload) -> None:
    """From a file to its mapping."""
    st.header(t("What are the columns of {name}?", name=upload.name))
    if st.button(t("Choose another file"), icon=":material/arrow_back:"):
        remember(upload=None)
        st.rerun()
    dialect = st.session_state.get(f"dialect-{upload.id}", Dialect())
    try:
        with st.spinner(t("Looking at the file")):
            source, rows, found = _looked_at(workspace(), upload.id, dialect)
    except InputError as error:
        problem(error)
        if dialect != Dialect() and st.button(t("Let the file decide"), icon=":material/undo:"):
            del st.session_state[f"dialect-{upload.id}"]
            st.rerun()
        st.caption(plain(t("The upload is kept as {path}.", path=upload.paths[0])))
        return
    choose_dialect(upload, source, dialect)
    st.dataframe(
        rows.head(SHOWN_ROWS), hide_index=True, height=200, alt=t("The first rows of the file")
    )
    if isinstance(found, Sentence):
        st.warning(said(found), icon=":material/warning:")
        found = Guess(Mapping(source.columns[0], source.columns[1]), {}, values_of(rows))
    mapping = choose_mapping(source, rows, found, _before(source))
    if mapping is not None:
        keep_template(source, mapping)
        if st.button(t("Read the log"), type="primary", icon=":material/check:"):
            begin(upload, source, dialect, mapping)


def begin(upload: Upload, source: Source, dialect: Dialect, mapping: Mapping) -> None:
    """Start the process that reads the log."""
    try:
        mapping.check(source.columns)
    except InputError as error:
        problem(error)
        return
    begin_once("intake", lambda: start_intake(workspace(), upload, dialect, mapping))
    st.rerun()


def _before(source: Source) -> Mapping | None:
    """The mapping of the log that is to be read again."""
    id = value_of("log")
    try:
        mapping = open_log(workspace(), id).mapping if id is not None else None
    except InputError:
        return None
    fits = mapping is not None and set(mapping.columns()) <= set(source.columns)
    return mapping if fits else None


# By id and dialect, never by content. The first rows are few, whatever the file's size.
@st.cache_data(max_entries=16, show_spinner=False)
def _looked_at(
    owner: Workspace, upload_id: str, dialect: Dialect
) -> tuple[Source, pd.DataFrame, Guess | Sentence]:
    """The file, its first rows, and a guess or why there is none."""
    source = source_of(open_upload(owner, upload_id), dialect)
    try:
        found: Guess | Sentence = guess(source)
    except InputError as error:
        found = error.sentence
    return source, first_rows(source), found


def choose_mapping(
    source: Source, rows: pd.DataFrame, found: Guess, before: Mapping | None
) -> Mapping | None:
    """The mapping as the reader leaves it; None while a question is open.

    It starts from a template, else from the one ``before``, else from what was guessed.
    """
    start = use_template(source) or before or found.mapping
    form = _Form(source, found, start)
    left, right = st.columns(2)
    with left:
        user = form.column("user", t("User: who acted"), optional=False)
        time = form.column("time", t("Time: when"), optional=False)
        clock = form.column(
            "time_parts",
            t("The time goes on in"),
            hint=t("Where the date and the hour stand in two columns."),
        )
        open_to_two = two_readings(rows[str(time)].dropna())
        excel, day_first = ask_how_times_are_written(start, open_to_two)
        zone = zone_of_the_log(start)
    with right:
        action = form.column(
            "action", t("Action: what was done"), t("Without it every row is one action.")
        )
        item = form.column("item", t("Item: on what"))
        amount = form.column("amount", t("Amount: a price or a sum"))
        hashed = st.toggle(
            t("Keep the user ids as hashes only"),
            start.hash_users,
            key="map-hash",
            help=t(
                "Nobody can read from the log who its people are. The uploaded file is deleted "
                "when the log is ready; lists then show the hashes. The key stays on this machine."
            ),
        )
    names = name_actions(rows, action, start)
    parts = {user, time, clock, action, item, amount}
    categories, numbers = form.attributes([c for c in source.columns if c not in parts])
    if open_to_two and day_first is None:
        return None
    return replace(
        start,
        user=str(user),
        time=str(time),
        item=item,
        action=action,
        amount=amount,
        categories=categories,
        numbers=numbers,
        time_zone=zone,
        time_parts=(clock,) if clock else (),
        day_first=day_first,
        excel_times=excel,
        action_names=names,
        hash_users=hashed,
    )


class _Form:
    """Select boxes over the columns of a file.

    Args:
        source: the file.
        found: with sample values and what speaks for the guess.
        start: what is chosen at first.
    """

    def __init__(self, source: Source, found: Guess, start: Mapping) -> None:
        self.source, self.found, self.start = source, found, start

    def column(
        self, part: str, label: str, hint: str | None = None, *, optional: bool = True
    ) -> str | None:
        """The column of a part; what speaks for the guess stands below."""
        options: list[str | None] = [*([None] if optional else []), *self.source.columns]
        first = getattr(self.start, part)
        first = (first[0] if first else None) if part == "time_parts" else first
        place = options.index(first) if first in options else 0
        chosen = st.selectbox(
            label, options, place, format_func=self._shown, key=f"map-{part}", help=hint
        )
        if chosen is not None and chosen == first and part in self.found.basis:
            st.caption(BASES[self.found.basis[part]].text(language()))
        return chosen

    def attributes(self, others: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Categories and numbers among the other columns; the rest is named."""
        categories = st.multiselect(
            t("Further columns that are categories, such as a brand or a city"),
            others,
            [c for c in self.start.categories if c in others],
            format_func=self._shown,
        )
        rest = [c for c in others if c not in categories]
        numbers: list[str] = []
        if rest:
            numbers = st.multiselect(
                t("Further columns that are numbers"),
                rest,
                [c for c in self.start.numbers if c in rest],
                format_func=self._shown,
            )
        left_out = [c for c in rest if c not in numbers]
        if left_out:
            st.caption(t("Left out: {columns}", columns=", ".join(left_out)))
        return tuple(categories), tuple(numbers)

    def _shown(self, column: str | None) -> str:
        if column is None:
            return t("there is none")
        values = self.found.values[column]
        return f"{column} ({', '.join(values)})" if values else column


def ask_how_times_are_written(start: Mapping, open_to_two: bool) -> tuple[bool, bool | None]:
    """Whether the times are Excel's numbers, and which of day and month stands first.

    The order is asked for where the dates leave it open; else it may be said all the same, for
    dates beyond the first rows.
    """
    answers = {True: t("Day first: 31/12"), False: t("Month first: 12/31")}
    with (
        st.container()
        if open_to_two
        else st.popover(t("Times are written otherwise"), icon=":material/schedule:")
    ):
        answer = st.segmented_control(
            t("The dates can be read in two ways. Which is right?")
            if open_to_two
            else t("Dates such as 1/2/2024, where the log does not show it"),
            list(answers),
            default=start.day_first,
            format_func=lambda first: answers[first],
            key="map-day-first",
        )
        if open_to_two:
            if answer is None:
                st.warning(t("Choose one to go on."), icon=":material/calendar_month:")
            return start.excel_times, answer
        excel = st.toggle(
            t("Numbers such as 45292.5 are days, as Excel keeps them"),
            start.excel_times,
            key="map-excel",
        )
    return excel, answer


def zone_of_the_log(start: Mapping) -> str:
    """The zone whose midnights cut the days."""
    known = available_timezones()
    own = st.context.timezone
    zones = [*COMMON_ZONES, *sorted(known - set(COMMON_ZONES))]
    first = own if own in known and start.time_zone == "UTC" else start.time_zone
    return st.selectbox(
        t("Time zone of the log"),
        zones,
        index=zones.index(first),
        key="map-zone",
        help=t(
            "Days are cut at midnight here. Epoch times and times with a zone are converted; "
            "times without a zone are taken as they stand."
        ),
    )


def name_actions(
    rows: pd.DataFrame, action: str | None, start: Mapping
) -> tuple[tuple[str, str], ...]:
    """Names for actions that are codes."""
    if action is None:
        return ()
    counts = rows[action].value_counts().head(MOST_NAMED_ACTIONS)
    if not len(counts) or not counts.index.str.fullmatch(r"\d+(\.0+)?").all():
        return start.action_names
    st.write(t("The actions are numbers. Give them names, such as view, where you know them."))
    code, name, events = t("Code"), t("Name"), t("Events in the first rows")
    known = dict(start.action_names)
    codes = counts.index.str.replace(r"\.0+$", "", regex=True)
    table = pd.DataFrame(
        {code: codes, name: [known.get(c, "") for c in codes], events: counts.array}
    )
    edited = st.data_editor(table, disabled=[code, events], hide_index=True, key=f"names-{action}")
    given = zip(edited[code], edited[name], strict=True)
    return tuple((str(c), str(n).strip()) for c, n in given if n and str(n).strip())
