"""Readers, their lines, and processes that send them digests."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine

from slasync.clock import Reached, Seams, nothing_reached
from slasync.domain.digests.readers import Reader
from slasync.domain.digests.times import Rhythm
from slasync.domain.languages import Language
from slasync.domain.lead import LeadKey
from slasync.domain.writes import DigestLine
from slasync.ports import Message, Outcome, Receipt
from slasync.sandbox.world import Chance
from slasync.store.digest_lines import DigestState, Untold
from slasync.store.digests import LastDigest
from slasync.store.unit import reading, transaction
from slasync.workers.digest import LEASE, Digest
from tests.builders import nine_to_five
from tests.connectors.in_process import DrivenClock
from tests.workers.given import FINE, Crash, Happens

LEA = Reader(
    "lea@x.example",
    frozenset({"lea@x.example"}),
    nine_to_five("Europe/Berlin"),
    Rhythm(8 * 60),
    Language.EN,
)
_numbers = count(1)


@dataclass
class Letterbox:
    """A messenger: `fails` are raised one after another, `lost` after the message was taken."""

    channel: str = "smtp"
    taken: list[Message] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)
    clock: DrivenClock = field(default_factory=DrivenClock)

    def send(self, message: Message) -> Receipt:
        if self.fails:
            raise self.fails.pop(0)
        self.taken.append(message)
        self.at.append(self.clock.now())
        if self.lost:
            raise self.lost.pop(0)
        return Receipt(Outcome.APPLIED)

    def probe(self) -> list[str]:
        return []

    def subjects(self) -> list[str]:
        return [message.subject for message in self.taken]


@dataclass
class Fated:
    """A messenger whose calls end the process by a script."""

    inner: Letterbox
    script: Iterator[Happens]
    trace: list[str] = field(default_factory=list)

    @property
    def channel(self) -> str:
        return self.inner.channel

    def send(self, message: Message) -> Receipt:
        happens = self.next("send")
        if happens.crash == "before":
            raise Crash("send")
        receipt = self.inner.send(message)
        if happens.crash == "after":
            raise Crash("send")
        return receipt

    def probe(self) -> list[str]:
        return []

    def reached(self, name: str) -> None:
        if self.next(name).crash:
            raise Crash(name)

    def next(self, name: str) -> Happens:
        self.trace.append(name)
        return next(self.script, FINE)


@dataclass
class Post:
    """One database, a letterbox, and time that passes when told to."""

    engine: Engine
    clock: DrivenClock = field(default_factory=DrivenClock)

    def __post_init__(self) -> None:
        self.box = Letterbox(clock=self.clock)
        self._processes = count(1)

    def digest(
        self,
        *readers: Reader,
        messenger: Letterbox | Fated | None = None,
        reached: Reached = nothing_reached,
        **more: Any,
    ) -> Digest:
        """Start a process."""
        seams = Seams(clock=self.clock, chance=Chance(1), reached=reached)
        return Digest(
            self.engine,
            seams,
            messenger or self.box,
            readers or (LEA,),
            "00D000000000001AAA",
            f"process {next(self._processes)}",
            **more,
        )

    def line(self, to: str = LEA.name, text: str = "", at: datetime | None = None) -> DigestLine:
        """Have a line written; return it."""
        number = next(_numbers)
        lead = LeadKey(f"hubspot:contact:{number}")
        line = DigestLine(f"line-{number}", lead, to, text or f"Lead {number} waits")
        with transaction(self.engine) as unit:
            unit.digests.add([line], at or self.clock.now())
        return line

    def until(self, at: datetime, *steps: Digest) -> None:
        """Let time pass to `at`, working whenever a step says so, as the daemon would."""
        while True:
            for step in steps:
                while _due(step, self.clock.now()):
                    if not step.run():
                        break
            times = [time for step in steps if (time := step.next_at())]
            now = self.clock.now()
            soon = max(min(times, default=at), now + timedelta(seconds=1))
            if now >= at:
                return
            self.clock.advance((min(soon, at) - now).total_seconds())

    def outlive_leases(self) -> None:
        self.clock.advance((LEASE + timedelta(seconds=1)).total_seconds())

    # what came of it

    def untold(self) -> dict[str, Untold]:
        with reading(self.engine) as unit:
            return unit.digests.untold()

    def last(self) -> LastDigest:
        with reading(self.engine) as unit:
            (last,) = unit.digests.last()
        return last

    def state(self) -> DigestState:
        return self.last().state


def reader(**changes: Any) -> Reader:
    return replace(LEA, **changes)


def _due(step: Digest, now: datetime) -> bool:
    at = step.next_at()
    return at is not None and at <= now
