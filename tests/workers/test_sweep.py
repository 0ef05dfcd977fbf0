"""sweep: what the increments missed is found, repaired and told; what was not missed is not."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.domain.self_check import Cause, SelfCheck
from slasync.errors import Refused, TryLater
from slasync.ports import Answer, Ask
from tests.builders import DAY, HOUR, MINUTE
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.given import Crash
from tests.workers.mirror import Mirror, Tampered
from tests.workers.sweeping import Checked

HALF = timedelta(minutes=30)


@pytest.fixture
def checked(sqlite_engine: Engine) -> Checked:
    return Checked(Mirror(sqlite_engine))


def late(checked: Checked) -> Ref:
    """Have a lead become visible whose stamp lies an hour behind what increments read again."""
    at = checked.mirror.crm.now() - 20 * MINUTE
    person = checked.mirror.person(modified_at=at, created_at=at)
    return checked.mirror.crm.put("leads", person)


# the second pass


@pain("P25")
@fault("V24", "V25")
def test_a_row_that_becomes_visible_too_late_for_the_overlap_is_found_within_the_hour(
    engine: Engine,
) -> None:
    checked = Checked(Mirror(engine))
    checked.mirror.lead()
    checked.start()
    checked.later(HALF)
    lead = late(checked)
    checked.later(5 * MINUTE)
    assert checked.mirror.lead_of(lead) is None
    checked.later(HALF)
    assert checked.mirror.lead_of(lead)
    assert checked.missed("again") == {Cause.MISSING: 1}


def test_a_change_and_a_call_that_came_late_are_told_by_their_causes(checked: Checked) -> None:
    lead = checked.mirror.lead(fields={"score": 1})
    checked.start()
    checked.later(HALF)
    at = checked.mirror.crm.now() - 20 * MINUTE
    person = checked.mirror.crm.person(lead)
    assert person
    checked.mirror.crm.put("leads", replace(person, fields={"score": 9}, modified_at=at))
    checked.mirror.call(lead, modified_at=at, occurred_at=at)
    checked.later(HALF)
    assert checked.missed("again") == {Cause.OLDER: 1, Cause.ACTIVITY: 1}
    assert len(checked.mirror.facts(FactKind.TOUCH)) == 1


def test_where_nothing_was_missed_nothing_is_told_and_no_fact_is_made_twice(
    checked: Checked,
) -> None:
    leads = [checked.mirror.lead(fields={"score": n}) for n in range(5)]
    checked.start()
    for hour in range(4):
        checked.mirror.crm.change(leads[hour], fields={"score": 50 + hour})
        checked.mirror.call(leads[hour])
        checked.later(HALF)
    told = checked.mirror.told()
    checked.later(HALF)
    checked.later(HALF)
    assert checked.missed("again") == {}
    assert checked.mirror.told() == told
    assert sum(run.rows for run in checked.runs("again")) > 0


def test_each_window_is_read_once_more_and_windows_leave_no_gap(checked: Checked) -> None:
    checked.start()
    for _ in range(5):
        checked.later(HALF)
    runs = list(reversed(checked.runs("again")))
    assert len(runs) == 6
    assert [run.since for run in runs[1:]] == [run.upto for run in runs[:-1]]


def test_a_second_pass_costs_one_call_however_many_streams_there_are(checked: Checked) -> None:
    checked.start()
    checked.mirror.advance(HALF)
    checked.read()
    before = checked.mirror.crm.calls["read"]
    checked.all()
    assert checked.mirror.crm.calls["read"] == before + 1


def test_a_stream_that_is_refused_does_not_keep_the_others_from_being_read_again(
    checked: Checked,
) -> None:
    checked.start()
    checked.later(HALF)
    lead = late(checked)
    checked.mirror.advance(HALF)
    checked.read()
    checked.mirror.crm.stream_errors["salesforce.events"] = Refused("no right to events")
    checked.all()
    assert checked.mirror.lead_of(lead)
    assert checked.runs("again")[0].error == "no right to events"


def test_nothing_is_looked_at_again_before_the_first_load_is_complete(checked: Checked) -> None:
    checked.mirror.crm.page_size = 1
    checked.mirror.lead()
    checked.mirror.lead()
    assert checked.pull.run()
    assert not checked.sweep.run()
    assert checked.runs("again") == []


# the nightly sweep


def test_a_record_that_no_window_holds_is_found_at_night(engine: Engine) -> None:
    checked = Checked(Mirror(engine))
    checked.start()
    checked.later(HOUR)
    at = checked.mirror.crm.now() - 100 * DAY
    lead = checked.mirror.crm.put(
        "leads", checked.mirror.person(modified_at=at, created_at=at, fields={"score": 99})
    )
    checked.later(HOUR)
    assert checked.mirror.lead_of(lead) is None
    checked.night()
    assert checked.mirror.lead_of(lead)
    assert checked.missed("sweep") == {Cause.MISSING: 1}


@pain("P24")
def test_a_record_that_vanished_without_a_word_is_buried_at_night(checked: Checked) -> None:
    kept, gone = checked.mirror.lead(), checked.mirror.lead()
    checked.start()
    del checked.mirror.crm.readings["leads"][gone, ""]
    checked.night()
    assert checked.alive() == {kept}
    assert checked.missed("sweep") == {Cause.GONE: 1}
    assert [f.kind for f in checked.mirror.facts(FactKind.DELETED)] == [FactKind.DELETED]


def test_a_change_that_was_never_read_is_read_at_night(checked: Checked) -> None:
    lead = checked.mirror.lead(fields={"score": 1})
    checked.start()
    person = checked.mirror.crm.person(lead)
    assert person
    checked.later(5 * HOUR)
    at = checked.mirror.crm.now() - 3 * HOUR
    checked.mirror.crm.put("leads", replace(person, fields={"score": 9}, modified_at=at))
    checked.later(HOUR)
    assert checked.mirror.lead_of(lead).fields["score"] == 1  # type: ignore[union-attr]
    checked.night()
    assert checked.mirror.lead_of(lead).fields["score"] == 9  # type: ignore[union-attr]
    assert checked.missed("sweep") == {Cause.OLDER: 1}


def test_what_the_increments_are_still_to_read_is_not_called_missed(checked: Checked) -> None:
    checked.mirror.lead()
    checked.start()
    checked.mirror.advance(DAY)
    checked.mirror.lead()  # nobody has read since
    checked.all()
    assert checked.runs("sweep")
    assert checked.missed("sweep") == {}


def test_nothing_is_read_but_ids_and_stamps_where_nothing_differs(checked: Checked) -> None:
    for _ in range(250):
        checked.mirror.lead()
    checked.start()
    checked.night()
    assert checked.lister.rereads == []
    assert checked.lister.pages == 4  # three of leads, one of contacts
    [leads] = [run for run in checked.runs("sweep") if run.stream == "salesforce.leads"]
    assert leads.rows == 250


def test_a_sweep_is_made_once_a_night(checked: Checked) -> None:
    checked.mirror.lead()
    checked.start()
    for _ in range(3 * 24):
        checked.later(HOUR)
    assert len([run for run in checked.runs("sweep") if run.stream == "salesforce.leads"]) == 3


def test_a_step_reads_one_page_and_then_lets_others_go_first(checked: Checked) -> None:
    checked.lister.size = 10
    for _ in range(95):
        checked.mirror.lead()
    checked.start()
    checked.mirror.advance(DAY)
    checked.read()
    pages = []
    while checked.sweep.run():
        pages.append(checked.lister.pages)
    assert max(b - a for a, b in pairwise(pages)) <= 1


@fault("L1")
@pytest.mark.parametrize("place", range(1, 7))
@pytest.mark.parametrize("point", ["sweep.claimed", "sweep.read"])
def test_a_sweep_that_was_killed_goes_on_where_it_was(
    checked: Checked, point: str, place: int
) -> None:
    checked.lister.size = 4
    leads = [checked.mirror.lead() for _ in range(11)]
    checked.start()
    del checked.mirror.crm.readings["leads"][leads[5], ""]
    checked.mirror.advance(DAY)
    checked.read()
    reached: list[str] = []

    def crash(name: str) -> None:
        reached.append(name)
        if reached.count(point) == place:
            raise Crash

    checked.sweep = checked.process("first", reached=crash)
    with pytest.raises(Crash):
        checked.all()
    done = checked.lister.pages
    checked.mirror.advance(HOUR)  # its lease has ended
    checked.sweep = checked.process("second")
    checked.all()
    assert checked.alive() == {*leads} - {leads[5]}
    assert all(run.ended_at for run in checked.runs("sweep"))
    assert checked.lister.pages <= 5  # three of leads, one of contacts, one that was lost
    assert checked.lister.pages >= done


def test_while_one_process_compares_another_leaves_it_alone(checked: Checked) -> None:
    checked.lister.size = 1
    checked.mirror.lead()
    checked.mirror.lead()
    checked.start()
    checked.mirror.advance(DAY)
    checked.read()
    other = checked.process("other")
    found: list[bool] = []
    checked.sweep = checked.process("first", reached=lambda _: found.append(other.run()))
    checked.all()
    assert len(checked.runs("sweep")) == 3  # two lists, and what was read once more
    assert checked.missed("sweep") == {}


def test_a_system_out_of_reach_is_asked_again_later_and_nothing_counts_as_gone(
    checked: Checked,
) -> None:
    checked.mirror.lead()
    checked.start()
    checked.mirror.advance(DAY)
    checked.read()
    checked.lister.errors = [TryLater("busy", 2 * MINUTE)]
    checked.all()
    at = checked.sweep.next_at()
    assert at
    assert at > checked.mirror.clock.now()
    checked.mirror.advance(3 * MINUTE)
    checked.all()
    assert all(run.ended_at for run in checked.runs("sweep"))
    assert checked.missed("sweep") == {}


def test_a_page_that_leads_nowhere_is_not_read_without_end(sqlite_engine: Engine) -> None:
    checked = Checked(Mirror(sqlite_engine, page_size=1))
    checked.start()
    checked.mirror.advance(HOUR)
    for _ in range(3):
        checked.mirror.lead()
    checked.read()
    checked.mirror.advance(HOUR)
    checked.read()

    def stuck(ask: Ask, answer: Answer) -> Answer:
        return replace(answer, position="here") if ask.stream == "salesforce.leads" else answer

    checked.sweep = checked.process("stuck", source=Tampered(checked.mirror.source, stuck))
    assert checked.all() <= 3


def test_nothing_is_compared_where_it_is_switched_off(sqlite_engine: Engine) -> None:
    checked = Checked(Mirror(sqlite_engine), SelfCheck(None, None))
    checked.start()
    checked.night()
    assert checked.runs("again") == checked.runs("sweep") == []
    assert checked.sweep.next_at() is None
