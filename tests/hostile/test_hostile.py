"""Every hostile file ends in a usable log with the rest set aside, or in one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.log.intake import take_in
from deepfm.log.look import set_aside_csv
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source
from tests.hostile.files import DIGITS, FILES, FORMULAS, LONG, SCRIPTS

MAPPING = Mapping("user", "time", action="action")


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_lost_and_nothing_breaks(tmp_path: Path, name: str) -> None:
    hostile = FILES[name]
    path = tmp_path / "log.csv"
    hostile.write(path)
    before = path.stat()

    if hostile.used is None:
        with pytest.raises(InputError, match=hostile.said) as caught:
            take_in(open_source(path), MAPPING, tmp_path / "log")
        assert "\n" not in caught.value.text()
        assert caught.value.text("zh") != caught.value.text("en")
        assert not (tmp_path / "log" / "log.json").exists()
    else:
        log = take_in(open_source(path), MAPPING, tmp_path / "log")
        assert (log.rows, log.report.rows_set_aside) == (hostile.used, hostile.aside)
        assert log.report.rows_read == hostile.used + hostile.aside
        aside = pd.read_parquet(log.set_aside)
        assert len(aside) == hostile.aside
        lines = [*pd.read_parquet(log.parquet)["line"], *aside["line"]]
        assert len(lines) == log.report.rows_read
        assert set_aside_csv(log, "zh")
    assert path.stat().st_size == before.st_size
    assert {entry.name for entry in tmp_path.iterdir()} <= {"log.csv", "log"}


@pytest.mark.parametrize("ids", [FORMULAS, SCRIPTS, LONG, DIGITS], ids=lambda ids: ids[0][:9])
def test_ids_come_out_as_they_went_in(tmp_path: Path, ids: list[str]) -> None:
    path = tmp_path / "log.csv"
    rows = "".join(f'"{id}",2024-01-0{place + 1}\n' for place, id in enumerate(ids))
    path.write_text("user,time\n" + rows, encoding="utf-8")
    log = take_in(open_source(path), Mapping("user", "time"), tmp_path / "log")
    assert pd.read_parquet(log.parquet)["user"].tolist() == ids
