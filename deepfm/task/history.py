"""What the log covers: its usable beginning and its now."""

from __future__ import annotations

from datetime import datetime, timedelta

from deepfm.log.log import Log

_LAST_HOUR = 23
_TICK = timedelta(microseconds=1)


def log_now(log: Log, as_of: datetime | None = None) -> datetime:
    """The moment that the list is scored at: every earlier event is known.

    It is one microsecond before ``as_of``, if that is given. Else it is one microsecond after the
    last event; or, where the log runs into the last hour of its last day, the last microsecond of
    that day, so that the days of the question are calendar days.
    """
    if as_of is not None:
        return as_of - _TICK
    last = log.report.likely_now
    if last.hour == _LAST_HOUR:
        return last.replace(minute=59, second=59, microsecond=999_999)
    return last + _TICK


def history_days(log: Log, as_of: datetime | None = None) -> int:
    """Days from the beginning of the log to its now, a begun day counted as one.

    The stray days at its beginning do not count (see ``Report.likely_start``): one wrong clock must
    not stretch the history by months.
    """
    return max(0, -((log.report.likely_start - log_now(log, as_of)) // timedelta(days=1)))
