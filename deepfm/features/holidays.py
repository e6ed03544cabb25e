"""Public holidays, by the holidays library."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import holidays

from deepfm.log.log import Log
from deepfm.task.question import QuestionError


def countries() -> list[str]:
    """The ISO 3166 codes of the countries whose public holidays are known."""
    return sorted(holidays.list_supported_countries())


def public_holidays(log: Log, country: str) -> Mapping[date, str]:
    """Name of each public holiday from the log's first year to its last, by day.

    Args:
        log: whose time is meant.
        country: an ISO 3166 code.

    Raises:
        QuestionError: nobody knows that country's holidays.
    """
    years = range(log.report.likely_start.year, log.report.likely_now.year + 1)
    try:
        known = holidays.country_holidays(country, years=years)
    except NotImplementedError as error:
        raise QuestionError(
            "holidays",
            "The public holidays of {country} are not known. Choose another country, or none.",
            country=country,
        ) from error
    return dict(sorted(known.items()))
