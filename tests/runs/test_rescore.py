from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.runs.rescore import score_log
from deepfm.runs.run import Run


def test_scoring_the_same_log_again_gives_the_same_list(
    done: Run, demo_csv: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again.parquet"
    people = score_log(done, demo_csv, out).people
    again, first = pd.read_parquet(out), pd.read_parquet(done.prospects)
    assert people == len(first)
    pd.testing.assert_frame_equal(again, first, rtol=1e-6)


def test_rows_of_the_row_by_row_question_score_the_same_again(
    done_event: Run, demo_csv: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again.parquet"
    score_log(done_event, demo_csv, out)
    pd.testing.assert_frame_equal(pd.read_parquet(out), pd.read_parquet(done_event.prospects))


def test_a_later_log_may_lack_an_action_and_bring_new_ids(
    done: Run, demo_csv: Path, tmp_path: Path
) -> None:
    frame = pd.read_csv(demo_csv, dtype=str)
    later = frame[frame["action"] != "cart"].assign(brand="Unheard")
    later["action"] = later["action"].replace("favorite", "share")
    later["time"] = (pd.to_datetime(later["time"]) + pd.Timedelta(days=60)).astype(str)
    later.to_csv(tmp_path / "later.csv", index=False)
    score_log(done, tmp_path / "later.csv", tmp_path / "later.parquet")
    prospects = pd.read_parquet(tmp_path / "later.parquet")
    assert np.isfinite(prospects["logit"]).all()
    assert prospects["last_seen"].min() > pd.Timestamp(frame["time"].max())
    first = pd.read_parquet(done.prospects)
    assert prospects["logit"].max() < first["logit"].max()  # nobody has a cart any more


def test_a_log_that_does_not_fit_is_refused(done: Run, demo_csv: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(demo_csv, dtype=str)
    frame.drop(columns="city").to_csv(tmp_path / "no_city.csv", index=False)
    with pytest.raises(InputError, match="no column city"):
        score_log(done, tmp_path / "no_city.csv", tmp_path / "out.csv")
    frame[frame["time"] > "2025-04-20"].to_csv(tmp_path / "short.csv", index=False)
    with pytest.raises(InputError, match="Bring a longer log"):
        score_log(done, tmp_path / "short.csv", tmp_path / "out.csv")
    with pytest.raises(InputError, match="no known suffix"):
        score_log(done, demo_csv, tmp_path / "out.pdf")
    with pytest.raises(InputError, match="There is no folder"):
        score_log(done, demo_csv, tmp_path / "nowhere" / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_run_without_a_model_is_refused(done: Run, demo_csv: Path, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(done.folder, tmp_path / "run")))
    (copy.folder / "typical.npz").unlink()
    with pytest.raises(InputError, match="no complete model"):
        score_log(copy, demo_csv, tmp_path / "out.csv")


def test_scoring_loads_neither_keras_nor_tensorflow(
    done: Run, demo_csv: Path, tmp_path: Path
) -> None:
    arguments = ["score", str(done.folder), str(demo_csv), "--out", str(tmp_path / "out.csv")]
    code = (
        "import json, sys; from deepfm.__main__ import main; code = main(json.loads(sys.argv[1]));"
        "heavy = {'keras', 'tensorflow', 'jax', 'torch', 'streamlit'} & set(sys.modules);"
        "sys.exit(code or (', '.join(heavy) if heavy else 0))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert len(pd.read_csv(tmp_path / "out.csv")) == len(pd.read_parquet(done.prospects))
