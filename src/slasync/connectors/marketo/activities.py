"""What the activity log tells: whom to read again, and exactly when a field got its value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from slasync.connectors.marketo.contact import SYSTEM, contact_ref
from slasync.connectors.marketo.transport import Json
from slasync.connectors.marketo.values import READ_AS, empty, instant
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, Value
from slasync.ports import ActivityReading, PersonReading
from slasync.systems import Behaviour, FieldMapping, MarketoConfig

log = structlog.get_logger(__name__)

NEW, VALUE, SCORE, MERGE = "New Lead", "Change Data Value", "Change Score", "Merge Leads"
SYNCED = "Sync Lead to SFDC"
ALWAYS = (NEW, VALUE, SCORE, MERGE, SYNCED)
NEW_VALUE, MERGED_IDS = "New Value", "Merge IDs"
MOST_TYPES = 10  # of one call

Told = dict[str, dict[str, Value]]
"""By lead: the last value of each field that a page tells."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What an instance calls its activities and fields: they differ from one to the next."""

    types: Mapping[int, str]  # id of a type that is followed -> its name
    labels: Mapping[str, str]  # what a field is called in the log -> its API name
    fields: frozenset[str]  # all API names
    searchable: frozenset[str] = frozenset()

    @property
    def asked(self) -> tuple[int, ...]:
        return tuple(sorted(self.types))


def schema_of(config: MarketoConfig, types: Iterable[Json], described: Json) -> Schema:
    """Read the descriptions. Types that the instance does not have are left out."""
    wanted = [*ALWAYS, *(b.activity for b in config.behaviours)]
    listed = [row for row in described.get("fields") or () if isinstance(row, Mapping)]
    found = {
        int(row["id"]): str(row["name"])
        for row in types
        if str(row.get("name")) in wanted and str(row.get("id")).isdigit()
    }
    return Schema(
        types=dict(sorted(found.items(), key=lambda each: wanted.index(each[1]))[:MOST_TYPES]),
        labels={str(row.get("displayName")): str(row.get("name")) for row in listed},
        fields=frozenset(str(row.get("name")) for row in listed),
        searchable=frozenset(
            str(name) for names in described.get("searchableFields") or () for name in names
        ),
    )


@dataclass(slots=True)
class Page:
    """What one page of the log amounts to."""

    leads: dict[str, datetime] = field(default_factory=dict)  # to read again; when it happened
    changes: list[ActivityReading] = field(default_factory=list)
    losers: dict[str, list[str]] = field(default_factory=dict)  # winner -> merged into it
    merged_at: dict[str, datetime] = field(default_factory=dict)  # winner -> the last time
    told: Told = field(default_factory=dict)
    broken: int = 0

    def of(self, known: Iterable[str]) -> list[ActivityReading]:
        """Return what happened to these leads: of others nothing can be kept."""
        here = frozenset(known)
        return [each for each in self.changes if each.about.id in here]

    def marked(self, person: PersonReading) -> PersonReading:
        """Have a reading leave to the log what the log tells better.

        A merge need not move a record's stamps: what it says by then is no older than the merge.
        """
        told = self.told.get(person.ref.id, {})
        behaved = {n: v for n, v in told.items() if n in person.logged}
        dated = {n for n, v in told.items() if n in person.fields and person.fields[n] == v}
        times = (person.since, self.merged_at.get(person.ref.id))
        return replace(
            person,
            since=max(filter(None, times), default=None),
            fields={**person.fields, **behaved},
            logged=person.logged | dated,
            merged=tuple(self.losers.get(person.ref.id, ())),
        )


class Activities:
    """Reads rows of the log by the maps of connector.yaml."""

    def __init__(self, config: MarketoConfig, fields: Iterable[FieldMapping]) -> None:
        self._by_field = {m.field: m for m in fields}
        self._behaviours: dict[str, list[Behaviour]] = {}
        for behaviour in config.behaviours:
            self._behaviours.setdefault(behaviour.activity, []).append(behaviour)

    def read(self, rows: Sequence[Json], schema: Schema) -> Page:
        """Read one page. A row that is broken is passed over: its lead is read by other rows."""
        page = Page()
        for row in rows:
            try:
                self._take(page, row, schema)
            except (KeyError, ValueError, TypeError) as error:
                page.broken += 1
                log.warning("activity passed over", id=row.get("marketoGUID"), error=str(error))
        return page

    def _take(self, page: Page, row: Json, schema: Schema) -> None:
        name = schema.types.get(int(row["activityTypeId"]))
        lead, at = str(int(row["leadId"])), instant(str(row["activityDate"]))
        if name is None:
            return
        if name in {VALUE, SCORE}:
            api_name = schema.labels.get(str(row.get("primaryAttributeValue")))
            mapped = self._by_field.get(api_name or "")
            if api_name is not None and mapped is None:
                return  # a field that is not read: most often our own write coming back
            values = dict(_changed(row, mapped)) if mapped else {}
        else:
            values = dict(self._behaved(row, name, at))
        if name == MERGE:
            page.losers.setdefault(lead, []).extend(_losers(row))
            page.merged_at[lead] = max(at, page.merged_at.get(lead, at))
        page.leads[lead] = max(at, page.leads.get(lead, at))
        if values:
            page.told.setdefault(lead, {}).update(values)
            page.changes.append(_reading(row, lead, at, values))

    def _behaved(self, row: Json, name: str, at: datetime) -> Iterator[tuple[str, Value]]:
        for behaviour in self._behaviours.get(name, ()):
            held = (
                _attribute(row, behaviour.value)
                if behaviour.value
                else row.get("primaryAttributeValue")
            )
            yield behaviour.name, None if empty(held) else str(held)
            if behaviour.at:
                yield behaviour.at, at.isoformat()


def _changed(row: Json, mapped: FieldMapping) -> Iterator[tuple[str, Value]]:
    """Yield the value that the row tells; one that cannot be read is left to the record."""
    held = _attribute(row, NEW_VALUE)
    try:
        yield mapped.name, None if empty(held) else READ_AS[mapped.type](held)
    except ValueError as error:
        log.warning("value passed over", field=mapped.field, error=str(error))


def _reading(row: Json, lead: str, at: datetime, values: Mapping[str, Value]) -> ActivityReading:
    number = str(row.get("marketoGUID") or row["id"])
    return ActivityReading(
        ref=Ref(SYSTEM, "activity", number),
        about=contact_ref(lead),
        kind=FactKind.CHANGED,
        occurred_at=at,
        modified_at=at,
        data=dict(values),
        raw=row,
    )


def _attribute(row: Json, name: str) -> Any:
    """Return an attribute's value; empty ones are left out of rows."""
    listed = row.get("attributes") or ()
    return next(
        (
            each.get("value")
            for each in listed
            if isinstance(each, Mapping) and each.get("name") == name
        ),
        None,
    )


def _losers(row: Json) -> list[str]:
    """Return the ids that were merged into the row's lead."""
    named = str(_attribute(row, MERGED_IDS) or "")
    parts = [part.strip() for part in named.replace(";", ",").split(",")]
    return [part for part in parts if part.isdigit()]
