"""Marketo as it is read: a first load by bulk extract, then what the activity log tells of.

Nobody can ask Marketo for what changed since a time. The log says to whom something happened and
when; those leads are then read as they are now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from slasync.clock import Clock
from slasync.connectors.http import JUMP
from slasync.connectors.marketo.activities import Activities, Page, Schema, schema_of
from slasync.connectors.marketo.contact import (
    CONTACTS,
    LOG,
    SYSTEM,
    Contacts,
    changed_at,
    gone,
)
from slasync.connectors.marketo.errors import BadPosition
from slasync.connectors.marketo.first_load import FirstLoad
from slasync.connectors.marketo.positions import Changes, Loading, Place, decode, encode
from slasync.connectors.marketo.transport import Feed, Json, Transport
from slasync.connectors.marketo.values import instant
from slasync.domain.lead import Ref
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Answer, Ask, PersonReading, Reading, Rejected
from slasync.systems import MarketoConfig

log = structlog.get_logger(__name__)

STREAMS = (CONTACTS,)
LATELY = timedelta(minutes=10)
LEADS_A_CALL = 30  # whose activities Marketo tells
MOST_PAGES = 20
AGREEING = 2  # answers, until a time that is far off is believed
DESCRIBED_FOR = timedelta(hours=12)  # fields and types of activities are asked for again then


class MarketoSource:
    """One stream: the leads, with those that were deleted and merged."""

    def __init__(self, transport: Transport, config: MarketoConfig, clock: Clock) -> None:
        self._transport = transport
        self._config = config
        self._clock = clock
        self._contacts = Contacts(config)
        self._activities = Activities(config, self._contacts.mapped)
        self._load = FirstLoad(transport, config, self._contacts, self._fields)
        self._described: tuple[Schema, float] | None = None
        self._stamped: datetime | None = None

    @property
    def system(self) -> str:
        return SYSTEM

    @property
    def streams(self) -> tuple[str, ...]:
        return STREAMS

    def vendor_now(self) -> datetime:
        """Marketo's time as its Date headers tell it. Raises TryLater or Stopped."""
        return self._transport.now()

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return one page for each ask."""
        answers = [self._page(ask) for ask in asks]
        errors = [answer.error for answer in answers]
        if errors and all(isinstance(error, TryLater) for error in errors) and errors[0]:
            raise errors[0]  # Marketo cannot be asked at all
        return answers

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        """Read leads by id, 300 a call. Those that are gone are left out.

        Of refs of kind `log` the activity log is asked as well: what happened lately, and when.
        """
        named = [r for r in refs if r.system == SYSTEM and r.kind in {"contact", LOG}]
        named = [r for r in named if r.id.isascii() and r.id.isdigit()]
        wanted = list(dict.fromkeys(r.id for r in named))
        page = self._lately(list(dict.fromkeys(r.id for r in named if r.kind == LOG)))
        people, rejected = self._marked(wanted, page)
        for each in rejected:
            log.warning("record set aside", stream=CONTACTS, reason=each.reason)
        return (*people, *page.of(person.ref.id for person in people))

    def _lately(self, ids: Sequence[str]) -> Page:
        """Read what happened to these leads in the last minutes, as far as the log tells yet."""
        if not ids:
            return Page()
        schema, rows = self.schema(), list[Json]()
        begin = self._transport.paging_token(self._now() - LATELY)
        for start in range(0, len(ids), LEADS_A_CALL):
            token, some = begin, ids[start : start + LEADS_A_CALL]
            for _ in range(MOST_PAGES):
                feed = self._transport.activities(token, schema.asked, self._config.page_size, some)
                rows += feed.rows
                token = feed.token
                if not feed.more:
                    break
        return self._activities.read(rows, schema)

    def schema(self) -> Schema:
        """Return what the instance calls its fields and activities; asked for twice a day."""
        now = self._clock.mono()
        if self._described is None or self._described[1] < now:
            found = schema_of(
                self._config, self._transport.activity_types(), self._transport.describe()
            )
            self._described = found, now + DESCRIBED_FOR.total_seconds()
        return self._described[0]

    def _fields(self) -> tuple[str, ...]:
        return self._contacts.fields(self.schema().fields)

    def _page(self, ask: Ask) -> Answer:
        try:
            if ask.stream not in STREAMS:
                return Answer(ask.stream, error=Refused(f"Marketo has no stream {ask.stream}"))
            return self._contacts_page(ask)
        except Stopped:
            raise
        except Refused as error:
            self._described = None  # a field may be gone, or have another name
            return Answer(ask.stream, error=error)
        except SlasyncError as error:
            return Answer(ask.stream, error=error)

    def _contacts_page(self, ask: Ask) -> Answer:
        place: Place | None = decode(ask.position) if ask.position else None
        if isinstance(place, Loading) or (place is None and ask.since is None):
            return self._load.step(ask, place if isinstance(place, Loading) else self._load.begin())
        if isinstance(place, Changes):
            try:
                return self._changes_page(ask, place)
            except BadPosition as error:  # then the same is read again from its beginning
                log.warning("position not accepted", stream=ask.stream, error=str(error))
        token = self._transport.paging_token(ask.since or ask.upto)
        return self._changes_page(ask, Changes(token, begin=token))

    def _changes_page(self, ask: Ask, place: Changes) -> Answer:
        if place.deleted:
            feed = self._transport.deleted(place.token, self._config.page_size)
            stamp = self._now()
            numbers = {str(row.get("leadId")): row for row in feed.rows}
            readings = tuple(gone(n, stamp, row) for n, row in numbers.items() if n.isdigit())
            onto = Changes(feed.token, deleted=True) if feed.more else None
            return Answer(ask.stream, readings, position=encode(onto) if onto else None)
        rows, token, on = self._log_page(ask, place.token)
        page = self._activities.read(rows, self.schema())
        after = Changes(token, begin=place.begin) if on else Changes(place.begin, deleted=True)
        return self._told(ask, page, after)

    def _log_page(self, ask: Ask, token: str) -> tuple[list[Json], str, bool]:
        """Read the log on until it names as many leads as one call reads; tell if it goes on.

        Pages of the log end early now and then: each would cost a call for the few it names.
        """
        rows: list[Json] = []
        for _ in range(MOST_PAGES):
            leads = len({row.get("leadId") for row in rows})
            size = self._config.page_size - leads
            feed = self._transport.activities(token, self.schema().asked, size)
            rows += feed.rows
            token = feed.token
            if not feed.more or _beyond(feed, ask.upto):
                return rows, token, False
            if leads + len(feed.rows) >= self._config.page_size:
                break
        return rows, token, True

    def _told(self, ask: Ask, page: Page, after: Changes) -> Answer:
        """Read the leads of a page; what the log tells of them goes with them."""
        people, rejected = self._marked(list(page.leads), page)
        # who lost says into whom: the winner may be gone by now as well, and say nothing
        losers = {loser: winner for winner, ids in page.losers.items() for loser in ids}
        stamp = self._now()
        return Answer(
            ask.stream,
            readings=(
                *people,
                *(gone(loser, stamp, {}, into=winner) for loser, winner in losers.items()),
                *page.of(person.ref.id for person in people),
            ),
            rejected=rejected,
            position=encode(after),
        )

    def _marked(
        self, ids: Sequence[str], page: Page
    ) -> tuple[list[PersonReading], tuple[Rejected, ...]]:
        """Read leads, leaving to the log what it tells better."""
        results = self._people(ids)
        people = [page.marked(r) for r in results if isinstance(r, PersonReading)]
        return people, tuple(r for r in results if isinstance(r, Rejected))

    def _people(self, ids: Sequence[str]) -> list[PersonReading | Rejected]:
        """Read leads as they are now."""
        found: list[PersonReading | Rejected] = []
        for start in range(0, len(ids), self._config.page_size):
            stamp, rows = self._rows(ids[start : start + self._config.page_size])
            found += [self._contacts.read(row, stamp) for row in rows]
        return found

    def _rows(self, ids: Sequence[str]) -> tuple[datetime, list[Json]]:
        """Read leads; return since when it is so. Where they are ahead of the time that we take for
        Marketo's, our machine has slept: by less than a jump they put it right, else two answers
        that agree."""
        for _ in range(AGREEING + 1):
            stamp = self._now()  # before: what the answer says was so then, or later
            rows = self._transport.leads(ids, self._fields())
            newest = max(filter(None, map(changed_at, rows)), default=stamp)
            if newest <= stamp + JUMP:
                return self._later(newest), rows
        return stamp, rows

    def _now(self) -> datetime:
        return self._later(self._transport.now())

    def _later(self, now: datetime) -> datetime:
        """Return Marketo's time; never earlier than before, for it is the version of a record."""
        self._stamped = max(now, self._stamped or now)
        return self._stamped


def _beyond(feed: Feed, upto: datetime) -> bool:
    """Tell whether a page holds nothing but what happened after the pass began."""
    times = [_when(row) for row in feed.rows]
    return bool(times) and all(at is not None and at > upto for at in times)


def _when(row: Json) -> datetime | None:
    try:
        return instant(str(row.get("activityDate")))
    except ValueError:
        return None
