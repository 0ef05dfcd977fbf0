"""digest: put each reader's lines into one message when it is due, and see that it goes out.

Managers and leadership have a morning, too, at each of their slots: what it says is read first,
outside of any transaction that writes.

A digest is made in one transaction, claimed in a second, marked `maybe_sent` in a third before
bytes leave, sent outside of any, and settled in a fourth. What may have gone out is sent again as
the same message; what did not by the time of the next digest comes with that one.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.digests.morning import Morning
from slasync.domain.digests.morning_words import Item, Written, subject_of, write_morning
from slasync.domain.digests.readers import IfNothing, Reader, Sees
from slasync.domain.digests.times import slot_from, slot_upto
from slasync.domain.digests.words import Entry, write_digest
from slasync.domain.time.calendars import CoverageEnded
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Message, Messenger
from slasync.store.digest_lines import DigestState, Line, Untold
from slasync.store.digests import ClaimedDigest, DigestEnd, Digests, LastDigest, NewDigest
from slasync.store.unit import Unit, reading, retrying, transaction
from slasync.workers.patience import LONGEST, patience

log = structlog.get_logger()

LEASE = timedelta(minutes=10)  # longer than a message can take, its time-outs included
HELD_UP = LEASE / 2  # marked so long ago and not sent yet: somebody else may be about to
STOPPED = timedelta(minutes=5)
_MOMENT = timedelta(microseconds=1)
UNFINISHED = "it had not gone out when the next one was due"
LATEST = timedelta(hours=4)  # behind its slot a morning would be none any more
QUIET = "there was nothing to say"
AGAIN = timedelta(minutes=15)  # until a morning that cannot be told yet is asked for again
FRESH = timedelta(minutes=15)  # so long it is remembered who reads


class Mornings(Protocol):
    """Tells managers and leadership what there is."""

    def readers(self, unit: Unit, known: tuple[Reader, ...], now: datetime) -> tuple[Reader, ...]:
        """Return `known` and whoever reads besides."""

    def tell(
        self, unit: Unit, reader: Reader, since: datetime | None, at: datetime
    ) -> Morning | None:
        """Return a reader's morning; None: it cannot be told yet."""


@dataclass(slots=True)
class Digest:
    """The step for one channel."""

    engine: Engine
    seams: Seams
    messenger: Messenger
    readers: tuple[Reader, ...]
    org: str  # of the CRM: part of every key
    owner: str  # of leases
    max_age: timedelta = timedelta(days=14)
    mornings: Mornings | None = None
    if_nothing: IfNothing = IfNothing.NO_MESSAGE
    _audience: tuple[datetime, tuple[Reader, ...]] | None = None
    _put_off: dict[str, datetime] = field(default_factory=dict)  # mornings, by reader
    _blocked_until: datetime | None = None  # a hint for pacing; nothing is lost with it
    _ended: set[str] = field(default_factory=set)  # calendars said to have ended: said once

    def run(self) -> bool:
        """Make what is due, else send one digest. True if there was anything to do."""
        now = self.seams.clock.now()
        if self._blocked_until and now < self._blocked_until:
            return False
        with reading(self.engine) as unit:
            due = [r for r, at in self._due(unit, now).items() if at <= now]
            told = [(reader, self._morning(unit, reader, now)) for reader in due]
            free = _reached(unit.digests.next_at(), now)
        made = [
            retrying(self.engine, self._making(reader, morning, now)) for reader, morning in told
        ]
        if any(made):
            self.seams.reached("digest.made")
            return True
        return free and self._deliver(now)

    def next_at(self) -> datetime | None:
        now = self.seams.clock.now()
        with reading(self.engine) as unit:
            times = [*self._due(unit, now).values(), unit.digests.next_at()]
        at = min((time for time in times if time), default=None)
        if at is None or self._blocked_until is None:
            return at
        return max(at, self._blocked_until)

    # making digests

    def _all_readers(self, unit: Unit, now: datetime) -> tuple[Reader, ...]:
        """Return everybody who reads; who does besides those that are named is asked at times."""
        if self.mornings is None:
            return self.readers
        if self._audience is None or not timedelta(0) <= now - self._audience[0] < FRESH:
            self._audience = now, self.mornings.readers(unit, self.readers, now)
        return self._audience[1]

    def _due(self, unit: Unit, now: datetime) -> Mapping[Reader, datetime]:
        """Return when each reader who has untold lines, or a morning, gets a digest.

        A past time is now.
        """
        digests, untold = unit.digests, unit.digests.untold()
        found = {}
        for reader in self._all_readers(unit, now):
            oldest = min((u.oldest for u in waiting_for(reader, untold).values()), default=None)
            try:
                lines = oldest and self._due_for(digests, reader, oldest, now)
                times = [at for at in (lines, self._morning_at(digests, reader, now)) if at]
            except CoverageEnded as error:
                self._tell_ended(error)
                continue
            if times:
                found[reader] = min(times)
        return found

    def _morning_at(self, digests: Digests, reader: Reader, now: datetime) -> datetime | None:
        """Return when a reader's next morning is; the last one, while it is not too late for it."""
        if self.mornings is None or reader.sees is Sees.NOTHING:
            return None
        slot = slot_upto(reader.calendar, reader.rhythm, now)
        if slot is not None and not digests.known(self._key(reader, slot)):
            opens = reader.calendar.first_open(max(now, self._put_off.get(reader.name, now)))
            if opens - slot <= LATEST:
                return opens
        return slot_from(reader.calendar, reader.rhythm, now + _MOMENT)

    def _morning(self, unit: Unit, reader: Reader, now: datetime) -> Morning | None:
        """Read what there is to tell at a slot, if it is not too late."""
        slot = slot_upto(reader.calendar, reader.rhythm, now)
        if self.mornings is None or reader.sees is Sees.NOTHING or slot is None:
            return None
        if now - slot > LATEST or unit.digests.known(self._key(reader, slot)):
            return None
        since = unit.digests.last_made(reader.name, slot)
        morning = self.mornings.tell(unit, reader, since, now)
        if morning is None:
            self._put_off[reader.name] = now + AGAIN
        return morning

    def _due_for(
        self, digests: Digests, reader: Reader, oldest: datetime, now: datetime
    ) -> datetime:
        slot = slot_from(reader.calendar, reader.rhythm, oldest)
        if slot > now:
            return slot
        last = slot_upto(reader.calendar, reader.rhythm, now)
        if last is not None and digests.known(self._key(reader, last)):
            slot = slot_from(reader.calendar, reader.rhythm, last + _MOMENT)  # it came too late
        return reader.calendar.first_open(max(slot, now))

    def _tell_ended(self, error: CoverageEnded) -> None:
        if error.calendar not in self._ended:
            self._ended.add(error.calendar)
            log.error("no digests are sent", error=str(error))

    def _making(
        self, reader: Reader, morning: Morning | None, now: datetime
    ) -> Callable[[Unit], bool]:
        """Return what makes the digest of the last slot, in a transaction. False: nothing new."""

        def make(unit: Unit) -> bool:
            slot = slot_upto(reader.calendar, reader.rhythm, now)
            if slot is None or unit.digests.known(self._key(reader, slot)):
                return False
            unit.digests.give_back(reader.name, slot, UNFINISHED, now)
            lines = unit.digests.lines(waiting_for(reader, unit.digests.untold()), slot)
            if not lines and morning is None:
                return False
            digest = self._digest(reader, lines, morning, slot)
            if lines or self._says(morning):
                return unit.digests.make(digest, now)
            return unit.digests.pass_over(digest, QUIET, now)

        return make

    def _says(self, morning: Morning | None) -> bool:
        """Tell whether a morning is worth a message of its own."""
        return morning is not None and (
            not morning.is_quiet or self.if_nothing is IfNothing.ALL_IN_TIME
        )

    def _digest(
        self, reader: Reader, lines: list[Line], morning: Morning | None, slot: datetime
    ) -> NewDigest:
        told = morning if self._says(morning) else None
        subject, text, items = written(reader, lines, told, slot, self.max_age)
        message = Message(
            key=self._key(reader, slot), to=reader.name, subject=subject, text=text, at=slot
        )
        return NewDigest(
            reader=reader.name,
            channel=self.messenger.channel,
            slot=slot,
            message=message,
            lines=tuple(line.key for line in lines),
            about=tuple((item.lead, item.text) for item in items),
        )

    def _key(self, reader: Reader, slot: datetime) -> str:
        """Equal for the same reader's same slot, also after a backup was put back."""
        named = [self.org, self.messenger.channel, reader.name.lower(), slot.isoformat()]
        text = json.dumps(["digest", *named], separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    # sending them

    def _deliver(self, now: datetime) -> bool:
        """Claim one digest and send it, or say why not. False: none is free."""
        until = now + LEASE
        with transaction(self.engine) as unit:
            claimed = unit.digests.claim(self.owner, now, until)
        if claimed is None:
            return False
        self.seams.reached("digest.claimed")
        with reading(self.engine) as unit:
            readers = self._all_readers(unit, now)
        reader = next((r for r in readers if r.name == claimed.reader), None)
        if reader is None or claimed.channel != self.messenger.channel:
            gone = f"{claimed.channel} is not how this reader is told any more"
            self._settle(claimed, DigestState.GIVEN_BACK, gone)
        elif (opens := self._opens(reader, now)) > now:
            self._settle(claimed, claimed.state, None, opens)
        else:
            self._send(claimed, reader)
        return True

    def _opens(self, reader: Reader, at: datetime) -> datetime:
        """Return the reader's first open instant at or after `at`."""
        try:
            return reader.calendar.first_open(at)
        except CoverageEnded as error:
            self._tell_ended(error)
            return at + LONGEST

    def _send(self, claimed: ClaimedDigest, reader: Reader) -> None:
        marked = self.seams.clock.now()
        with transaction(self.engine) as unit:
            ours = unit.digests.mark_sent(claimed, self.owner, marked)
        if not ours:
            return
        self.seams.reached("digest.marked")
        try:
            self._let_go(claimed.message, marked)
        except Refused as error:
            log.error("digest refused", channel=claimed.channel, error=str(error))  # noqa: TRY400 - no bug: a reader to be looked at
            self._settle(claimed, DigestState.GIVEN_BACK, str(error))
        except (TryLater, Stopped) as error:
            self._again(claimed, reader, error)
        else:
            self.seams.reached("digest.answered")
            self._blocked_until = None
            self._settle(claimed, DigestState.DONE, None)

    def _let_go(self, message: Message, marked: datetime) -> None:
        """Let bytes leave, unless this process was held up since it marked the digest."""
        if self.seams.clock.now() - marked > HELD_UP:
            raise TryLater("held up before sending")
        self.messenger.send(message)

    def _again(self, claimed: ClaimedDigest, reader: Reader, error: TryLater | Stopped) -> None:
        """It cannot be sent now. What an earlier attempt may have sent stays so."""
        now = self.seams.clock.now()
        after = error.after or self._wait(claimed.attempts)
        if isinstance(error, Stopped):  # for every reader; many failed logins lock the user out
            after = max(after, STOPPED)
            self._blocked_until = now + after
        unknown = getattr(error, "unknown", False)
        state = DigestState.MAYBE_SENT if unknown else claimed.state
        self._settle(claimed, state, str(error), self._opens(reader, now + after))
        log.warning("digest not sent", channel=claimed.channel, error=str(error))

    def _settle(
        self,
        claimed: ClaimedDigest,
        state: DigestState,
        outcome: str | None,
        not_before: datetime | None = None,
    ) -> None:
        now = self.seams.clock.now()
        end = DigestEnd(claimed.message.key, claimed.term, state, outcome, not_before)
        with transaction(self.engine) as unit:
            unit.digests.settle(end, self.owner, now)
        self.seams.reached("digest.settled")

    def _wait(self, attempts: int) -> timedelta:
        return patience(attempts, self.seams.chance("digest.wait"))


def written(
    reader: Reader, lines: Sequence[Line], morning: Morning | None, slot: datetime, age: timedelta
) -> tuple[str, str, tuple[Item, ...]]:
    """Return subject and text of a digest, and where in it each lead of the morning stands."""
    zone = ZoneInfo(reader.calendar.spec.zone)
    entries = [Entry(line.lead, line.text, line.at) for line in lines]
    told = write_digest(entries, slot, age, zone, reader.language) if lines else None
    if morning is None:
        return (*(told or ("", "")), ())
    page: Written = write_morning(morning, zone, reader.language)
    subject = subject_of(page.counts, slot, zone, reader.language)
    return subject, "\n".join([page.text, *([told[1]] if told else [])]), page.items


def reaching_nobody(untold: Mapping[str, Untold], readers: tuple[Reader, ...]) -> int:
    """Count lines whose recipient no digest goes to: without a channel that is all of them."""
    known = {address for reader in readers for address in reader.addresses}
    return sum(found.count for to, found in untold.items() if to.lower() not in known)


def unsent(last: Sequence[LastDigest], readers: tuple[Reader, ...]) -> tuple[str, ...]:
    """Say of each reader's last digest that failed why; one that was never tried has not failed."""
    names = {reader.name for reader in readers}
    failed = (d for d in last if d.state is not DigestState.DONE and d.reader in names)
    return tuple(digest.outcome for digest in failed if digest.outcome)


def waiting_for(reader: Reader, untold: Mapping[str, Untold]) -> dict[str, Untold]:
    """Return what waits for a reader, by recipient as the lines spell it."""
    return {to: found for to, found in untold.items() if to.lower() in reader.addresses}


def _reached(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
