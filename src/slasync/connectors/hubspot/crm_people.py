"""Where HubSpot is the CRM: contacts as its leads, owners as its users, histories as changes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slasync.connectors.hubspot.contact import SYSTEM, Contacts, Record, contact_ref, owner
from slasync.connectors.hubspot.values import instant
from slasync.domain.facts import FactKind
from slasync.domain.identity.company import CONTACTS_COMPANY
from slasync.domain.lead import Ref, User, UserKey, UserKind, Value
from slasync.ports import ActivityReading, PersonReading, Rejected, UserReading
from slasync.systems import HubSpotConfig, HubSpotCrmConfig

OWNER = "hubspot_owner_id"
OF_CONTACT = "associatedcompanyid"
"""The company that is a contact's primary one."""
QUEUE = "QUEUE"
MACHINE = UserKey("automation")
"""Stands for every app and workflow of the account, slasync among them: nobody's touch."""
MACHINES_NAME = "HubSpot's automation and apps"
NOBODY = UserKey("unassigned")
"""Stands, as a queue, for the owner that contacts need not have."""
NOBODYS_NAME = "Unassigned"
BY_PERSON = "userId:"


def lead_ref(number: str) -> Ref:
    return Ref(SYSTEM, "lead", number)


def lead_properties(crm: HubSpotCrmConfig) -> tuple[str, ...]:
    """Return what is read of a contact because it is the CRM's lead as well."""
    companys = (OF_CONTACT,) if crm.accounts else ()
    own = (OWNER, crm.status_property, crm.lifecycle_property, crm.lead_key_property)
    return (*own, *companys)


class Leads:
    """Reads contacts as leads: the same record, with owner, status and what became of it."""

    def __init__(self, config: HubSpotConfig, crm: HubSpotCrmConfig) -> None:
        self._contacts = Contacts(config)
        self._crm = crm
        self._company = OF_CONTACT if crm.accounts else ""
        self._marketing = config.marketing

    def read(self, stream: str, record: Record) -> PersonReading | Rejected:
        """Return the reading of one record, or why there is none."""
        found = self._contacts.read(stream, record)
        if isinstance(found, Rejected):
            return found
        values = record.get("properties") or {}
        number, key = found.ref.id, values.get(self._crm.lead_key_property)
        return replace(
            found,
            ref=lead_ref(number),
            links=(*((contact_ref(number),) if self._marketing else ()), *found.links),
            fields={**found.fields, **self._companys(values)},
            lead_key=key or None,
            owner=owner_in(values),
            status=values.get(self._crm.status_property) or None,
            converted={"contact": number} if is_converted(values, self._crm) else None,
        )

    def _companys(self, values: Mapping[str, str | None]) -> dict[str, Value]:
        """Tell whose contact it is."""
        return {CONTACTS_COMPANY: key} if (key := values.get(self._company)) else {}


def owner_in(values: Mapping[str, str | None]) -> UserKey:
    """Return whose a contact is; nobody's is a queue's."""
    return UserKey(values.get(OWNER) or NOBODY)


def as_owner(key: object) -> str:
    """Return the value of the property for an owner; nobody empties it."""
    return "" if key == NOBODY else str(key)


def is_converted(values: Mapping[str, str | None], crm: HubSpotCrmConfig) -> bool:
    """Tell by its stage whether somebody has made more of a contact than a lead."""
    return (values.get(crm.lifecycle_property) or "") in crm.converted


@dataclass(frozen=True, slots=True)
class Who:
    """Who acted, by the numbers that HubSpot gives users; owners have others."""

    owners: Mapping[str, UserKey]  # by user id
    known: frozenset[UserKey]

    def by_user(self, number: object) -> UserKey | None:
        return self.owners.get(str(number)) if number else None

    def of_source(self, source: object) -> UserKey:
        """Return who made a change: a person, or the automation that everything else is."""
        text = str(source or "")
        if text.startswith(BY_PERSON):
            user = self.by_user(text.removeprefix(BY_PERSON))
            return user or UserKey(text)  # of no owner: somebody, and nobody slasync knows
        return MACHINE


def who_is(records: list[Record]) -> Who:
    """Index owners by their users; those whose users are gone keep theirs under another name."""
    owners: dict[str, UserKey] = {}
    for record in records:
        number = record.get("userId") or record.get("userIdIncludingInactive")
        if number:
            owners.setdefault(str(number), UserKey(str(record.get("id"))))
    return Who(owners, frozenset(owners.values()))


def user(stream: str, record: Record, crm: HubSpotCrmConfig) -> UserReading | Rejected:
    """Return the reading of an owner: a person, unless he is listed as automation."""
    found = owner(stream, record)
    if not isinstance(found, UserReading):
        return found if isinstance(found, Rejected) else Rejected(stream, "", "no owner", record)
    listed = {name.lower() for name in crm.automation_users}
    machine = (found.user.email or "") in listed
    kind = UserKind.AUTOMATION if machine else UserKind.PERSON
    return replace(found, user=replace(found.user, kind=kind))


def queue(stream: str, record: Record) -> UserReading | Rejected:
    """Return the reading of an owner that is a queue."""
    found = owner(stream, record)
    if not isinstance(found, UserReading):
        return found if isinstance(found, Rejected) else Rejected(stream, "", "no owner", record)
    ref = Ref(SYSTEM, "queue", found.ref.id)
    return replace(found, ref=ref, user=replace(found.user, kind=UserKind.QUEUE))


def nobody(at: datetime) -> UserReading:
    """Return the queue in which those stand who have no owner."""
    told = User(NOBODY, NOBODYS_NAME, None, UserKind.QUEUE)
    return UserReading(ref=Ref(SYSTEM, "queue", NOBODY), user=told, modified_at=at)


def machine(at: datetime) -> UserReading:
    """Return the user that stands for all automation."""
    told = User(MACHINE, MACHINES_NAME, None, UserKind.AUTOMATION)
    return UserReading(ref=Ref(SYSTEM, "user", MACHINE), user=told, modified_at=at)


def changes(
    record: Record, crm: HubSpotCrmConfig, who: Who, since: datetime, upto: datetime
) -> Iterator[ActivityReading]:
    """Yield the changes of owner and status that a contact's history tells of, in the interval.

    What it had when it was made is no change.
    """
    told = record.get("propertiesWithHistory") or {}
    made = instant(str(record["createdAt"]))
    kinds: tuple[tuple[str, FactKind, Callable[[str], dict[str, Any]]], ...] = (
        (OWNER, FactKind.OWNER, lambda value: {"owner": value or NOBODY}),
        (crm.status_property, FactKind.STATUS, lambda value: {"status": value}),
    )
    for name, kind, data in kinds:
        for entry in told.get(name) or ():
            at, value = instant(str(entry["timestamp"])), str(entry.get("value") or "")
            empty = not value and kind is not FactKind.OWNER
            if empty or at <= made or not since <= at <= upto:
                continue
            number = str(record["id"])
            yield ActivityReading(
                ref=Ref(SYSTEM, "lead_history", f"{number}:{name}:{entry['timestamp']}"),
                about=lead_ref(number),
                kind=kind,
                occurred_at=at,
                modified_at=at,
                by=who.of_source(entry.get("sourceId")),
                data=data(value),
                raw=entry,
            )
