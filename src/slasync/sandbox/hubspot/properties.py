"""What properties an object type has, and whether a value is one a property can hold."""

import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slasync.sandbox.hubspot import catalogue, stamps
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Json, conflict, flaw, invalid, not_found

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+\Z")
TRUTHS = ("true", "false")


class Invalid(ValueError):
    """A value that a property cannot hold: HubSpot's name of the error, and its words."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Property:
    """The definition of one property. `options` maps the internal value to the label."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    unique: bool = False
    read_only: bool = False
    hubspot_defined: bool = False
    form_field: bool = False
    hidden: bool = False
    display_order: int = -1
    made: int = 0  # milliseconds
    changed: int = 0
    archived: int | None = None

    @property
    def calculated(self) -> bool:
        return self.field_type.startswith("calculation")

    def normal(self, text: str) -> str:
        """Return the value as it is stored; "" stays "" and clears. Raises Invalid."""
        if not text:
            return text
        return _NORMAL.get(self.type, _as_is)(self, text)


def _as_is(prop: Property, text: str) -> str:
    if prop.name != "email":
        return text
    lowered = text.strip().lower()
    if not _EMAIL.match(lowered):
        raise Invalid("INVALID_EMAIL", f"Email address {text} is invalid")
    return lowered


def _number(_: Property, text: str) -> str:
    try:
        float(text)
    except ValueError:
        raise Invalid("INVALID_INTEGER", f"{text} was not a valid number.") from None
    return text.strip()


def _date(_: Property, text: str) -> str:
    try:
        return stamps.parse_date(text)
    except ValueError:
        raise Invalid("INVALID_DATE", f"{text} was not a valid date.") from None


def _datetime(_: Property, text: str) -> str:
    try:
        return stamps.iso_or_overflow(stamps.parse(text))
    except ValueError:
        raise Invalid("INVALID_LONG", f"{text} was not a valid long.") from None


def _bool(_: Property, text: str) -> str:
    if text.lower() not in TRUTHS:
        raise Invalid("INVALID_OPTION", f"{text} was not one of the allowed options: {TRUTHS}")
    return text.lower()


def _enumeration(prop: Property, text: str) -> str:
    if not prop.options:
        return text
    for part in text.split(";") if prop.field_type == "checkbox" else (text,):
        if part not in prop.options:
            allowed = ", ".join(prop.options)
            raise Invalid(
                "INVALID_OPTION", f"{part} was not one of the allowed options: [{allowed}]"
            )
    return sys.intern(text)


_NORMAL: dict[str, Callable[[Property, str], str]] = {
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "bool": _bool,
    "enumeration": _enumeration,
}


@dataclass(slots=True)
class Schema:
    """The properties and groups of one object type."""

    kind: Kind
    portal: int
    properties: dict[str, Property]
    groups: dict[str, Json]
    owner_exists: Callable[[str], bool]
    fixed: Collection[str]  # what is worked out on reading: nobody writes it
    unique_names: list[str] = field(default_factory=list)

    def known(self, name: str) -> Property | None:
        """Return the live property of that name."""
        prop = self.properties.get(name)
        return prop if prop and prop.archived is None else None

    def need(self, name: str) -> Property:
        """Return the live property of that name, or raise 404."""
        prop = self.known(name)
        if prop is None:
            raise not_found(f"Property '{name}' does not exist")
        return prop

    def all(self) -> Iterable[Property]:
        return self.properties.values()

    def add(self, prop: Property) -> Property:
        """Take in a new property; its name must be free. Raises 409."""
        if prop.name in self.properties:
            raise conflict(f"A property named '{prop.name}' already exists.")
        self.properties[prop.name] = prop
        if prop.unique:
            self.unique_names.append(prop.name)
        return prop

    def archive(self, name: str, now: int) -> None:
        self.properties[name] = replace(self.need(name), archived=now)

    def checked(self, given: Mapping[str, Any], *, read_only_too: bool) -> dict[str, str]:
        """Return the values as stored, or raise 400 with everything that is wrong."""
        values: dict[str, str] = {}
        flaws: list[Json] = []
        for name, value in given.items():
            try:
                prop = self._writable(name, read_only_too=read_only_too)
                values[prop.name] = self._value(prop, as_text(value))
            except Invalid as error:
                flaws.append(flaw(name, error.error, str(error), self.portal))
        if flaws:
            raise invalid(flaws)
        return values

    def _writable(self, name: str, *, read_only_too: bool) -> Property:
        prop = self.known(name)
        if prop is None:
            raise Invalid("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if name in self.fixed or (prop.read_only and not read_only_too):
            raise Invalid("READ_ONLY_VALUE", f'"{name}" is a read only property')
        return prop

    def _value(self, prop: Property, text: str) -> str:
        value = prop.normal(text)
        if value and prop.name == "hubspot_owner_id" and not self.owner_exists(value):
            raise Invalid("INVALID_OPTION", f"{value} was not one of the allowed options: owners")
        return value


def as_text(value: Any) -> str:
    """Return what HubSpot makes of a JSON value: everything is text, null is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def fresh_schema(
    kind: Kind, portal: int, owner_exists: Callable[[str], bool], fixed: Collection[str]
) -> Schema:
    """Return the schema of an account that nobody has changed yet, but for slasync's own fields."""
    group = f"{kind.singular}information"
    schema = Schema(kind, portal, {}, {}, owner_exists, fixed)
    schema.groups[group] = {"name": group, "label": f"{kind.singular.title()} information"}
    for name, type_, field_type, *marks in catalogue.property_lines(kind.name):
        options = catalogue.OPTIONS.get(name, TRUTHS if type_ == "bool" else ())
        schema.add(
            Property(
                sys.intern(name),
                name.removeprefix("hs_").replace("_", " ").capitalize(),
                type_,
                field_type,
                group,
                options={value: value.replace("_", " ").capitalize() for value in options},
                read_only=bool(marks),
                hubspot_defined=not name.startswith("slasync_"),
                form_field=not marks,
            )
        )
    return schema
