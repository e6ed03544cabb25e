"""What an analyst should know before asking anything of a log, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.log.mends import Mends

MANY_MISSING = 0.2
SHOWN = 3
_YEAR_2000 = datetime(2000, 1, 1)


@dataclass(frozen=True)
class Finding:
    """One of them.

    Attributes:
        what: was found.
        meaning: for the prediction.
        offer: what can be done, if anything can.
        mend: how, if it can be done here.
    """

    what: Sentence
    meaning: Sentence
    offer: Sentence | None = None
    mend: Mends | None = None


def findings(log: Log) -> list[Finding]:
    """All that was found; an empty list where every row could be used and nothing is odd."""
    return [*_rows(log), *_times(log), *_people(log), *_columns(log)]


def _rows(log: Log) -> list[Finding]:
    found = [
        Finding(
            Sentence("Rows set aside because {reason}: {n:,}.", n=n, reason=Sentence(reason)),
            Sentence("They take no part. Look at them below; where they matter, mend the file."),
        )
        for reason, n in log.report.reasons.items()
    ]
    if log.report.duplicates:
        found.append(
            Finding(
                Sentence("Events that repeat another one exactly: {n:,}.", n=log.report.duplicates),
                Sentence(
                    "They are counted twice, which is wrong if a system wrote them twice, and "
                    "right if the same thing happened twice within the time's precision."
                ),
                Sentence("Leave out the repeated events"),
                Mends(drop_duplicates=True),
            )
        )
    return found


def _times(log: Log) -> list[Finding]:
    report = log.report
    found = []
    if report.stray:
        found.append(
            Finding(
                Sentence(
                    "Events that stand alone outside {start} to {end}: {n:,}.",
                    n=report.stray,
                    start=f"{report.likely_start:%Y-%m-%d}",
                    end=f"{report.likely_now:%Y-%m-%d}",
                ),
                Sentence(
                    "Their clocks were probably wrong. “Now” is the last event that is not among "
                    "them."
                ),
                Sentence("Leave out these events"),
                Mends(since=report.likely_start, until=report.likely_now),
            )
        )
    if report.before_2000:
        found.append(
            Finding(
                Sentence("Events before the year 2000: {n:,}.", n=report.before_2000),
                Sentence("Such times mostly stand for “unknown” or come from a wrong unit."),
                Sentence("Leave out events before 2000"),
                Mends(since=_YEAR_2000),
            )
        )
    if report.future:
        found.append(
            Finding(
                Sentence("Events in the future: {n:,}.", n=report.future),
                Sentence(
                    "The time zone may be wrong, or the clocks were. The end of the log is “now”, "
                    "so that later events move it."
                ),
            )
        )
    if report.empty_days:
        found.append(
            Finding(
                Sentence(
                    "Days without any event: {n:,} ({gaps}).",
                    n=report.empty_days,
                    gaps=_gaps(log),
                ),
                Sentence(
                    "If the log is incomplete there, users look less active than they were. Check "
                    "whether nothing happened on them."
                ),
            )
        )
    if report.midnight_only:
        found.append(
            Finding(
                Sentence("All times stand at midnight: only the day is known, not the hour."),
                Sentence("Features of the hour and of visits say nothing and can be left out."),
            )
        )
    return found


def _gaps(log: Log) -> str:
    shown = [
        f"{first}" if first == last else f"{first} – {last}"
        for first, last in log.report.gaps[:SHOWN]
    ]
    return ", ".join([*shown, *(["…"] if len(log.report.gaps) > SHOWN else [])])


def _people(log: Log) -> list[Finding]:
    bots = log.report.bots
    if not bots:
        return []
    names = ", ".join(f"{user} ({events:,})" for user, events in list(bots.items())[:SHOWN])
    return [
        Finding(
            Sentence(
                "Users with more than 100 times the events of a typical one: {n:,} ({names}).",
                n=len(bots),
                names=names + (", …" if len(bots) > SHOWN else ""),
            ),
            Sentence(
                "They are probably programs or shared accounts. They distort averages and will "
                "never buy as people do."
            ),
            Sentence("Leave out these users"),
            Mends(leave_out=tuple(bots)),
        )
    ]


def _columns(log: Log) -> list[Finding]:
    report = log.report
    found = []
    if len(report.actions) == 1:
        found.append(
            Finding(
                Sentence("There is one action only, {action}.", action=next(iter(report.actions))),
                Sentence("The question can then only be who comes back for it."),
            )
        )
    found += [
        Finding(
            Sentence("Cells of {column} that hold no number: {n:,}.", n=n, column=name),
            Sentence("They were left empty. If most are, the column is better read as a category."),
        )
        for name, n in report.unreadable_numbers.items()
        if n
    ]
    found += [
        Finding(
            Sentence("{column} is empty in {share:.0%} of the rows.", column=name, share=share),
            Sentence(
                "Empty counts as a value of its own. A column that is filled for one action only "
                "gives that action away."
            ),
        )
        for name, share in report.missing.items()
        if share >= MANY_MISSING
    ]
    return found
