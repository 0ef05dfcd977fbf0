"""Standstills, first starts, imports and second processes: nobody is flooded, nothing is lost."""

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.caps import Caps
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Write
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.runner import Settings, Up
from slasync.sandbox.world import Chance
from slasync.store.engine import open_engine
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.held import Fold, Folding
from slasync.workers.pushing.push import LEASE, Push
from tests.builders import ANA, BEN, CHI, DAY, MIA, MINUTE, MONDAY, POOL
from tests.connectors.salesforce.org import OrgRig
from tests.e2e.crashing import KILL_AT
from tests.e2e.test_crashes import Work, effects, run
from tests.pains.marks import pain
from tests.workers.letters import Post, reader
from tests.workers.mirror import Mirror
from tests.workers.office import Office
from tests.workers.storms import arrive, caps

EVERYBODY = (ANA, BEN, CHI, MIA)
LEADER = "lea@sandbox.example"
LEADS = 500
UNKNOWN = "Very high indeed"


def _numbered(lead: Ref, rep: UserKey, number: int) -> Write:
    key, priority = f"task-{number}", UNKNOWN if number % 30 == 5 else "High"
    values = {"subject": "Call", "text": "", "owner": rep, "priority": priority}
    return Write(
        key=f"key-{number}", lead=LeadKey(f"hubspot:contact:{number}"), system="salesforce",
        action=Action.TASK, values=values, target=lead, task_key=key,
    )  # fmt: skip


@pain("P15")
@pytest.mark.slow
def test_three_days_off_are_one_digest_for_each_rep_and_one_for_leadership(
    sqlite_engine: Engine,
) -> None:
    """500 leads had had their first task when slasync was switched off."""
    office = Office(sqlite_engine)
    for owner in (ANA, BEN, CHI):
        arrive(office, LEADS // 3 + (owner is ANA) * 2, owner)
    office.decide(caps=caps())
    before = len(office.writes(Action.TASK))
    told = [
        reader(name=str(name), addresses=frozenset({str(name)}))
        for name in (*(user.email for user in EVERYBODY), LEADER)
    ]

    office.go_on(3 * DAY)
    office.decide(caps=Caps())
    _until_folded(office, Folding(tuple(told), {POOL.name: POOL}, Caps().max_age))
    post = Post(sqlite_engine, office.clock)
    post.until(office.clock.now() + DAY, post.digest(*told))

    tasks = [v for v in office.writes(Action.TASK) if v.state is not State.SUPERSEDED]
    assert len(tasks) == before == LEADS
    to = Counter(message.to for message in post.box.taken)
    assert set(to.values()) == {1}
    assert LEADER in to
    with reading(sqlite_engine) as unit:
        items = Counter(line.to for line in unit.digests.since(MONDAY - DAY))
    assert sum(items.values()) - items[LEADER] <= LEADS


def _until_folded(office: Office, folding: Folding) -> None:
    step = Fold(office.engine, Seams(clock=office.clock), folding)
    office.go_on(Caps().max_age + MINUTE)
    while step.run():
        pass


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


@pain("P29")
def test_of_two_hundred_rows_seven_bad_ones_are_listed_and_the_rest_is_there_once(
    sqlite_engine: Engine, rig: OrgRig
) -> None:
    """Seven ask for a priority that the picklist has not; the first answer is lost on its way."""
    rep, now = rig.rep(), rig.clock.now()
    type_ = rig.org.org.schema["Task"]
    rig.org.add_field("Task", replace(type_.fields["Priority"], restricted=True))
    writes = [_numbered(rig.lead(), rep, number) for number in range(200)]
    bad = {write.key for write in writes if write.values["priority"] == UNKNOWN}
    assert len(bad) == 7
    with transaction(sqlite_engine) as unit:
        unit.outbox.add([OutboxItem(w, rig.sink.lane(w), now) for w in writes], now)
    rig.sink.reread([rig.lead()])
    rig.world.faults.switch_on(Rule(Kind.TIMEOUT_AFTER, "PATCH .*", times=1))
    push = Push(sqlite_engine, Seams(clock=rig.clock, chance=Chance(1)), rig.sink, "process 1")

    for _ in range(40):
        if (at := push.next_at()) is None:
            break
        rig.clock.advance(max((at - rig.clock.now()).total_seconds(), 0))
        push.run()

    with reading(sqlite_engine) as unit:
        ended = {w.key: unit.outbox.get(w.key) for w in writes}
        parked = unit.outbox.parked()
    states = Counter(row.state for row in ended.values() if row)
    assert states == {State.DONE: 193, State.PARKED: 7}
    assert {row.key for row in parked} == bad
    assert all("add the value to the picklist" in str(row.outcome) for row in parked)
    made = Counter(row.get("Slasync_Key__c") for row in rig.org.rows("Task"))
    assert (len(made), set(made.values())) == (193, {1})


@pain("P16")
@pytest.mark.slow
def test_a_first_start_on_fifty_thousand_old_leads_writes_nothing(sqlite_engine: Engine) -> None:
    """They were made years ago, meet the score, and were touched by nobody."""
    mirror = Mirror(sqlite_engine, page_size=2_000)
    ana, years_ago = mirror.user(), mirror.crm.now() - 700 * DAY
    for _ in range(50_000):
        mirror.lead(
            modified_at=years_ago, created_at=years_ago, owner=ana, fields={"score": 90},
            status="New",
        )  # fmt: skip
    mirror.read()
    office = Office(sqlite_engine, mirror.clock)
    office.agreement = replace(office.agreement, effective_from=mirror.clock.now())

    office.decide()
    office.go_on(9 * DAY)
    office.decide()

    assert len(mirror.keys()) == 50_000
    assert office.writes() == []
    with reading(sqlite_engine) as unit:
        assert unit.digests.since(MONDAY - DAY) == []


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Up]:
    with Up(Settings(people=False)) as running:
        yield running


@pain("P17")
@pytest.mark.slow
@pytest.mark.parametrize("place", ["push.claimed", "push.marked", "push.answered"])
def test_of_two_processes_one_is_killed_while_it_holds_the_writes_and_each_is_sent_once(
    database_url: str, sandbox: Up, place: str
) -> None:
    """The other works beside it all the time, and takes over when the lease is at its end."""
    engine = open_engine(database_url, durable=False)
    town = sandbox.town
    people = (town.users["ana"], town.users["ben"])
    usual = Work(town.salesforce, people)
    usual.queue(engine)
    number = run(database_url, sandbox, timedelta(0)).points.index(place)

    work = Work(town.salesforce, people)
    work.queue(engine)
    since = len(town.world.journal)
    with ThreadPoolExecutor(2) as threads:
        holder = threads.submit(run, database_url, sandbox, timedelta(0), **{KILL_AT: str(number)})
        other = threads.submit(run, database_url, sandbox, timedelta(0))
        ended, went_on = holder.result(), other.result()
    last = run(database_url, sandbox, LEASE + timedelta(seconds=1))

    assert ended.code in {-signal.SIGKILL, 0}  # 0: the other left it nothing to hold
    assert (went_on.code, last.code) == (0, 0)
    assert work.states(engine) == {State.DONE}
    assert effects(town.salesforce, since) == work.intended
    engine.dispose()
