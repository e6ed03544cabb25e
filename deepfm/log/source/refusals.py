"""What is said of files that hold no log."""

from __future__ import annotations

from deepfm.errors import InputError


def empty(name: str) -> InputError:
    """Nothing in it."""
    return InputError("The file {name} is empty. Upload a file with at least one row.", name=name)


def no_answer(name: str, query: str, reason: str) -> InputError:
    """What a database says that cannot do it; of its words the first line counts."""
    reason = next(iter(reason.strip().splitlines()), "?").rstrip(".")
    return InputError(
        "The database {name} does not answer {query}: {reason}.",
        name=name,
        query=query,
        reason=reason,
    )


def header_only(name: str) -> InputError:
    """Names of columns, no rows."""
    return InputError(
        "The file {name} has column names but no rows. Export the log again, with its rows.",
        name=name,
    )


def one_column(name: str) -> InputError:
    """No user or no time."""
    return InputError(
        "The file {name} has one column only. "
        "A log needs at least a user and a time, separated by commas, TABs, semicolons or bars.",
        name=name,
    )
