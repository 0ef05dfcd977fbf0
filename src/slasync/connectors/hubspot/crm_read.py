"""HubSpot as the CRM is read: leads, their histories, owners, and what people did.

Leads, their histories and marketing's contacts are one search: asked for together they are read
together.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog

from slasync.connectors.hubspot import companies, engagements
from slasync.connectors.hubspot.answers import onward, rows
from slasync.connectors.hubspot.contact import SYSTEM, Contacts, Record
from slasync.connectors.hubspot.crm_business import CHANGED, Business, answered, rejection
from slasync.connectors.hubspot.crm_people import (
    OWNER,
    QUEUE,
    Leads,
    Who,
    changes,
    lead_properties,
    machine,
    nobody,
    queue,
    user,
    who_is,
)
from slasync.connectors.hubspot.object_pages import Part, Parts
from slasync.connectors.hubspot.objects import WITH_HISTORY, Objects
from slasync.connectors.hubspot.positions import Listed, Place, decode, encode
from slasync.connectors.hubspot.read import ARCHIVED, CONTACTS, HubSpotSource
from slasync.connectors.hubspot.transport import SearchesSpent, Transport
from slasync.connectors.hubspot.values import instant
from slasync.domain.lead import Ref, UserKey
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Answer, Ask, PersonReading, Reading, Rejected
from slasync.systems import HubSpotConfig, HubSpotCrmConfig

log = structlog.get_logger(__name__)

USERS, QUEUES, LEADS = "hubspot.users", "hubspot.queues", "hubspot.leads"
TASKS, EVENTS, HISTORY = "hubspot.tasks", "hubspot.events", "hubspot.lead_history"
STREAMS = (USERS, QUEUES, LEADS, TASKS, EVENTS, HISTORY, ARCHIVED)
PERSONS = frozenset({LEADS, CONTACTS, HISTORY})
MEETINGS = Part("meetings", CHANGED)
BEGUN = Part("meetings", engagements.BEGINS)  # what begins is not changed by that
PARTS: Mapping[str, tuple[Part, ...]] = {
    TASKS: tuple(Part(kind, CHANGED) for kind in ("tasks", "calls", "emails", "notes")),
    EVENTS: (MEETINGS, BEGUN),
}

Result = Reading | Rejected


class HubSpotCrmSource:
    """Source of both roles; `marketing` reads what marketing's system is read for."""

    system = SYSTEM

    def __init__(
        self,
        transport: Transport,
        config: HubSpotConfig,
        crm: HubSpotCrmConfig,
        marketing: HubSpotSource,
    ) -> None:
        self._transport, self._config, self._crm = transport, config, crm
        self._marketing = marketing
        self._contacts, self._leads = Contacts(config), Leads(config, crm)
        self._properties = Contacts(config, lead_properties(crm)).properties
        self._objects = Objects(transport, config.page_size)
        self._parts = Parts(self._objects, config.search_page_size)
        self._business = Business(transport, crm, self._parts)
        self._who: Who | None = None
        self._pages: Mapping[str, Callable[[Ask], Answer]] = {
            USERS: self._users_page,
            QUEUES: self._queues_page,
            TASKS: self._deeds_page,
            EVENTS: self._deeds_page,
            ARCHIVED: self._archived_page,
            **self._business.pages,
        }

    @property
    def streams(self) -> tuple[str, ...]:
        marketings = (CONTACTS,) if self._config.marketing else ()
        return (*STREAMS, *marketings, *self._business.pages)

    def vendor_now(self) -> datetime:
        """HubSpot's time as its Date headers tell it. Raises TryLater or Stopped."""
        return self._transport.now()

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return one page for each ask; those about the same contacts share a call."""
        groups: dict[object, list[int]] = {}
        for n, ask in enumerate(asks):
            shared = ask.stream in PERSONS and not (ask.stream == HISTORY and ask.since is None)
            name = (ask.since, ask.upto, ask.position) if shared else n
            groups.setdefault(name, []).append(n)
        works = [partial(self._together, [asks[n] for n in each]) for each in groups.values()]
        answers: dict[int, Answer] = {}
        told = self._transport.calls.abreast.all(works)
        for numbers, found in zip(groups.values(), told, strict=True):
            answers |= zip(numbers, found, strict=True)
        listed = [answers[n] for n in range(len(asks))]
        errors = [answer.error for answer in listed]
        if errors and all(isinstance(error, TryLater) for error in errors) and errors[0]:
            raise errors[0]  # HubSpot cannot be asked at all
        return listed

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read contacts by id, 100 a call, as leads and, where they are, as marketing's too."""
        ids = list(dict.fromkeys(r.id for r in refs if r.system == SYSTEM and r.kind in _PEOPLE))
        found: dict[Ref, Reading] = {}
        size = self._config.batch_size
        for start in range(0, len(ids), size):
            answer = self._transport.read(ids[start : start + size], self._properties)
            for result in self._people((LEADS, CONTACTS), rows(answer)):
                if isinstance(result, PersonReading):
                    found[result.ref] = result
                elif isinstance(result, Rejected):
                    log.warning("record set aside", stream=LEADS, reason=result.reason)
        return list(found.values())

    # several streams that are one

    def _together(self, asks: Sequence[Ask]) -> list[Answer]:
        try:
            if asks[0].stream in PERSONS:
                return self._persons_page(asks)
            page = self._pages.get(asks[0].stream)
            if page is None:
                what = Refused(f"HubSpot has no stream {asks[0].stream}")
                return [Answer(asks[0].stream, error=what)]
            return [page(asks[0])]
        except Stopped:
            raise
        except SearchesSpent as error:
            return [Answer(a.stream, position=a.position, wait=error.after) for a in asks]
        except SlasyncError as error:
            return [Answer(ask.stream, error=error) for ask in asks]

    def _persons_page(self, asks: Sequence[Ask]) -> list[Answer]:
        first = asks[0]
        if first.stream == HISTORY and first.since is None:
            return [Answer(HISTORY)]  # what was before is not judged
        found, onto = self._marketing.contact_rows(first, self._properties)
        if first.since is None and onto is None and not _in_bin(first):
            onto = Listed(archived=True)  # a first load ends with those in the bin
        position = None if onto is None else encode(onto)
        return [self._persons(ask, found, position) for ask in asks]

    def _persons(self, ask: Ask, found: Sequence[Record], position: str | None) -> Answer:
        if ask.stream == HISTORY:
            return _answer(ask, self._changes(ask, found), position)
        results = self._people((ask.stream,), found)
        if ask.stream == CONTACTS:
            results += self._marketing.conversions.of(ask.stream, found, ask.since, ask.upto)
        return _answer(ask, [r for r in results if not _later(r, ask.upto)], position)

    def _people(self, streams: Sequence[str], found: Sequence[Record]) -> list[Result]:
        read = {LEADS: self._leads.read, CONTACTS: self._contacts.read}
        wanted = [s for s in streams if s != CONTACTS or self._config.marketing]
        return [read[stream](stream, record) for stream in wanted for record in found]

    def _changes(self, ask: Ask, found: Sequence[Record]) -> list[Result]:
        """Read what became of owner and status of the contacts that were changed."""
        ids = [str(record["id"]) for record in found if record.get("archived") is not True]
        if not ids or ask.since is None:
            return []
        who, told = self._people_known(), list[Result]()
        names = (OWNER, self._crm.status_property)
        for start in range(0, len(ids), WITH_HISTORY):
            part = ids[start : start + WITH_HISTORY]
            for record in self._objects.read("contacts", part, (), history=names):
                try:
                    told += changes(record, self._crm, who, ask.since, ask.upto)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    told.append(rejection(HISTORY, record, error))
        return told

    # owners

    def _users_page(self, ask: Ask) -> Answer:
        """Active owners first, then those whose users were deactivated, then all automation."""
        place = _listed(ask)
        listed = self._transport.owners(place.after, archived=place.archived)
        onto = onward(place, listed)
        if onto is None and not place.archived:
            onto = Listed(archived=True)
        people = [r for r in rows(listed) if r.get("type") != QUEUE]
        results: list[Result] = [user(ask.stream, record, self._crm) for record in people]
        if onto is None:
            results.append(machine(ask.upto))
            self._who = None  # known anew when next asked
        return _answer(ask, results, None if onto is None else encode(onto))

    def _queues_page(self, ask: Ask) -> Answer:
        place = _listed(ask)
        listed = self._transport.owners(place.after)
        onto = onward(place, listed)
        results: list[Result] = [
            queue(ask.stream, r) for r in rows(listed) if r.get("type") == QUEUE
        ]
        if onto is None:
            results.append(nobody(ask.upto))
        return _answer(ask, results, None if onto is None else encode(onto))

    def _people_known(self) -> Who:
        """Return whose user is which owner, read once and again when owners are."""
        if self._who is None:
            found: list[Record] = []
            for archived in (False, True):
                place: Listed | None = Listed(archived=archived)
                while place is not None:
                    listed = self._transport.owners(place.after, archived=archived)
                    found += rows(listed)
                    place = onward(place, listed)
            self._who = who_is(found)
        return self._who

    # what people did

    def _deeds_page(self, ask: Ask) -> Answer:
        read = partial(engagements.properties, crm=self._crm)
        part, found, contacts, onto = self._parts.page(ask, PARTS[ask.stream], read)
        around = self._around(part.kind, found, contacts, ask.upto)
        return answered(ask, found, lambda r: engagements.read(part.kind, r, around), onto)

    def _around(
        self,
        kind: str,
        found: Sequence[Record],
        contacts: Mapping[str, tuple[str, ...]],
        upto: datetime,
    ) -> engagements.Around:
        who = self._people_known() if found else Who({}, frozenset())
        values = {str(record["id"]): record.get("properties") or {} for record in found}
        ours = [
            number
            for number, each in values.items()
            if each.get(self._crm.task_key_property)
            and each.get(engagements.STATUS) == engagements.COMPLETED
        ]
        dated = [n for n, each in values.items() if kind not in _DATED and _is_backdated(each)]
        asked = list(dict.fromkeys(c for number in dated for c in contacts.get(number, ())))
        return engagements.Around(
            self._crm, who, upto, contacts, self._made(asked), self._closers(ours, who)
        )

    def _made(self, contacts: Sequence[str]) -> dict[str, datetime]:
        """Read when contacts were made."""
        size, found = self._config.batch_size, dict[str, datetime]()
        for start in range(0, len(contacts), size):
            for record in rows(self._transport.read(contacts[start : start + size], ())):
                found[str(record["id"])] = instant(str(record["createdAt"]))
        return found

    def _closers(self, tasks: Sequence[str], who: Who) -> dict[str, UserKey]:
        """Read from their histories who closed tasks of ours."""
        found: dict[str, UserKey] = {}
        for start in range(0, len(tasks), WITH_HISTORY):
            part = tasks[start : start + WITH_HISTORY]
            for record in self._objects.read("tasks", part, (), history=(engagements.STATUS,)):
                told = (record.get("propertiesWithHistory") or {}).get(engagements.STATUS) or ()
                done = (e for e in told if e.get("value") == engagements.COMPLETED)
                last: Mapping[str, object] = next(done, {})
                number = str(record["id"])
                found[number] = who.of_source(last.get("sourceId"))
        return found

    # the bin

    def _archived_page(self, ask: Ask) -> Answer:
        """Contacts in the bin, our tasks there, then companies; no list there knows a date."""
        if ask.position and ask.position.startswith(_TASKS_IN_BIN):
            return self._archived_tasks(ask, ask.position.removeprefix(_TASKS_IN_BIN) or None)
        if ask.position and ask.position.startswith(_COMPANIES_IN_BIN):
            after = ask.position.removeprefix(_COMPANIES_IN_BIN) or None
            return self._archived_companies(ask, after)
        place = decode(ask.position) if ask.position else Listed(archived=True)
        after = place.after if isinstance(place, Listed) else None
        listed = self._transport.contacts(self._properties, after, archived=True)
        onto = onward(Listed(after, archived=True), listed)
        results = self._people((LEADS, CONTACTS), rows(listed))
        position = _TASKS_IN_BIN if onto is None else encode(onto)
        return _answer(ask, [r for r in results if _recent(r, ask.since)], position)

    def _archived_tasks(self, ask: Ask, after: str | None) -> Answer:
        names = (self._crm.task_key_property, self._crm.task_contact_property)
        listed = self._objects.page("tasks", names, after, archived=True)
        onto = onward(Listed(after), listed)
        told = [engagements.ended(record, self._crm, "deleted") for record in rows(listed)]
        results = [each for each in told if each and _recent(each, ask.since)]
        position = f"{_TASKS_IN_BIN}{onto.after}" if onto else None
        if onto is None and self._crm.accounts:
            position = _COMPANIES_IN_BIN
        return _answer(ask, results, position)

    def _archived_companies(self, ask: Ask, after: str | None) -> Answer:
        names = self._business.company_properties()
        listed = self._objects.page(companies.KIND, names, after, archived=True)
        onto = onward(Listed(after), listed)
        position = f"{_COMPANIES_IN_BIN}{onto.after}" if onto else None
        return answered(ask, rows(listed), self._business.read_company, position)


_PEOPLE = frozenset({"lead", "contact"})
_DATED = frozenset({"tasks", "meetings"})  # their times are HubSpot's own, or the meeting's
_TASKS_IN_BIN, _COMPANIES_IN_BIN = "tasks ", "companies "


def _answer(ask: Ask, results: Sequence[Result], position: str | None) -> Answer:
    return Answer(
        ask.stream,
        readings=tuple(r for r in results if not isinstance(r, Rejected)),
        rejected=tuple(r for r in results if isinstance(r, Rejected)),
        position=position,
    )


def _listed(ask: Ask) -> Listed:
    place: Place = decode(ask.position) if ask.position else Listed()
    return place if isinstance(place, Listed) else Listed()


def _in_bin(ask: Ask) -> bool:
    return bool(ask.position) and _listed(ask).archived


def _later(result: Result, upto: datetime) -> bool:
    """Tell whether a change belongs to the next pass: lists know no end."""
    return isinstance(result, PersonReading) and result.modified_at > upto


def _recent(result: Result, since: datetime | None) -> bool:
    return since is None or isinstance(result, Rejected) or result.modified_at >= since


def _is_backdated(values: Mapping[str, str | None]) -> bool:
    try:
        return engagements.is_backdated(values)
    except ValueError:
        return False  # told when it is read
