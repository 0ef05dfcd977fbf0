"""kill -9 at every point of push, in a real process against a server: 0 lost, 0 double effects."""

import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Judged, Write
from slasync.sandbox.runner import Settings, Up
from slasync.sandbox.salesforce import Salesforce
from slasync.store.engine import open_engine
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from slasync.workers.pushing.push import LEASE
from tests.e2e.crashing import CREDENTIALS, KILL_AT, push_everything
from tests.faults.marks import fault

LANES = {
    Action.CREATE_LEAD: "leads",
    Action.OWNER: "owners",
    Action.TASK: "tasks",
    Action.CLOSE_TASK: "tasks",
    Action.FLAG_STALE: "flags",
}
SINCE = "2026-03-02T09:00:00+00:00"
POINTS = {
    "push.claimed", "push.marked", "push.answered", "push.settled", "before a commit",
}  # fmt: skip
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # due long ago, by the machine's time
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.e2e.crashing"])
_numbers = count(1)
Effects = Counter[tuple[str, str]]


@dataclass
class Work:
    """Two writes of every kind in the outbox, and what they are to come to."""

    crm: Salesforce
    users: tuple[str, str]
    writes: list[Write] = field(default_factory=list)
    intended: Effects = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for _ in range(2):
            self._create()
            self._own()
            self._task()
            self._flag()

    def _create(self) -> None:
        key = f"hubspot:contact:{next(_numbers)}"
        self.intended[key, "created"] += 1
        values = {"lead_key": key, "owner": self.users[0]}
        self._add(Action.CREATE_LEAD, None, values)

    def _own(self) -> None:
        lead = self._lead()
        self.intended[lead.id, "owner"] += 1
        self._add(Action.OWNER, lead, {"owner": self.users[1]})

    def _task(self) -> None:
        """A task is made and, in the same breath, withdrawn."""
        key = f"task-{next(_numbers)}"
        self.intended[key, "created"] += 1
        self.intended[key, "closed"] += 1
        values = {"subject": "Call", "text": "", "owner": self.users[0], "due_date": "2026-03-03"}
        lead = self._lead()
        self._add(Action.TASK, lead, values, key)
        self._add(Action.CLOSE_TASK, lead, {"text": "done"}, key)

    def _flag(self) -> None:
        lead = self._lead()
        self.intended[lead.id, "flag"] += 1
        self._add(Action.FLAG_STALE, lead, {"since": SINCE, "why": "8 days"})

    def _lead(self) -> Ref:
        fields = {"LastName": "Lovelace", "Company": "Engines", "OwnerId": self.users[0]}
        return Ref("salesforce", "lead", self.crm.create("Lead", fields, self.crm.admin_id))

    def _add(
        self, action: Action, target: Ref | None, values: dict[str, str], task: str | None = None
    ) -> None:
        judged = Judged(UserKey(self.users[0]), _stamp(self.crm, target))
        self.writes.append(
            Write(
                key=f"key-{next(_numbers)}",
                lead=LeadKey(str(target or values["lead_key"])),
                system="salesforce",
                action=action,
                values=values,
                target=target,
                task_key=task,
                judged=judged,
            )
        )

    def queue(self, engine: Engine) -> None:
        items = [OutboxItem(write, LANES[write.action], NOW) for write in self.writes]
        with transaction(engine) as unit:
            unit.outbox.add(items, NOW)

    def states(self, engine: Engine) -> set[State]:
        with reading(engine) as unit:
            rows = [unit.outbox.get(write.key) for write in self.writes]
        return {row.state for row in rows if row}


def _stamp(crm: Salesforce, lead: Ref | None) -> datetime | None:
    row = (crm.get("Lead", lead.id) or {}) if lead else {}
    stamp = row.get("LastModifiedDate")
    return stamp if isinstance(stamp, datetime) or stamp is None else datetime.fromisoformat(stamp)


def effects(crm: Salesforce, since: int) -> Effects:
    """Count what the integration did since, by the journal."""
    found: Effects = Counter()
    for entry in crm.world.journal.entries(since):
        if entry.by != crm.integration_user_id:
            continue
        row = crm.get(entry.object, entry.id) or {}
        key = str(row.get("Slasync_Key__c") or row.get("Slasync_Lead_Key__c") or entry.id)
        if entry.operation == "create":
            found[key, "created"] += 1
            continue
        found[key, "owner"] += "OwnerId" in entry.after
        found[key, "flag"] += bool(entry.after.get("Slasync_Stale__c"))
        found[key, "closed"] += entry.after.get("Status") == "Completed"
    return +found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Up]:
    with Up(Settings(people=False)) as running:
        yield running


@dataclass(frozen=True)
class Ended:
    code: int | None
    points: list[str]


def run(url: str, sandbox: Up, later: timedelta, **environ: str) -> Ended:
    """Have a process send everything; return how it ended and by which points it went."""
    told = sandbox.describe()["salesforce"]
    credentials = f"{told['url']} {told['client_id']} {told['client_secret']}"
    here, there = PROCESSES.Pipe(duplex=False)
    arguments: Any = (url, later, {CREDENTIALS: credentials, **environ}, there)
    process = PROCESSES.Process(target=push_everything, args=arguments)
    process.start()
    there.close()
    with closing(here), closing(process):
        try:
            points = here.recv()
        except EOFError:
            points = []
        process.join()
        return Ended(process.exitcode, points)


@fault("L1")
@pytest.mark.slow
def test_killed_at_any_point_and_started_again_every_effect_is_there_once(
    database_url: str, sandbox: Up
) -> None:
    engine = open_engine(database_url, durable=False)
    town = sandbox.town
    people = (town.users["ana"], town.users["ben"])
    untroubled = Work(town.salesforce, people)
    untroubled.queue(engine)
    first = run(database_url, sandbox, timedelta(0))
    assert first.code == 0
    assert set(first.points) >= POINTS
    # each point comes after every lane's batch: on the slower of both, every third will do
    step = 1 if engine.dialect.name == "sqlite" else 3
    for number in range(0, len(first.points), step):
        work = Work(town.salesforce, people)
        work.queue(engine)
        since = len(town.world.journal)
        killed = run(database_url, sandbox, timedelta(0), **{KILL_AT: str(number)})
        assert killed.code == -signal.SIGKILL, first.points[number]
        again = run(database_url, sandbox, LEASE + timedelta(seconds=1))
        assert again.code == 0
        assert work.states(engine) == {State.DONE}, first.points[number]
        assert effects(town.salesforce, since) == work.intended, first.points[number]
    engine.dispose()
