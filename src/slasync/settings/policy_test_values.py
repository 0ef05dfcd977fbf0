"""What tests of the policy name: people, clocks, fields with their values, times and spans."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, ValidationInfo, WithJsonSchema

from slasync.domain.lead import Value
from slasync.domain.time.calendars import Offset, Unit
from slasync.settings.known import Known, Names, known_in, one_of, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import Text
from slasync.systems import FieldType

NOBODY, AUTOMATION = "nobody", "automation"
Later = Offset | timedelta
"""How long after: in open time, in days, or by the clock on the wall."""

_LATER = re.compile(r"(\d+(?:\.\d+)?) (business|calendar) (minute|hour|day)s?")
_PLAIN = re.compile(r"(\d+(?:\.\d+)?) ?(min|h|d)")
_SIZES = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class PolicyNames(Known):
    """What tests can name, besides what the files of the policy can."""

    people: Names | None = None  # e-mail addresses of everybody in the pools
    owners: Names | None = None  # people and queues
    clocks: Mapping[str, Names] | None = None  # the rungs of each
    definitions: Names | None = None


def of_tests(info: ValidationInfo) -> PolicyNames:
    """Return what is known while tests are validated."""
    known = known_in(info)
    return known if isinstance(known, PolicyNames) else PolicyNames(known.environment)


def _moment(value: Any) -> datetime:
    """Read a wall time, or a time with its offset; the wall time stays without a zone here."""
    try:
        if isinstance(value, str) and len(value) > len("2026-11-02"):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise refused("is no time: write 2026-11-02 09:00, or 2026-11-02T09:00:00+01:00")


def _later(value: Any) -> Later:
    """Read "2 business hours", "1 calendar day" or "30 min"."""
    text = value if isinstance(value, str) else ""
    if match := _LATER.fullmatch(text):
        unit = f"{match[2]}_{match[3]}s"
        if unit not in list(Unit):
            raise refused(f"{text!r}: calendar days only; write 24 h for hours by the clock")
        try:
            return Offset(float(match[1]), Unit(unit))
        except ValueError as error:
            raise refused(str(error)) from None
    if match := _PLAIN.fullmatch(text):
        return float(match[1]) * _SIZES[match[2]]
    raise refused(
        "is no span of time: write 2 business hours, 1 business day, 3 calendar days or 30 min"
    )


def _person(name: str, info: ValidationInfo) -> str:
    return _named(name, "person in a pool", of_tests(info).people, AUTOMATION)


def _owner(name: str, info: ValidationInfo) -> str:
    return _named(name, "person or queue in a pool", of_tests(info).owners, NOBODY)


def _named(name: str, noun: str, names: Names | None, also: str) -> str:
    if names is None or name == also or name.lower() in {n.lower() for n in names}:
        return name
    raise refused(f"there is no {noun} {name!r}{did_you_mean(name, {*names, also})}")


def _given_field(values: Mapping[str, Value], info: ValidationInfo) -> Mapping[str, Value]:
    """Accept mapped fields with values of their type."""
    fields = known_in(info).fields
    for name, value in values.items() if fields is not None else ():
        if fields is None or name not in fields:
            raise refused(f"unknown field {name!r}{did_you_mean(name, fields or ())}")
        if value is not None and not _fits(value, fields[name]):
            raise refused(f"field {name!r} holds {fields[name].value}, and this is {value!r}")
    return values


def _fits(value: Value, kind: FieldType) -> bool:
    if kind == FieldType.BOOL or isinstance(value, bool):
        return kind == FieldType.BOOL and isinstance(value, bool)
    if kind == FieldType.NUMBER:
        return isinstance(value, _NUMBERS)
    return isinstance(value, str)


_TIME = {"type": "string", "examples": ["2026-11-02 09:00"]}
_SPAN = {"type": "string", "examples": ["2 business hours", "30 min"]}
Moment = Annotated[datetime, PlainValidator(_moment), WithJsonSchema(_TIME)]
Span = Annotated[Later, PlainValidator(_later), WithJsonSchema(_SPAN)]
Person = Annotated[Text, AfterValidator(_person)]
Owner = Annotated[Text, AfterValidator(_owner)]
ClockName = Annotated[
    str,
    one_of(
        "clock",
        lambda known: (
            frozenset(known.clocks) if isinstance(known, PolicyNames) and known.clocks else None
        ),
    ),
]
DefinitionName = Annotated[
    str,
    one_of("definition", lambda k: k.definitions if isinstance(k, PolicyNames) else None),
]
GivenFields = Annotated[
    Mapping[str, str | float | bool | None], AfterValidator(_given_field)
]  # fmt: skip
