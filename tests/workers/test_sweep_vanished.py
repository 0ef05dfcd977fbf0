"""Records that vanish in numbers: a person is asked, and until then the mirror shows them."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.domain.self_check import Guard
from slasync.store.unit import transaction
from slasync.store.vanished import Answer
from tests.builders import HOUR, MINUTE
from tests.faults.marks import fault
from tests.workers.mirror import Mirror
from tests.workers.sweeping import Checked, guarded

HALF = timedelta(minutes=30)


@pytest.fixture
def checked(engine: Engine) -> Checked:
    """Ten may vanish at once, or every tenth."""
    return Checked(Mirror(engine), guarded(10, 0.1))


def many(checked: Checked, count: int) -> list[Ref]:
    return [checked.mirror.lead() for _ in range(count)]


def delete(checked: Checked, leads: list[Ref]) -> None:
    for lead in leads:
        checked.mirror.crm.change(lead, deleted=True)


def accept(checked: Checked) -> None:
    [batch] = checked.batches()
    with transaction(checked.mirror.engine) as unit:
        assert unit.vanished.accept(batch.name, "ops", checked.mirror.clock.now(), "cleaned up")


@fault("V18")
def test_a_list_that_comes_back_empty_marks_nothing_deleted_and_a_person_is_asked(
    checked: Checked,
) -> None:
    leads = many(checked, 300)
    checked.start()
    checked.lister.empty = True
    checked.night()
    assert checked.alive() == set(leads)
    assert checked.mirror.facts(FactKind.DELETED) == []
    [batch] = checked.batches()
    assert (batch.answer, batch.records) == (Answer.OPEN, 300)
    assert batch.because == "300 of 300 salesforce leads were not among the 0 listed"


def test_when_they_are_shown_again_the_question_is_withdrawn(checked: Checked) -> None:
    leads = many(checked, 300)
    checked.start()
    checked.lister.empty = True
    checked.night()
    checked.lister.empty = False
    checked.night()
    assert checked.batches() == []
    assert checked.alive() == set(leads)


def test_few_that_are_gone_are_believed_without_asking(checked: Checked) -> None:
    leads = many(checked, 300)
    checked.start()
    for lead in leads[:30]:
        del checked.mirror.crm.readings["leads"][lead, ""]
    checked.night()
    assert checked.batches() == []
    assert checked.alive() == set(leads[30:])


def test_what_is_accepted_by_name_is_looked_for_once_more_and_buried(checked: Checked) -> None:
    leads = many(checked, 300)
    checked.start()
    for lead in leads[:250]:
        del checked.mirror.crm.readings["leads"][lead, ""]
    checked.night()
    assert checked.alive() == set(leads)
    checked.mirror.crm.put("leads", checked.mirror.person(ref=leads[0]))  # restored meanwhile
    accept(checked)
    checked.all()
    assert checked.batches() == []
    assert checked.alive() == {leads[0], *leads[250:]}
    assert len(checked.mirror.facts(FactKind.DELETED)) == 249


@fault("V18")
def test_very_many_deletions_in_increments_are_held_whatever_the_size_of_their_pages(
    engine: Engine,
) -> None:
    checked = Checked(Mirror(engine, page_size=7), guarded(10, 0.1))
    leads = many(checked, 80)
    checked.start()
    checked.mirror.advance(HOUR)
    delete(checked, leads[:60])
    checked.mirror.advance(MINUTE)
    checked.read()
    [batch] = checked.batches()
    buried = set(leads) - checked.alive()
    assert len(buried) <= 10
    assert batch.records == 60 - len(buried)


def test_deletions_that_trickle_in_are_believed(checked: Checked) -> None:
    leads = many(checked, 80)
    checked.start()
    for lead in leads[:40]:
        delete(checked, [lead])
        checked.later(HALF)
    assert checked.batches() == []
    assert checked.alive() == set(leads[40:])


def test_while_a_person_is_asked_further_deletions_join_and_everything_else_goes_on(
    checked: Checked,
) -> None:
    leads = many(checked, 80)
    checked.start()
    checked.mirror.advance(HOUR)
    delete(checked, leads[:60])
    checked.mirror.advance(MINUTE)
    checked.read()
    delete(checked, leads[60:61])
    checked.mirror.crm.change(leads[70], fields={"score": 77})
    new = checked.mirror.lead()
    checked.mirror.advance(MINUTE)
    checked.read()
    [batch] = checked.batches()
    assert batch.records == 61
    assert checked.mirror.lead_of(leads[70]).fields["score"] == 77  # type: ignore[union-attr]
    assert checked.mirror.lead_of(new)


def test_what_the_system_shows_as_deleted_is_taken_over_once_it_is_accepted(
    checked: Checked,
) -> None:
    leads = many(checked, 80)
    checked.start()
    checked.mirror.advance(HOUR)
    delete(checked, leads[:60])
    checked.mirror.advance(MINUTE)
    checked.read()
    accept(checked)
    checked.all()
    assert checked.alive() == set(leads[60:])
    assert checked.batches() == []


def test_a_merge_of_many_records_is_no_disappearance(checked: Checked) -> None:
    leads = many(checked, 80)
    checked.start()
    checked.mirror.advance(HOUR)
    for lead in leads[:60]:
        checked.mirror.crm.change(lead, deleted=True, merged_into=leads[70])
    checked.mirror.advance(MINUTE)
    checked.read()
    assert checked.batches() == []
    assert checked.alive() == set(leads[60:])


def test_records_deleted_before_they_were_first_read_are_nobodys_question(
    checked: Checked,
) -> None:
    leads = many(checked, 80)
    delete(checked, leads[:60])
    checked.start()
    assert checked.batches() == []


@pytest.mark.parametrize(
    ("gone", "mirrored", "allowed"),
    [(0, 0, True), (10, 10, True), (11, 11, False), (100, 120, True), (101, 120, False),
     (500, 10_000, True), (501, 10_000, False)],
)  # fmt: skip
def test_a_hundred_may_be_gone_or_five_in_a_hundred_but_never_all(
    gone: int, mirrored: int, *, allowed: bool
) -> None:
    assert Guard().allows(gone, mirrored) is allowed
