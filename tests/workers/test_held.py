"""Held batches: allowed once, discarded, or folded into digests; who and when is kept."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.caps import Caps
from slasync.domain.digests.readers import Reader
from slasync.domain.facts import FactKind
from slasync.domain.languages import Language
from slasync.domain.lead import Ref
from slasync.domain.writes import Action, DigestLine
from slasync.store.held import Fate, HeldBatch, Order
from slasync.store.outbox_values import State
from slasync.store.unit import Unit, reading, retrying, transaction
from slasync.workers.deciding.held import Fold, Folding, Settled, allow, discard, fold
from tests.builders import ANA, BEN, DAY, HOUR, MIA, MINUTE, MONDAY, POOL, called, owned
from tests.workers.letters import LEA
from tests.workers.mailroom import Mailroom
from tests.workers.office import USERS, Office
from tests.workers.storms import (
    SMALL,
    a_storm,
    arrive,
    batches,
    caps,
    names,
    states,
    strict,
    tasks,
)

RITA = "rita"
LEADER = "lea@sandbox.example"


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def order(office: Office, why: str = "", by: str = RITA) -> Order:
    return Order(by, office.clock.now(), why)


def settled(office: Office, how: Callable[[Unit, HeldBatch], Settled]) -> Settled:
    (batch,) = batches(office)
    return retrying(office.engine, lambda unit: how(unit, batch))


def allowed(office: Office, terms: Caps | None = None) -> Settled:
    said = order(office, "looked at it")
    return settled(office, lambda unit, batch: allow(unit, batch, terms or Caps(), said))


def reader(*addresses: str | None, language: Language = Language.EN) -> Reader:
    known = frozenset(str(address) for address in addresses)
    return replace(LEA, name=min(known), addresses=known, language=language)


def told(*readers: Reader) -> Folding:
    return Folding(readers, {POOL.name: POOL}, Caps().max_age)


def lines(office: Office) -> list[DigestLine]:
    with reading(office.engine) as unit:
        return sorted(unit.digests.since(MONDAY), key=lambda line: (line.to, line.lead))


# allowing


def test_an_allowed_batch_goes_out_and_who_allowed_it_is_kept(office: Office) -> None:
    a_storm(office)
    done = allowed(office)
    assert states(tasks(office, "day_1")) == {State.PENDING: 3}
    assert (done.now, done.batch.fate, done.batch.writes) == (True, Fate.ALLOWED, 3)
    kept = done.batch
    assert (kept.settled_by, kept.settled_at, kept.why) == (
        RITA, office.clock.now(), "looked at it",
    )  # fmt: skip
    assert batches(office) == []


def test_to_allow_twice_allows_once_and_the_first_one_stands(office: Office) -> None:
    a_storm(office)
    (batch,) = batches(office)
    allowed(office)
    office.go_on(MINUTE)
    with transaction(office.engine) as unit:
        again = allow(unit, batch, Caps(), order(office, by="somebody else"))
    assert (again.now, again.batch.settled_by) == (False, RITA)
    assert {v.let_go_at for v in tasks(office, "day_1")} == {office.clock.now() - MINUTE}


def test_why_a_write_was_held_is_known_after_it_was_allowed(office: Office) -> None:
    a_storm(office)
    because = batches(office)[0].because
    allowed(office)
    assert {v.held_because for v in tasks(office, "day_1")} == {because}


def test_what_is_allowed_is_spread_over_hours_for_each_owner(office: Office) -> None:
    for owner in (ANA, BEN):
        arrive(office, 5, owner, at=MONDAY)
    office.decide(caps=caps())
    office.go_on(DAY + HOUR)
    office.decide(caps=strict())
    done = allowed(office, Caps(spread=2))
    hours = sorted((v.let_go_at - office.clock.now()) / HOUR for v in tasks(office, "day_1")
                   if v.let_go_at)  # fmt: skip
    assert hours == [0] * 4 + [1] * 4 + [2] * 2
    assert done.last == office.clock.now() + 2 * HOUR
    with transaction(office.engine) as unit:
        now = office.clock.now()
        batch = unit.outbox.claim("salesforce", {"tasks": 200, "task": 200}, "one", now, now + HOUR)
    assert batch is None or len(batch.rows) == 4 + 10  # those of day 0 too


def test_what_waits_for_its_hour_makes_slasync_no_less_ready(office: Office) -> None:
    a_storm(office, 5)
    with transaction(office.engine) as unit:  # nothing else is on its way
        every = unit.outbox.everything()
        unit.outbox.supersede([v.key for v in every if v.state is State.PENDING], "", MONDAY)
    office.go_on(5 * HOUR)
    allowed(office, Caps(spread=1))
    with reading(office.engine) as unit:
        assert unit.outbox.oldest_unsent() == {"salesforce": office.clock.now()}


def test_a_later_reminder_does_not_wait_for_one_that_is_spread(office: Office) -> None:
    a_storm(office, 30)
    allowed(office, Caps(spread=1))
    office.go_on(DAY - HOUR)  # day 2 is due, in time; six of day 1 have hours to wait
    office.decide(caps=caps())
    assert states(tasks(office, "day_1")) == {State.PENDING: 24, State.SUPERSEDED: 6}
    assert states(tasks(office, "day_2")) == {State.PENDING: 60}  # the manager's too


def test_a_spread_reminder_gives_way_to_the_call_that_makes_it_wrong(office: Office) -> None:
    *_, last = a_storm(office)
    allowed(office, Caps(spread=1))
    office.go_on(MINUTE)
    office.learn(last, called(office.clock.now()))
    office.decide()
    of = {v.lead: v.state for v in tasks(office, "day_1")}
    assert of[last] is State.SUPERSEDED


def test_tasks_that_follow_upon_an_allowed_import_are_not_held_again(office: Office) -> None:
    """The CRM has the leads hours after they were handed over: their first tasks come late."""
    leads = arrive(office, 6, owner=None)
    office.decide(caps=strict(bulk=SMALL))
    allowed(office)
    office.go_on(2 * HOUR)
    records = {lead: Ref("salesforce", "lead", f"00Q{n:012d}AAA") for n, lead in enumerate(leads)}
    with transaction(office.engine) as unit:
        unit.links.add([(record, lead, "created") for lead, record in records.items()], MONDAY)
    for lead, fact in office.facts(FactKind.ROUTED):
        owner = next(user for user in USERS if user.key == fact.data["owner"])
        office.learn(lead, owned(office.clock.now(), owner))
    office.decide(caps=strict(per_owner=1, bulk=SMALL))
    assert states(tasks(office, "day_0")) == {State.PENDING: 6}


# discarding


def test_a_discarded_batch_is_never_sent_and_the_ladder_goes_on(office: Office) -> None:
    a_storm(office)
    settled(office, lambda unit, batch: discard(unit, batch, order(office)))
    dropped = tasks(office, "day_1")
    assert {(v.state, v.outcome) for v in dropped} == {(State.SUPERSEDED, "discarded by rita")}
    office.go_on(DAY - HOUR)
    office.decide()
    assert {v.state for v in tasks(office, "day_2")} == {State.PENDING}


def test_a_task_that_was_discarded_before_it_was_made_is_not_open(office: Office) -> None:
    """The next rung makes a task of its own instead of changing one that is not there."""
    lead = office.lead()
    office.decide(caps=caps())
    office.learn(lead, called(MONDAY + MINUTE))
    office.go_on(9 * DAY + HOUR)
    office.decide(caps=strict(per_owner=0))
    settled(office, lambda unit, batch: discard(unit, batch, order(office)))
    assert office.facts(FactKind.WITHDRAWN)
    (gone,) = tasks(office, "day_7")
    office.learn(lead, owned(office.clock.now(), BEN, by=MIA))
    office.decide(caps=caps())
    assert [v.write.task_key for v in tasks(office)].count(gone.write.task_key) == 1


def test_what_was_discarded_cannot_be_allowed_any_more(office: Office) -> None:
    a_storm(office)
    (batch,) = batches(office)
    settled(office, lambda unit, batch: discard(unit, batch, order(office)))
    with transaction(office.engine) as unit:
        late = allow(unit, batch, Caps(), order(office))
    assert (late.now, late.batch.fate) == (False, Fate.DISCARDED)
    assert states(tasks(office, "day_1")) == {State.SUPERSEDED: 3}


def test_of_two_who_decide_at_once_one_decides_about_all_of_it(office: Office) -> None:
    a_storm(office, 20)
    (batch,) = batches(office)
    orders: list[Callable[[Unit], Settled]] = [
        lambda unit: allow(unit, batch, Caps(), order(office)),
        lambda unit: discard(unit, batch, order(office)),
    ] * 2
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda one: retrying(office.engine, one), orders))
    assert [each.now for each in done].count(True) == 1
    assert len({each.batch.fate for each in done}) == 1
    assert len(states(tasks(office, "day_1"))) == 1


# folding


def test_a_folded_batch_is_in_the_digests_of_those_who_would_have_had_its_tasks(
    office: Office,
) -> None:
    first, *_ = a_storm(office)
    folding = told(reader(ANA.email), reader(LEADER))
    settled(office, lambda unit, batch: fold(unit, batch, folding, order(office)))
    assert states(tasks(office, "day_1")) == {State.SUPERSEDED: 3}
    found = lines(office)
    assert [line.to for line in found] == [ANA.email] * 3 + [LEADER]
    assert (found[0].lead, found[0].text) == (
        first, "Not sent as a task: Call Reed (day_1)",
    )  # fmt: skip
    assert found[3].text.startswith(
        "late-2026-03-03, held and not allowed within 0 hours: 3 tasks for 1 person. Nothing"
    )


def test_what_nobody_would_read_is_told_to_the_manager_and_else_to_leadership(
    office: Office,
) -> None:
    a_storm(office, 1)
    folding = told(reader(MIA.email), reader(LEADER, language=Language.DE))
    settled(office, lambda unit, batch: fold(unit, batch, folding, order(office)))
    assert [line.to for line in lines(office)] == [LEADER, MIA.email]
    assert (
        "zurückgehalten und binnen 0 Stunden nicht freigegeben: 1 Aufgabe für 1 Person."
        in lines(office)[0].text
    )


def test_only_leadership_reads_digests_and_gets_the_tasks_lines(office: Office) -> None:
    a_storm(office, 2)
    settled(
        office, lambda unit, batch: fold(unit, batch, told(reader(LEADER)), order(office))
    )  # fmt: skip
    assert [line.to for line in lines(office)] == [LEADER] * 3


def step(office: Office, *readers: Reader) -> Fold:
    return Fold(office.engine, Seams(clock=office.clock), told(*readers))


def test_a_batch_that_nobody_decided_about_is_folded_when_it_is_old_once(office: Office) -> None:
    a_storm(office)
    one, other = step(office, reader(LEADER)), step(office, reader(LEADER))
    assert one.next_at() == office.clock.now() + Caps().max_age
    assert not one.run()
    office.go_on(Caps().max_age)
    assert one.run()
    assert not other.run()
    assert other.next_at() is None
    assert len(lines(office)) == 4
    with reading(office.engine) as unit:
        (batch,) = unit.held.settled(MONDAY)
    assert (batch.fate, batch.settled_by, batch.why) == (
        Fate.FOLDED, "slasync", "nobody decided about it within 24 h",
    )  # fmt: skip


def test_while_no_digest_reaches_anybody_a_batch_stays_held(office: Office) -> None:
    a_storm(office)
    lonely = step(office)
    office.go_on(5 * DAY)
    assert lonely.next_at() is None
    assert not lonely.run()
    assert names(office) == ["late-2026-03-03"]


def test_after_a_restart_an_old_batch_is_folded_at_once(office: Office) -> None:
    a_storm(office)
    office.go_on(timedelta(days=9))
    assert step(office, reader(LEADER)).run()
    assert batches(office) == []


def test_leads_that_were_to_be_made_are_counted_in_leaderships_line(office: Office) -> None:
    arrive(office, 6, owner=None)
    office.decide(caps=caps(bulk=SMALL))
    settled(
        office, lambda unit, batch: fold(unit, batch, told(reader(LEADER)), order(office))
    )  # fmt: skip
    (line,) = lines(office)
    assert line.text.startswith(
        "bulk-handover-2026-03-02, held and not allowed within 0 hours: 0 tasks for 0 people and"
        " 6 other changes."
    )
    assert states(office.writes(Action.CREATE_LEAD)) == {State.SUPERSEDED: 6}


# messages


def late_message(office_engine: Engine) -> Mailroom:
    """Have a message to Ana come so late that it is held, when the office has closed."""
    room = Mailroom(office_engine)
    room.lead()
    room.advance(11 * HOUR)
    room.decide(caps=strict(per_owner=0))
    return room


def test_an_allowed_message_waits_for_its_readers_hours_too(sqlite_engine: Engine) -> None:
    room = late_message(sqlite_engine)
    (batch,) = batches(room.office)
    with transaction(sqlite_engine) as unit:
        allow(unit, batch, Caps(), order(room.office))
    (message,) = room.messages()
    assert (message.state, message.let_go_at) == (State.PENDING, MONDAY + DAY)
    with reading(sqlite_engine) as unit:
        assert unit.outbox.spread_up_to(room.clock.now()) == {ANA.email: MONDAY + DAY}


def test_a_folded_message_is_a_line_for_its_reader(sqlite_engine: Engine) -> None:
    room = late_message(sqlite_engine)
    (batch,) = batches(room.office)
    folding = told(reader(ANA.email), reader(LEADER))
    with transaction(sqlite_engine) as unit:
        assert [(part.owner, part.action) for part in unit.held.parts()] == [(ANA.email, "notify")]
        fold(unit, batch, folding, order(room.office))
    assert room.states() == [State.SUPERSEDED]
    assert [line.to for line in lines(room.office)] == [ANA.email, LEADER]
