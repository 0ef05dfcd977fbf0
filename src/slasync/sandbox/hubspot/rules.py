"""What a write of record values must obey, and what it does."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slasync.sandbox.hubspot import catalogue, derive
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Problem, bad, conflict, exists, flaw, invalid, taken
from slasync.sandbox.hubspot.options import Backward
from slasync.sandbox.hubspot.portal import Portal
from slasync.sandbox.hubspot.record import Origin, Record

APP = "INTEGRATION"
Values = dict[str, str]


def check_create(portal: Portal, kind: Kind, given: Mapping[str, Any], origin: Origin) -> Values:
    """Return the values a new record would have. Raises what HubSpot would answer."""
    values = portal.schema(kind).checked(given, read_only_too=origin.source != APP)
    missing = [name for name in kind.required if not values.get(name)]
    if missing:
        raise bad(
            f"Error creating {kind.legacy}. Some required properties were not set.",
            errors=[
                {
                    "message": f"Required properties were not set: {missing}",
                    "code": "REQUIRED_FIELD",
                    "context": {"properties": missing},
                }
            ],
        )
    for name, value, holder in _taken(portal, kind, values):
        raise _exists(kind, name, value, holder)
    return derive.on_create(kind) | values


def create(
    portal: Portal, kind: Kind, values: Values, origin: Origin, *, created: int | None = None
) -> Record:
    """Make the record. `values` come from `check_create`."""
    now = portal.now
    brought = derive.on_write({}, values, now)
    after = {name: value for name, value in (values | brought).items() if value}
    record = Record(
        id=portal.new_id(),
        properties=after,
        created=now if created is None else created,
        modified=now,
        origin=origin,
    )
    return portal.commit(
        kind, record, operation="create", origin=origin, before={}, after=dict(after)
    )


def check_update(
    portal: Portal, kind: Kind, record: Record, given: Mapping[str, Any], origin: Origin
) -> Values:
    """Return the values to write; what HubSpot ignores is left out. Raises what it refuses."""
    values = portal.schema(kind).checked(given, read_only_too=origin.source != APP)
    for name, value, holder in _taken(portal, kind, values):
        if holder != record.id:
            raise taken(
                name,
                value,
                portal=portal.options.portal_id,
                kind=kind.legacy,
                on=record.id,
                by=holder,
            )
    if _goes_back(record, values):
        if portal.options.lifecycle_backward is Backward.REFUSED:
            raise _backward(portal, record, values)
        del values["lifecyclestage"]
    return values


def update(portal: Portal, kind: Kind, record: Record, values: Values, origin: Origin) -> Record:
    """Write the values; equal ones change nothing and leave the stamp."""
    old = record.properties
    changes = {n: v for n, v in values.items() if v != old.get(n, "")}
    if not changes:
        return record
    now = portal.now
    changes |= derive.on_write(old, changes, now)
    left = {name: value for name, value in {**old, **changes}.items() if value}
    return portal.commit(
        kind,
        replace(record, properties=left, modified=now),
        operation="update",
        origin=origin,
        before={name: old.get(name) for name in changes},
        after={name: value or None for name, value in changes.items()},
    )


def archive(portal: Portal, kind: Kind, record: Record, origin: Origin) -> None:
    """Put the record into the recycling bin; its e-mail is free again."""
    portal.remove(kind, record)
    portal.links.cut(kind.name, record.id)
    gone = replace(record, archived=portal.now)
    portal.table(kind).archived[record.id] = gone
    portal.journal(kind, record.id, "delete", origin=origin, before={}, after={})
    portal.say(kind, record.id, "deletion", {"changeFlag": "DELETED"}, origin)


def restore(portal: Portal, kind: Kind, record: Record, origin: Origin) -> Record:
    """Take the record out of the recycling bin, as people can. Its stamps move."""
    for name, value, holder in _taken(portal, kind, record.properties):
        raise _exists(kind, name, value, holder)
    del portal.table(kind).archived[record.id]
    back = replace(record, archived=None, modified=portal.now)
    portal.say(kind, record.id, "restore", {"changeFlag": "RESTORED"}, origin)
    return portal.commit(kind, back, operation="undelete", origin=origin, before={}, after={})


def _taken(portal: Portal, kind: Kind, values: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """Return name, value and holder of each unique value that a record has already."""
    table = portal.table(kind)
    claims = [(name, values.get(name, "")) for name in portal.schema(kind).unique_names]
    if kind.name == "contacts":
        further = values.get("hs_additional_emails", "").split(";")
        claims += [("email", address) for address in (values.get("email", ""), *further)]
    held = ((name, value, table.holder(name, value.lower())) for name, value in claims if value)
    return [(name, value, holder) for name, value, holder in held if holder is not None]


def _exists(kind: Kind, name: str, value: str, holder: int) -> Problem:
    if kind.name == "contacts" and name == "email":
        return exists(holder)
    return conflict(f"{name}={value} is taken. {holder} already has that value.")


def _goes_back(record: Record, values: Values) -> bool:
    """Tell whether the lifecycle stage would move backward; clearing it first is the way."""
    old = record.properties.get("lifecyclestage", "")
    new = values.get("lifecyclestage", "")
    order = catalogue.LIFECYCLE
    return old in order and new in order and order.index(new) < order.index(old)


def _backward(portal: Portal, record: Record, values: Values) -> Problem:
    old, new = record.properties["lifecyclestage"], values["lifecyclestage"]
    words = f"lifecyclestage cannot move backward from {old} to {new}"
    return invalid([flaw("lifecyclestage", "INVALID_OPTION", words, portal.options.portal_id)])
