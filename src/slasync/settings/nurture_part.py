"""Part 5 of agreement.yaml: nurture programmes, and what is agreed of leads that go back."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from slasync.domain.nurture import OWN_FIELDS, Nurture, Path, plain
from slasync.settings.agreement_parts import Words
from slasync.settings.known import refused
from slasync.settings.strict import Duration, Name, Strict, Text, TextName
from slasync.systems import FieldType

LONGEST = timedelta(days=3660)  # ten years
TYPES = {FieldType.DATE, FieldType.DATETIME, FieldType.TEXT}
End = Literal["recycled", "disqualified"]


class ProgrammePart(Strict):
    """A nurture programme, and the path that leads take into it."""

    name: Name
    for_reasons: tuple[Text, ...] = ()
    default: bool = False
    what: Words
    enrol_within: Duration | None = None
    cool_down: Duration = timedelta(0)
    returns_after: Duration | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if max(self.cool_down, self.returns_after or timedelta(0)) > LONGEST:
            raise refused("a lead is left alone for ten years at most")
        if self.returns_after is not None and self.cool_down > self.returns_after:
            raise refused(
                f"is left alone for {_days(self.cool_down)}, and returns after"
                f" {_days(self.returns_after)}: cool_down ends first, or then"
            )
        return self


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):g} d"


def _each_once(programmes: Sequence[ProgrammePart]) -> Sequence[ProgrammePart]:
    names = Counter(part.name for part in programmes)
    reasons = Counter(each for part in programmes for each in set(map(plain, part.for_reasons)))
    for noun, counts in (("programme", names), ("reason", reasons)):
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise refused(f"{noun} {twice[0]!r} is there twice: a lead takes one path")
    if sum(part.default for part in programmes) > 1:
        raise refused("two programmes are the default: a lead takes one path")
    return programmes


Programmes = Annotated[tuple[ProgrammePart, ...], AfterValidator(_each_once)]


class OnReturnPart(Strict):
    """What is done when a lead's time in its path is over."""

    hand_over: bool = False
    remind: TextName | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.hand_over and self.remind is None:
            raise refused("does nothing: say hand_over: true, or remind: the text for marketing")
        return self


class RecyclingPart(Strict):
    """What is agreed of leads that go back, or are given up, besides their path."""

    reasons_required: tuple[End, ...] = ()
    let_through: tuple[Name, ...] = ()
    reopens_within: Annotated[Duration | None, Field()] = None
    on_return: OnReturnPart | None = None


def nurture_to_domain(
    programmes: Sequence[ProgrammePart], part: RecyclingPart, mapped: frozenset[str]
) -> Nurture:
    """Compile part 5; `mapped` are the fields of the CRM's lead."""
    on_return = part.on_return or OnReturnPart.model_construct()
    return Nurture(
        paths=tuple(map(_path, programmes)),
        through=frozenset(part.let_through),
        required=frozenset(part.reasons_required),
        reopens_within=part.reopens_within,
        checks=on_return.hand_over,
        reminds=on_return.remind or "",
        reads=OWN_FIELDS & mapped,
        writes=OWN_FIELDS & mapped,
    )


def _path(part: ProgrammePart) -> Path:
    return Path(
        name=part.name,
        reasons=frozenset(part.for_reasons),
        default=part.default,
        cool_down=part.cool_down,
        returns_after=part.returns_after,
        what={language: part.what.said_in(language) for language in ("de", "en")},
        enrol_within=part.enrol_within,
    )
