from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slasync.sandbox.habits import Habits, Outcome, Way
from slasync.sandbox.marketing import Plan
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.town import QUEUE, Town, build, idle
from slasync.sandbox.world import Chance, World

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)  # 10:00 in Berlin
FRIDAY_EVENING = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SURE = Habits(diligence=1, reminded=1, converts=0, recycles=0, disqualifies=0)


class Rehearsal:
    """A town on a driven clock."""

    def __init__(self, start: datetime = MONDAY, seed: int = 1) -> None:
        self.clock = Driven(start)
        self.town: Town = build(World(self.clock.now, Chance(seed)))
        self.crm = self.town.salesforce

    def behave(self, name: str, **habits: Any) -> None:
        person = next(p for p in self.town.staff.people if p.name == name)
        self.town.staff.change(replace(person, habits=replace(SURE, **habits)))

    def lead(self, owner: str = "ana") -> str:
        fields = {"LastName": "L", "Company": "C", "OwnerId": self.town.users[owner]}
        return self.crm.create("Lead", fields, self.crm.integration_user_id)

    def task(self, lead: str, owner: str) -> str:
        fields = {"WhoId": lead, "Subject": "Call", "OwnerId": self.town.users[owner]}
        return self.crm.create("Task", fields, self.crm.integration_user_id)

    def go(self, length: timedelta = 7 * DAY) -> None:
        self.town.staff.begin()
        pass_time(self.clock, self.town.world.agenda, self.clock.now() + length)

    def done_by(self, name: str) -> list[tuple[str, str, Mapping[str, Any]]]:
        user = self.town.users[name]
        entries = self.town.world.journal.entries()
        return [(e.object, e.operation, e.after) for e in entries if e.by == user]


def test_a_rep_answers_a_lead_of_their_own() -> None:
    it = Rehearsal()
    it.behave("ana", ways={Way.CALL: 1})
    lead = it.lead("ana")
    it.go()

    calls = [after for name, _, after in it.done_by("ana") if name == "Task"]
    assert [(c["WhoId"], c["TaskSubtype"], c["Status"]) for c in calls] == [
        (lead, "Call", "Completed")
    ]


def test_nobody_touches_what_belongs_to_somebody_else_or_to_the_queue() -> None:
    it = Rehearsal()
    for name in ("ana", "ben", "chi", "dora"):
        it.behave(name)
    fields = {"LastName": "L", "Company": "C", "OwnerId": it.town.queues[QUEUE]}
    it.crm.create("Lead", fields, it.crm.integration_user_id)
    it.lead("ben")
    it.go()

    assert it.done_by("ana") == it.done_by("chi") == []
    assert it.done_by("ben") != []


def test_a_rep_without_diligence_needs_a_reminder() -> None:
    it = Rehearsal()
    it.behave("dora", diligence=0, reminded=1, ways={Way.TASK: 1})
    lead = it.lead("dora")
    it.go(DAY)
    assert it.done_by("dora") == []

    task = it.task(lead, "dora")
    it.go(2 * DAY)

    assert (it.crm.get("Task", task) or {})["Status"] == "Completed"
    assert it.done_by("dora")[0][:2] == ("Task", "update")


def test_a_lead_is_answered_once_however_often_it_is_reminded_of() -> None:
    it = Rehearsal()
    it.behave("ana", ways={Way.EMAIL: 1})
    lead = it.lead("ana")
    it.task(lead, "ana")
    it.task(lead, "ana")
    it.go()

    mails = [after for name, _, after in it.done_by("ana") if name == "Task"]
    assert [m["TaskSubtype"] for m in mails] == ["Email"]


def test_a_lead_that_comes_back_is_answered_again() -> None:
    it = Rehearsal()
    it.behave("ana", ways={Way.EMAIL: 1})
    lead, writer = it.lead("ana"), it.crm.integration_user_id
    it.go()
    it.crm.update("Lead", lead, {"OwnerId": it.town.users["ben"]}, writer)
    it.crm.update("Lead", lead, {"OwnerId": it.town.users["ana"]}, writer)
    it.go()

    assert sum(name == "Task" for name, _, _ in it.done_by("ana")) == 2


def test_people_work_in_their_hours_only() -> None:
    it = Rehearsal(FRIDAY_EVENING)
    it.behave("ana", first_answer=timedelta(minutes=1))
    it.lead("ana")
    it.go(timedelta(days=2, hours=12))
    assert it.done_by("ana") == []

    it.go(DAY)
    assert it.done_by("ana") != []


def test_nobody_works_on_a_holiday() -> None:
    it = Rehearsal()
    it.behave("ana", first_answer=timedelta(minutes=1))
    person = next(p for p in it.town.staff.people if p.name == "ana")
    away = frozenset({date(2026, 3, 2), date(2026, 3, 3)})
    it.town.staff.change(replace(person, hours=replace(person.hours, holidays=away)))
    it.lead("ana")
    it.go(timedelta(days=1, hours=20))

    assert it.done_by("ana") == []


@pytest.mark.parametrize(
    ("habit", "status"),
    [
        ("converts", "Closed - Converted"),
        ("recycles", "Recycled"),
        ("disqualifies", "Disqualified"),
    ],
)
def test_an_answered_lead_comes_to_its_end(habit: str, status: str) -> None:
    it = Rehearsal()
    it.behave("ana", **{habit: 1})
    lead = it.lead("ana")
    it.go(60 * DAY)

    row = it.crm.get("Lead", lead) or {}
    assert row["Status"] == status
    assert bool(row["IsConverted"]) == (habit == "converts")


def test_the_manager_ticks_off_own_tasks_and_works_no_leads() -> None:
    it = Rehearsal()
    it.behave("mia")
    it.behave("ana", diligence=0, reminded=0)
    lead = it.lead("ana")
    task = it.task(lead, "mia")
    it.go()

    assert [entry[:2] for entry in it.done_by("mia")] == [("Task", "update")]
    assert (it.crm.get("Task", task) or {})["Status"] == "Completed"


def test_a_lead_that_was_taken_away_or_deleted_is_left_alone() -> None:
    it = Rehearsal()
    it.behave("ana", first_answer=5 * timedelta(hours=1))
    moved, deleted = it.lead("ana"), it.lead("ana")
    it.go(timedelta(minutes=30))
    it.crm.update("Lead", moved, {"OwnerId": it.town.users["ben"]}, it.crm.admin_id)
    it.crm.delete("Lead", deleted, it.crm.admin_id)
    it.go()

    assert it.done_by("ana") == []


def test_what_the_organisation_refuses_is_not_done_and_the_rest_goes_on() -> None:
    it = Rehearsal()
    for name in ("ana", "ben"):
        it.behave(name, ways={Way.STATUS: 1})
    refused, taken = it.lead("ana"), it.lead("ben")
    it.crm.add_validation(
        "Lead", lambda before, _: "Ask first." if before and before["Id"] == refused else None
    )
    it.go()

    assert (it.crm.get("Lead", refused) or {})["Status"] == "Open - Not Contacted"
    assert (it.crm.get("Lead", taken) or {})["Status"] == "Working - Contacted"


def test_one_seed_gives_one_history_and_another_seed_another() -> None:
    def history(seed: int) -> list[tuple[datetime, str, str]]:
        it = Rehearsal(seed=seed)
        for owner in ("ana", "ben", "chi", "dora") * 5:
            it.lead(owner)
        it.go()
        return [(e.at, e.object, e.by) for e in it.town.world.journal.entries()]

    assert history(1) == history(1)
    assert history(1) != history(2)


def test_in_a_replay_nobody_acts_by_themselves() -> None:
    it = Rehearsal()
    idle(it.town)
    it.task(it.lead("ana"), "mia")
    it.go()

    assert [it.done_by(name) for name in it.town.users] == [[]] * 6


def test_the_reps_report_to_mia_and_mia_to_lea() -> None:
    it = Rehearsal()
    users = it.town.users

    managers = {name: (it.crm.get("User", users[name]) or {}).get("ManagerId") for name in users}

    assert {managers[name] for name in ("ana", "ben", "chi", "dora")} == {users["mia"]}
    assert managers["mia"] == users["lea"]


def test_outcomes_are_drawn_with_their_shares() -> None:
    habits = Habits(converts=0.5, recycles=0.3, disqualifies=0.1)
    chance = Chance(7)("draws")

    drawn = Counter(habits.outcome(chance) for _ in range(10_000))

    assert drawn[Outcome.CONVERT] == pytest.approx(5000, abs=250)
    assert drawn[Outcome.RECYCLE] == pytest.approx(3000, abs=250)
    assert drawn[None] == pytest.approx(1000, abs=150)


def test_shares_of_more_than_all_are_refused() -> None:
    with pytest.raises(ValueError, match="probability"):
        Habits(converts=0.6, recycles=0.6)


def test_contacts_arrive_by_plan_and_some_ask_for_a_demo() -> None:
    it = Rehearsal()
    hours = it.town.staff.people[0].hours
    it.town.marketing.begin(Plan(MONDAY, 7 * DAY, 100, hours, asks=0.5, ripens=0.5))
    pass_time(it.clock, it.town.world.agenda, MONDAY + 60 * DAY)

    contacts = list(it.town.hubspot.rows("contacts"))
    asked = [c for c in contacts if c.get("recent_conversion_event_name") == "Demo request"]
    ripe = [c for c in contacts if float(c["hubspotscore"]) >= 75]
    assert len(contacts) == len({c["email"] for c in contacts}) == 100
    assert len(asked) + len(ripe) == 100
    assert 30 < len(asked) < 70


def test_most_contacts_arrive_by_day() -> None:
    it = Rehearsal()
    hours = it.town.staff.people[0].hours
    it.town.marketing.begin(Plan(MONDAY, 7 * DAY, 200, hours))
    pass_time(it.clock, it.town.world.agenda, MONDAY + 7 * DAY)

    made = [e.at for e in it.town.world.journal.writes("hubspot", "contacts", "create")]
    assert len(made) == 200
    assert sum(hours.working(at) for at in made) > 140
