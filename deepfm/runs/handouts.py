"""What was handed out of a run's list, so that a campaign can be measured later."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pandas as pd

from deepfm.model.scoring import Floats
from deepfm.prospects.browse import fitting
from deepfm.prospects.filter import Filter
from deepfm.prospects.handout import Handout
from deepfm.runs.files import read_json_lines, write_text
from deepfm.runs.journal import note
from deepfm.runs.run import Run
from deepfm.runs.shapes import HANDOUT
from deepfm.shape import check
from deepfm.whole import settle

HANDOUTS = "handouts.jsonl"


def record_handout(run: Run, ranking: str, chosen: Filter, handout: Handout) -> None:
    """Write down that a file was made.

    Args:
        run: whose list. Of one that is only shared to be read nothing is written down.
        ranking: name of the list's file in the run's folder.
        chosen: whom the list was filtered by.
        handout: what went into the file.

    Raises:
        InputError: people are held out, and nothing can be written down of it.
    """
    if not run.writable and not handout.hold_out:
        return
    run.check_writable()
    entry = {
        "time": time.time(),
        "ranking": ranking,
        "filter": chosen.to_json(),
        "limit": handout.limit,
        "hold_out": handout.hold_out,
        "seed": handout.seed,
    }
    path = run.folder / HANDOUTS
    if path.is_file() and not path.read_bytes().endswith(b"\n"):
        # Half a line of a server that was killed; the next one would be lost with it.
        kept = read_json_lines(path)
        write_text(path, "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in kept))
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")
    settle(path)
    note("list handed out", run.folder)


def campaign_groups(run: Run, users: pd.Series[Any]) -> Floats | None:
    """Who was contacted and who left alone by the last file with a hold-out.

    Args:
        run: whose list was handed out.
        users: to look at ``[n]``.

    Returns:
        1 left alone, 0 contacted, NaN not in the file ``[n]``; None where no file had a hold-out.

    Raises:
        InputError: something else stands in the file that was kept of it.
    """
    kinds = {name: words.kind for name, words in run.words.items()}

    def fits(entry: dict[str, Any]) -> bool:
        check(HANDOUT, entry)
        Filter.from_json(entry["filter"]).check_fits(kinds)
        return True

    entries = [e for e in read_json_lines(run.folder / HANDOUTS, fits) if e["hold_out"] > 0]
    if not entries:
        return None
    last = entries[-1]
    path = run.folder / last["ranking"]
    ranks = fitting(path, Filter.from_json(last["filter"]), run.examples)[: last.get("limit")]
    listed = pd.read_parquet(path, columns=["rank", "user"])
    handed_out = users.isin(listed.loc[listed["rank"].isin(ranks), "user"]).to_numpy()
    handout = Handout(hold_out=last["hold_out"], seed=last["seed"])
    groups = np.full(len(users), np.nan)
    groups[handed_out] = [handout.holds_out(user) for user in users[handed_out]]
    return groups
