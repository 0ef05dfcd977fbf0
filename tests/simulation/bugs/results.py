"""What is known of each bug, in caught.json beside this file, and the table made from it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.simulation.bugs.bug import Bug
from tests.simulation.bugs.catalogue import BUGS
from tests.simulation.bugs.planting import ROOT
from tests.simulation.bugs.trying import Tried

CAUGHT = Path(__file__).with_name("caught.json")
TABLE = ROOT / "docs" / "seeded_bugs.md"

HEAD = """\
# Seeded bugs

Whether the simulation would see a bug is tried, not believed. Each bug below was planted in a copy
of slasync by edits that fail when they fit no more; no branch for any of them stands in `src/`.
The simulation was run on the copy, from seed 1 on, until an invariant was broken. What the
invariants say is listed in `docs/promises.md`.

This file is made by `python -m tests.simulation.bugs --table`; `python -m tests.simulation.bugs
NAME` tries a bug again.
"""


def known() -> dict[str, Tried]:
    """Return the results kept, by the bug's name."""
    if not CAUGHT.exists():
        return {}
    return {each["bug"]: Tried.of(each) for each in json.loads(CAUGHT.read_text("utf-8"))}


def keep(tried: Tried) -> None:
    """Add a result to those kept, in place of an earlier one of the same bug."""
    every = known() | {tried.bug: tried}
    listed = [every[bug.name].as_json() for bug in BUGS if bug.name in every]
    CAUGHT.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(results: Mapping[str, Tried]) -> str:
    """Return the whole document."""
    rows = [HEAD, *_sources(results), "", _summary(results), "", *_rows(results)]
    return "\n".join(rows) + "\n"


def _summary(results: Mapping[str, Tried]) -> str:
    tried = [results[bug.name] for bug in BUGS if bug.name in results]
    caught = [each.seeds for each in tried if each.seed is not None]
    counts = f"{len(BUGS)} bugs, {len(tried)} tried, {len(caught)} caught"
    middle = sorted(caught)[len(caught) // 2] if caught else 0
    return f"{counts}; half of these within {middle} seeds, all within {max(caught, default=0)}."


def _rows(results: Mapping[str, Tried]) -> Iterator[str]:
    yield "| bug | what it is | caught by invariant | after seeds |"
    yield "|---|---|---|---|"
    for bug in BUGS:
        yield f"| {bug.name} | {bug.what} | {_ended(bug, results.get(bug.name))} |"


def _ended(_: Bug, tried: Tried | None) -> str:
    if tried is None:
        return "not tried yet | "
    if tried.broken:
        return f"the run itself failed ({tried.broken}) | {tried.seeds}"
    if tried.seed is None:
        return f"**not caught** | {tried.seeds}"
    return f"{', '.join(map(str, tried.invariants))} | {tried.seeds}"


def _sources(results: Mapping[str, Tried]) -> Iterator[str]:
    sources = Counter(each.source for each in results.values())
    if len(sources) > 1:
        yield (
            "These results come from several sources: a bug that was not caught on a later one"
            " within the time there was stands as it was caught before."
        )
    told = (f"{source} ({number})" for source, number in sorted(sources.items()))
    yield f"Source at that time, by hash, with the number of results: {', '.join(told) or 'none'}."
