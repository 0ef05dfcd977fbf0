"""What each side did, lead by lead, worked out by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from slasync.domain.agreement import Agreement, OnReassign, Pausing
from slasync.domain.decide import decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.measuring import (
    NO_EVIDENCE,
    NOT_THERE,
    PARDONED,
    STANDS,
    UNREAD,
    Case,
    completeness,
    enrolment,
    handed_over,
    in_time,
)
from slasync.domain.figures.obligations import Completeness, Enrolling, Finding, TimeLimit, Verdict
from slasync.domain.lead import UserKey
from slasync.domain.nurture import Nurture, Path
from slasync.domain.rests import DECISION, DISPUTE, DISPUTE_REASON, Disputing, Rests
from tests.builders import (
    ANA,
    BEN,
    CONTACT,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MINUTE,
    MONDAY,
    PROCESSING,
    a_fact,
    a_lead,
    called,
    days,
    owned,
    scored,
    status,
)
from tests.domain.enrolling import (
    ENROLMENT,
    STATE,
    known_in_hubspot,
    marketing_terms,
    nurtured,
    with_enrolment,
)

RETURNED = MONDAY + 2 * HOUR
BY_CLOCK = Enrolling(Fraction(1), "enrolment", days(1))
BY_WALL = Enrolling(Fraction(1), within=DAY)
DAY_1 = TimeLimit("first_touch", days(1), "day_1")


def handed(*more: Fact, agreement: Agreement | None = None) -> list[Fact]:
    """A lead of Ana's, handed over on Monday at 9:00, with slasync's own decisions so far."""
    facts = [*known_in_hubspot(MONDAY - DAY), owned(MONDAY - DAY), scored(MONDAY)]
    agreement = agreement or with_enrolment()
    made = decide(a_lead(), facts, marketing_terms(MONDAY, agreement))
    return [*facts, *made.facts, *more]


def a_case(
    facts: Sequence[Fact],
    now: datetime,
    *,
    agreement: Agreement | None = None,
    ready: datetime | None = None,
) -> Case:
    agreement = agreement or with_enrolment()
    gates = {policy.gate: ready or now for policy in agreement.clocks}
    terms = marketing_terms(now, agreement, ready=gates)
    return Case.read(a_lead(), facts, terms, ready or now)


def told(findings: Iterator[Finding]) -> list[tuple[Verdict, str]]:
    return [(finding.verdict, finding.why) for finding in findings]


# hand-overs


def test_a_lead_that_is_handed_over_again_counts_again() -> None:
    facts = handed(status(RETURNED, "Nurturing"))
    down, up = scored(MONDAY + 3 * DAY, 10), scored(MONDAY + 4 * DAY, 90)
    again = decide(a_lead(), [*facts, down, up], marketing_terms(MONDAY + 4 * DAY))

    found = list(handed_over(a_case([*facts, down, up, *again.facts], MONDAY + 5 * DAY)))

    assert [(f.cycle, f.since) for f in found] == [("c1", MONDAY), ("c2", MONDAY + 4 * DAY)]


def test_a_cycle_counts_once_and_from_when_it_really_began() -> None:
    """An earlier hand-over that is learned late moves the hand-over; it makes no second one."""
    late = scored(MONDAY - 3 * HOUR, 85)
    seen_late = replace(late, seen_at=MONDAY + HOUR)

    found = list(handed_over(a_case(handed(seen_late), MONDAY + DAY)))

    assert [(f.cycle, f.since) for f in found] == [("c1", MONDAY - 3 * HOUR)]


# completeness

OWED = Completeness({"company": frozenset({("hubspot", "contact")})}, Fraction(1))


def has_company(at: datetime, *, has: bool) -> Fact:
    data = {"system": "hubspot", "kind": "contact", "id": CONTACT.id, "fields": {"company": has}}
    source_id = f"filled:{at.isoformat()}"
    return a_fact(FactKind.FILLED, at, data, source="hubspot", source_id=source_id)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((has_company(MONDAY - HOUR, has=True),), (Verdict.KEPT, "")),
        ((has_company(MONDAY - HOUR, has=False),), (Verdict.BROKEN, "without company")),
        (
            (has_company(MONDAY - HOUR, has=False), has_company(MONDAY + HOUR, has=True)),
            (Verdict.BROKEN, "without company"),
        ),
        ((), (Verdict.UNKNOWN, "not known: company")),
    ],
)
def test_completeness_is_that_of_the_hand_over_and_names_what_was_missing(
    more: tuple[Fact, ...], expected: tuple[Verdict, str]
) -> None:
    case = a_case(handed(*more), MONDAY + DAY)

    assert told(completeness(case, OWED)) == [expected]


# enrolment


def returned(*more: Fact) -> list[Fact]:
    return handed(status(RETURNED, "Nurturing"), *more)


@pytest.mark.parametrize(
    ("more", "now", "expected"),
    [
        ((nurtured(RETURNED + HOUR),), RETURNED + DAY, (Verdict.KEPT, "enrolled")),
        ((nurtured(RETURNED + DAY),), RETURNED + 2 * DAY, (Verdict.KEPT, "enrolled")),
        ((nurtured(RETURNED + DAY + MINUTE),), RETURNED + 2 * DAY, (Verdict.BROKEN, "enrolled")),
        ((), RETURNED + DAY + MINUTE, (Verdict.BROKEN, "")),
        ((), RETURNED + DAY - MINUTE, (Verdict.RUNNING, "")),
        (
            (status(RETURNED + HOUR, "Working"),),
            RETURNED + 2 * DAY,
            (Verdict.PASSED_ON, "with_sales"),
        ),
        (
            (status(RETURNED + DAY + HOUR, "Working"),),
            RETURNED + 2 * DAY,
            (Verdict.BROKEN, "with_sales"),
        ),
    ],
)
@pytest.mark.parametrize("owed", [BY_CLOCK, BY_WALL], ids=["by its clock", "by the wall clock"])
def test_enrolment_is_kept_within_the_limit_only(
    owed: Enrolling, more: tuple[Fact, ...], now: datetime, expected: tuple[Verdict, str]
) -> None:
    assert told(enrolment(a_case(returned(*more), now), owed)) == [expected]


def test_the_limit_counts_in_the_unit_of_its_clock() -> None:
    """Given back on Friday at 11:00: a business day later is Monday, a day on the wall Saturday."""
    friday = RETURNED + 4 * DAY
    facts = handed(status(friday, "Nurturing"), nurtured(friday + 2 * DAY))
    case = a_case(facts, friday + 5 * DAY)

    (by_clock,), (by_wall,) = enrolment(case, BY_CLOCK), enrolment(case, BY_WALL)

    assert (by_clock.verdict, by_clock.due) == (Verdict.KEPT, friday + 3 * DAY)
    assert (by_wall.verdict, by_wall.due) == (Verdict.BROKEN, friday + DAY)


@pytest.mark.parametrize(
    ("own", "verdict"), [(6 * HOUR, Verdict.BROKEN), (2 * DAY, Verdict.KEPT), (None, Verdict.KEPT)]
)
def test_a_programme_that_promises_sooner_is_held_to_that_and_no_other_to_later(
    own: timedelta | None, verdict: Verdict
) -> None:
    paths = (Path(name="later", default=True, enrol_within=own),)
    agreement = with_enrolment(nurture=Nurture(paths=paths))
    facts = [*handed(agreement=agreement), status(RETURNED, "Nurturing")]
    case = a_case([*facts, nurtured(RETURNED + 20 * HOUR)], RETURNED + 9 * DAY, agreement=agreement)

    assert [finding.verdict for finding in enrolment(case, BY_WALL)] == [verdict]


@pytest.mark.parametrize("owed", [BY_CLOCK, BY_WALL])
def test_before_the_evidence_has_been_read_past_the_limit_it_is_not_known(owed: Enrolling) -> None:
    case = a_case(returned(), RETURNED + 2 * DAY, ready=RETURNED + DAY - MINUTE)

    assert told(enrolment(case, owed)) == [(Verdict.UNKNOWN, UNREAD)]


def test_without_evidence_it_is_not_known_and_says_what_is_lacking() -> None:
    nothing = with_enrolment(None, clocks=(FIRST_TOUCH, PROCESSING))
    nowhere = [f for f in returned() if f.source_id != "in hubspot"]
    now = RETURNED + 2 * DAY

    unconfigured = enrolment(a_case(returned(), now, agreement=nothing), BY_WALL)
    unseen = enrolment(a_case(nowhere, now), BY_WALL)

    assert told(unconfigured) == [(Verdict.UNKNOWN, NO_EVIDENCE)]
    assert told(unseen) == [(Verdict.UNKNOWN, NOT_THERE)]


def test_a_lead_that_never_went_back_owes_no_enrolment() -> None:
    assert told(enrolment(a_case(handed(), RETURNED + 9 * DAY), BY_CLOCK)) == []


# sales


@pytest.mark.parametrize(
    ("more", "now", "expected"),
    [
        ((called(MONDAY + HOUR),), MONDAY + 2 * DAY, (Verdict.KEPT, "touch")),
        ((called(MONDAY + DAY),), MONDAY + 2 * DAY, (Verdict.KEPT, "touch")),
        ((called(MONDAY + DAY + MINUTE),), MONDAY + 2 * DAY, (Verdict.BROKEN, "touch")),
        ((), MONDAY + DAY + MINUTE, (Verdict.BROKEN, "")),
        ((), MONDAY + DAY - MINUTE, (Verdict.RUNNING, "")),
        ((status(MONDAY + HOUR, "Nurturing", by=None),), MONDAY + 2 * DAY,
         (Verdict.KEPT, "recycled")),
    ],
)  # fmt: skip
def test_a_clock_of_sales_is_kept_when_it_ends_within_its_limit(
    more: tuple[Fact, ...], now: datetime, expected: tuple[Verdict, str]
) -> None:
    assert told(in_time(a_case(handed(*more), now), DAY_1)) == [expected]


def test_a_touch_learned_late_counts_by_when_it_was() -> None:
    late = replace(called(MONDAY + HOUR), seen_at=MONDAY + 3 * DAY)

    assert told(in_time(a_case(handed(late), MONDAY + 4 * DAY), DAY_1)) == [(Verdict.KEPT, "touch")]


def test_a_breach_is_not_claimed_before_everything_has_been_read_past_the_limit() -> None:
    case = a_case(handed(), MONDAY + 2 * DAY, ready=MONDAY + DAY - MINUTE)

    assert told(in_time(case, DAY_1)) == [(Verdict.UNKNOWN, UNREAD)]


def test_each_owner_is_measured_by_the_time_he_had() -> None:
    """Ana let a day pass; Ben got the lead on Wednesday at 9:00 and called within the hour."""
    wednesday = MONDAY + 2 * DAY
    facts = handed(owned(wednesday, BEN, by=ANA))
    decided = decide(a_lead(), facts, marketing_terms(wednesday + MINUTE))
    case = a_case([*facts, *decided.facts, called(wednesday + HOUR, BEN)], wednesday + DAY)

    found = list(in_time(case, DAY_1))

    assert [(f.verdict, f.since, f.owner) for f in found] == [
        (Verdict.BROKEN, MONDAY, ANA.key),
        (Verdict.KEPT, wednesday, BEN.key),
    ]


def test_who_lost_the_lead_before_his_time_was_up_is_not_counted() -> None:
    facts = handed(owned(MONDAY + HOUR, BEN, by=ANA))
    decided = decide(a_lead(), facts, marketing_terms(MONDAY + 2 * HOUR))
    case = a_case([*facts, *decided.facts], MONDAY + 2 * HOUR)

    assert told(in_time(case, DAY_1)) == [(Verdict.PASSED_ON, "began anew before"),
                                          (Verdict.RUNNING, "")]  # fmt: skip


def test_a_clock_that_goes_on_through_owners_is_measured_once() -> None:
    facts = handed(owned(MONDAY + HOUR, BEN, by=ANA))
    decided = decide(a_lead(), facts, marketing_terms(MONDAY + 2 * HOUR))
    case = a_case([*facts, *decided.facts], MONDAY + 10 * DAY)

    found = list(in_time(case, TimeLimit("processing", days(7), "day_7")))

    assert [(f.verdict, f.due, f.owner) for f in found] == [
        (Verdict.BROKEN, MONDAY + 9 * DAY, BEN.key)
    ]


def test_a_lead_that_the_crm_does_not_have_cannot_be_blamed_on_anybody() -> None:
    facts = [f for f in handed() if f.kind != FactKind.OWNER]

    (finding,) = in_time(a_case(facts, MONDAY + 2 * DAY), DAY_1)

    assert (finding.verdict, finding.owner) == (Verdict.UNKNOWN, UserKey(""))


def test_while_a_clock_stands_still_there_is_no_limit() -> None:
    paused = replace(FIRST_TOUCH, pausing=Pausing(frozenset({"On hold"})))
    agreement = with_enrolment(STATE, clocks=(paused, PROCESSING, ENROLMENT), statuses_touch=False)
    facts = handed(status(MONDAY + HOUR, "On hold"), agreement=agreement)

    assert told(in_time(a_case(facts, MONDAY + 5 * DAY, agreement=agreement), DAY_1)) == [
        (Verdict.RUNNING, STANDS)
    ]


def test_a_new_owners_grace_moves_the_limit() -> None:
    graceful = replace(FIRST_TOUCH, on_reassign=OnReassign.MINIMUM_GRACE, grace=days(1))
    agreement = with_enrolment(STATE, clocks=(graceful, PROCESSING, ENROLMENT))
    late = MONDAY + 7 * HOUR
    facts = handed(owned(late, BEN, by=ANA), agreement=agreement)

    (finding,) = in_time(a_case(facts, late + HOUR, agreement=agreement), DAY_1)

    assert (finding.verdict, finding.due) == (Verdict.RUNNING, late + DAY)


def test_a_breach_whose_dispute_was_accepted_is_neither_kept_nor_broken() -> None:
    agreement = replace(
        with_enrolment(),
        rests=Rests(dispute=Disputing(clocks=frozenset({"first_touch"}), text="remind")),
    )
    disputed = a_fact(
        FactKind.CHANGED, MONDAY + DAY + HOUR, {DISPUTE: True, DISPUTE_REASON: "at a fair"}, by=ANA
    )
    accepted = a_fact(FactKind.CHANGED, MONDAY + DAY + 2 * HOUR, {DECISION: "accepted"})
    facts = handed(disputed, accepted, agreement=agreement)
    now = MONDAY + 3 * DAY

    [before] = in_time(a_case(facts[:-2], now, agreement=agreement), DAY_1)
    [after] = in_time(a_case(facts, now, agreement=agreement), DAY_1)

    assert (before.verdict, after.verdict) == (Verdict.BROKEN, Verdict.PASSED_ON)
    assert after.why == PARDONED
