"""What the command line prints of runs that are there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from deepfm.language import Language, translate
from deepfm.prospects.person import explain_person
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.words import reason_text
from deepfm.runs.members import workspaces
from deepfm.runs.retention import outdated, purge
from deepfm.runs.run import Run
from deepfm.runs.status import STATE_NAMES
from deepfm.runs.store import RunInfo, list_runs
from deepfm.runs.workspace import common_workspace


def print_person(run: Run, user: str, value: str | None, most: int, language: Language) -> None:
    """Print why a user of the list stands where they stand.

    Raises:
        InputError: the user is not on the list, or the run is not done.
    """
    scorer = Scorer.open(run.folder)
    person = explain_person(scorer, run.examples, user, value)
    words = run.words
    text = "{user}: log-odds {logit:+.2f}, of which a typical user has {base:+.2f}."
    print(translate(text, language, user=user, logit=person.logit, base=person.base))
    strongest = person.readable(words, language)
    shown = strongest.head(most)
    for name, own, total in shown[["field", "value", "total"]].itertuples(index=False):
        print(f"  {reason_text(words[name], own, total, language)}")
    rest = float(strongest["total"].iloc[most:].sum())
    text = "  {n} other features ({rest:+.2f})"
    print(translate(text, language, n=max(0, len(strongest) - most), rest=rest))


def print_runs(language: Language) -> None:
    """Print the runs of the home folder, the newest first."""
    workspace = common_workspace()
    runs = list_runs(workspace)
    if not runs:
        print(translate("There are no runs in {folder}.", language, folder=workspace.runs))
    for run in runs:
        print(_line(run, language))


def _line(run: RunInfo, language: Language) -> str:
    if run.question is None or run.status is None:
        problem = run.problem.text(language) if run.problem else ""
        return f"{run.id}  {problem}"
    auc = "" if run.status.auc is None else f"AUC {run.status.auc:.4f}"
    state = STATE_NAMES[run.status.state].text(language)
    engine = Run(run.folder).engine
    made_by = "" if engine is None else f"  ({engine})"
    return f"{run.id}  {state:<10}  {auc:<10}  {run.question.sentence().text(language)}{made_by}"


def print_purge(days: int, really: bool, language: Language) -> None:
    """Print what was made more than ``days`` days ago, in any workspace; delete it if asked."""
    size = 0
    for workspace in workspaces():
        for found in outdated(workspace, days, datetime.now()):
            print(f"{found.kind:<6}  {found.size / 1e6:10,.1f} MB  {found.folder}")
            size += purge(found) if really else found.size
    text = "{size:,.1f} MB are gone." if really else "{size:,.1f} MB would go. Add --yes to delete."
    print(translate(text, language, size=size / 1e6))


def join_run(folder: Path, machine: str, language: Language) -> None:
    """Train the run in ``folder`` together with the machine that began it, and say when it is over.

    Raises:
        InputError: there is no such run, or not all workers can train.
    """
    # Imported here, as nothing else that is shown needs it.
    from deepfm.runs.crew import join

    run = Run.open(folder)
    join(run, machine)
    text = "The training of {run} is over. What became of it stands on the machine that began it."
    print(translate(text, language, run=run.id))
