"""Trying a bug: seed after seed on a copy that has it, until the judge sees what it makes wrong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.simulation.bugs.bug import Bug
from tests.simulation.bugs.planting import Checkout, planted
from tests.simulation.bugs.simulating import LONGEST, BrokenError, Seen, until_seen


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one bug. `seed` is None when no seed up to the last one caught it."""

    bug: str
    source: str  # hash of the source it was planted in
    seeds: int  # how many were run: the last one caught it, or none did
    seed: int | None = None
    invariants: tuple[str, ...] = ()
    says: str = ""
    broken: str = ""  # the simulation itself failed: neither caught nor missed

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"invariants": list(self.invariants)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Tried":
        return cls(**{**told, "invariants": tuple(told["invariants"])})


@dataclass(slots=True)
class Trial:
    """Tries bugs in one source. A seed that shows anything without the bug catches nothing."""

    clean: Checkout
    _source: str = field(init=False)
    _without: dict[int, Seen] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._source = self.clean.hash

    def attempt(self, bug: Bug, seeds: int, *, first: int = 1) -> Tried:
        """Run up to `seeds` seeds from `first` on. Raises EditError."""
        with planted(bug, self.clean) as copy:
            seed = first
            while seed < first + seeds:
                try:
                    seen = self._next(copy, seed, first + seeds - seed)
                except BrokenError as error:
                    return Tried(bug.name, self._source, seed - first, broken=str(error))
                if seen is None:
                    break
                if self._by_the_bug(seen):
                    return self._caught(bug, seen, seen.seed - first + 1)
                seed = seen.seed + 1
        return Tried(bug.name, self._source, seeds)

    def _next(self, copy: Checkout, first: int, seeds: int) -> Seen | None:
        return next((seen for seen in until_seen(copy, first, seeds) if seen.violations), None)

    def _by_the_bug(self, seen: Seen) -> bool:
        """Tell whether the seed shows nothing at all without the bug."""
        without = self._without.get(seen.seed)
        if without is None:
            without = next(until_seen(self.clean, seen.seed, 1))
            self._without[seen.seed] = without
        return not without.violations

    def _caught(self, bug: Bug, seen: Seen, seeds: int) -> Tried:
        numbers = {invariant for invariant, _, _ in seen.violations}
        listed = tuple(sorted(numbers, key=lambda number: (len(number), number)))
        says = seen.violations[0][2][:LONGEST]
        return Tried(bug.name, self._source, seeds, seen.seed, listed, says)
