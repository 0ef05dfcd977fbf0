"""How many seeds were really run, by the hash of the source they were run on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slasync.rehearsal.simulation.judging import Verdict


def read(path: Path) -> dict[str, Any]:
    """Return the tally: by source hash, ranges of seeds run and the seeds that failed."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def add(path: Path, source: str, found: Sequence[Verdict]) -> None:
    """Count these seeds for the source of that hash; a seed run twice counts once."""
    told = read(path)
    entry = told.setdefault(source, {"runs": [], "broken": []})
    seeds = {verdict.plan.seed for verdict in found} | _seeds(entry["runs"])
    broken = {verdict.plan.seed for verdict in found if verdict.broken}
    entry["runs"] = _ranges(sorted(seeds))
    entry["broken"] = sorted(broken | set(entry["broken"]))
    entry["seeds"] = len(seeds)
    path.parent.mkdir(exist_ok=True)
    whole = path.with_suffix(".new")  # a run may be ended while it writes
    whole.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    whole.replace(path)


def _seeds(ranges: Sequence[Sequence[int]]) -> set[int]:
    return {seed for first, last in ranges for seed in range(first, last + 1)}


def _ranges(seeds: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for seed in seeds:
        if found and found[-1][1] == seed - 1:
            found[-1][1] = seed
        else:
            found.append([seed, seed])
    return found
