"""An office whose leads stand in a CRM in memory, and processes that write to it."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from sqlalchemy import Engine

from slasync.clock import Reached, Seams, nothing_reached
from slasync.connectors.memory import MemorySink, MemorySystem
from slasync.domain.agreement import Agreement
from slasync.domain.lead import LeadKey, Ref, User
from slasync.ports import PersonReading, Sink
from slasync.sandbox.world import Chance
from slasync.workers.pushing.push import Push
from tests.builders import ANA, an_agreement
from tests.connectors.in_process import DrivenClock
from tests.workers.office import Office


@dataclass
class Desk:
    """One database, one CRM, one clock."""

    engine: Engine
    agreement: Agreement = field(default_factory=an_agreement)
    clock: DrivenClock = field(default_factory=DrivenClock)

    def __post_init__(self) -> None:
        self.office = Office(self.engine, self.clock, self.agreement)
        self.crm = MemorySystem(self.clock, "salesforce")
        self._processes = count(1)

    def lead(self, owner: User = ANA) -> LeadKey:
        """Have a lead arrive that is handed over now."""
        key = self.office.lead(owner, at=self.clock.now())
        now = self.crm.now()
        reading = PersonReading(
            ref=self.record(key), modified_at=now, created_at=now, fields={}, owner=owner.key,
            status="New", lead_key=key,
        )  # fmt: skip
        self.crm.put("leads", reading)
        return key

    @staticmethod
    def record(key: LeadKey) -> Ref:
        number = int(key.rpartition(":")[2])
        return Ref("salesforce", "lead", f"00Q{number:012d}AAA")

    def push(self, sink: Sink | None = None, reached: Reached = nothing_reached) -> Push:
        """Start a process that writes."""
        seams = Seams(clock=self.clock, chance=Chance(1), reached=reached)
        name = f"process {next(self._processes)}"
        return Push(self.engine, seams, sink or MemorySink(self.crm), name)

    def send(self) -> None:
        """Send until nothing is to be sent now."""
        push = self.push()
        while push.run():
            pass

    def go_on(self, span: timedelta) -> None:
        """Let time pass; everything is read up to the end of it."""
        self.office.go_on(span)
