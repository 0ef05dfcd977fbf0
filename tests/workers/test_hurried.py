"""Forty calls in one minute: of too many leads touched at once no touch is believed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import Evidence, Haste
from slasync.domain.facts import Fact, FactKind, Grade
from slasync.domain.history import fold
from slasync.domain.lead import Ref
from slasync.ports import ActivityReading, UserReading
from slasync.store.unit import reading, transaction
from slasync.workers.pulling.hurried import Hurry
from tests.builders import ANA, BEN, BOT, MINUTE, MONDAY, a_roster, an_agreement
from tests.workers.mirror import RULES, Mirror

FIVE = Haste(5, MINUTE)
HASTE = replace(RULES, hurry=Hurry(FIVE, frozenset({FactKind.TOUCH, FactKind.STATUS})))
SECOND = timedelta(seconds=1)
HANDED = Fact(
    kind=FactKind.HANDOVER, occurred_at=MONDAY - MINUTE, seen_at=MONDAY, source="slasync",
    source_id="handover:c1", data={"cycle": "c1", "definition": "score", "evidence": {}},
)  # fmt: skip


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def leads(mirror: Mirror, number: int) -> list[Ref]:
    people = [mirror.person() for _ in range(number)]
    mirror.take(*people, rules=HASTE)
    return [person.ref for person in people]


def calls(mirror: Mirror, about: Sequence[Ref], apart: timedelta = SECOND) -> list[ActivityReading]:
    """Have Ana log a call of each lead, one after the other."""
    return [
        mirror.call(lead, by=ANA.key, occurred_at=MONDAY + n * apart)
        for n, lead in enumerate(about)
    ]


def suspect(mirror: Mirror, haste: Haste = FIVE) -> list[bool]:
    """Tell for each lead, in order of their keys, whether a touch of it is suspect."""
    agreement = an_agreement(evidence=Evidence(haste=haste))
    with reading(mirror.engine) as unit:
        by_lead = unit.facts.of(unit.leads.all_keys())
    folded = (fold([HANDED, *by_lead[key]], agreement, a_roster()) for key in sorted(by_lead))
    return [Grade.SUSPECT in {t.grade for t in state.cycles[0].touches} for state in folded]


@pytest.mark.parametrize("step", [1, -1, 7, -13])
@pytest.mark.parametrize("page", [1, 7, 40])
def test_forty_calls_of_forty_leads_in_a_minute_are_all_suspect_in_whatever_order(
    mirror: Mirror, page: int, step: int
) -> None:
    in_order = calls(mirror, leads(mirror, 40))
    told = [in_order[n * step % 40] for n in range(40)]
    for some in range(0, 40, page):
        mirror.take(*told[some : some + page], rules=HASTE)

    assert suspect(mirror) == [True] * 40


def test_as_many_as_agreed_are_believed_and_one_more_makes_all_of_them_suspect(
    mirror: Mirror,
) -> None:
    told = calls(mirror, leads(mirror, 6))
    mirror.take(*told[:5], rules=HASTE)
    assert suspect(mirror) == [False] * 6

    mirror.take(told[5], rules=HASTE)
    assert suspect(mirror) == [True] * 6


def test_leads_of_a_crowd_are_decided_about_again_when_the_last_of_it_is_learned(
    mirror: Mirror,
) -> None:
    told = calls(mirror, leads(mirror, 6))
    mirror.take(*told[:5], rules=HASTE)
    with transaction(mirror.engine) as unit:
        unit.leads.claim_dirty(mirror.clock.now(), 100)
    mirror.take(told[5], rules=HASTE)

    with transaction(mirror.engine) as unit:
        assert len(unit.leads.claim_dirty(mirror.clock.now(), 100)) == 6


def test_at_the_pace_of_people_nothing_is_suspect(mirror: Mirror) -> None:
    mirror.take(*calls(mirror, leads(mirror, 40), apart=13 * SECOND), rules=HASTE)

    assert mirror.facts(FactKind.HURRIED) == []


def test_two_people_and_automations_are_told_apart(mirror: Mirror) -> None:
    refs, ref = leads(mirror, 10), Ref("salesforce", "user", BOT.key)
    mirror.take(UserReading(ref=ref, user=BOT, modified_at=MONDAY))
    by = [ANA] * 5 + [BEN] * 5
    people = [mirror.call(about, by=user.key) for about, user in zip(refs, by, strict=True)]
    mirror.take(*people, *(mirror.call(about, by=BOT.key) for about in refs), rules=HASTE)

    assert mirror.facts(FactKind.HURRIED) == []


def test_a_meeting_with_ten_leads_is_one_touch(mirror: Mirror) -> None:
    meeting = mirror.call(leads(mirror, 1)[0], by=ANA.key)
    mirror.take(*(replace(meeting, about=ref) for ref in leads(mirror, 10)), rules=HASTE)

    assert mirror.facts(FactKind.HURRIED) == []


def test_a_status_set_beside_each_call_counts_with_it_and_is_suspect_with_it(
    mirror: Mirror,
) -> None:
    refs = leads(mirror, 6)
    flips = [
        replace(
            call, ref=mirror.crm.ref("history"), kind=FactKind.STATUS, data={"status": "Working"}
        )
        for call in calls(mirror, refs)
    ]
    told = calls(mirror, refs)
    mirror.take(*told[:5], *flips[:5], rules=HASTE)
    assert mirror.facts(FactKind.HURRIED) == []

    mirror.take(told[5], flips[5], rules=HASTE)
    assert len(mirror.facts(FactKind.HURRIED)) == 12
    assert suspect(mirror) == [True] * 6


def test_a_mark_holds_as_long_as_what_is_agreed_is_no_laxer(mirror: Mirror) -> None:
    mirror.take(*calls(mirror, leads(mirror, 6)), rules=HASTE)

    assert suspect(mirror, Haste(3, 2 * MINUTE)) == [True] * 6
    assert suspect(mirror, Haste(6, MINUTE)) == [False] * 6
    assert suspect(mirror, Haste(5, 30 * SECOND)) == [False] * 6


def test_where_nothing_is_agreed_nothing_is_looked_for(mirror: Mirror) -> None:
    mirror.take(*calls(mirror, leads(mirror, 40)))

    assert mirror.facts(FactKind.HURRIED) == []
