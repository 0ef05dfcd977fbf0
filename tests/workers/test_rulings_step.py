"""decide under kept editions: what was kept is kept by every process, after every start."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine

from slasync.domain.agreement import Agreement, OnChange
from slasync.domain.caps import Caps
from slasync.domain.draft import Terms
from slasync.domain.lead import Roster, User, UserKey
from slasync.domain.rulings import Agreed, Rulings
from slasync.domain.writes import Action
from slasync.store.editions import Edition
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.decide import ready_gates
from slasync.workers.deciding.transition import transition
from tests.builders import (
    DAY,
    FIRST_TOUCH,
    HOUR,
    MINUTE,
    MONDAY,
    POOL,
    STREAMS,
    an_agreement,
    days,
    nine_to_five,
)
from tests.workers.office import Office

OFFICE = {"office": nine_to_five()}
OTHER = "salesforce.events"
"""A stream that only the new agreement reads."""


def an_edition(version: int, first: float, *streams: str) -> Agreement:
    """Return an agreement whose second rung is due after so many business days."""
    rungs = (FIRST_TOUCH.rungs[0], replace(FIRST_TOUCH.rungs[1], after=days(int(first))))
    clock = replace(FIRST_TOUCH, rungs=rungs, streams=(*STREAMS, *streams))
    return replace(an_agreement(), version=str(version), hash=str(version) * 64, clocks=(clock,))


OLD, NEW = an_edition(1, 1), an_edition(2, 3, OTHER)


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    """A lead was handed over under the old agreement; an hour later the new one is in force."""
    office = Office(sqlite_engine, agreement=OLD)
    come_into_force(office, OLD)
    office.lead()
    office.decide()
    office.go_on(HOUR)
    come_into_force(office, NEW, OnChange.KEEP)
    office.read_up_to({OTHER: MONDAY})
    return office


def come_into_force(
    office: Office, agreement: Agreement, choice: OnChange = OnChange.RECOMPUTE
) -> None:
    now = office.clock.now()
    with transaction(office.engine) as unit:
        unit.editions.keep(Edition(agreement.hash, now, {}, choice))
        unit.leads.mark_dirty(unit.clocks.not_ended(None), now)
    office.agreement = agreement


def started(office: Office) -> Rulings:
    """Have a process read from the database what was kept."""
    editions = {each.hash: Agreed(each, OFFICE, {POOL.name: POOL}) for each in (OLD, NEW)}
    with reading(office.engine) as unit:
        return Rulings(unit.editions.changes(), editions[NEW.hash], editions.__getitem__)


def test_a_kept_rung_fires_at_its_old_time_whichever_process_is_there(office: Office) -> None:
    office.decide(rulings=started(office))
    office.go_on(23 * HOUR - MINUTE)
    office.decide(rulings=started(office))
    assert [rung for _, rung in office.fired()] == ["day_0"]

    office.go_on(2 * MINUTE)
    office.decide(rulings=started(office))

    assert [rung for _, rung in office.fired()] == ["day_0", "day_1"]
    assert len(office.writes(Action.TASK)) == 2


def test_a_stream_that_only_the_new_agreement_reads_holds_no_kept_rung(office: Office) -> None:
    """That stream has not been read since the hand-over."""
    late = office.lead(at=MONDAY + HOUR)  # handed over under the new agreement
    office.decide(rulings=started(office))
    with reading(office.engine) as unit:
        gates = {row.gate for rows in unit.clocks.of([late]).values() for row in rows}
        ready = ready_gates(NEW, unit.cursors.watermarks(), started(office))
    assert gates == {"first_touch"}
    assert ready == {"first_touch": MONDAY, f"first_touch@{OLD.hash[:12]}": MONDAY + HOUR}


def test_what_was_decided_by_a_kept_edition_carries_its_hash(office: Office) -> None:
    (lead, _), *_ = office.fired()
    office.go_on(DAY)
    office.decide(rulings=started(office))
    with reading(office.engine) as unit:
        hashes = [decision.agreement_hash for decision in unit.decisions.of(lead)]
    assert set(hashes) == {OLD.hash}


def test_without_a_choice_the_new_agreement_counts_for_every_lead(office: Office) -> None:
    office.go_on(DAY)
    office.decide()
    assert [rung for _, rung in office.fired()] == ["day_0"]


def test_the_preview_of_a_change_compares_every_open_lead_and_writes_nothing(
    office: Office,
) -> None:
    for _ in range(3):
        office.lead(at=MONDAY + HOUR)
    office.decide(rulings=started(office))
    office.go_on(DAY)
    before = office.fired(), len(office.writes())

    with reading(office.engine) as unit:
        now, users = office.clock.now(), unit.users.all()
        made = transition(
            unit,
            terms_of(NEW, now, users, None),
            {OnChange.KEEP: terms_of(NEW, now, users, started(office))},
            Caps(total=0),
        )

    outcome = made.outcomes[OnChange.KEEP]
    assert (made.leads, made.clocks) == (4, 4)
    assert [(s.clock, s.rung, s.old, s.new, s.at_once) for s in outcome.shifts] == [
        ("first_touch", "day_1", MONDAY + 3 * DAY, MONDAY + DAY, True)
    ]
    assert (outcome.messages.total(), outcome.held) == (1, True)
    assert (office.fired(), len(office.writes())) == before


def terms_of(
    agreement: Agreement,
    now: datetime,
    users: Mapping[UserKey, User],
    rulings: Rulings | None,
) -> Terms:
    return Terms(
        agreement=agreement,
        calendars=OFFICE,
        roster=Roster.of(users, {POOL.name: POOL}),
        now=now,
        ready={},
        ruled=rulings.of if rulings else None,
    )
