"""The model of scoring, compiled: what an agreement gives points for, and what is urgent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from slasync.domain.lead import Fields

Rule = Callable[[Fields], bool]


class About(StrEnum):
    """What a criterion of fit tells of a lead."""

    DEMOGRAPHIC = "demographic"
    FIRMOGRAPHIC = "firmographic"
    BUDGET = "budget"
    AUTHORITY = "authority"
    NEED = "need"
    TIME = "time"
    PERSONA = "persona"
    JOB_TO_BE_DONE = "job_to_be_done"
    PURCHASE_PHASE = "purchase_phase"


BANT = (About.BUDGET, About.AUTHORITY, About.NEED, About.TIME)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Points for what a lead is. `reads` are in order; what is null is not met."""

    name: str
    text: str  # the expression as written
    rule: Rule
    reads: tuple[str, ...]
    points: float  # negative: speaks against the lead
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """What shows that a lead did something: a change after which a rule holds, or a touch."""

    name: str
    text: str
    rule: Rule
    reads: tuple[str, ...] = ()  # a change of one of these is asked about
    at: str | None = None  # field that holds the exact time, where the system tells
    channels: frozenset[str] = frozenset()  # touches by one of these, instead of a rule


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Points for what a lead did, each time it did it."""

    sign: Sign
    points: float
    half_life: timedelta
    per: str | None = None  # a counter: the points are for each unit by which it rose


@dataclass(frozen=True, slots=True)
class Urgent:
    """Buying behaviour that wants somebody to act at once."""

    sign: Sign
    lasts: timedelta | None = None  # None: until somebody asks for what came later


class Shown(Protocol):
    """What a sign shows."""

    @property
    def sign(self) -> Sign: ...


def read_by(items: Iterable[Shown]) -> frozenset[str]:
    """Return the fields whose changes can show one of `items`."""
    signs = [item.sign for item in items]
    times = {sign.at for sign in signs if sign.at}
    return frozenset(times | {name for sign in signs for name in sign.reads})


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a lead must reach to qualify; None is not asked for."""

    total: float | None = None
    fit: float | None = None
    interest: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """How the check score is worked out, and when it qualifies."""

    fit: tuple[Criterion, ...]
    interest: tuple[Behaviour, ...]
    fit_cap: float
    interest_cap: float
    threshold: Threshold
    differs_by: float | None = None  # more points apart than this is a contradiction
    reads: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        counters = {b.per for b in self.interest if b.per}
        fit = {name for criterion in self.fit for name in criterion.reads}
        object.__setattr__(self, "reads", read_by(self.interest) | counters | fit)


@dataclass(frozen=True, slots=True)
class Model:
    """What the agreement says of scores beside naming who computes them."""

    check: Check | None = None
    immediate: tuple[Urgent, ...] = ()
    urged_by: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "urged_by", read_by(self.immediate))

    @property
    def reads(self) -> frozenset[str]:
        """Fields whose changes must be facts."""
        return self.urged_by | (self.check.reads if self.check else frozenset())
