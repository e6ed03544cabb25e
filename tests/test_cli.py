"""The command line, as a person types it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from onnxruntime import InferenceSession

from deepfm.__main__ import main
from deepfm.evaluation.metrics import sigmoid
from deepfm.log.log import Log
from deepfm.log.mends import Mends
from deepfm.prospects.scorer import Scorer
from deepfm.runs.run import Run
from deepfm.task.question import Question
from deepfm.task.question_file import question_text, read_question


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a demo log, made by the demo command."""
    folder = tmp_path_factory.mktemp("cli")
    ended = _deepfm(folder, "demo", "demo.csv", "--users", "1500")
    assert ended.returncode == 0, ended.stderr
    return folder


def _environment(folder: Path) -> dict[str, str]:
    root = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root, "DEEPFM_HOME": str(folder / "home")}


def _deepfm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deepfm", *arguments],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=180,
    )


def _last_line(text: str) -> str:
    return text.replace("\r", "\n").strip().splitlines()[-1].strip()


def test_check_reads_mends_and_reports(tmp_path: Path) -> None:
    header = "date;hour;visitor;what\n"
    rows = [f"{i % 9 + 1}.3.2024;{i};u{i % 5};{i % 2}" for i in range(20)]
    (tmp_path / "a.csv").write_bytes((header + "\n".join(rows)).encode("gb18030"))
    (tmp_path / "b.csv").write_bytes((header + "\n".join([*rows, ";1;u1;1"])).encode("utf-16"))
    asked = _deepfm(tmp_path, "check", "a.csv", "b.csv", "--action", "what")
    assert asked.returncode == 2
    assert "a day and a month or a month and a day" in _last_line(asked.stderr)
    told = _deepfm(
        tmp_path, "check", "a.csv", "b.csv", "--action", "what", "--day-first",
        "--action-name", "0=view", "--action-name", "1=buy",
        "--drop-duplicates", "--hash-users", "--out", "log",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "41 rows were read: 20 events of 5 users from 2024-03-01 00:00" in told.stdout
    for said in ("10  view", "10  buy", "time is missing: 1.", "an earlier one exactly: 20."):
        assert said in told.stdout
    log = Log.open(tmp_path / "log")
    assert log.mapping.time_parts == ("hour",)
    assert log.mends == Mends(drop_duplicates=True)
    assert b"u1" not in b"".join(path.read_bytes() for path in log.folder.iterdir())
    for arguments, said in (
        (("check",), "No file and no database is given"),
        (("check", "--database", "sqlite:///none.db"), "Give --query with --database"),
        (("check", "a.csv", "--action-name", "1"), "write it like 1=view"),
        (("check", "b.csv", "--encoding", "ascii"), "is not in the encoding ascii"),
    ):
        refused = _deepfm(tmp_path, *arguments)
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
        assert said in refused.stderr


def test_train_prints_the_models_and_score_writes_the_same_list(work: Path) -> None:
    trained = _deepfm(
        work, "train", "demo.csv", "--target", "purchase", "--horizon", "7d", "--lookback", "4w",
        "--preset", "quick", "--out", "run",
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    assert "who will do purchase within the next 7 days" in trained.stdout
    for model in ("DeepFM", "recency rule", "logistic regression", "gradient-boosted trees"):
        assert f"  {model}" in trained.stdout or f"  the {model}" in trained.stdout
    assert "Quality: " in trained.stdout
    assert "Training the model" in trained.stderr
    scored = _deepfm(work, "score", "run", "demo.csv", "--out", "list.csv", "--language", "zh")
    assert scored.returncode == 0, scored.stderr
    table = pd.read_csv(work / "list.csv", dtype={"用户": str})
    assert (
        table["用户"].tolist() == pd.read_parquet(work / "run/prospects.parquet")["user"].tolist()
    )
    few = _deepfm(
        work, "score", "run", "demo.csv", "--out", "few.csv", "--top", "50", "--hold-out", "20",
        "--hash-ids",
    )  # fmt: skip
    assert few.returncode == 0, few.stderr
    assert "50 people are listed in few.csv." in few.stdout
    handed = pd.read_csv(work / "few.csv")
    assert handed["User"].str.fullmatch("[0-9a-f]{64}").all()
    assert set(handed["Hold-out"]) == {"Leave alone", "Contact"}
    again = _deepfm(work, "train", "demo.csv", "--out", "run")
    assert again.returncode == 2
    assert again.stderr == "The folder run is not empty. Choose a new one.\n"


def test_ctrl_c_stops_and_keeps_the_best(work: Path) -> None:
    arguments = [
        "train",
        "demo.csv",
        "--epochs",
        "1000",
        "--preset",
        "standard",
        "--out",
        "stopped",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "deepfm", *arguments, "--out", "stopped"],
        cwd=work,
        env=_environment(work),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        metrics = work / "stopped" / "metrics.jsonl"
        deadline = time.monotonic() + 90
        while not (metrics.exists() and "evaluation" in metrics.read_text(encoding="utf-8")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "people are listed in" in output


def test_a_question_file_is_asked_as_the_page_would_and_options_change_it(work: Path) -> None:
    question = Question(
        ("purchase", "cart"), kind="pair", by="category", horizon_days=5, holidays="CN"
    )
    (work / "question.json").write_text(question_text(question), encoding="utf-8")
    ended = _deepfm(
        work, "train", "demo.csv", "--question", "question.json", "--target", "view",
        "--only", "brand=Onyx", "--only", "brand=Birch", "--least-amount", "5",
        "--keep-leak", "known before", "--preset", "quick", "--epochs", "1", "--out", "pairs",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert (
        "who will do view (brand: Onyx, Birch) for at least 5 of which category "
        "within the next 5 days?" in ended.stdout
    )
    run = Run.open(work / "pairs")
    assert run.reason == "known before"
    asked = replace(
        question,
        targets=("view",),
        only_column="brand",
        only=("Onyx", "Birch"),
        least_amount=5.0,
    )
    assert run.question == asked
    assert read_question(run.folder / "question.json") == asked
    assert {"which:category", "holiday"} <= set(run.words)
    assert "value" in pd.read_parquet(run.prospects)
    scored = _deepfm(work, "score", "pairs", "demo.csv", "--out", "pairs.csv")
    assert scored.returncode == 0, scored.stderr
    table = pd.read_csv(work / "pairs.csv", dtype={"User": str})
    assert table["With"].tolist() == pd.read_parquet(run.prospects)["value"].tolist()


def test_a_killed_training_is_resumed_to_the_same_list(work: Path) -> None:
    arguments = (
        "train", "demo.csv", "--target", "purchase", "--preset", "quick", "--epochs", "12",
        "--seed", "4", "--out",
    )  # fmt: skip
    whole = _deepfm(work, *arguments, "whole")
    assert whole.returncode == 0, whole.stderr
    command = [sys.executable, "-m", "deepfm", *arguments, "killed"]
    with subprocess.Popen(
        command, cwd=work, env=_environment(work), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as training:
        deadline = time.monotonic() + 120
        metrics = work / "killed" / "metrics.jsonl"
        while not (metrics.exists() and "evaluation" in metrics.read_text()):
            assert time.monotonic() < deadline and training.poll() is None
            time.sleep(0.05)
        training.kill()
    assert not (work / "killed" / "prospects.parquet").exists()
    again = _deepfm(work, "resume", "killed")
    assert again.returncode == 0, again.stderr
    assert "Quality: " in again.stdout
    lists = [pd.read_parquet(work / name / "prospects.parquet") for name in ("whole", "killed")]
    pd.testing.assert_frame_equal(*lists)
    done = _deepfm(work, "resume", "killed")
    assert (done.returncode, done.stderr) == (
        2,
        "The run killed is done already. There is nothing to resume.\n",
    )


@pytest.mark.parametrize("part", ["horizon_days", "colour"])
def test_a_wrong_part_of_a_question_file_is_named(work: Path, part: str) -> None:
    data = Question(("purchase",)).to_json() | {part: "soon"}
    (work / "wrong.json").write_text(json.dumps(data), encoding="utf-8")
    ended = _deepfm(work, "train", "demo.csv", "--question", "wrong.json", "--out", "bad")
    assert ended.returncode == 2
    assert part in _last_line(ended.stderr)
    assert "Traceback" not in ended.stderr
    assert not (work / "bad").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--horizon", "7x"], "'7x' is no duration; write it like 7d or 4w"),
        (["--as-of", "soon"], "'soon' is no time"),
        (["--user", "nobody"], "There is no column nobody. Choose one of: user_id, item_id"),
        (["--target", "sell"], "The action sell never occurs in this log"),
        (["--time-zone", "Mars/North"], "Mars/North is no time zone"),
        (["--horizon", "300d"], "This question needs 928 days of history"),
        (["--epochs", "0"], "The number of epochs is 0"),
        (["--fusion", "product"], "invalid choice: 'product'"),
        (["--question", "demo.csv"], "demo.csv holds no question"),
        (["--question", "none.json"], "There is no file none.json"),
        (["--by", "colour"], "colour"),
        (["--only", "category"], "write category=shoes"),
        (["--only", "category=a", "--only", "brand=b"], "--only is about one column"),
        (["--holidays", "XX"], "XX"),
    ],
)
def test_bad_input_is_one_line_exit_2_and_leaves_nothing_behind(
    work: Path, arguments: list[str], said: str
) -> None:
    ended = _deepfm(work, "train", "demo.csv", *arguments, "--out", "bad")
    assert ended.returncode == 2
    assert said in _last_line(ended.stderr)
    assert "Traceback" not in ended.stderr
    assert not (work / "bad").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "The file empty.csv is empty. Upload a file with at least one row."),
        ("head.csv", b"user_id,action,time\n", "The file head.csv has column names but no rows."),
        ("notime.csv", b"user_id,action\nu1,view\nu2,buy\n", "No column looks like a time."),
        (
            "one.csv",
            b"user_id,action,time\nu1,a,2024-01-01\nu1,b,2024-01-02\n",
            "All rows belong to one user, u1.",
        ),
        (
            "instant.csv",
            b"user_id,action,time\nu1,a,2024-01-01\nu2,b,2024-01-01\n",
            "All events stand at one instant.",
        ),
        ("empty.parquet", b"", "The file empty.parquet is empty."),
        ("image.csv", b"\x89PNG\r\n\x1a\n" + bytes(64), "image.csv is not a table of text."),
    ],
)
def test_a_file_that_is_no_log_is_one_line_exit_2_and_leaves_nothing_behind(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ended = _deepfm(tmp_path, "train", name, "--out", "bad")
    assert ended.returncode == 2
    assert _last_line(ended.stderr).startswith(said)
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_log_of_one_action_with_too_few_of_it_is_told_in_words(work: Path) -> None:
    frame = pd.read_csv(work / "demo.csv", dtype=str)
    frame[frame["action"] == "purchase"].to_csv(work / "purchases.csv", index=False)
    ended = _deepfm(work, "train", "purchases.csv", "--out", "bad")
    assert ended.returncode == 2
    assert "There is one action only, purchase." in ended.stdout
    assert "at least 100 of each are needed" in _last_line(ended.stderr)
    assert "Traceback" not in ended.stderr
    assert not (work / "bad").exists()


def test_missing_files_and_runs_are_named(work: Path) -> None:
    missing = _deepfm(work, "train", "nowhere.csv", "--out", "bad")
    assert (missing.returncode, missing.stderr) == (
        2,
        "There is no file nowhere.csv. Check the path.\n",
    )
    no_run = _deepfm(work, "score", "home", "demo.csv", "--out", "x.csv", "--language", "zh")
    assert no_run.returncode == 2
    assert no_run.stderr.startswith("文件夹 home 中没有 run.json")


def test_export_writes_a_model_that_scores_the_runs_examples(
    done: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.onnx"
    assert main(["export", str(done.folder), "--format", "onnx", "--to", str(path)]) == 0
    session = InferenceSession(path)
    inputs = session.get_modelmeta().custom_metadata_map["inputs"]
    examples = pd.read_parquet(done.examples).head(500)
    given = {}
    for one in json.loads(inputs):
        values = examples[one["field"]].astype(one["type"])
        values = values.fillna(one["missing"]) if one["type"] == "string" else values
        given[one["input"]] = values.to_numpy()
    logit, score = session.run(["logit", "score"], given)
    scorer = Scorer.open(done.folder)
    expected = scorer.model.logit(scorer.fields.encode(examples))
    assert abs(logit - expected).max() < 1e-5
    assert abs(score - sigmoid(expected)).max() < 1e-5
    said = f"The model is in {path}. It takes {len(given)} columns and gives logit and score.\n"
    assert capsys.readouterr().out == said
    nowhere = ["--format", "saved_model", "--to", str(tmp_path / "no" / "model")]
    assert main(["export", str(done.folder), *nowhere, "--language", "zh"]) == 2
    assert capsys.readouterr().err.startswith("文件夹 ")
    assert [file.name for file in tmp_path.iterdir()] == ["shop.onnx"]


def test_named_columns_take_the_place_of_guessed_ones(work: Path) -> None:
    frame = pd.read_csv(work / "demo.csv", dtype=str)
    frame = frame.rename(
        columns={"user_id": "who", "time": "when_", "action": "city_", "city": "x"}
    )
    frame.to_csv(work / "odd.csv", index=False)
    ended = _deepfm(
        work, "train", "odd.csv", "--user", "who", "--time", "when_", "--action", "city_",
        "--item", "item_id", "--target", "purchase", "--preset", "quick", "--out", "odd",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert (work / "odd" / "prospects.parquet").exists()


@pytest.mark.parametrize("command", [[], ["train"], ["resume"], ["score"], ["export"], ["demo"]])
def test_help_has_examples_and_loads_nothing_heavy(work: Path, command: list[str]) -> None:
    ended = _deepfm(work, *command, "--help")
    assert ended.returncode == 0
    assert "python -m deepfm" in ended.stdout.split("examples:")[1]
    code = (
        "import sys; from deepfm.__main__ import main\n"
        f"try: main({[*command, '--help']!r})\n"
        "except SystemExit: pass\n"
        "sys.exit(', '.join({'pandas', 'numpy', 'duckdb', 'keras'} & set(sys.modules)) or 0)"
    )
    light = subprocess.run(
        [sys.executable, "-c", code], env=_environment(work), capture_output=True, text=True
    )
    assert light.returncode == 0, light.stderr


def test_a_run_is_repeated_with_its_columns_question_features_and_settings(
    done_sum: Run, demo_csv: Path, tmp_path: Path
) -> None:
    ended = _deepfm(
        tmp_path, "train", str(demo_csv), "--like", str(done_sum.folder), "--out", "again"
    )
    assert ended.returncode == 0, ended.stderr
    again = Run.open(tmp_path / "again")
    assert again.question == done_sum.question
    assert again.settings == done_sum.chosen
    assert list(again.words) == list(done_sum.words)
    assert again.log_entry["mapping"] == done_sum.log_entry["mapping"]
    assert again.evaluation()["models"] == done_sum.evaluation()["models"]
    pd.testing.assert_frame_equal(
        pd.read_parquet(again.prospects), pd.read_parquet(done_sum.prospects)
    )


def test_what_is_named_besides_an_earlier_run_changes_it(
    done_sum: Run, demo_csv: Path, tmp_path: Path
) -> None:
    ended = _deepfm(
        tmp_path, "train", str(demo_csv), "--like", str(done_sum.folder), "--horizon", "5d",
        "--epochs", "1", "--out", "other",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    other = Run.open(tmp_path / "other")
    assert other.question == replace(done_sum.question, horizon_days=5)
    assert other.settings == replace(done_sum.chosen, epochs=1)
    wrong = _deepfm(tmp_path, "train", str(demo_csv), "--like", "nothing", "--out", "third")
    assert wrong.returncode == 2
    assert "has no run.json" in wrong.stderr
    assert not (tmp_path / "third").exists()


def test_a_user_is_explained_and_runs_are_listed(
    done: Run, done_pair: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = pd.read_parquet(done.prospects)
    user = listed["user"].iloc[0]
    assert main(["explain", str(done.folder), user, "--most", "3"]) == 0
    told = capsys.readouterr().out
    assert f"{user}: log-odds {listed['logit'].iloc[0]:+.2f}" in told
    assert len(told.splitlines()) == 5
    numbers = [float(text) for text in re.findall(r"\(([+-][\d.]+)\)", told)]
    base = float(re.search(r"typical user has ([+-][\d.]+)\.", told).group(1))
    assert base + sum(numbers) == pytest.approx(listed["logit"].iloc[0], abs=0.05)
    pair = pd.read_parquet(done_pair.prospects).iloc[0]
    arguments = ["explain", str(done_pair.folder), pair["user"], "--value", pair["value"]]
    assert main([*arguments, "--language", "zh"]) == 0
    assert main(["explain", str(done.folder), "nobody"]) == 2
    capsys.readouterr()
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line for line in lines if line.startswith(done.id))
    assert "AUC" in line
    assert line.endswith(f"({done.engine})")
