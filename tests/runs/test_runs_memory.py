"""A memory that does not suffice is said in words, whoever reports it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from deepfm.errors import InputError
from deepfm.log.closed import MEMORY_SETTING, closed
from deepfm.runs.memory import memory_in_words


def test_a_question_that_needs_more_says_which_setting_gives_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(MEMORY_SETTING, "20")
    with (
        pytest.raises(InputError, match=f"may take 20 MB.*{MEMORY_SETTING}"),
        memory_in_words(),
        closed() as connection,
    ):
        connection.execute("SELECT length(string_agg(repeat('x', 10000))) FROM range(10000)")


@pytest.mark.parametrize("kind", [OSError, duckdb.OutOfMemoryException])
def test_what_comes_through_pyarrow_is_known_too(kind: type[Exception]) -> None:
    with pytest.raises(InputError, match=MEMORY_SETTING), memory_in_words():
        raise kind("Out of Memory Error: could not allocate block of size 256.0 KiB")


def test_other_errors_stay_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), memory_in_words():
        (tmp_path / "gone").read_text()
    with pytest.raises(InputError, match="memory of this machine"), memory_in_words():
        raise MemoryError
