"""Filters of the list that an analyst gave a name, kept in the run's folder."""

from __future__ import annotations

from deepfm.errors import InputError
from deepfm.prospects.filter import Filter
from deepfm.runs.files import parse_json, write_json
from deepfm.runs.run import Run

SEGMENTS = "segments.json"
_LONGEST_NAME = 60


def read_segments(run: Run) -> dict[str, Filter]:
    """The run's segments by name, in the order of their names."""
    path = run.folder / SEGMENTS
    if not path.is_file():
        return {}
    return parse_json(
        path, lambda found: {name: Filter.from_json(found[name]) for name in sorted(found)}
    )


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
