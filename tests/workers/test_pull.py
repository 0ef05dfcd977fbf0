"""pull: everything there is comes into the mirror, once, whatever happens on the way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import Fault
from slasync.domain.facts import FactKind
from slasync.errors import Stopped, TryLater
from slasync.ports import Answer, Ask, Rejected
from slasync.workers.pulling.pull import LEASE
from tests.builders import DAY, HOUR, MINUTE, MONDAY
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.given import Crash
from tests.workers.mirror import Mirror, Tampered

LEADS, TASKS = "salesforce.leads", "salesforce.tasks"
SECOND = timedelta(seconds=1)


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def test_a_first_load_brings_everything_and_then_only_what_changed(engine: Engine) -> None:
    mirror = Mirror(engine, page_size=10)
    leads = [mirror.lead(fields={"score": n}) for n in range(35)]
    mirror.advance(HOUR)
    source = Tampered(mirror.source)
    pull = mirror.pull(source)
    mirror.read(pull)
    assert len(mirror.keys()) == 35
    assert [ask.since for ask in source.of(LEADS)] == [None] * 4

    mirror.advance(HOUR)
    mirror.crm.change(leads[3], fields={"score": 90})
    mirror.advance(MINUTE)
    source.asked.clear()
    mirror.read(pull)
    assert len(source.of(LEADS)) == 1
    changed = [f for f in mirror.facts(FactKind.CHANGED) if f.data == {"score": 90}]
    assert len(changed) == 1


def test_a_pass_begins_an_overlap_before_the_last_watermark(mirror: Mirror) -> None:
    source = Tampered(mirror.source)
    pull = mirror.pull(source, settle=2 * MINUTE, overlap=5 * MINUTE)
    mirror.read(pull)
    assert mirror.cursor().watermark == MONDAY - 2 * MINUTE
    mirror.advance(HOUR)
    mirror.read(pull)
    assert source.of(LEADS)[-1].since == MONDAY - 7 * MINUTE
    assert source.of(LEADS)[-1].upto == MONDAY + HOUR


@fault("V26")
def test_the_watermark_is_the_start_of_the_pass_less_what_settles(mirror: Mirror) -> None:
    mirror.crm.page_size = 1
    for _ in range(3):
        mirror.lead()
    pull = mirror.pull(settle=2 * MINUTE)
    while pull.run():
        mirror.advance(MINUTE)  # a long pass: what changed during it was not read
    assert mirror.cursor().watermark == MONDAY - 2 * MINUTE


def test_what_an_overlap_reads_twice_is_told_once(mirror: Mirror) -> None:
    lead = mirror.lead(fields={"score": 10}, status="New", owner="005ANA")
    mirror.call(lead)
    pull = mirror.pull()
    mirror.read(pull)
    before = mirror.facts()
    for _ in range(5):
        mirror.advance(MINUTE)
        mirror.read(pull)
    assert mirror.facts() == before
    assert mirror.crm.calls["read"] == 6


@fault("V22")
def test_many_rows_that_share_one_stamp_are_all_read(mirror: Mirror) -> None:
    mirror.crm.page_size = 7
    for _ in range(50):
        mirror.lead()
    mirror.read()
    assert len(mirror.keys()) == 50


@fault("V25", "V24")
def test_a_row_that_commits_late_below_the_cursor_is_found_by_the_overlap(mirror: Mirror) -> None:
    pull = mirror.pull()
    mirror.read(pull)
    stamp = mirror.crm.now()
    for minutes in (1, 3, 5):
        mirror.clock.advance(60)
        mirror.read(pull)  # the cursor goes past the row's stamp before the row can be seen
        late = mirror.person(modified_at=stamp + MINUTE * (minutes - 1), created_at=stamp)
        mirror.crm.put("leads", late)
        mirror.clock.advance(60)
        mirror.read(pull)
        assert mirror.lead_of(late.ref)


def test_nothing_after_the_start_of_the_pass_is_read(mirror: Mirror) -> None:
    mirror.crm.page_size = 1
    mirror.lead()
    mirror.lead()
    pull = mirror.pull()
    assert pull.run()
    mirror.advance(MINUTE)
    late = mirror.lead()
    while pull.run():
        pass
    assert mirror.lead_of(late) is None
    mirror.advance(MINUTE)
    mirror.read(pull)
    assert mirror.lead_of(late)


@fault("V21")
def test_rows_that_change_while_a_pass_reads_are_told_as_they_are_in_the_end(
    mirror: Mirror,
) -> None:
    mirror.crm.page_size = 2
    leads = [mirror.lead(fields={"score": 1}) for _ in range(6)]
    pull = mirror.pull()
    assert pull.run()
    mirror.advance(SECOND)
    for lead in leads:
        mirror.crm.change(lead, fields={"score": 2})
    while pull.run():
        pass
    mirror.advance(MINUTE)
    mirror.read(pull)
    assert [f.fields["score"] for lead in leads if (f := mirror.lead_of(lead))] == [2] * 6


# crashes


@fault("L1")
def test_a_crash_at_any_point_of_a_first_load_loses_nothing(sqlite_engine: Engine) -> None:
    mirror = Mirror(sqlite_engine, page_size=3)
    leads = [mirror.lead(fields={"score": n}) for n in range(8)]
    for lead in leads:
        mirror.call(lead)
    crashes = 0
    for number in range(40):
        if not crash_at(mirror, number % 4 + 1):
            break
        crashes += 1
        mirror.advance(LEASE + SECOND)
    mirror.read()
    assert crashes > 3
    assert len(mirror.keys()) == 8
    assert len(mirror.facts(FactKind.TOUCH)) == 8
    assert len(mirror.facts(FactKind.CHANGED)) == 8


def crash_at(mirror: Mirror, point: int) -> bool:
    """Read until the `point`th point is reached; tell whether it was."""
    left = [point]

    def reached(name: str) -> None:
        left[0] -= 1
        if not left[0]:
            raise Crash(name)

    try:
        mirror.read(mirror.pull(reached=reached))
    except Crash:
        return True
    return False


@fault("V20", "L1")
def test_a_first_load_goes_on_at_the_page_where_a_crash_ended_it(mirror: Mirror) -> None:
    mirror.crm.page_size = 10
    for _ in range(50):
        mirror.lead()
    pull = mirror.pull()
    for _ in range(3):
        pull.run()
    source = Tampered(mirror.source)  # another process, after the first one died between pages
    mirror.read(mirror.pull(source))
    asked = source.of(LEADS)
    assert len(asked) == 2  # not five
    assert all(ask.position for ask in asked)
    assert len(mirror.keys()) == 50


@fault("L5", "L20")
def test_a_process_that_lost_its_lease_stores_nothing(engine: Engine) -> None:
    mirror = Mirror(engine)
    mirror.lead()

    def overtaken(name: str) -> None:
        if name == "pull.page_received":
            mirror.advance(LEASE + SECOND)
            mirror.read()  # another process reads meanwhile
            mirror.lead()

    mirror.pull(reached=overtaken).run()
    assert mirror.cursor().passes == 1
    assert mirror.cursor().failures == 0
    assert len(mirror.keys()) == 1


def test_a_stream_that_another_process_reads_is_due_when_that_one_has_to_be_done(
    engine: Engine,
) -> None:
    """It was due all the time, so whoever waited for it tried without a rest."""
    mirror = Mirror(engine)
    mirror.lead()
    mirror.read()
    mirror.advance(MINUTE)
    one, two = mirror.pull(), mirror.pull()
    due: list[datetime | None] = []

    def meanwhile(name: str) -> None:
        if name == "pull.claimed":
            due.append(two.next_at())
            assert not two.run()
            due.append(two.next_at())

    one.seams = replace(one.seams, reached=meanwhile)
    now = mirror.clock.now()
    one.run()

    assert due == [now + LEASE, now + LEASE]
    later = two.next_at()
    assert later is not None
    assert now < later < now + LEASE


# failures


def test_a_stream_that_fails_does_not_stop_the_others(mirror: Mirror) -> None:
    lead = mirror.lead()
    mirror.call(lead)
    pull = mirror.pull()
    mirror.crm.stream_errors[TASKS] = Stopped("no access to tasks: grant it")
    pull.run()
    assert mirror.lead_of(lead)
    assert mirror.cursor(TASKS).error == "no access to tasks: grant it"
    assert mirror.cursor(TASKS).watermark is None
    assert mirror.cursor(LEADS).watermark
    mirror.advance(MINUTE)
    mirror.read(pull)
    assert mirror.cursor(TASKS).error is None
    assert mirror.facts(FactKind.TOUCH)


@pain("P26")
@fault("V20")
def test_a_stream_that_gives_one_page_twice_is_stopped_and_the_others_go_on(
    mirror: Mirror,
) -> None:
    mirror.crm.page_size = 2
    for _ in range(6):
        mirror.call(mirror.lead())

    def stuck(ask: Ask, answer: Answer) -> Answer:
        if ask.stream == TASKS and ask.position:
            return replace(answer, position=ask.position)
        return answer

    source = Tampered(mirror.source, stuck)
    pull = mirror.pull(source)
    for _ in range(20):
        pull.run()
    assert "same page twice" in str(mirror.cursor(TASKS).error)
    assert len(source.of(TASKS)) < 6  # it backs off
    assert mirror.cursor(LEADS).passes == 1
    assert len(mirror.keys()) == 6


@fault("V40")
@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.STOPPED])
def test_a_system_out_of_reach_is_left_alone_and_then_read_on(mirror: Mirror, fault: Fault) -> None:
    mirror.lead()
    pull = mirror.pull()
    mirror.crm.faults.append(fault)
    assert not pull.run()
    assert not pull.run()
    assert mirror.crm.calls["read"] == 1
    at = pull.next_at()
    assert at
    assert at > mirror.clock.now()
    mirror.advance(at - mirror.clock.now())
    pull.run()
    assert len(mirror.keys()) == 1
    assert mirror.cursor().failures == 0


def test_the_wait_doubles_up_to_five_minutes_and_is_short_again_after_a_success(
    mirror: Mirror,
) -> None:
    pull = mirror.pull(Tampered(mirror.source, failing))
    waits = []
    for _ in range(12):
        pull.run()
        at = pull.next_at()
        assert at
        waits.append(at - mirror.clock.now())
        mirror.advance(waits[-1])
    assert waits[:4] == [4 * SECOND, 8 * SECOND, 16 * SECOND, 32 * SECOND]
    assert waits[-1] == 5 * MINUTE
    mirror.read()  # it works again
    mirror.advance(HOUR)
    pull.run()
    at = pull.next_at()
    assert at
    assert at - mirror.clock.now() == 4 * SECOND


def failing(_: Ask, __: Answer) -> Answer:
    raise TryLater("busy")


@fault("V11")
def test_a_system_that_answers_too_few_questions_is_not_believed(mirror: Mirror) -> None:
    mirror.lead()

    class Short(Tampered):
        def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
            return super().read(asks)[1:]

    assert not mirror.pull(Short(mirror.source)).run()
    assert not mirror.keys()
    assert mirror.cursor().watermark is None


@fault("L30")
def test_a_broken_record_is_set_aside_with_the_reason_and_the_rest_goes_on(
    mirror: Mirror,
) -> None:
    broken = Rejected(LEADS, "00QBROKEN", "CreatedDate: 'soon' is no time", {"Id": "00QBROKEN"})
    mirror.crm.put_broken("leads", broken)
    lead = mirror.lead()
    mirror.read()
    assert mirror.lead_of(lead)
    assert mirror.set_aside() == {"00QBROKEN": broken.reason}
    assert mirror.cursor().watermark


def test_a_stream_that_is_prepared_yet_waits_as_long_as_asked_and_the_others_go_on(
    mirror: Mirror,
) -> None:
    lead = mirror.lead()
    mirror.call(lead)
    prepared = MONDAY + 90 * SECOND

    def preparing(ask: Ask, answer: Answer) -> Answer:
        if ask.stream == TASKS and mirror.clock.now() < prepared:
            return Answer(TASKS, position="job 1", wait=40 * SECOND)
        return answer if ask.stream != TASKS else replace(answer, position=None)

    source = Tampered(mirror.source, preparing)
    pull = mirror.pull(source)
    for _ in range(10):
        pull.run()
        at = pull.next_at()
        assert at
        mirror.advance(max(at - mirror.clock.now(), timedelta(0)))
    assert [ask.position for ask in source.of(TASKS)[:4]] == [None, "job 1", "job 1", "job 1"]
    assert (mirror.cursor(TASKS).failures, mirror.cursor(TASKS).error) == (0, None)
    assert mirror.cursor(TASKS).passes >= 1
    assert mirror.cursor(LEADS).passes >= 2


# the first load is not news


def test_an_old_high_score_is_dated_to_its_record_and_a_new_one_to_its_change(
    mirror: Mirror,
) -> None:
    created = MONDAY - 90 * DAY
    old = mirror.lead(fields={"score": 90}, created_at=created, modified_at=MONDAY - DAY)
    low = mirror.lead(fields={"score": 10}, created_at=created, modified_at=MONDAY - DAY)
    pull = mirror.pull()
    mirror.read(pull)
    mirror.advance(HOUR)
    mirror.crm.change(low, fields={"score": 90})
    fresh = mirror.lead(fields={"score": 90})
    mirror.advance(MINUTE)
    mirror.read(pull)
    highs = {
        f.source_id.partition("changed:")[2].split(":")[2]: f.occurred_at
        for f in mirror.facts(FactKind.CHANGED)
        if f.data["score"] == 90
    }
    assert highs == {old.id: created, low.id: MONDAY + HOUR, fresh.id: MONDAY + HOUR}


# endings


@fault("V28")
def test_deletes_and_restores_are_facts(mirror: Mirror) -> None:
    lead = mirror.lead()
    pull = mirror.pull()
    mirror.read(pull)
    person = mirror.crm.person(lead)
    assert person
    for deleted in (True, False):
        mirror.advance(HOUR)
        changed = replace(person, deleted=deleted, modified_at=mirror.crm.now())
        mirror.crm.put("leads", changed)
        mirror.advance(MINUTE)
        mirror.read(pull)
    kinds = [f.kind for f in mirror.facts(FactKind.DELETED, FactKind.RESTORED)]
    assert sorted(kinds) == [FactKind.DELETED, FactKind.RESTORED]


@pain("P21")
@fault("V30")
def test_a_converted_lead_and_its_contact_are_one_person(mirror: Mirror) -> None:
    lead = mirror.lead()
    pull = mirror.pull()
    mirror.read(pull)
    mirror.advance(HOUR)
    contact = mirror.person("contact")
    mirror.crm.change(lead, converted={"contact": contact.ref.id, "opportunity": None})
    mirror.crm.put("contacts", contact)
    mirror.advance(MINUTE)
    mirror.read(pull)
    assert len(mirror.keys()) == 1
    (converted,) = mirror.facts(FactKind.CONVERTED)
    assert converted.occurred_at == MONDAY + HOUR
    found = mirror.lead_of(contact.ref)
    assert found
    assert set(found.refs) == {lead, contact.ref}
