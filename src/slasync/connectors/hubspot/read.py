"""HubSpot as it is read: a first load by the list, increments by search, one record by id."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from slasync.connectors.hubspot.answers import following, onward, rows
from slasync.connectors.hubspot.contact import (
    MODIFIED,
    SYSTEM,
    Contacts,
    Record,
    modified_at,
    owner,
)
from slasync.connectors.hubspot.conversions import Conversions
from slasync.connectors.hubspot.objects import Objects
from slasync.connectors.hubspot.positions import Listed, Moment, Place, Window, decode, encode
from slasync.connectors.hubspot.transport import Json, SearchesSpent, Transport
from slasync.connectors.hubspot.values import to_ms
from slasync.domain.lead import Ref
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Answer, Ask, PersonReading, Reading, Rejected
from slasync.systems import HubSpotConfig

log = structlog.get_logger(__name__)

OWNERS = "hubspot.owners"
CONTACTS = "hubspot.contacts"
ARCHIVED = "hubspot.archived"
STREAMS = (CONTACTS, ARCHIVED)

Result = Reading | Rejected


class HubSpotSource:
    """Streams: contacts, archived contacts (no date filter: read in full), owners on demand."""

    def __init__(
        self, transport: Transport, config: HubSpotConfig, streams: tuple[str, ...] = STREAMS
    ) -> None:
        self._transport = transport
        self._config = config
        self._contacts = Contacts(config)
        self.conversions = Conversions(config, Objects(transport, config.page_size))
        self._abreast = transport.calls.abreast
        self._streams = streams
        self._pages: Mapping[str, Callable[[Ask], Answer]] = {
            OWNERS: self._owners_page,
            CONTACTS: self._contacts_page,
            ARCHIVED: self._archived_page,
        }

    @property
    def system(self) -> str:
        return SYSTEM

    @property
    def streams(self) -> tuple[str, ...]:
        return self._streams

    def vendor_now(self) -> datetime:
        """HubSpot's time as its Date headers tell it. Raises TryLater or Stopped."""
        return self._transport.now()

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return one page for each ask; each costs one call, for HubSpot has no composite."""
        answers = self._abreast.all([partial(self._page, ask) for ask in asks])
        errors = [answer.error for answer in answers]
        if errors and all(isinstance(error, TryLater) for error in errors) and errors[0]:
            raise errors[0]  # HubSpot cannot be asked at all
        return answers

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read contacts by id, 100 a call. A merged one comes under the id it has now."""
        ids = list(dict.fromkeys(r.id for r in refs if (r.system, r.kind) == (SYSTEM, "contact")))
        found: dict[str, Reading] = {}
        size, properties = self._config.batch_size, self._contacts.properties
        batches = [ids[start : start + size] for start in range(0, len(ids), size)]
        works = [partial(self._transport.read, batch, properties) for batch in batches]
        for answer in self._abreast.all(works):
            for result in self._people(CONTACTS, rows(answer)):
                if isinstance(result, PersonReading):
                    found[result.ref.id] = result
                else:
                    log.warning("record set aside", stream=CONTACTS, reason=result.reason)
        return list(found.values())

    def _page(self, ask: Ask) -> Answer:
        try:
            page = self._pages.get(ask.stream)
            if page is None:
                return Answer(ask.stream, error=Refused(f"HubSpot has no stream {ask.stream}"))
            return page(ask)
        except Stopped:
            raise
        except SearchesSpent as error:
            return Answer(ask.stream, position=ask.position, wait=error.after)
        except SlasyncError as error:
            return Answer(ask.stream, error=error)

    def _contacts_page(self, ask: Ask) -> Answer:
        found, onto = self.contact_rows(ask, self._contacts.properties)
        sent = self.conversions.of(ask.stream, found, ask.since, ask.upto)
        return self._answer(ask, [*self._people(ask.stream, found), *sent], onto)

    def contact_rows(
        self, ask: Ask, properties: Sequence[str]
    ) -> tuple[Sequence[Record], Place | None]:
        """Return one page of contacts as HubSpot shows them, and where the next one begins."""
        place = self._place(ask)
        if isinstance(place, Listed):
            of = place.archived
            listed = self._transport.contacts(properties, place.after, archived=of)
            return rows(listed), onward(place, listed)
        found = self._transport.search(self._request(ask, place, properties))
        return rows(found), self._after(place, found, to_ms(ask.upto))

    def _archived_page(self, ask: Ask) -> Answer:
        place = decode(ask.position) if ask.position else Listed(archived=True)
        after = place.after if isinstance(place, Listed) else None
        listed = self._transport.contacts(self._contacts.properties, after, archived=True)
        results: list[PersonReading | Rejected] = self._people(ask.stream, rows(listed))
        recent = [r for r in results if isinstance(r, Rejected) or _since(r, ask.since)]
        return self._answer(ask, recent, onward(Listed(after, archived=True), listed))

    def _owners_page(self, ask: Ask) -> Answer:
        """Active owners first, then those whose users were deactivated."""
        place = decode(ask.position) if ask.position else Listed()
        at = place if isinstance(place, Listed) else Listed()
        listed = self._transport.owners(at.after, archived=at.archived)
        onto = onward(at, listed)
        if onto is None and not at.archived:
            onto = Listed(archived=True)
        return self._answer(ask, [owner(ask.stream, row) for row in rows(listed)], onto)

    def _place(self, ask: Ask) -> Place:
        if ask.position:
            return decode(ask.position)
        return Listed() if ask.since is None else Window(to_ms(ask.since))

    def _request(self, ask: Ask, place: Window | Moment, properties: Sequence[str]) -> Json:
        upto = to_ms(ask.upto)
        match place:
            case Window(low):
                filters, sort = (
                    [_filter(MODIFIED, "GTE", low), _filter(MODIFIED, "LTE", upto)],
                    MODIFIED,
                )
            case Moment(at, last):
                same = [_filter(MODIFIED, "GTE", at), _filter(MODIFIED, "LTE", at)]
                filters, sort = [*same, _filter("hs_object_id", "GT", last)], "hs_object_id"
        return {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": self._config.search_page_size,
        }

    def _after(self, place: Window | Moment, found: Json, upto: int) -> Place | None:
        """Tell where the next page starts. `total` is never believed, only `paging`."""
        more = following(found) is not None
        if more and not rows(found):
            raise TryLater("HubSpot announced more rows and gave none: the page does not advance")
        match place:
            case Window(low):
                return _later(low, found, upto) if more else None
            case Moment(at, last):
                if more:
                    return Moment(at, _greater(last, found))
                return Window(at + 1) if at < upto else None

    def _people(self, stream: str, records: Iterable[Record]) -> list[PersonReading | Rejected]:
        return [self._contacts.read(stream, record) for record in records]

    def _answer(self, ask: Ask, results: Sequence[Result], onto: Place | None) -> Answer:
        return Answer(
            ask.stream,
            readings=tuple(r for r in results if not isinstance(r, Rejected)),
            rejected=tuple(r for r in results if isinstance(r, Rejected)),
            position=None if onto is None else encode(onto),
        )


def _later(low: int, found: Json, upto: int) -> Place:
    """Start again at the last stamp seen, or read one crowded moment by id."""
    stamps = [_stamp(row) for row in rows(found)]
    ahead = [ms for ms in stamps if ms is not None and low < ms <= upto]
    if not ahead:
        return Moment(low)
    # a page of one stamp would only come again
    return Moment(ahead[0]) if set(stamps) == {ahead[0]} else Window(ahead[-1])


def _greater(last: int, found: Json) -> int:
    numbers = [int(row["id"]) for row in rows(found) if str(row.get("id", "")).isdigit()]
    if max(numbers, default=0) <= last:
        raise TryLater(f"HubSpot's page after id {last} does not advance")
    return max(numbers)


def _stamp(record: Record) -> int | None:
    try:
        return to_ms(modified_at(record))
    except (ValueError, AttributeError):
        return None


def _since(reading: PersonReading, since: datetime | None) -> bool:
    return since is None or reading.modified_at >= since


def _filter(name: str, operator: str, value: int) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, "value": str(value)}
