"""Filters of the list that an analyst gave a name, kept in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from deepfm.errors import InputError
from deepfm.prospects.filter import Filter
from deepfm.runs.files import parse_json, write_json
from deepfm.runs.run import Run
from deepfm.shape import Each, MisfitError, check

SEGMENTS = "segments.json"
_LONGEST_NAME = 60


def read_segments(run: Run) -> dict[str, Filter]:
    """The run's segments by name, in the order of their names.

    Raises:
        InputError: the file is broken, or a segment in it is none of this run's.
    """
    path = run.folder / SEGMENTS
    if not path.is_file():
        return {}
    kinds = {name: words.kind for name, words in run.words.items()}
    try:
        return parse_json(path, partial(_segments, kinds))
    except InputError as error:
        raise InputError(
            "{problem} Or delete this file only: then nothing but the saved filters is lost.",
            problem=error.sentence,
        ) from error


def _segments(kinds: Mapping[str, str], found: Any) -> dict[str, Filter]:
    check(Each(dict), found)
    segments = {}
    for place, name in enumerate(sorted(found), start=1):
        if not 0 < len(name.strip()) <= _LONGEST_NAME:
            raise MisfitError(str(place))
        try:
            segments[name] = Filter.from_json(found[name])
            segments[name].check_fits(kinds)
        except MisfitError as error:
            # By its place: a name may be anything.
            raise MisfitError(f"{place}: {error.part}") from error
    return segments


def save_segment(run: Run, name: str, chosen: Filter) -> str:
    """Keep ``chosen`` under a name; one of that name before is replaced.

    Returns:
        The name, without the space around it.

    Raises:
        InputError: no name, one of more than 60 characters, or a run that is only shared to be
            read.
    """
    run.check_writable()
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InputError("Give the segment a name of 1 to {most} characters.", most=_LONGEST_NAME)
    _write(run, {**read_segments(run), name: chosen})
    return name


def delete_segment(run: Run, name: str) -> None:
    """Forget the segment ``name``; it may be gone already.

    Raises:
        InputError: the run is only shared to be read.
    """
    run.check_writable()
    _write(run, {other: kept for other, kept in read_segments(run).items() if other != name})


def _write(run: Run, segments: dict[str, Filter]) -> None:
    content = {name: chosen.to_json() for name, chosen in segments.items()}
    write_json(run.folder / SEGMENTS, content)
