"""The part `caps` of slasync.yaml: what a storm is, and what becomes of what it brings."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from slasync.domain.caps import Bulk, Burst, Caps
from slasync.settings.known import refused
from slasync.settings.strict import Duration, Strict

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=1)
YOUNGEST = timedelta(hours=1)


def _within(span: timedelta) -> timedelta:
    if not SHORTEST <= span <= LONGEST:
        raise refused("write 1 s at least and 1 h at most: what takes longer is not one change")
    return span


def _age(span: timedelta) -> timedelta:
    if span < YOUNGEST:
        raise refused("write 1 h at least: somebody must have the time to look at what is held")
    return span


class BurstPart(Strict):
    """When tasks on time are more than usual."""

    factor: Annotated[float, Field(ge=1, le=100)] = 3.0
    days: Annotated[int, Field(ge=5, le=60)] = 20


class BulkPart(Strict):
    """When changes made to many leads are one change."""

    leads: Annotated[int, Field(ge=2)] = 500
    within: Annotated[Duration, AfterValidator(_within)] = timedelta(minutes=10)


class CapsPart(Strict):
    """The most counted tasks an hour; what is above waits for a person."""

    per_owner: Annotated[int, Field(ge=1)] = 20
    total: Annotated[int, Field(ge=1)] = 200
    burst: BurstPart | None = BurstPart()
    bulk: BulkPart | None = BulkPart()
    spread: Annotated[int, Field(ge=1)] | None = 20
    max_age: Annotated[Duration, AfterValidator(_age)] = timedelta(days=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.per_owner > self.total:
            raise refused(f"per_owner ({self.per_owner}) is above total ({self.total})")
        return self


def caps_to_domain(part: CapsPart) -> Caps:
    return Caps(
        per_owner=part.per_owner,
        total=part.total,
        burst=Burst(part.burst.factor, part.burst.days) if part.burst else None,
        bulk=Bulk(part.bulk.leads, part.bulk.within) if part.bulk else None,
        spread=part.spread,
        max_age=part.max_age,
    )
