"""Tells of seeds: a line each for machines, or what a person needs to look into a failure."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from slasync.rehearsal.simulation.judging import Verdict

COMMAND = "python -m slasync.rehearsal.simulation"
LONGEST = 12  # broken promises of one seed told in full


class Teller:
    """Writes to `out`, and what is only for people to `aside`."""

    def __init__(self, out: TextIO, aside: TextIO, *, as_json: bool) -> None:
        self._out, self._aside, self._as_json = out, aside, as_json

    def seed(self, verdict: Verdict, plan: Path | None = None) -> None:
        """Tell what became of one seed; `plan` is where its plan was written down."""
        if self._as_json:
            self._line(self._out, as_json(verdict))
        if verdict.broken:
            self._failure(verdict, plan)
        elif not self._as_json:
            self._line(self._out, f"seed {verdict.plan.seed}: held, trace {verdict.trace}")

    def note(self, words: str) -> None:
        self._line(self._aside, words)

    def summary(self, found: Sequence[Verdict], missing: Sequence[str]) -> None:
        """Tell how many seeds held, what broke, and what the time was spent on."""
        broken = [verdict for verdict in found if verdict.broken]
        words = [f"{len(found)} seeds, {len(found) - len(broken)} held"]
        kinds = Counter(n for v in broken for n in {each.invariant for each in v.broken})
        words += [f"  invariant {n}: {count} seeds" for n, count in sorted(kinds.items())]
        spent: Counter[str] = Counter()
        for verdict in found:
            for name, seconds in verdict.spent.items():
                spent[name] += seconds  # type: ignore[assignment] # seconds are counted too
        each = len(found) or 1
        times = ", ".join(f"{name} {total / each:.2f}" for name, total in spent.most_common())
        words.append(f"  seconds a run: {times}")
        words += [f"  never happened: {name}" for name in missing]
        self._line(self._aside if self._as_json else self._out, "\n".join(words))

    def _failure(self, verdict: Verdict, plan: Path | None) -> None:
        out = self._aside if self._as_json else self._out
        seed = verdict.plan.seed
        again = f"--plan {plan}" if plan else f"--seeds 1 --first {seed}"
        self._line(out, f"seed {seed}: BROKEN, again by: {COMMAND} {again}")
        for each in verdict.broken[:LONGEST]:
            self._line(out, f"  {each.invariant} {each.lead}: {each.says}")
        if len(verdict.broken) > LONGEST:
            self._line(out, f"  and {len(verdict.broken) - LONGEST} more")
        for line in verdict.story:
            self._line(out, f"    {line}")

    def _line(self, out: TextIO, words: str) -> None:
        out.write(words + "\n")
        out.flush()


def as_json(verdict: Verdict) -> str:
    """Return one line of JSON."""
    told = {
        "seed": verdict.plan.seed,
        "trace": verdict.trace,
        "violations": [
            {"invariant": each.invariant, "lead": each.lead, "says": each.says}
            for each in verdict.broken
        ],
        "counters": dict(sorted(verdict.counters.items())),
        "spent": {name: round(seconds, 3) for name, seconds in sorted(verdict.spent.items())},
    }
    return json.dumps(told)
