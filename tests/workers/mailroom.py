"""Leads whose owners are told by messages: an office, a CRM to be read again, and letterboxes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine

from slasync.clock import Reached, Seams, nothing_reached
from slasync.connectors.memory import MemorySink, MemorySystem
from slasync.connectors.notify import MESSAGES, MessageSink
from slasync.domain.agreement import Agreement, Effect, EffectKind
from slasync.domain.digests.addressees import Hours
from slasync.domain.lead import LeadKey, Ref, User
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import NOTIFY, Action, Role
from slasync.ports import Message, Messenger, PersonReading
from slasync.sandbox.world import Chance
from slasync.store.outbox_values import OutboxView, State
from slasync.workers.pushing.push import LEASE, Push
from tests.builders import ANA, POOL, STREAMS, an_agreement, nine_to_five
from tests.connectors.in_process import DrivenClock
from tests.workers.letters import Letterbox
from tests.workers.office import Office


def message(role: Role = Role.OWNER, via: str = "") -> Effect:
    return Effect(EffectKind.NOTIFY, role, "remind", via=via)


def telling(*rungs: tuple[Effect, ...]) -> Agreement:
    """Rung n is due n days later, at night as well; any touch ends the clock."""
    ordinary = an_agreement()
    first = ordinary.clock("first_touch")
    steps = tuple(
        replace(first.rungs[0], name=f"day_{n}", after=_days(n), effects=effects)
        for n, effects in enumerate(rungs)
    )
    clock = replace(first, rungs=steps, streams=STREAMS)
    return replace(ordinary, clocks=(clock,), create_leads=False)


def _days(amount: int) -> Offset:
    return Offset(amount, Unit.CALENDAR_DAYS)


@dataclass
class Mailroom:
    """One database, one CRM, one clock; `box` is the way by mail."""

    engine: Engine
    agreement: Agreement = field(default_factory=lambda: telling((message(),)))
    clock: DrivenClock = field(default_factory=DrivenClock)

    def __post_init__(self) -> None:
        self.office = Office(self.engine, self.clock, self.agreement)
        self.crm = MemorySystem(self.clock, "salesforce")
        self.box = Letterbox(clock=self.clock)
        self._processes = count(1)

    def lead(self, owner: User = ANA) -> LeadKey:
        """Have a lead arrive that is handed over now."""
        key = self.office.lead(owner, at=self.clock.now())
        now = self.crm.now()
        self.crm.put(
            "leads",
            PersonReading(
                ref=self.record(key), modified_at=now, created_at=now, fields={},
                owner=owner.key, status="New",
            ),
        )  # fmt: skip
        return key

    def record(self, key: LeadKey) -> Ref:
        number = int(key.rpartition(":")[2])
        return Ref("salesforce", "lead", f"00Q{number:012d}AAA")

    def decide(self, **changes: Any) -> None:
        self.office.decide(lane_of=self._lane, **changes)

    @staticmethod
    def _lane(write: Any) -> str:
        return MESSAGES if write.system == NOTIFY else str(write.action)

    def push(
        self, *ways: Messenger, reached: Reached = nothing_reached, reads: MemorySink | None = None
    ) -> Push:
        """Start a process that sends messages."""
        hours = Hours({POOL.name: POOL}, {"office": nine_to_five()}, "office")
        crm = reads or MemorySink(self.crm)
        sink = MessageSink(ways or (self.box,), hours, crm, self.clock)
        seams = Seams(clock=self.clock, chance=Chance(1), reached=reached)
        return Push(self.engine, seams, sink, f"process {next(self._processes)}")

    def work(self, push: Push, runs: int = 100) -> None:
        """Send until nothing is to be sent now."""
        for _ in range(runs):
            if not push.run():
                return
        raise AssertionError("no end of messages")

    def finish(self, push: Push, runs: int = 300) -> None:
        """Let time pass until nothing is left to send."""
        for _ in range(runs):
            at = push.next_at()
            if at is None:
                return
            self.advance(max(at - self.clock.now(), timedelta(0)))
            push.run()
        raise AssertionError("no end of messages")

    def advance(self, span: timedelta) -> None:
        self.clock.advance(span.total_seconds())
        self.office.known_up_to_now()

    def outlive_leases(self) -> None:
        self.advance(LEASE + timedelta(seconds=1))

    # what came of it

    def messages(self) -> list[OutboxView]:
        return self.office.writes(Action.NOTIFY)

    def states(self) -> list[State]:
        return [view.state for view in self.messages()]

    def sent(self) -> Sequence[Message]:
        return self.box.taken
