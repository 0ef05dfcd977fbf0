"""push over the real connector: whatever befalls the calls, each effect is there once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Judged, Write
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.world import Chance
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from slasync.workers.pushing.push import LEASE, Push
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.workers.given import SINCE, Crash

AROUND = (
    Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.RESET_AFTER,
    Kind.LATE, Kind.TOKEN_EXPIRED, Kind.HTML, Kind.TRUNCATED,
)  # fmt: skip
IN_ROWS = (Kind.ROW_LOCKED, Kind.ROW_REFUSED)
POINTS = ("push.claimed", "push.marked", "push.answered", "push.settled")
Effects = Counter[tuple[str, str]]


@dataclass
class Mill:
    """An outbox, an org, and processes that come and go."""

    engine: Engine
    rig: OrgRig
    number: int = 0
    intended: Effects = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.ana, self.ben = self.rig.rep(), self.rig.rep()
        self.writes = list(self._writes())
        self.rig.clock.advance(60)
        self.rig.sink.reread([self.rig.lead()])  # logged in
        lane = self.rig.sink.lane
        items = [OutboxItem(w, lane(w), self.rig.clock.now()) for w in self.writes]
        with transaction(self.engine) as unit:
            unit.outbox.add(items, self.rig.clock.now())

    def _writes(self) -> Iterator[Write]:
        for _ in range(2):
            yield self._creation()
            yield self._owner_change()
            yield self._task()
            yield self._flag()

    def _creation(self) -> Write:
        key = self._named("hubspot:contact")
        self.intended[key, "lead"] += 1
        values = {"lead_key": key, "owner": self.ana, "email": f"{key}@prospect.example"}
        return self._write(Action.CREATE_LEAD, key, None, values)

    def _owner_change(self) -> Write:
        lead = self.rig.lead(self.ana)
        self.intended[lead.id, "owner"] += 1
        return self._write(Action.OWNER, str(lead), lead, {"owner": self.ben})

    def _task(self) -> Write:
        lead, key = self.rig.lead(self.ana), self._named("task")
        self.intended[key, "task"] += 1
        values = {"subject": "Call", "text": "", "owner": self.ana, "due_date": "2026-03-03"}
        return self._write(Action.TASK, str(lead), lead, values, key)

    def _flag(self) -> Write:
        lead = self.rig.lead(self.ana)
        self.intended[lead.id, "flag"] += 1
        return self._write(Action.FLAG_STALE, str(lead), lead, {"since": SINCE, "why": "8 days"})

    def _write(
        self,
        action: Action,
        lead: str,
        target: Ref | None,
        values: dict[str, str],
        task: str | None = None,
    ) -> Write:
        shown = self.rig.sink.reread([target])[target] if target else None
        judged = Judged(UserKey(self.ana), shown.modified_at if shown else None)
        return Write(
            key=self._named("key"), lead=LeadKey(lead), system="salesforce", action=action,
            values=values, target=target, task_key=task, judged=judged,
        )  # fmt: skip

    def _named(self, what: str) -> str:
        self.number += 1
        return f"{what}:{self.number}"

    def work(self, crashes: list[str]) -> None:
        """Send everything; at the next point named the process ends and another starts."""
        ends = list(crashes)
        for _ in range(len(crashes) + 1):
            push = self._push(ends)
            try:
                self._finish(push)
            except Crash:
                self.rig.clock.advance(LEASE.total_seconds() + 1)

    def _push(self, ends: list[str]) -> Push:
        def reached(point: str) -> None:
            if ends and ends[0] == point:
                raise Crash(ends.pop(0))

        clock = self.rig.clock
        seams = Seams(clock=clock, chance=Chance(1), reached=reached)
        return Push(self.engine, seams, self.rig.sink, f"process {len(ends)}")

    def _finish(self, push: Push) -> None:
        for _ in range(300):
            self._retry_parked()
            at = push.next_at()
            if at is None:
                return self._let_happen_what_is_late()
            clock = self.rig.clock
            clock.advance(max((at - clock.now()).total_seconds(), 0))
            self.rig.world.agenda.run_due(clock.now())
            push.run()
        raise AssertionError("no end of sending")

    def _retry_parked(self) -> None:
        """A person mends what was refused."""
        with transaction(self.engine) as unit:
            for row in unit.outbox.parked():
                unit.outbox.retry(row.key, self.rig.clock.now())

    def _let_happen_what_is_late(self) -> None:
        self.rig.clock.advance(timedelta(hours=1).total_seconds())
        self.rig.world.agenda.run_due(self.rig.clock.now())

    def effects(self) -> Effects:
        """Count what the integration did, by the org's own journal."""
        found: Effects = Counter()
        for entry in self.rig.world.journal.entries():
            if entry.by != self.rig.org.integration_user_id:
                continue
            if entry.operation == "create":
                found[self._key_of(entry.object, entry.id), entry.object.lower()] += 1
            found[entry.id, "owner"] += entry.operation == "update" and "OwnerId" in entry.after
            found[entry.id, "flag"] += bool(entry.after.get("Slasync_Stale__c"))
        return +found

    def _key_of(self, object_name: str, id_: str) -> str:
        row = self.rig.org.get(object_name, id_) or {}
        return str(row.get("Slasync_Key__c") or row.get("Slasync_Lead_Key__c"))

    def states(self) -> list[State]:
        with reading(self.engine) as unit:
            rows = [unit.outbox.get(write.key) for write in self.writes]
        return [row.state for row in rows if row]


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


@fault("V6", "V7", "V8", "V13")
@pytest.mark.parametrize("kind", [*AROUND, *IN_ROWS])
def test_each_fault_once_on_every_call_still_gives_each_effect_once(
    sqlite_engine: Engine, rig: OrgRig, kind: Kind
) -> None:
    mill = Mill(sqlite_engine, rig)
    path = "salesforce/" if kind in IN_ROWS else "composite"
    rig.world.faults.switch_on(Rule(kind, path, times=4))
    mill.work([])
    assert rig.world.faults.fired
    assert mill.states() == [State.DONE] * len(mill.writes)
    assert mill.effects() == mill.intended


FAULTS = st.builds(
    Rule,
    kind=st.sampled_from(AROUND),
    path=st.sampled_from(["composite", "composite/sobjects", "query", "services/data"]),
    probability=st.sampled_from([0.2, 0.5, 1.0]),
    delay=st.sampled_from([timedelta(seconds=s) for s in (1, 4, 9, 60, 600)]),
    times=st.integers(1, 4),
)
ROW_FAULTS = st.builds(
    Rule,
    kind=st.sampled_from(IN_ROWS),
    path=st.sampled_from(["salesforce/Task", "salesforce/Lead"]),
    probability=st.sampled_from([0.2, 0.5]),
    times=st.integers(1, 4),
)


@fault("V6", "V7", "L1", "L2")
@given(
    rules=st.lists(FAULTS | ROW_FAULTS, max_size=8),
    crashes=st.lists(st.sampled_from(POINTS), max_size=3),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_any_faults_and_crashes_give_each_effect_once(
    sqlite_engine: Engine, rules: list[Rule], crashes: list[str]
) -> None:
    with transaction(sqlite_engine) as unit:  # an example of its own
        for table in ("outbox", "link"):
            unit.outbox._db.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608, SLF001
    rig = OrgRig()
    mill = Mill(sqlite_engine, rig)
    rig.world.faults.switch_on(*rules)
    mill.work(crashes)
    rig.close()
    assert mill.states() == [State.DONE] * len(mill.writes)
    assert mill.effects() == mill.intended
