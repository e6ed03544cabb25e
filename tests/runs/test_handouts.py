from __future__ import annotations

from pathlib import Path

from deepfm.prospects.filter import Filter
from deepfm.prospects.handout import Handout
from deepfm.runs.files import read_json_lines
from deepfm.runs.handouts import HANDOUTS, record_handout
from deepfm.runs.run import Run


def test_half_a_line_of_a_killed_server_takes_no_other_with_it(tmp_path: Path) -> None:
    run, path = Run(tmp_path), tmp_path / HANDOUTS
    record_handout(run, "prospects.parquet", Filter(), Handout(hold_out=0.1))
    with path.open("a") as file:
        file.write('{"time": 17')
    record_handout(run, "prospects.parquet", Filter(), Handout(hold_out=0.2))
    assert [entry["hold_out"] for entry in read_json_lines(path)] == [0.1, 0.2]
