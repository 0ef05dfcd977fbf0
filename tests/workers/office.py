"""Leads handed over to a pool, and processes that decide about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.connectors.memory import LANES
from slasync.domain.agreement import Agreement
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Fields, LeadKey, Ref, User, lead_key
from slasync.domain.writes import Action
from slasync.sandbox.world import Chance
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import OutboxView
from slasync.store.records import StoredRecord
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.decide import Deciding, decide_batch
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    MIA,
    MONDAY,
    POOL,
    QUEUE,
    STREAMS,
    an_agreement,
    nine_to_five,
    owned,
    scored,
)
from tests.connectors.in_process import DrivenClock

USERS = (ANA, BEN, CHI, MIA, BOT, QUEUE)


@dataclass
class Office:
    """One database; everything has been read up to now unless a stream stalls."""

    engine: Engine
    clock: DrivenClock = field(default_factory=DrivenClock)
    agreement: Agreement = field(default_factory=an_agreement)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        with transaction(self.engine) as unit:
            unit.users.put(USERS, self.clock.now())
        self.known_up_to_now()

    def deciding(self, **changes: Any) -> Deciding:
        """Start a process."""
        ordinary: dict[str, Any] = {
            "engine": self.engine,
            "seams": Seams(clock=self.clock, chance=Chance(1)),
            "agreement": self.agreement,
            "calendars": {"office": nine_to_five()},
            "pools": {POOL.name: POOL},
            "lane_of": lambda write: LANES[write.action],
            "needed": STREAMS,
        }
        return Deciding(**ordinary | changes)

    def decide(self, **changes: Any) -> int:
        """Decide until there is nothing to decide; return in how many batches."""
        deciding = self.deciding(**changes)
        batches = 0
        while decide_batch(deciding):
            batches += 1
        return batches

    def lead(self, owner: User | None = ANA, *, at: datetime = MONDAY, score: int = 80) -> LeadKey:
        """Have a lead arrive that meets the score at `at`, in the CRM where it has an owner."""
        number = next(self.numbers)
        contact = Ref("hubspot", "contact", str(number))
        record = Ref("salesforce", "lead", f"00Q{number:012d}AAA")
        key = lead_key(contact)
        links = [(contact, key, "first"), *([(record, key, "id")] if owner else [])]
        facts = [scored(at, score), *([owned(at, owner)] if owner else [])]
        fields: Fields = {"last_name": f"Lead {number}", "score": score}
        with transaction(self.engine) as unit:
            unit.links.add(links, at)
            unit.leads.put([LeadUpdate(key, None, fields, self.clock.now())], at)
            unit.facts.add({key: facts})
            if owner:
                shown = StoredRecord(record, at, False, None, owner.key, "New", {})  # noqa: FBT003
                unit.records.put([shown], [{}], at)
        return key

    def learn(self, lead: LeadKey, *facts: Fact) -> None:
        """Have something become known about a lead."""
        with transaction(self.engine) as unit:
            unit.facts.add({lead: facts})
            unit.leads.mark_dirty([lead], self.clock.now())

    def go_on(self, span: timedelta) -> None:
        """Let time pass; all streams are read up to the end of it."""
        self.clock.advance(span.total_seconds())
        self.known_up_to_now()

    def known_up_to_now(self) -> None:
        self.read_up_to(dict.fromkeys(STREAMS, self.clock.now()))

    def read_up_to(self, marks: Mapping[str, datetime]) -> None:
        now = self.clock.now()
        with transaction(self.engine) as unit:
            held = unit.cursors.claim(list(marks), "reader", now, now)
            read = [replace(c, watermark=marks[c.stream], passes=1) for c in held]
            unit.cursors.settle(read, "reader")

    # what came of it

    def writes(self, *actions: Action) -> list[OutboxView]:
        with reading(self.engine) as unit:
            return [v for v in unit.outbox.everything() if v.write.action in (actions or Action)]

    def facts(self, kind: FactKind) -> list[tuple[LeadKey, Fact]]:
        with reading(self.engine) as unit:
            by_lead = unit.facts.of(unit.leads.all_keys())
        return [(key, f) for key, facts in by_lead.items() for f in facts if f.kind == kind]

    def fired(self) -> list[tuple[LeadKey, str]]:
        """Return lead and rung of each rung fired, as often as it was."""
        found = self.facts(FactKind.FIRED)
        return sorted((key, f.data["rung"]) for key, f in found if f.data["clock"] != "routing")
