"""From a lead as Marketo shows it to a reading; what is broken is set aside.

`updatedAt` tells of standard fields only, so it is not the record's version: that is when it was
read. When a field changed is told by the activity log (see `activities`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from slasync.connectors.marketo.values import READ_AS, email, empty, instant
from slasync.connectors.salesforce.ids import to18
from slasync.domain.lead import Ref, Value
from slasync.ports import PersonReading, Rejected
from slasync.systems import Direction, MarketoConfig

SYSTEM = "marketo"
CRM = "salesforce"  # whose ids the fields of Marketo's own sync hold
CONTACTS = "marketo.contacts"
LOG = "log"  # kind of a ref that stands for a lead and what the activity log tells of it
CREATED, UPDATED = "createdAt", "updatedAt"
ALWAYS = ("id", "email", CREATED, UPDATED)

Record = Mapping[str, Any]


class Contacts:
    """Reads records by the field map of connector.yaml."""

    def __init__(self, config: MarketoConfig) -> None:
        self.mapped = [m for m in config.contact_fields if m.direction is not Direction.WRITE]
        self._links = {"lead": config.lead_id_field, "contact": config.contact_id_field}
        self.behaving = frozenset(
            name for b in config.behaviours for name in (b.name, b.at) if name
        )

    def fields(self, known: Collection[str]) -> tuple[str, ...]:
        """Return what to ask for; the sync's own fields only where the instance has them."""
        links = [name for name in self._links.values() if name in known]
        return tuple(dict.fromkeys((*ALWAYS, *(m.field for m in self.mapped), *links)))

    def read(self, record: Record, at: datetime) -> PersonReading | Rejected:
        """Return the reading of a record that was read `at`, or why there is none."""
        try:
            return self._reading(record, at)
        except (ValueError, KeyError, TypeError) as error:
            reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            told = reason.replace("\x00", "")  # which PostgreSQL refuses
            return Rejected(CONTACTS, str(record.get("id", "")), told, record)

    def _reading(self, record: Record, at: datetime) -> PersonReading:
        created = _time(record[CREATED], CREATED)
        updated = _time(record.get(UPDATED) or record[CREATED], UPDATED)
        return PersonReading(
            ref=contact_ref(_id(record)),
            created_at=created,
            modified_at=at,
            since=max(created, updated),
            fields={m.name: _value(record, m.field, m.type) for m in self.mapped},
            logged=self.behaving,
            email=email(record.get("email")),
            links=self._linked(record),
            raw=record,
        )

    def _linked(self, record: Record) -> tuple[Ref, ...]:
        """Name the CRM's records; an id that cannot be one is no link, and stays in `raw`."""
        found = ((kind, _crm_id(record.get(field))) for kind, field in self._links.items())
        return tuple(Ref(CRM, kind, known) for kind, known in found if known)


def contact_ref(number: str) -> Ref:
    return Ref(SYSTEM, "contact", number)


def changed_at(record: Record) -> datetime | None:
    """Return when a record says that it was changed last, where that can be read."""
    try:
        return _time(record.get(UPDATED), UPDATED)
    except ValueError:
        return None


def gone(number: str, at: datetime, raw: Record, *, into: str | None = None) -> PersonReading:
    """Return the reading of a lead of which is known only that it is no more; `into`: the lead
    that it became part of.
    """
    return PersonReading(
        ref=contact_ref(number),
        modified_at=at,
        created_at=at,
        fields={},
        deleted=True,
        merged_into=contact_ref(into) if into else None,
        raw=raw,
    )


def _id(record: Record) -> str:
    number = record.get("id")
    text = "" if isinstance(number, bool | float) else str(number or "")
    if not (text.isascii() and text.isdigit()):
        raise ValueError("the record has no id")
    return text


def _time(text: object, name: str) -> datetime:
    if empty(text):
        raise ValueError(f"{name} is empty")
    try:
        return instant(str(text))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _value(record: Record, field: str, kind: Any) -> Value:
    held = record.get(field)
    if empty(held):
        return None
    try:
        return READ_AS[kind](held)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


def _crm_id(held: object) -> str | None:
    try:
        return None if empty(held) else to18(str(held).strip())
    except ValueError:
        return None
