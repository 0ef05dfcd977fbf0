"""`python -m tests.simulation.bugs [NAME...]`: plants bugs, sees which are caught."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.simulation.bugs.bug import Bug
from tests.simulation.bugs.catalogue import named
from tests.simulation.bugs.planting import EditError, copied
from tests.simulation.bugs.results import TABLE, keep, known, table
from tests.simulation.bugs.trying import Trial, Tried


def main(given: Sequence[str] | None = None) -> int:
    """Return 0 when every bug tried was caught."""
    asked = _asked(given)
    if asked.table:
        TABLE.write_text(table(known()), encoding="utf-8")
        return 0
    try:
        tried = [_told(each) for each in _tried(named(asked.names), asked)]
    except (ValueError, EditError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0 if all(each.seed is not None for each in tried) else 1


def _asked(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.bugs", description=__doc__)
    parser.add_argument("names", nargs="*", help="bugs to plant; all when none is named")
    parser.add_argument("--seeds", type=int, default=2000, help="most seeds to run for each bug")
    parser.add_argument("--jobs", type=int, default=4, help="bugs to try at a time")
    parser.add_argument("--left", action="store_true", help="only bugs not caught so far")
    parser.add_argument("--table", action="store_true", help="only write docs/seeded_bugs.md")
    return parser.parse_args(given)


def _tried(bugs: Sequence[Bug], asked: argparse.Namespace) -> Iterator[Tried]:
    """Yield results as they come. One bug's seeds run in order: its first catch is the first."""
    before = known()
    caught = {name for name, each in before.items() if each.seed is not None}
    left = [bug for bug in bugs if not (asked.left and bug.name in caught)]
    with copied() as clean, ThreadPoolExecutor(asked.jobs) as pool:
        trial = Trial(clean)
        runs = [pool.submit(trial.attempt, bug, asked.seeds) for bug in left]
        for run in as_completed(runs):
            yield run.result()


def _told(tried: Tried) -> Tried:
    keep(tried)
    by = ", ".join(map(str, tried.invariants))
    caught = f"seed {tried.seed}, invariant {by}: {tried.says}"
    words = caught if tried.seed is not None else tried.broken or "not caught"
    sys.stdout.write(f"{tried.bug}: {tried.seeds} seeds: {words}\n")
    sys.stdout.flush()
    return tried


if __name__ == "__main__":
    sys.exit(main())
