"""What mornings read, on either database."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey, UserKey
from slasync.domain.modes import LeadMode, Mode
from slasync.store.leads import LeadUpdate, Summary
from slasync.store.modes import LeadModeRow
from slasync.store.mornings import AT_WORK, LATE, Stretch
from slasync.store.unit import reading, transaction
from tests.store.given import ANA, DAY, HOUR, LEAD, MINUTE, NOW, a_clock, a_fact, lead

BEN = UserKey("005BEN")


def at_work(
    engine: Engine, key: LeadKey, standing: str, due: datetime | None = None, **clock: Any
) -> None:
    """Store a lead with a clock that runs."""
    with transaction(engine) as unit:
        unit.leads.put([LeadUpdate(key, None, {}, None)], NOW)
        unit.leads.summarise([Summary(key, "mql", ANA, standing, due)], NOW)
        unit.clocks.put([a_clock(key, **{"anchor_at": NOW - DAY, "due_at": due} | clock)])


def test_late_are_the_running_clocks_of_overdue_and_stale_leads(engine: Engine) -> None:
    at_work(engine, lead(1), "overdue", next_rung="day_2")
    at_work(engine, lead(2), "stale", None, state="ladder_ended")
    at_work(engine, lead(3), "open", NOW + HOUR)
    at_work(engine, lead(4), "recycled")
    at_work(engine, lead(5), "overdue", ended_at=NOW, end_reason="touch")
    with reading(engine) as unit:
        found = {each.clock.lead: each for each in unit.mornings.late()}

    assert set(found) == {lead(1), lead(2)}
    assert found[lead(1)].owner == ANA
    assert found[lead(1)].clock.next_rung == "day_2"


def test_who_is_not_written_to_is_told_of_by_nobody(engine: Engine) -> None:
    at_work(engine, lead(1), "overdue")
    with transaction(engine) as unit:
        unit.modes.put([LeadModeRow(lead(1), LeadMode(Mode.SHADOW), NOW)])
        assert unit.mornings.late() == []


def test_coming_is_what_is_due_in_a_time_and_not_overdue(engine: Engine) -> None:
    at_work(engine, lead(1), "open", NOW)
    at_work(engine, lead(2), "open", NOW + HOUR)
    at_work(engine, lead(3), "touched", NOW + 2 * HOUR)
    at_work(engine, lead(4), "open", NOW + 2 * HOUR + MINUTE)
    at_work(engine, lead(5), "overdue", NOW + HOUR)
    with reading(engine) as unit:
        found = unit.mornings.coming(NOW, NOW + 2 * HOUR)

    assert sorted(each.clock.lead for each in found) == [lead(2), lead(3)]


def test_what_is_usual_is_drawn_from_hand_overs_by_who_had_the_lead_then(engine: Engine) -> None:
    handed: dict[str, Any] = {
        "kind": FactKind.HANDOVER,
        "source": OURS,
        "occurred_at": NOW,
        "seen_at": NOW,
    }
    owners = [
        a_fact(kind=FactKind.OWNER, occurred_at=at, data={"owner": owner})
        for at, owner in ((NOW, BEN), (NOW + HOUR, ANA), (NOW + 3 * HOUR, BEN))
    ]
    ended: dict[str, Any] = {"anchor_at": NOW, "ended_at": NOW + 2 * HOUR, "end_reason": "touch",
             "state": "ended", "calendar": "office"}  # fmt: skip
    with transaction(engine) as unit:
        unit.facts.add({LEAD: [a_fact(**handed), *owners], lead(2): [a_fact(**handed)]})
        unit.clocks.put([a_clock(**ended), a_clock(clock="processing", **ended)])
        unit.clocks.put([a_clock(lead(2), **ended | {"end_reason": "converted"})])
    with reading(engine) as unit:
        found = unit.mornings.touched("first_touch", NOW - DAY, 10)
        assert unit.mornings.touched("first_touch", NOW + DAY, 10) == []
        assert unit.mornings.touched("first_touch", NOW - DAY, 0) == []

    assert found == [Stretch(ANA, NOW, NOW + 2 * HOUR, "office")]


def test_rerouted_are_leads_given_to_another_owner_in_a_time(engine: Engine) -> None:
    def routed(generation: int, at: datetime) -> Fact:
        data = {"cycle": "c1", "generation": generation, "owner": BEN, "from": ANA}
        return a_fact(kind=FactKind.ROUTED, source=OURS, seen_at=at, data=data)

    with transaction(engine) as unit:
        unit.facts.add({
            lead(1): [routed(0, NOW)], lead(2): [routed(1, NOW)], lead(3): [routed(1, NOW - DAY)],
            lead(4): [routed(2, NOW - MINUTE), routed(1, NOW - 2 * MINUTE)],
        })  # fmt: skip
    with reading(engine) as unit:
        assert unit.mornings.rerouted(NOW - HOUR, NOW) == [lead(4), lead(2)]


def test_of_which_leads_a_dispute_was_ever_asked_about(engine: Engine) -> None:
    asked: dict[str, Any] = {"kind": FactKind.FIRED, "source": OURS}
    with transaction(engine) as unit:
        unit.facts.add({
            lead(1): [a_fact("fired:c1:disputed:0:asked", **asked)],
            lead(2): [a_fact("fired:c1:first_touch:0:day_1", **asked)],
            lead(3): [a_fact("fired:c1:disputed:0:asked", **asked)],
        })  # fmt: skip
    with reading(engine) as unit:
        assert unit.mornings.disputed([lead(1), lead(2)], "disputed", "asked") == [lead(1)]


def test_clocks_that_stand_still_are_found(engine: Engine) -> None:
    at_work(engine, lead(1), "open", state="paused")
    at_work(engine, lead(2), "open", NOW + HOUR)
    with reading(engine) as unit:
        assert [each.clock.lead for each in unit.mornings.paused()] == [lead(1)]


def test_a_morning_reads_no_table_of_leads_from_end_to_end(sqlite_engine: Engine) -> None:
    for query in (LATE, AT_WORK):
        said = str(query.compile(sqlite_engine, compile_kwargs={"literal_binds": True}))
        with sqlite_engine.connect() as db:
            rows = db.execute(text(f"EXPLAIN QUERY PLAN {said}")).all()
        plan = "\n".join(str(row.detail) for row in rows)

        assert not re.search(r"^SCAN lead(?! USING)\b", plan, re.MULTILINE), plan
