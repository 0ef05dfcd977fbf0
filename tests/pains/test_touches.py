"""What counts as a touch, in whatever order it is told; and whom nobody blames."""

from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import Engine

from slasync.domain.decide import decide
from slasync.domain.facts import Fact
from slasync.domain.history import fold
from slasync.domain.lead import Roster
from slasync.domain.writes import Action, Role
from slasync.store.engine import open_engine
from slasync.store.unit import reading
from tests.builders import (
    ANA,
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    a_lead,
    an_agreement,
    called,
    owned,
    scored,
    status,
    terms,
)
from tests.cli.desk import A_WHILE, Desk
from tests.pains.daemon import daemon
from tests.pains.marks import pain
from tests.web.dashboard.house import desk_settings
from tests.workers.office import Office

MARKETINGS_MAIL = {
    "Subject": "Email: Our summer webinar", "TaskSubtype": "Email", "Status": "Completed",
}  # fmt: skip


def first_touch(facts: list[Fact]) -> list[tuple[str, object]]:
    """What an explanation would say of the first touch, and what the clock came to."""
    at = terms(MONDAY + 2 * DAY, agreement=an_agreement(clocks=(FIRST_TOUCH,)))
    decision = decide(a_lead(), facts, at)
    state = fold([*facts, *decision.facts], at.agreement, at.roster)
    cycle = state.cycle
    assert cycle is not None
    said: list[tuple[str, object]] = [(c.clock, (c.state, c.ended_at)) for c in decision.clocks]
    return [*said, ("attempts", [touch.at for touch in cycle.attempts])]


@pain("P8")
def test_in_every_order_of_what_is_told_the_first_answer_is_the_earliest() -> None:
    """Six facts, told in each of 720 orders, an hour after another; the last in time came first."""
    told = [
        owned(MONDAY - DAY), scored(MONDAY), called(MONDAY + 3 * HOUR), called(MONDAY + HOUR),
        called(MONDAY + 2 * HOUR), status(MONDAY + 4 * HOUR, "Working"),
    ]  # fmt: skip
    results = {
        repr(
            first_touch(
                [
                    replace(fact, seen_at=MONDAY + 5 * HOUR + number * MINUTE)
                    for number, fact in enumerate(order)
                ]
            )
        )
        for order in permutations(told)
    }

    assert len(results) == 1
    assert repr(MONDAY + HOUR) in results.pop()


@pain("P9")
def test_while_tasks_cannot_be_read_nobody_is_escalated_and_operations_are_told_once(
    desk: Desk,
) -> None:
    """Ana calls in time; what she logged cannot be read for three days."""
    desk.arrives()
    desk.work()
    [lead] = desk.rows("Lead")
    before = len(desk.rows("Task"))
    org = desk.town.salesforce
    hidden = org.org.schema["Task"].fields["CallType"]
    with daemon(desk) as process:
        process.cycle(A_WHILE)
        usual = process.health()
        org.remove_field("Task", "CallType")
        desk.wait(2 * HOUR)
        ana = desk.town.users["ana"]
        call = {"WhoId": lead["Id"], "TaskSubtype": "Call", "Status": "Completed", "OwnerId": ana}
        org.create("Task", call | {"Subject": "Call"}, ana)
        for _ in range(12):
            process.cycle(6 * HOUR)

        stalled = process.health()
        org.add_field("Task", hidden)
        for _ in range(3):
            process.cycle(A_WHILE)
        well = process.health()

    [alarm] = [problem for problem in stalled.problems if problem not in usual.problems]
    assert alarm.startswith("salesforce.tasks is known up to ")
    assert "rungs that need it wait" in alarm
    assert (usual.ready, stalled.ready, well.ready) == (True, False, True)
    assert well.problems == usual.problems
    assert len(desk.rows("Task")) == before + 1  # Ana's call


@pain("P7")
@pytest.mark.parametrize(
    ("by", "subtype"), [("integration", "Email"), ("machine", "Email"), ("rep", "ListEmail")]
)
def test_a_mail_of_marketing_that_is_logged_as_done_is_no_attempt(
    new_desk: Desk, by: str, subtype: str
) -> None:
    """By slasync's own user, by another listed one, or by mass mail in the owner's name."""
    org = new_desk.town.salesforce
    machine = org.add_user("Marketing Mail", "machine@sandbox.example")
    listed = "automation_users: [machine@sandbox.example]"
    new_desk.change("connectors/salesforce/connector.yaml", "automation_users: []", listed)
    new_desk.slasync("sync", "--once")
    new_desk.arrives()
    new_desk.work()
    [lead] = new_desk.rows("Lead")
    who = {
        "integration": org.integration_user_id, "machine": machine, "rep": lead["OwnerId"],
    }[by]  # fmt: skip
    logged = MARKETINGS_MAIL | {"TaskSubtype": subtype, "WhoId": lead["Id"], "OwnerId": who}
    org.create("Task", logged, str(who))

    new_desk.work(HOUR)

    assert "would be stopped by: a touch by a person" in explained(new_desk)  # the clock runs
    assert attempts(new_desk) == 0
    new_desk.work(DAY)
    assert "first_touch/day_2 at" in explained(new_desk)


def explained(desk: Desk) -> str:
    return desk.slasync("explain", "lou@x.example").output


def attempts(desk: Desk) -> int:
    """Count the attempts of the only lead."""
    agreed = desk_settings(desk)
    engine = open_engine(desk.environ["SLASYNC_DATABASE"], durable=False)
    with reading(engine) as unit:
        [facts] = unit.facts.of(unit.leads.all_keys()).values()
        roster = Roster.of(unit.users.all(), agreed.pools)
    engine.dispose()
    cycle = fold(facts, agreed.agreement, roster).cycle
    assert cycle is not None
    return len(cycle.attempts)


@pain("P9")
def test_a_call_in_time_that_is_read_late_withdraws_what_was_said(sqlite_engine: Engine) -> None:
    """Everything was read past the due time, and the call became visible afterwards."""
    office = Office(sqlite_engine)
    lead = office.lead()
    office.decide()
    office.go_on(2 * DAY)
    office.decide()
    assert {v.write.role for v in office.writes(Action.TASK)} == {Role.OWNER, Role.MANAGER}

    office.learn(lead, replace(called(MONDAY + HOUR), seen_at=office.clock.now()))
    office.decide()

    closed = {v.write.task_key for v in office.writes(Action.CLOSE_TASK)}
    assert closed == {v.write.task_key for v in office.writes(Action.TASK)}


@pain("P10")
def test_after_the_end_no_clock_says_anything_whatever_time_passes(sqlite_engine: Engine) -> None:
    office = Office(sqlite_engine)
    lead = office.lead()
    office.decide()
    office.learn(lead, status(office.clock.now() + HOUR, "Unqualified"))
    office.go_on(2 * HOUR)
    office.decide()
    said = len(office.writes(Action.TASK))

    for _ in range(20):
        office.go_on(DAY)
        office.learn(lead, owned(office.clock.now(), BEN, by=MIA), called(office.clock.now(), ANA))
        office.decide()

    assert len(office.writes(Action.TASK)) == said
