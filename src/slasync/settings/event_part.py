"""What a clock starts or ends with where a word does not say it: a stage, or a rule over fields."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Tag, model_validator

from slasync.domain.agreement import End, Stage, Start
from slasync.settings.known import refused
from slasync.settings.strict import Expression, Strict, TimeField

BEFORE_SALES = frozenset({Stage.TARGET, Stage.LEAD})
OVER = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED})
WORD, EVENT = "[word]", "[event]"


class EventPart(Strict):
    """One of: a stage is reached, a stage is left, a rule comes to hold (`at`: since when)."""

    reaches: Stage | None = None
    leaves: Stage | None = None
    when: Expression | None = None
    at: TimeField | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(each is not None for each in (self.reaches, self.leaves, self.when)) != 1:
            raise refused("name one of reaches (a stage), leaves (a stage), when (a rule)")
        if self.at is not None and self.when is None:
            raise refused("at goes with when: a change of stage has its own time")
        return self

    @model_validator(mode="after")
    def _comes_while_sales_has_the_lead(self) -> Self:
        if self.stage in BEFORE_SALES:
            raise refused(f"no clock runs before the hand-over, and {self.stage} is before it")
        if self.stage in OVER:
            raise refused(f"with {self.stage} the lead is over for sales: write the word alone")
        return self

    @property
    def stage(self) -> Stage | None:
        """The stage that is reached or left."""
        return self.reaches or self.leaves

    def __str__(self) -> str:
        said = {"reaches": self.reaches, "leaves": self.leaves, "when": self.when}
        return ", ".join(f"{{{key}: {value}}}" for key, value in said.items() if value)


StartWord = Literal[
    Start.HANDOVER, Start.ASSIGNMENT, Start.ACCEPTED, Start.ATTEMPT, Start.IMMEDIATE,
    Start.RECYCLED, Start.QUEUE,
]  # fmt: skip
EndWord = Literal[
    End.TOUCH, End.ACCEPTED, End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED,
    End.ENROLLED, End.WITH_SALES, End.TAKEN,
]  # fmt: skip


def _kind(value: Any) -> str:
    return EVENT if isinstance(value, Mapping | EventPart) else WORD


def _a_beginning(event: EventPart) -> EventPart:
    if event.leaves is not None:
        raise refused("a clock starts when a stage is reached: name that one, {reaches: sql}")
    return event


Starting = Annotated[
    Annotated[StartWord, Tag(WORD)]
    | Annotated[EventPart, AfterValidator(_a_beginning), Tag(EVENT)],
    Discriminator(_kind),
]
Ending = Annotated[
    Annotated[EndWord, Tag(WORD)] | Annotated[EventPart, Tag(EVENT)],
    Discriminator(_kind),
]


def ends_with(event: EventPart) -> End:
    """Return what an event is called as the end of a clock."""
    return End.RULE if event.when else End.STAGE


def begun_and_ended(start: Start | EventPart, ends: tuple[End | EventPart, ...]) -> Iterator[str]:
    """Yield why a clock would end as it begins."""
    into = start.reaches if isinstance(start, EventPart) else _STAGE_OF.get(start)
    rule = start.when if isinstance(start, EventPart) else None
    for end in ends:
        if not isinstance(end, EventPart):
            if end is End.ACCEPTED and into is Stage.SAL and start is not Start.ACCEPTED:
                yield "begins when the lead reaches sal, which is accepted: leave out accepted"
        elif end.reaches is not None and end.reaches is into:
            yield f"begins when the lead is in {into}: reaches: {into} would end it at once"
        elif rule is not None and end.when == rule:
            yield f"begins when {rule} holds: the same rule would end it at once"


_STAGE_OF = {Start.ACCEPTED: Stage.SAL, Start.HANDOVER: Stage.MQL}
