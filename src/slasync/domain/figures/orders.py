"""Opportunities as the CRM shows them, and what was won, lost and is to be expected of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.figures.kpis import median, share
from slasync.domain.figures.pipeline import Pipeline
from slasync.domain.lead import LeadKey, UserKey


class Role(StrEnum):
    """By which part in it a lead's contact names an opportunity as the lead's."""

    PRIMARY = "primary"
    OTHER = "other"


NEAR: Mapping[object, int] = {None: 2, Role.PRIMARY: 1, Role.OTHER: 0}
"""How near an opportunity is to a lead: converted to it, or tied to it, is nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """One opportunity as it was last shown. Amounts are the CRM's, in its currency."""

    id: str
    created: datetime
    stage: str = ""
    amount: Fraction | None = None
    probability: Fraction | None = None  # 0 to 1, as the CRM has it
    closes: date | None = None  # the day it was closed, or is expected to be
    closed: bool = False
    won: bool = False
    currency: str = ""
    account: str = ""
    owner: UserKey | None = None
    by_hand: bool = False  # nothing but the role of a contact tells that it is the lead's

    @property
    def lost(self) -> bool:
        return self.closed and not self.won


def opportunities_of(facts: Iterable[Fact]) -> tuple[Opportunity, ...]:
    """Return a lead's opportunities by their last versions; deleted ones are left out."""
    last, near = _last(facts)
    found = (
        _opportunity(fact.data, by_hand=near[key] < NEAR[None])
        for key, fact in last.items()
        if not fact.data.get("deleted")
    )
    return tuple(sorted(found, key=lambda each: (each.created, each.id)))


def _last(facts: Iterable[Fact]) -> tuple[dict[str, Fact], dict[str, int]]:
    """Return the last version of each opportunity, and how near it is to the lead."""
    last: dict[str, Fact] = {}
    near: dict[str, int] = {}
    for fact in in_order(fact for fact in facts if fact.kind is FactKind.OPPORTUNITY):
        key, now = str(fact.data["id"]), NEAR[fact.data.get("role")]
        last[key] = fact
        near[key] = NEAR[None] if NEAR[None] in {now, near.get(key)} else now
    return last, near


class Owned:
    """Whose each opportunity is, where several leads are told of it: it counts once.

    Theirs whom the CRM names in its last version; of these of those that were handed over; of
    these the nearest.
    """

    def __init__(self) -> None:
        self._best: dict[str, tuple[tuple[datetime, bool, int], LeadKey]] = {}

    def hear(self, lead: LeadKey, facts: Iterable[Fact]) -> None:
        """Take note of what one lead is told of. Of equals the one heard first counts."""
        every = list(facts)
        handed_over = any(fact.kind is FactKind.HANDOVER for fact in every)
        last, near = _last(every)
        for key, fact in last.items():
            claim = (fact.occurred_at, handed_over, near[key])
            if key not in self._best or claim > self._best[key][0]:
                self._best[key] = (claim, lead)

    def is_of(self, opportunity: Opportunity, lead: LeadKey) -> bool:
        return self._best[opportunity.id][1] == lead


def _opportunity(data: Mapping[str, object], *, by_hand: bool) -> Opportunity:
    closes, owner = data.get("closes"), data.get("owner")
    return Opportunity(
        id=str(data["id"]),
        created=datetime.fromisoformat(str(data["created"])),
        stage=str(data.get("stage") or ""),
        amount=_exact(data.get("amount")),
        probability=_exact(data.get("probability")),
        closes=date.fromisoformat(str(closes)) if closes else None,
        closed=bool(data.get("closed")),
        won=bool(data.get("won")),
        currency=str(data.get("currency") or ""),
        account=str(data.get("account") or ""),
        owner=UserKey(str(owner)) if owner else None,
        by_hand=by_hand,
    )


def _exact(number: object) -> Fraction | None:
    return None if number is None else Fraction(str(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What became of opportunities: sums of some of them."""

    won: int
    lost: int
    won_value: Fraction
    without_amount: int  # of those won
    cycle: timedelta | None  # from creation to closing, the median of all that were closed
    won_cycle: timedelta | None  # and of those won

    @property
    def win_rate(self) -> Fraction | None:
        """Won / (won and lost): what is open says nothing yet."""
        return share(self.won, self.won + self.lost)


def orders(opportunities: Iterable[Opportunity]) -> Orders:
    """Add up what was closed."""
    every = list(opportunities)
    won = [each for each in every if each.won]
    return Orders(
        won=len(won),
        lost=sum(each.lost for each in every),
        won_value=sum((each.amount or Fraction(0) for each in won), Fraction(0)),
        without_amount=sum(each.amount is None for each in won),
        cycle=median(_cycles(each for each in every if each.closed)),
        won_cycle=median(_cycles(won)),
    )


def _cycles(opportunities: Iterable[Opportunity]) -> Iterator[timedelta]:
    return (span for each in opportunities if (span := cycle_of(each)) is not None)


def cycle_of(opportunity: Opportunity) -> timedelta | None:
    """Return how long it took, in whole days: of its closing only the day is known.

    A day of closing before the creation is somebody's slip and tells nothing.
    """
    if opportunity.closes is None:
        return None
    span = opportunity.closes - opportunity.created.date()
    return span if span >= timedelta(0) else None


class By(StrEnum):
    """Whose probability an open opportunity is weighed by."""

    AGREEMENT = "agreement"
    CRM = "crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What open opportunities promise, added up."""

    open: int = 0
    amount: Fraction = Fraction(0)
    value: Fraction = Fraction(0)  # amount x probability
    untold: int = 0  # without an amount or a probability
    chances: Fraction = Fraction(0)  # probabilities
    weighed: int = 0  # with a probability

    def __add__(self, other: "Promise") -> "Promise":
        return Promise(
            open=self.open + other.open,
            amount=self.amount + other.amount,
            value=self.value + other.value,
            untold=self.untold + other.untold,
            chances=self.chances + other.chances,
            weighed=self.weighed + other.weighed,
        )

    @property
    def probability(self) -> Fraction | None:
        """How likely one of them is won, on average."""
        return self.chances / self.weighed if self.weighed else None


@dataclass(slots=True)
class Expected:
    """Open opportunities by their stage, and by whom its probability is told."""

    stages: dict[tuple[By, str], Promise] = field(default_factory=dict)

    def take(self, opportunities: Iterable[Opportunity], pipeline: Pipeline) -> None:
        """Weigh what is open: as agreed where the agreement names the stage, else as the CRM."""
        for each in opportunities:
            if each.closed:
                continue
            agreed = pipeline.stage(each.stage)
            key = (By.AGREEMENT, agreed.name) if agreed else (By.CRM, each.stage)
            chance = agreed.probability if agreed else each.probability
            self.stages[key] = self.stages.get(key, Promise()) + _promise(each, chance)

    @property
    def all(self) -> Promise:
        return sum(self.stages.values(), Promise())

    def by(self, whose: By) -> int:
        """Count what is open and weighed by these probabilities."""
        return sum(each.open for (by, _), each in self.stages.items() if by is whose)


def _promise(opportunity: Opportunity, chance: Fraction | None) -> Promise:
    amount = opportunity.amount
    told = amount is not None and chance is not None
    return Promise(
        open=1,
        amount=amount or Fraction(0),
        value=(amount or 0) * (chance or Fraction(0)),
        untold=0 if told else 1,
        chances=chance or Fraction(0),
        weighed=0 if chance is None else 1,
    )
