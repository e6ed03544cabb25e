"""The controls of the sentence, each with a place for what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from deepfm.features.holidays import countries
from deepfm.log.log import Log
from deepfm.log.look import frequent_values
from deepfm.runs.draft import open_draft, save_draft
from deepfm.runs.store import open_log
from deepfm.task.question import Kind, Question, QuestionError, column_words
from pages.shared.address import t
from pages.shared.show import problem
from pages.shared.who import workspace

KINDS: dict[Kind, str] = {
    "user": "Users",
    "pair": "Users, and what they choose",
    "event": "Each row of the log",
}
_NARROW, _WIDE = 220, 420


class Parts:
    """The controls of one log's question; they keep what the reader enters.

    Args:
        log: asked about.
        before: the question that the controls begin with.
    """

    def __init__(self, log: Log, before: Question) -> None:
        self._log = log
        self._before = before
        self._slots: dict[str, DeltaGenerator] = {}

    def ask(self) -> Question:
        """Draw the controls; the question that they say.

        Raises:
            QuestionError: what was entered does not fit together.
        """
        kind = self._kind()
        values: dict[str, Any] = {"kind": kind, "by": self._by() if kind == "pair" else None}
        # In the order of the sentence.
        if kind != "event":
            with st.container(horizontal=True):
                values["active_days"] = self._days(
                    "active_days",
                    t("Of users active in the last … days"),
                    t("Others are not asked about."),
                )
                values["first_time_only"] = self._first_time_only()
        with st.container(horizontal=True):
            values["targets"] = self._targets()
            values |= self._condition()
            values["least_amount"] = self._least_amount()
        if kind != "event":
            values |= self._windows()
        with st.expander(t("More")):
            if kind != "event":
                values["gap_days"] = self._days(
                    "gap_days",
                    t("Days between the list and the window"),
                    t("Time that a campaign needs to get going."),
                    least=0,
                )
            values["as_of"] = self._end_of_the_known()
            values["holidays"] = self._holidays()
        return replace(self._before, **values)

    def blame(self, error: QuestionError) -> None:
        """Say what is wrong below the control that is to be changed."""
        with self._slots.get(error.part, st.container()):
            problem(error)

    def _key(self, part: str) -> str:
        # A change by a button draws new controls, which begin with what it changed.
        taken = st.session_state.get(f"advised-{self._log.folder.name}", 0)
        return f"{part}-{self._log.folder.name}" + (f"-{taken}" if taken else "")

    def _slot(self, part: str) -> None:
        self._slots[part] = st.container()

    def _kind(self) -> Kind:
        offered = [kind for kind in KINDS if kind != "pair" or self._pairable()]
        kind = st.segmented_control(
            t("Ask about"),
            offered,
            default=self._before.kind if self._before.kind in offered else "user",
            format_func=lambda kind: t(KINDS[kind]),
            key=self._key("kind"),
            required=True,
            help=t(
                "Of each user once, of each user with each thing they may choose, or of each row."
            ),
        )
        self._slot("kind")
        if kind == "event":
            st.caption(
                t(
                    "Each row is an example: is its action the target, given its item, its "
                    "attributes and its time? A user's score is the mean over the last rows. It "
                    "tells which situations lead to the action, but looks at no history; where "
                    "the log has more than a few days, ask about users."
                )
            )
        return kind or "user"

    def _pairable(self) -> list[str]:
        log = self._log
        return [c for c in log.id_columns if c not in log.profile and c not in log.identifying]

    def _by(self) -> str:
        columns = self._pairable()
        by = st.selectbox(
            t("Who will do it with which …"),
            columns,
            index=columns.index(self._before.by) if self._before.by in columns else 0,
            format_func=lambda column: t("{column}", column=column_words(column)),
            key=self._key("by"),
            help=t(
                "Each user is asked about every value they had an event with, and about the ten "
                "values that most users had an event with."
            ),
            width=_NARROW,
        )
        self._slot("by")
        return str(by)

    def _first_time_only(self) -> bool:
        return st.selectbox(
            t("Who …"),
            [False, True],
            index=int(self._before.first_time_only),
            format_func=lambda only: t("have not done it before") if only else t("are anybody"),
            key=self._key("first"),
            width=_NARROW,
            help=t("Whether those count who did it before."),
        )

    def _targets(self) -> tuple[str, ...]:
        actions = self._log.actions
        gone = [target for target in self._before.targets if target not in actions]
        with st.container(width=_WIDE):
            chosen = st.multiselect(
                t("Who will do"),
                list(actions),
                [target for target in self._before.targets if target in actions],
                format_func=lambda action: t(
                    "{action} ({n:,} events)", action=action, n=actions[action]
                ),
                key=self._key("targets"),
                help=t("Whoever does one of them within the window did it."),
                placeholder=t("Choose one or several actions"),
            )
            self._slot("targets")
            if gone and not chosen:
                st.warning(
                    t(
                        "The question was about {actions}, which this log does not have: it was "
                        "renamed, or another file was read. Choose what is to be predicted.",
                        actions=", ".join(gone),
                    ),
                    icon=":material/warning:",
                )
        return tuple(chosen)

    def _condition(self) -> dict[str, Any]:
        columns = list(self._log.id_columns)
        if not columns:
            return {}
        with st.container(width=_NARROW):
            column = st.selectbox(
                t("Only where"),
                columns,
                index=columns.index(self._before.only_column)
                if self._before.only_column in columns
                else None,
                format_func=lambda column: t("{column}", column=column_words(column)),
                key=self._key("only_column"),
                help=t("Only actions count in which this column has one of the values."),
                placeholder=t("anything"),
            )
            self._slot("only_column")
            if column is None:
                return {"only_column": None, "only": ()}
            known = _values(str(self._log.folder), self._log.fingerprint, column)
            before = self._before.only if self._before.only_column == column else ()
            only = st.multiselect(
                t("is one of"),
                list(dict.fromkeys([*known, *before])),
                list(before),
                key=self._key(f"only-{column}"),
                placeholder=t("Choose values"),
                accept_new_options=True,
            )
            self._slot("only")
        # Until a value is chosen nothing is asked for yet.
        return {"only_column": column if only else None, "only": tuple(only)}

    def _least_amount(self) -> float | None:
        if not self._log.has_amount:
            return None
        with st.container(width=_NARROW):
            amount = st.number_input(
                t("For at least … in all"),
                0.0,
                None,
                self._before.least_amount,
                key=self._key("least_amount"),
                help=t("The amounts of one user within the window are added up."),
                placeholder=t("any amount"),
            )
            self._slot("least_amount")
        return amount or None

    def _windows(self) -> dict[str, int]:
        with st.container(horizontal=True):
            return {
                "horizon_days": self._days(
                    "horizon_days", t("Within the next … days"), t("The window that is predicted.")
                ),
                "lookback_days": self._days(
                    "lookback_days",
                    t("Knowing the last … days"),
                    t("How far back the features look; at least the days above."),
                ),
                "every_days": self._days(
                    "every_days",
                    t("Learn from every … days"),
                    t("The distance between two training snapshots."),
                ),
            }

    def _days(self, name: str, label: str, hint: str, least: int = 1) -> int:
        with st.container(width=_NARROW):
            days = st.number_input(
                label,
                least,
                730,
                getattr(self._before, name),
                key=self._key(name),
                help=hint,
            )
            self._slot(name)
        return int(days)

    def _end_of_the_known(self) -> datetime | None:
        day = st.date_input(
            t("Pretend that it is the beginning of this day (empty: the end of the log)"),
            self._before.as_of.date() if self._before.as_of else None,
            min_value=self._log.report.likely_start.date(),
            max_value=self._log.report.likely_now.date(),
            key=self._key("as-of"),
            width=_WIDE,
            help=t(
                "For a rehearsal: what happened from then on is left out, to be compared later."
            ),
        )
        self._slot("as_of")
        return datetime.combine(day, time()) if isinstance(day, date) else None

    def _holidays(self) -> str | None:
        codes = countries()
        country = st.selectbox(
            t("Country whose public holidays are a feature"),
            codes,
            index=codes.index(self._before.holidays) if self._before.holidays in codes else None,
            key=self._key("holidays"),
            help=t("Whether a day is one of them is then known to the model."),
            placeholder=t("none"),
            width=_WIDE,
        )
        self._slot("holidays")
        return country


def take_advice(log_id: str, question: Question) -> None:
    """Ask what was advised from now on; to be called before the controls are drawn."""
    log = open_log(workspace(), log_id)
    save_draft(log, replace(open_draft(log), question=question))
    taken = f"advised-{log_id}"
    st.session_state[taken] = st.session_state.get(taken, 0) + 1


# Never by the log itself: its size must not matter, and its fingerprint says all.
@st.cache_data(max_entries=32, show_spinner=False)
def _values(folder: str, fingerprint: str, column: str) -> list[str]:
    return frequent_values(Log.open(folder), column)
