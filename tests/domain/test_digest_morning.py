"""What a morning's values say, and whose they are."""

from dataclasses import replace
from datetime import datetime

import pytest

from slasync.domain.digests.morning import Morning, has_missed, late_since, rung_of
from slasync.domain.digests.readers import DigestTerms, Sees, persons
from slasync.domain.digests.scope import below, chiefs, crm_managers, in_pool, reps
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.languages import Language
from slasync.domain.lead import User, UserKey
from slasync.domain.state import Cycle
from slasync.domain.writes import Role
from tests.builders import (
    ANA,
    BEN,
    CHI,
    DAY,
    FIRST_TOUCH,
    MIA,
    MONDAY,
    POOL,
    PROCESSING,
    QUEUE,
    a_roster,
    nine_to_five,
    terms,
)

FIRST = {("first_touch", "day_0"), ("processing", "day_7")}
TOM = User(UserKey("005TOM"), "Tom", "Tom@sandbox.example", language=Language.DE)
MANAGERS = DigestTerms(mornings_for=frozenset({Role.MANAGER}))


def fired(clock: str, generation: int, rung: str, due: datetime, *effects: str) -> Fact:
    data = {"cycle": "c1", "clock": clock, "generation": generation, "rung": rung,
            "due": due.isoformat(), "effects": [{"kind": kind} for kind in effects]}  # fmt: skip
    return Fact(
        kind=FactKind.FIRED, occurred_at=due, seen_at=due, source=OURS,
        source_id=f"fired:c1:{clock}:{generation}:{rung}", data=data,
    )  # fmt: skip


def a_cycle(*facts: Fact) -> Cycle:
    cycle = Cycle("c1", MONDAY, "score", {}, MONDAY)
    for fact in facts:
        named = fact.data
        cycle.fired[named["clock"], named["generation"], named["rung"]] = fact
    return cycle


# since when


def test_a_lead_is_late_since_its_earliest_rung_but_the_first_was_due() -> None:
    cycle = a_cycle(
        fired("first_touch", 0, "day_0", MONDAY),
        fired("first_touch", 0, "day_2", MONDAY + 2 * DAY),
        fired("first_touch", 0, "day_1", MONDAY + DAY),
    )

    assert late_since(cycle, {"first_touch": 0}, FIRST) == MONDAY + DAY


def test_what_an_earlier_owner_missed_counts_only_where_nothing_else_does() -> None:
    earlier = fired("first_touch", 0, "day_1", MONDAY + DAY)
    own = fired("first_touch", 1, "day_1", MONDAY + 5 * DAY)

    assert late_since(a_cycle(earlier, own), {"first_touch": 1}, FIRST) == MONDAY + 5 * DAY
    assert late_since(a_cycle(earlier), {"first_touch": 1}, FIRST) == MONDAY + DAY


def test_what_is_no_clock_of_the_agreement_makes_nothing_late() -> None:
    assert late_since(a_cycle(fired("routing", 0, "place", MONDAY)), {}, FIRST) is None


@pytest.mark.parametrize(
    ("rung", "missed"), [("day_0", False), ("day_1", False), ("day_2", True), (None, True)]
)
def test_a_clock_has_missed_something_once_its_second_rung_is_over(
    rung: str | None,
    missed: bool,  # noqa: FBT001
) -> None:
    assert has_missed(FIRST_TOUCH, rung) is missed


def test_of_a_clock_of_an_earlier_agreement_nobody_can_tell() -> None:
    assert has_missed(PROCESSING, "day_5")
    assert has_missed(None, "day_0")


def test_why_a_lead_was_moved_is_the_last_rung_that_asked_for_it() -> None:
    facts = [
        fired("first_touch", 0, "day_3", MONDAY + 3 * DAY, "digest", "reassign"),
        fired("first_touch", 1, "day_3", MONDAY + 6 * DAY, "reassign"),
        fired("processing", 0, "day_7", MONDAY + 3 * DAY, "task"),
    ]
    moved = Fact(
        kind=FactKind.ROUTED, occurred_at=MONDAY + 3 * DAY, seen_at=MONDAY + 3 * DAY, source=OURS,
        source_id="routed:c1:1", data={"cycle": "c1", "generation": 1},
    )  # fmt: skip

    assert rung_of(facts, moved) == ("first_touch", "day_3")
    assert rung_of(facts, replace(moved, data={"cycle": "c2"})) == ("", "")


def test_what_is_due_and_will_be_done_in_time_is_nothing_to_say() -> None:
    assert Morning(at=MONDAY, due_today=9).is_quiet
    assert not Morning(at=MONDAY, moved_in_all=1).is_quiet


# whose


def test_above_a_rep_stand_his_manager_in_the_crm_and_all_above_him() -> None:
    roster = a_roster(replace(MIA, manager=TOM.key), TOM)

    assert chiefs(roster, ANA.key) == ("mia@sandbox.example", "tom@sandbox.example")
    assert chiefs(roster, UserKey("unknown")) == ()


def test_without_one_in_the_crm_the_pool_s_manager_counts() -> None:
    lone = replace(ANA, manager=None)
    left = replace(MIA, active=False)

    assert chiefs(a_roster(lone), ANA.key) == ("mia@sandbox.example",)
    assert chiefs(a_roster(lone, pool=replace(POOL, manager=None)), ANA.key) == ()
    assert chiefs(a_roster(left), ANA.key) == ("mia@sandbox.example",)  # as teams.yaml says


def test_a_queue_is_the_pool_s_manager_s() -> None:
    assert chiefs(a_roster(), QUEUE.key) == ("mia@sandbox.example",)


def test_two_who_are_each_other_s_managers_do_no_harm() -> None:
    roster = a_roster(replace(MIA, manager=TOM.key), replace(TOM, manager=MIA.key))

    assert chiefs(roster, ANA.key) == ("mia@sandbox.example", "tom@sandbox.example")


def test_a_manager_sees_his_reps_only() -> None:
    roster = a_roster(replace(BEN, manager=TOM.key), TOM)
    owners = [ANA.key, BEN.key, CHI.key, QUEUE.key]

    assert below(roster, "MIA@sandbox.example", owners) == {ANA.key, CHI.key, QUEUE.key}
    assert below(roster, "tom@sandbox.example", owners) == {BEN.key}
    assert below(roster, "ana@sandbox.example", owners) == frozenset()


def test_a_channel_sees_its_pool() -> None:
    owners = [ANA.key, QUEUE.key, MIA.key, UserKey("unknown")]

    assert in_pool(a_roster(), "inbound", owners) == {ANA.key, QUEUE.key}
    assert reps(a_roster()) == {ANA.key, BEN.key, CHI.key, QUEUE.key}


def test_managers_whom_only_the_crm_names_read_in_their_language() -> None:
    roster = a_roster(replace(BEN, manager=TOM.key), TOM)
    known = persons({"inbound": POOL}, {"office": nine_to_five()}, "office", MANAGERS)
    (tom,) = crm_managers(terms(MONDAY, roster=roster), MANAGERS, known)

    assert (tom.name, tom.language, tom.sees) == ("tom@sandbox.example", Language.DE, Sees.OWN)
    assert crm_managers(terms(MONDAY, roster=roster), DigestTerms(), known) == ()


def test_leadership_sees_all_and_managers_see_only_if_asked_for() -> None:
    def seen(digest: DigestTerms) -> dict[str, Sees]:
        readers = persons({"inbound": POOL}, {"office": nine_to_five()}, "office", digest)
        return {reader.name.partition("@")[0]: reader.sees for reader in readers}

    assert seen(DigestTerms())["lea"] is Sees.ALL
    assert seen(DigestTerms())["mia"] is Sees.NOTHING
    assert seen(MANAGERS)["mia"] is Sees.OWN
    assert set(seen(DigestTerms(mornings_for=frozenset())).values()) == {Sees.NOTHING}
