"""The fields of a lead, and which values each of them takes.

Guessed: that a text longer than its field is refused, and that booleans may come as text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo import standard_fields as standard
from slasync.sandbox.marketo.failures import Failure, invalid, invalid_value, no_field

TYPES = (
    "boolean", "currency", "date", "datetime", "email", "float", "integer", "percent", "phone",
    "score", "string", "text", "url",
)  # fmt: skip
TEXTS = frozenset({"string", "text", "email", "phone", "url"})
FIRST_STANDARD, FIRST_CUSTOM, MOST_CUSTOM = 4, 795, 100
LENGTH = 255
_SEARCHABLE_TYPES = ("string", "email", "integer")
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+\Z")
_INTEGER = re.compile(r"[+-]?\d+\Z")
_NAME = re.compile(r"[A-Za-z]\w*\Z")
_TRUTHS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `type` is the one it was made with: a score is shown as an integer."""

    id: int
    name: str
    label: str
    type: str
    length: int | None
    read_only: bool = False
    custom: bool = False
    company: bool = False
    crm: bool = False
    description: str | None = None
    hidden: bool = False

    @property
    def shown_type(self) -> str:
        return "integer" if self.type == "score" else self.type

    @property
    def searchable(self) -> bool:
        """Whether leads can be filtered and looked up by it."""
        if self.custom:
            return self.type in _SEARCHABLE_TYPES
        return self.name in standard.SEARCHABLE

    def checked(self, value: Any) -> Any:
        """Return the value as it is stored. Raises Failure 1003."""
        try:
            return _READ[self.shown_type](self, value)
        except (ValueError, TypeError, OverflowError):
            raise invalid_value(self.name, value) from None


class Schema:
    """All fields of the instance, by API name."""

    def __init__(self, *, native_sync: bool) -> None:
        self._fields: dict[str, Field] = {}
        numbered = FIRST_STANDARD
        crm = standard.OF_SALESFORCE if native_sync else ()
        for rows in (standard.OF_COMPANIES, standard.OF_PEOPLE, crm):
            for name, label, kind, size, read_only in rows:
                made = Field(numbered, name, label, kind, size or None, read_only)
                of_company, of_crm = rows is standard.OF_COMPANIES, rows is crm
                self._fields[name] = replace(made, company=of_company, crm=of_crm)
                numbered += 1

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    def get(self, name: str) -> Field | None:
        return self._fields.get(name)

    def need(self, name: str) -> Field:
        """Return a field. Raises Failure 1006."""
        found = self._fields.get(name)
        if found is None:
            raise no_field(name)
        return found

    def add(self, name: str, label: str, kind: str, description: str | None = None) -> Field:
        """Make a custom field. Raises Failure 1002, 1003, 1017."""
        if kind not in TYPES:
            raise invalid(f"Invalid dataType '{kind}'")
        if not _NAME.match(name):
            raise invalid(f"Invalid field name '{name}'")
        if self.get(name) or any(each.label == label for each in self):
            raise Failure("1017", "Object already exists")
        custom = sum(each.custom for each in self)
        if custom >= MOST_CUSTOM:
            raise Failure("1028", "Max field limit reached")
        length = LENGTH if kind in TEXTS - {"text"} else None
        made = Field(
            FIRST_CUSTOM + custom, name, label, kind, length, custom=True, description=description
        )
        self._fields[name] = made
        return made

    def change(self, field: Field, **what: Any) -> Field:
        """Replace attributes of a field."""
        self._fields[field.name] = replace(field, **what)
        return self._fields[field.name]

    def searchable(self) -> list[str]:
        """Return the names by which leads can be filtered, also such as no field has."""
        own = [each.name for each in self if each.searchable]
        return own + [name for name in standard.SEARCHABLE if name not in own]


def _text(field: Field, value: Any) -> str:
    if isinstance(value, dict | list):
        raise TypeError
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if field.length is not None and len(text) > field.length:
        raise ValueError
    return text


def _email(field: Field, value: Any) -> str:
    text = _text(field, value)
    if not text.isascii() or not _EMAIL.match(text):
        raise ValueError
    return text


def _whole(_: Field, value: Any) -> int:
    if isinstance(value, bool) or not _INTEGER.match(str(value).strip()):
        raise ValueError
    return int(value)


def _number(_: Field, value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _truth(_: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return _TRUTHS[str(value).strip().lower()]
    except KeyError:
        raise ValueError from None


def _date(_: Field, value: Any) -> str:
    return datetime.fromisoformat(str(value)).date().isoformat()


def _datetime(_: Field, value: Any) -> str:
    return stamps.iso(stamps.parse(str(value)))


_READ: dict[str, Any] = {
    **dict.fromkeys(("string", "text", "phone", "url"), _text),
    **dict.fromkeys(("integer", "reference", "percent"), _whole),
    **dict.fromkeys(("float", "currency"), _number),
    "email": _email,
    "boolean": _truth,
    "date": _date,
    "datetime": _datetime,
}
