"""Whether anything is lost or breaks, whatever is done to it; prints one table.

Trainings, readings of logs and servers are killed at random moments, disks fill up or turn
read-only, many sessions walk the pages at once, and hostile texts, archives and run folders are
read. Exit code 1 where an artefact was lost or a traceback was seen.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from tests.torture.everything import Measure, everything, lines


def main() -> int:
    """Print the table, and below it what was lost or broke."""
    whole = Measure()
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=whole.seed, help="of all that is random")
    parser.add_argument("--minutes", type=float, default=whole.seconds / 60, help="for all of it")
    parser.add_argument("--sessions", type=int, default=whole.sessions, help="at once")
    parser.add_argument("--kills", type=int, default=whole.kills, help="of each kind, at most")
    chosen = parser.parse_args()
    outcome = everything(
        replace(
            whole,
            seed=chosen.seed,
            seconds=60 * chosen.minutes,
            sessions=chosen.sessions,
            kills=chosen.kills,
        )
    )
    print("\n".join(lines(outcome)))
    for line in (*outcome.lost, *outcome.tracebacks):
        print(f"! {line}")
    untried = [tally.name for tally in (*outcome.faults, *outcome.hostile) if not tally.tried]
    for name in untried:
        print(f"! the time was too short for: {name}")
    return 1 if outcome.lost or outcome.tracebacks or untried else 0


if __name__ == "__main__":
    sys.exit(main())
