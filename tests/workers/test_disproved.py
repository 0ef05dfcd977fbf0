"""A breach found wrong: what it said is not said, or corrected, and the owner keeps his lead."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.facts import OURS, FactKind
from slasync.domain.languages import Language, Locale
from slasync.domain.lead import LeadKey
from slasync.domain.recorded import retold
from slasync.domain.rests import DISPUTE, DISPUTE_REASON, Disputing, Rests
from slasync.domain.writes import Action, Role
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
    a_fact,
    an_agreement,
    called,
    days,
    owned,
)
from tests.workers.mailroom import Mailroom, message, telling
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
    withdrawn = [f.data for _, f in office.facts(FactKind.WITHDRAWN) if "rung" in f.data]
    assert [(d["rung"], d["owner_of"]) for d in withdrawn] == [("day_3", 1)]
    why = "first_touch/day_3 is no breach: touch at 2026-03-02T10:00:00+00:00, in time"
    assert withdrawn[0]["why"] == why
    assert change.outcome == f"withdrawn before it was sent: {why}"


def test_why_it_is_none_is_told_in_german_too() -> None:
    german = Locale(Language.DE, ZoneInfo("UTC"), named=False)
    why = "first_touch/day_3 is no breach: touch at 2026-03-02T10:00:00+00:00, in time"
    assert retold(why, german) == (
        "first_touch/day_3 ist kein Verstoß: Kontakt, Mo, 02.03.2026, 10:00 Uhr, rechtzeitig"
    )
    disputed = "first_touch/day_3 is no breach: disputed at 2026-03-05T10:00:00+00:00, and accepted"
    assert retold(f"withdrawn before it was sent: {disputed}", german) == (
        "zurückgezogen, bevor es gesendet war: first_touch/day_3 ist kein Verstoß:"
        " Einspruch Do, 05.03.2026, 10:00 Uhr, angenommen"
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


# a dispute about it was accepted


def disputable() -> Rests:
    return Rests(dispute=Disputing(clocks=frozenset({"first_touch"}), text="remind"))


def dispute(office: Office, lead: LeadKey, decision: str) -> None:
    """Have the owner dispute what is overdue now, and the manager decide an hour later."""
    wish = {DISPUTE: True, DISPUTE_REASON: "was with me at a fair"}
    office.learn(lead, a_fact(FactKind.CHANGED, office.clock.now(), wish, by=ANA))
    office.go_on(HOUR)
    ruled = {"decision": decision, "why": ""}
    office.learn(lead, a_fact(FactKind.DISPUTE_DECIDED, office.clock.now(), ruled, source=OURS))
    office.decide()


def test_an_accepted_dispute_drops_the_line_and_the_lead_stays_with_its_owner(
    sqlite_engine: Engine,
) -> None:
    office = Office(sqlite_engine, agreement=an_agreement(rests=disputable()))
    lead = breached(office)
    dispute(office, lead, "accepted")

    assert waiting(office) == []
    [change] = office.writes(Action.OWNER)
    assert (change.state, change.outcome) == (
        State.SUPERSEDED,
        (
            "withdrawn before it was sent: first_touch/day_3 is no breach:"
            " disputed at 2026-03-05T09:00:00+00:00, and accepted"
        ),
    )


def test_a_refused_dispute_takes_nothing_back(sqlite_engine: Engine) -> None:
    office = Office(sqlite_engine, agreement=an_agreement(rests=disputable()))
    lead = breached(office)
    dispute(office, lead, "refused")

    assert len(waiting(office)) == 1
    assert owner_changes(office) == [State.PENDING]


def test_a_line_that_was_told_is_corrected_once_when_the_dispute_is_accepted(
    sqlite_engine: Engine,
) -> None:
    office = Office(sqlite_engine, agreement=an_agreement(rests=disputable()))
    lead = breached(office)
    tell(office)
    dispute(office, lead, "accepted")
    assert waiting(office) == [
        (
            "Correction: Lead 1, first_touch/day_3 was disputed (Thu 5 Mar 2026, 09:00),"
            " and the dispute accepted: no breach"
        )
    ]

    tell(office)
    office.go_on(HOUR)
    office.learn(lead)
    office.decide()
    assert waiting(office) == []


# messages


def telling_of(*roles: Role, engine: Engine) -> Mailroom:
    """Have a lead of Ana's let lie for a day; then these are told."""
    agreement = telling((), tuple(message(role) for role in roles))
    return Mailroom(engine, replace(agreement, rests=disputable()))


def test_a_message_that_has_not_left_is_dropped_and_not_corrected(sqlite_engine: Engine) -> None:
    room = telling_of(Role.LEADERSHIP, engine=sqlite_engine)
    lead = room.lead()
    room.advance(DAY)
    room.decide()
    learn_late(room.office, lead)

    [told] = room.messages()
    why = "first_touch/day_1 is no breach: touch at 2026-03-02T10:00:00+00:00, in time"
    assert (told.state, told.outcome) == (
        State.SUPERSEDED, f"withdrawn before it was sent: {why}",
    )  # fmt: skip


def test_a_message_that_was_sent_is_corrected_once_to_each_reader(sqlite_engine: Engine) -> None:
    room = telling_of(Role.OWNER, Role.LEADERSHIP, engine=sqlite_engine)
    lead = room.lead()
    room.advance(DAY)
    room.decide()
    room.work(room.push())
    for late in (AT, AT + HOUR):
        room.office.learn(lead, replace(called(late), seen_at=room.clock.now()))
        room.decide()
        room.work(room.push())

    first, second, *corrections = room.sent()
    assert {mail.to for mail in corrections} == {first.to, second.to} == {ANA.email, LEA}
    assert [(mail.subject, mail.text) for mail in corrections] == [
        (
            "Correction: Lead 1",
            (
                "Correction: Lead 1, first_touch/day_1 was done in time"
                " (touch, Mon 2 Mar 2026, 10:00): no breach"
            ),
        )
    ] * 2


def test_a_message_about_an_accepted_dispute_is_corrected(sqlite_engine: Engine) -> None:
    room = telling_of(Role.LEADERSHIP, engine=sqlite_engine)
    lead = room.lead()
    room.advance(DAY)
    room.decide()
    room.work(room.push())
    dispute(room.office, lead, "accepted")
    room.work(room.push())

    _, correction = room.sent()
    assert correction.text == (
        "Correction: Lead 1, first_touch/day_1 was disputed (Tue 3 Mar 2026, 09:00),"
        " and the dispute accepted: no breach"
    )


def test_the_message_at_the_start_of_a_disputed_clock_stays_as_it_was(
    sqlite_engine: Engine,
) -> None:
    room = Mailroom(
        sqlite_engine, replace(telling((message(Role.LEADERSHIP),)), rests=disputable())
    )
    lead = room.lead()
    room.decide()
    room.work(room.push())
    room.advance(DAY)
    dispute(room.office, lead, "accepted")

    assert len(room.messages()) == 1
