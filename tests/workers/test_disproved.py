"""A breach found wrong: what it said is not said, or corrected, and the owner keeps his lead."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.facts import FactKind
from slasync.domain.languages import Language, Locale
from slasync.domain.lead import LeadKey
from slasync.domain.recorded import retold
from slasync.domain.writes import Action
from slasync.ports import Message
from slasync.store.digests import NewDigest
from slasync.store.outbox_values import State
from slasync.store.unit import reading, transaction
from tests.builders import (
    ANA,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MONDAY,
    POOL,
    PROCESSING,
    an_agreement,
    called,
    days,
    owned,
)
from tests.workers.office import Office

LEA = "lea@sandbox.example"
AT = MONDAY + HOUR
CORRECTED = (
    "Correction: Lead 1, first_touch/day_3 was done in time"
    " (touch, Mon 2 Mar 2026, 10:00): no breach"
)
BERICHTIGT = (
    "Berichtigung: Lead 1, first_touch/day_3 war rechtzeitig erledigt"
    " (Kontakt, Mo, 02.03.2026, 10:00 Uhr): kein Verstoß"
)


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


def breached(office: Office) -> LeadKey:
    """Have day 3 fire: leadership has a line to read, and the lead is to be given to another."""
    lead = office.lead()
    office.decide()
    for _ in range(3):
        office.go_on(DAY)
        office.decide()
    assert waiting(office)
    assert owner_changes(office) == [State.PENDING]
    return lead


def learn_late(office: Office, lead: LeadKey) -> None:
    """Learn of a call in time only now."""
    office.learn(lead, replace(called(AT), seen_at=office.clock.now()))
    office.decide()


def waiting(office: Office) -> list[str]:
    with reading(office.engine) as unit:
        return [line.text for line in unit.digests.waiting([LEA], office.clock.now())]


def tell(office: Office) -> None:
    """Put what waits into a digest."""
    now = office.clock.now()
    with transaction(office.engine) as unit:
        lines = tuple(line.key for line in unit.digests.waiting([LEA], now))
        message = Message(key=now.isoformat(), to=LEA, subject="News", text="-", at=now)
        made = NewDigest(reader=LEA, channel="smtp", slot=now, message=message, lines=lines)
        assert unit.digests.make(made, now)


def owner_changes(office: Office) -> list[State]:
    return [view.state for view in office.writes(Action.OWNER)]


def test_a_line_that_nobody_was_told_is_dropped_and_the_lead_stays_with_its_owner(
    office: Office,
) -> None:
    lead = breached(office)
    learn_late(office, lead)

    assert waiting(office) == []
    [change] = office.writes(Action.OWNER)
    assert change.state is State.SUPERSEDED
    assert change.outcome == "withdrawn before it was sent: it had been done in time"
    withdrawn = [f.data for _, f in office.facts(FactKind.WITHDRAWN) if "rung" in f.data]
    assert [(d["rung"], d["owner_of"]) for d in withdrawn] == [("day_3", 1)]
    why = "first_touch/day_3 is no breach: touch at 2026-03-02T10:00:00+00:00, in time"
    assert withdrawn[0]["why"] == why


def test_why_it_is_none_is_told_in_german_too() -> None:
    german = Locale(Language.DE, ZoneInfo("UTC"), named=False)
    why = "first_touch/day_3 is no breach: touch at 2026-03-02T10:00:00+00:00, in time"
    assert retold(why, german) == (
        "first_touch/day_3 ist kein Verstoß: Kontakt, Mo, 02.03.2026, 10:00 Uhr, rechtzeitig"
    )
    unsent = "withdrawn before it was sent: it had been done in time"
    assert retold(unsent, german) == (
        "zurückgezogen, bevor es gesendet war: Es war rechtzeitig erledigt"
    )


@pytest.mark.parametrize(
    ("language", "words"), [(Language.EN, CORRECTED), (Language.DE, BERICHTIGT)]
)
def test_a_line_that_was_told_is_corrected_once_in_the_readers_language(
    office: Office, language: Language, words: str
) -> None:
    lead = breached(office)
    tell(office)
    pools = {POOL.name: replace(POOL, language=language)}
    office.learn(lead, replace(called(AT), seen_at=office.clock.now()))
    office.decide(pools=pools)
    assert waiting(office) == [words]

    office.go_on(DAY)
    tell(office)
    office.learn(lead, replace(called(AT + HOUR), seen_at=office.clock.now()))
    office.decide(pools=pools)
    assert waiting(office) == []
    assert owner_changes(office) == [State.SUPERSEDED]


def test_a_call_after_the_time_takes_nothing_back(office: Office) -> None:
    lead = breached(office)
    office.learn(lead, called(office.clock.now() + HOUR))
    office.go_on(DAY)
    office.decide()
    assert waiting(office)
    assert owner_changes(office) == [State.PENDING]


def test_who_was_given_the_lead_before_keeps_it(office: Office) -> None:
    lead = breached(office)
    [change] = office.writes(Action.OWNER)
    office.go_on(HOUR)
    given = replace(ANA, key=change.write.values["owner"])
    office.learn(lead, owned(office.clock.now(), given))
    office.decide()
    learn_late(office, lead)

    withdrawn = [f.data for _, f in office.facts(FactKind.WITHDRAWN) if "rung" in f.data]
    assert [d.get("owner_of") for d in withdrawn] == [None]
    assert len(owner_changes(office)) == 1


def test_a_later_rung_of_another_clock_can_take_the_lead_all_the_same(
    sqlite_engine: Engine,
) -> None:
    taking = Rung("day_7", days(7), (Effect(EffectKind.REASSIGN),))
    clocks = (FIRST_TOUCH, replace(PROCESSING, rungs=(taking,), restarts=2))
    office = Office(sqlite_engine, agreement=an_agreement(clocks=clocks))
    lead = breached(office)
    learn_late(office, lead)
    for _ in range(7):
        office.go_on(DAY)
        office.decide()

    assert owner_changes(office) == [State.SUPERSEDED, State.PENDING]
    assert [view.write.generation for view in office.writes(Action.OWNER)] == [1, 2]
