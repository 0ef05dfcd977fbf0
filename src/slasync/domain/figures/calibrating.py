"""Definition calibration: both sides say of the same leads, blind, whether they are qualified.

How far they agree beyond chance is Cohen's kappa. Which clause of a definition they dispute is seen
by how much more often it holds, or fails, where they disagree than where they agree.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from slasync.domain.clauses import Clause, leaves
from slasync.domain.figures.kpis import share
from slasync.domain.lead import Fields, LeadKey, Value

LEAST = 2
"""Leads with a value, before anything is said of the value."""


def drawn(keys: Iterable[LeadKey], seed: str, number: int) -> list[LeadKey]:
    """Draw so many leads, and always the same ones of the same leads by the same seed."""
    return sorted(keys, key=lambda key: (_lot(seed, key), key))[:number]


def _lot(seed: str, key: str) -> str:
    return hashlib.sha256(f"{seed}\0{key}".encode()).hexdigest()


def balanced(
    met: Sequence[LeadKey], unmet: Sequence[LeadKey], seed: str, number: int
) -> list[LeadKey]:
    """Draw half of those that met a definition, half of the others, mixed; the rest of either.

    A sample in which nearly all are alike would say nothing: whoever always says yes would agree.
    """
    half = number // 2
    first, second = drawn(met, seed, number), drawn(unmet, seed, number)
    from_second = min(len(second), max(half, number - len(first)))
    chosen = [*first[: number - from_second], *second[:from_second]]
    return drawn(chosen, f"{seed}\0order", number)


def sample_id(keys: Iterable[LeadKey]) -> str:
    """Name a sample, so that two files of labels are known to be of one."""
    return hashlib.sha256("\0".join(sorted(keys)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Pair:
    """What both sides said of one lead."""

    lead: LeadKey
    marketing: bool
    sales: bool

    @property
    def agree(self) -> bool:
        return self.marketing == self.sales


@dataclass(frozen=True, slots=True)
class Concord:
    """How far both sides agree: the four counts, and what follows from them."""

    both: int
    marketing_only: int
    sales_only: int
    neither: int

    @property
    def total(self) -> int:
        return self.both + self.marketing_only + self.sales_only + self.neither

    @property
    def observed(self) -> Fraction | None:
        """The share of leads of which both say the same."""
        return share(self.both + self.neither, self.total)

    @property
    def by_chance(self) -> Fraction | None:
        """The share that would be the same if each side kept its numbers and chose blindly."""
        if not self.total:
            return None
        marketing, sales = self.both + self.marketing_only, self.both + self.sales_only
        yes = marketing * sales
        no = (self.total - marketing) * (self.total - sales)
        return Fraction(yes + no, self.total**2)

    @property
    def kappa(self) -> Fraction | None:
        """(observed - by chance) / (1 - by chance); None where both always say one thing."""
        observed, chance = self.observed, self.by_chance
        if observed is None or chance is None or chance == 1:
            return None
        return (observed - chance) / (1 - chance)


def concord(pairs: Iterable[Pair]) -> Concord:
    """Count what both sides said."""
    counts = Counter((pair.marketing, pair.sales) for pair in pairs)
    return Concord(
        both=counts[True, True], marketing_only=counts[True, False],
        sales_only=counts[False, True], neither=counts[False, False],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attribute:
    """Leads that have one value of a field, and of how many both sides said the same."""

    field: str
    value: str
    leads: int
    disagreed: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.disagreed, self.leads)


def by_attribute(pairs: Sequence[Pair], fields: Mapping[LeadKey, Fields]) -> list[Attribute]:
    """Return the values at which both sides disagree, the most disputed first.

    Only words are looked at: of numbers each would stand alone.
    """
    seen: Counter[tuple[str, str]] = Counter()
    disputed: Counter[tuple[str, str]] = Counter()
    for pair in pairs:
        for name, value in fields[pair.lead].items():
            if isinstance(value, str) and value:
                seen[name, value] += 1
                disputed[name, value] += not pair.agree
    found = [
        Attribute(name, value, count, disputed[name, value])
        for (name, value), count in seen.items()
        if count >= LEAST and disputed[name, value]
    ]
    return sorted(found, key=lambda a: (-a.share, -a.leads, a.field, a.value))


@dataclass(frozen=True, slots=True)
class Disputed:
    """One clause of a definition: how often it holds where both agree, and where they do not."""

    definition: str
    clause: str
    agreed: int
    held_agreed: int
    disagreed: int
    held_disagreed: int
    marketing_yes: int  # of the disputes in which it holds: marketing alone said yes

    @property
    def weight(self) -> Fraction:
        """How much more often it holds, or fails, in disputes than elsewhere: 0 to 1."""
        if not self.agreed or not self.disagreed:
            return Fraction(0)
        within = Fraction(self.held_disagreed, self.disagreed)
        return abs(within - Fraction(self.held_agreed, self.agreed))


Taken = Callable[[Fields], Clause]


def clauses_in_dispute(
    pairs: Sequence[Pair], fields: Mapping[LeadKey, Fields], definitions: Mapping[str, Taken]
) -> list[Disputed]:
    """Return the clauses of all definitions, the one in dispute first."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for pair in pairs:
        for name, clause in _held(fields[pair.lead], definitions):
            counts = found.setdefault((name, clause.text), Counter())
            where = "agreed" if pair.agree else "disagreed"
            counts[where] += 1
            if clause.truth:
                counts[f"held_{where}"] += 1
                counts["marketing_yes"] += not pair.agree and pair.marketing
    every = (
        Disputed(
            name, text, counts["agreed"], counts["held_agreed"], counts["disagreed"],
            counts["held_disagreed"], counts["marketing_yes"],
        )
        for (name, text), counts in found.items()
    )  # fmt: skip
    return sorted(every, key=lambda each: (-each.weight, each.definition, each.clause))


def _held(fields: Fields, definitions: Mapping[str, Taken]) -> Iterator[tuple[str, Clause]]:
    for name, taken in definitions.items():
        seen: set[str] = set()
        for clause in leaves(taken(fields)):
            if clause.text not in seen:
                seen.add(clause.text)
                yield name, clause


def shown(fields: Fields, hidden: Iterable[str]) -> dict[str, Value]:
    """Return what people are shown of a lead: nothing that tells what was decided, no person."""
    left = set(hidden)
    return {name: value for name, value in fields.items() if name not in left}
