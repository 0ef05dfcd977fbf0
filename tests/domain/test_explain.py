"""An explanation tells the decision's own story: facts, rule, arithmetic, and what is next."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.decide import decide
from slasync.domain.explaining.account import Decided, Stream, Written
from slasync.domain.explaining.explain import explain
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.writes import Action, Write
from tests.builders import (
    ANA,
    BEN,
    CONTACT,
    DAY,
    HOUR,
    LEAD,
    MIA,
    MONDAY,
    a_fact,
    a_lead,
    an_agreement,
    called,
    owned,
    scored,
    status,
    terms,
)
from tests.domain.explaining import HANDED, WORKED, an_account, fired, told


def test_facts_come_in_order_and_say_when_they_were_seen() -> None:
    late = replace(called(MONDAY + HOUR), seen_at=MONDAY + DAY)

    lines = told(an_account([late, *WORKED], MONDAY + DAY), "What happened")

    assert lines[-1] == (
        "2026-03-02T10:00:00Z (seen 2026-03-03T09:00:00Z) salesforce: touch: call, strong, by Ana"
    )


def test_a_task_that_slasync_closed_is_not_told_as_closed_by_whoever_converted_the_lead() -> None:
    at, read = MONDAY + HOUR, MONDAY + DAY
    ours = a_fact(FactKind.CLOSED, at, {"task_key": "k1"}, source=OURS)
    told_by = {"task_key": "k1", "channel": "task", "grade": "weak", "subject": "New lead"}
    touch = a_fact(FactKind.TOUCH, at, told_by, by=ANA, seen_at=read)
    ended = a_fact(FactKind.TASK_ENDED, at, {"task_key": "k1", "how": "closed"}, by=ANA)
    before = a_fact(FactKind.TOUCH, at - HOUR / 2, told_by, by=ANA)

    lines = told(an_account([*WORKED, before, ours, touch, ended], read), "What happened")

    assert "touch: task 'New lead', weak, of our task, by Ana" in lines[-4]
    assert [line.partition("salesforce: ")[2] for line in lines if "changed later" in line] == [
        "our task, closed by slasync, was changed later by Ana: no touch",
        "our task, closed by slasync, was changed later by Ana: no touch",
    ]


def test_the_hand_over_names_rule_and_evidence() -> None:
    lines = told(an_account(WORKED, MONDAY + HOUR), "Cycle c1")

    assert lines[:4] == (
        "handed over at 2026-03-02T09:00:00Z because score was met",
        "  rule: score >= 75",
        "  evidence: score was 80",
        "owner chosen at 2026-03-02T09:00:00Z: Ana; first",
    )


def test_the_other_definitions_are_told_with_what_they_read() -> None:
    lines = told(an_account(WORKED, MONDAY + HOUR), "Definitions of an MQL")

    assert "form: form == 'Demo request' is not met now" in lines
    assert lines[-1].endswith("form is unknown, form_at is unknown")


def test_each_rung_carries_the_calendars_arithmetic() -> None:
    lines = told(an_account(WORKED, MONDAY + HOUR), "Clock first_touch")

    rung = lines.index(
        "day_1, 1 business day: due Tue 03 Mar 2026 09:00 UTC (2026-03-03T09:00:00Z)"
    )
    assert lines[rung + 1] == "  still to come: task to owner"
    assert "  | Tue 2026-03-03: a business day" in lines[rung:]


def test_a_rung_that_fired_tells_whom_it_told() -> None:
    effect = {"kind": "task", "role": "owner", "to": ANA.key, "task_key": "t1"}
    facts = [*WORKED, fired("day_0", MONDAY + HOUR, effects=[effect])]

    lines = told(an_account(facts, MONDAY + 2 * HOUR), "Clock first_touch")

    assert "  fired 2026-03-02T10:00:00Z: task to Ana" in lines


def test_a_superseded_rung_says_so() -> None:
    facts = [
        *WORKED,
        fired("day_0", MONDAY + DAY, superseded=True),
        fired("day_1", MONDAY + DAY, due=(MONDAY + DAY).isoformat()),
    ]

    lines = told(an_account(facts, MONDAY + DAY), "Clock first_touch")

    assert lines[2] == (
        "  passed 2026-03-03T09:00:00Z: its message was superseded by day_1, due as well"
    )


def test_what_would_stop_a_clock_is_said_while_it_runs() -> None:
    running = told(an_account(WORKED, MONDAY + HOUR), "Clock first_touch")
    ended = told(an_account([*WORKED, called(MONDAY + HOUR)], MONDAY + DAY), "Clock first_touch")

    assert running[-1].startswith("would be stopped by: a touch by a person (strong or weak)")
    assert (
        ended[1] == "ended at Mon 02 Mar 2026 10:00 UTC (2026-03-02T10:00:00Z): touch, call by Ana"
    )
    assert not ended[-1].startswith("would be stopped by")


def test_a_rung_held_by_a_stream_names_it_and_why_it_is_not_read() -> None:
    streams = {"salesforce.tasks": Stream(MONDAY - HOUR, "503"), "salesforce.lead_history": Stream(
        MONDAY + HOUR
    )}  # fmt: skip

    lines = told(an_account(WORKED, MONDAY + HOUR, streams=streams), "Clock first_touch")

    assert lines[2] == (
        "  waiting for data: salesforce.tasks is known up to 2026-03-02T08:00:00Z only (503)"
    )


def test_a_lead_that_the_crm_does_not_have_waits_for_its_record() -> None:
    account = an_account(WORKED, MONDAY + HOUR, lead=a_lead(CONTACT))

    assert told(account, "Clock first_touch")[2].startswith("  waiting for record: salesforce does")


def test_a_definition_met_before_the_start_is_mirrored_and_not_judged() -> None:
    agreement = an_agreement(effective_from=MONDAY + DAY)
    account = an_account([scored(MONDAY)], MONDAY + 2 * DAY)
    account = replace(account, terms=terms(MONDAY + 2 * DAY, agreement=agreement))

    (paragraph,) = told(account, "Why nothing happened")

    assert paragraph == (
        "Definition score was met at 2026-03-02T09:00:00Z, before slasync began to judge at"
        " 2026-03-03T09:00:00Z: mirrored and listed, no clock runs."
    )


def test_a_person_who_chose_the_owner_is_respected_and_it_is_said() -> None:
    facts = [*WORKED, owned(MONDAY + HOUR, BEN, by=MIA)]

    lines = told(an_account(facts, MONDAY + 2 * HOUR), "Lead")

    assert lines[-1] == (
        "owner: Ben since 2026-03-02T10:00:00Z, chosen by a person and therefore kept"
    )


def test_an_ended_cycle_says_what_the_next_would_need() -> None:
    facts = [*WORKED, status(MONDAY, "New"), status(MONDAY + HOUR, "Nurturing")]

    lines = told(an_account(facts, MONDAY + DAY), "Next")

    assert lines[-1] == ("the cycle has ended (recycled): another hand-over would open the next")


def test_decisions_and_writes_are_listed_with_their_outcome() -> None:
    write = Write(
        key="abc", lead=LEAD, system="salesforce", action=Action.OWNER, values={"owner": ANA.key}
    )
    account = an_account(
        WORKED,
        MONDAY + HOUR,
        decisions=[Decided(MONDAY, "enforce", ("handed over",))],
        writes=[Written(write, "parked", "refused: locked", MONDAY, MONDAY + HOUR)],
    )

    assert told(account, "Decisions") == ("2026-03-02T09:00:00Z enforce: handed over",)
    assert told(account, "Writes") == (
        "2026-03-02T10:00:00Z salesforce: change the owner: parked (refused: locked)",
        "  key abc",
    )


def test_next_tells_what_is_due_now_and_the_rung_after() -> None:
    lines = told(an_account(WORKED, MONDAY + HOUR), "Next")

    assert "now: day_0: task for owner Ana" in lines
    assert (
        "first_touch/day_0 at Mon 02 Mar 2026 09:00 UTC (2026-03-02T09:00:00Z): task to owner"
        in (lines)
    )


def test_a_calendar_that_ends_is_said_instead_of_failing() -> None:
    late = MONDAY + timedelta(days=365 * 3)
    facts = [scored(late), owned(late), replace(HANDED, occurred_at=late)]

    lines = told(an_account(facts, late + HOUR), "Clock first_touch")

    assert "cannot be worked out: calendar 'office' covers" in lines[0]


HAPPENINGS = (
    scored(MONDAY),
    owned(MONDAY),
    owned(MONDAY + HOUR, BEN, by=MIA),
    called(MONDAY + HOUR),
    status(MONDAY, "New"),
    status(MONDAY + DAY, "Nurturing"),
    a_fact(FactKind.DELETED, MONDAY),
    a_fact(FactKind.CONVERTED, MONDAY + DAY, {"contact": "003"}),
)


@given(
    st.lists(st.sampled_from(HAPPENINGS), unique_by=lambda fact: fact.source_id), st.integers(0, 20)
)
def test_any_history_is_explained_and_what_is_decided_next_is_what_is_told(
    facts: list[Fact], days: int
) -> None:
    now = MONDAY + days * DAY
    decided = decide(a_lead(), facts, terms(now))

    before, after = an_account(facts, now), an_account([*facts, *decided.facts], now)

    assert {f"now: {because}" for because in decided.because} <= set(told(before, "Next"))
    assert all(section.lines for section in (*explain(before), *explain(after)))
