"""`python -m slasync.rehearsal.simulation --seeds 100`: plays seeds, tells what did not hold."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from slasync.rehearsal.simulation import counters, tally
from slasync.rehearsal.simulation.crew import verdicts
from slasync.rehearsal.simulation.judging import Verdict
from slasync.rehearsal.simulation.plan import from_json
from slasync.rehearsal.simulation.shrinking import shrink
from slasync.rehearsal.simulation.sources import source_hash
from slasync.rehearsal.simulation.telling import Teller

FOLDER = Path(".sim")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when everything held in every seed, 1 otherwise."""
    asked = _parsed(arguments)
    teller = Teller(sys.stdout, sys.stderr, as_json=asked.json)
    if asked.plan is not None:
        return _plan(asked, teller)
    if asked.shrink:
        return _shrink(asked, teller)
    seeds = range(asked.first, asked.first + asked.seeds)
    source = source_hash() if asked.tally else ""  # as it is when the first day begins
    found = []
    for verdict in _told(verdicts(seeds, asked.jobs, stop_at_first=asked.stop_at_first), teller):
        if asked.tally:
            tally.add(asked.tally, source, [verdict])  # what was run counts, however this ends
        found.append(verdict)
    missing = counters.missing([verdict.counters for verdict in found])
    teller.summary(found, missing)
    return 1 if missing or any(verdict.broken for verdict in found) else 0


def _told(found: Iterable[Verdict], teller: Teller) -> Iterator[Verdict]:
    """Tell of each seed as it comes."""
    for verdict in found:
        teller.seed(verdict)
        yield verdict


def _plan(asked: argparse.Namespace, teller: Teller) -> int:
    plan = from_json(asked.plan.read_text("utf-8"))
    found = list(_told(verdicts([plan], 1, stop_at_first=False), teller))
    return 1 if found[0].broken else 0


def _shrink(asked: argparse.Namespace, teller: Teller) -> int:
    shrunk = shrink(asked.first, teller.note)
    if shrunk is None:
        teller.note(f"seed {asked.first} breaks nothing: there is nothing to take away")
        return 0
    asked.folder.mkdir(exist_ok=True)
    path = asked.folder / f"seed-{asked.first}.json"
    path.write_text(shrunk.plan.as_json(), "utf-8")
    teller.seed(shrunk, path)
    return 1


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m slasync.rehearsal.simulation")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--json", action="store_true", help="one JSON line a seed")
    parser.add_argument("--stop-at-first", action="store_true", help="stop at the first failure")
    parser.add_argument("--shrink", action="store_true", help="take apart the first seed's plan")
    parser.add_argument("--plan", type=Path, help="play a plan written by --shrink")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of plans")
    parser.add_argument("--tally", type=Path, help="the file in which these seeds are counted")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
