"""The stages of a lead: which there are, in which order, and what the two sides call them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    TARGET = "target"
    LEAD = "lead"
    MQL = "mql"
    SAL = "sal"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"


ASIDE = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED})
WAY = tuple(stage for stage in Stage if stage not in ASIDE)
"""The stages on the way, as they usually come."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The stages that the two sides work with."""

    left_out: frozenset[Stage] = frozenset()
    order: tuple[Stage, ...] = ()  # of those on the way; none: as they usually come
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by language, stage

    @property
    def way(self) -> tuple[Stage, ...]:
        """The stages on the way, in their order."""
        return tuple(stage for stage in self.order or WAY if stage not in self.left_out | ASIDE)

    @property
    def aside(self) -> tuple[Stage, ...]:
        """The other stages that there are."""
        return tuple(stage for stage in Stage if stage not in {*self.left_out, *self.way})

    def holds(self, stage: Stage) -> Stage:
        """Return a stage; for one that is left out the one before it, else the first after it."""
        if stage not in self.left_out:
            return stage
        place = WAY.index(stage)
        nearest = (*reversed(WAY[:place]), *WAY[place:])
        return next(each for each in nearest if each not in self.left_out)

    def called(self, stage: str, language: str) -> str | None:
        """Return what a stage is called in a language; None: as it usually is."""
        return self.names.get(language, {}).get(stage)


USUAL = Lifecycle()
"""All stages, in the usual order, by their usual names."""
