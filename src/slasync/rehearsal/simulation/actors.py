"""People in a simulation: leads arrive, reps answer, and somebody does what nobody foresaw."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random  # noqa: TID251 - its type only: a stream is given
from typing import Any
from zoneinfo import ZoneInfo

from slasync.rehearsal.simulation.company import robot as robot_of
from slasync.rehearsal.simulation.database import Slot
from slasync.rehearsal.simulation.merging import Mergers
from slasync.rehearsal.simulation.plan import DAY, ActPart
from slasync.rehearsal.simulation.story_crm import DISPUTE, SNOOZE_UNTIL
from slasync.rehearsal.simulation.surroundings import Surroundings
from slasync.rehearsal.simulation.terms import (
    BOTTOM_FORMS,
    CALENDARS,
    DISPUTE_DECISION,
    DISPUTE_REASON,
    SNOOZE_REASON,
    THRESHOLD,
)
from slasync.sandbox.habits import Habits
from slasync.sandbox.hours import Hours
from slasync.sandbox.marketing import Plan as Arrivals
from slasync.sandbox.marketing import made_up
from slasync.sandbox.markets import REFUSALS
from slasync.sandbox.salesforce import Trouble
from slasync.sandbox.salesforce.times import stamp
from slasync.sandbox.town import MANAGER, QUEUE, REPS
from slasync.store.unit import transaction
from slasync.workers.pushing.parked import again

ARRIVING = 0.7  # of the day: later leads would have no ladder to climb
LARGEST_IMPORT = 10
MOST_LEADS = 50
IMPORTED = 20_000  # numbers of people, so that nobody is made up twice
OLD = 10_000
HIGH, LOW = (THRESHOLD, THRESHOLD + 5, 95), (20, THRESHOLD - 1)  # few: values come back
SLOWEST = timedelta(minutes=70)
LOOK_EVERY = timedelta(minutes=15)
LONGEST_SNOOZE = timedelta(hours=6)
REASONS = ("on a trip until then", "we spoke on the phone", "")


class Actors:
    """Everybody who does something in a run."""

    def __init__(self, around: Surroundings, slot: Slot) -> None:
        self._around = around
        self._slot = slot
        self._crm = around.town.salesforce
        self._market = around.town.marketing.market
        self._users = around.town.users
        self._imported = 0
        self._mergers = Mergers(around, self._later)
        self._acts: Mapping[str, Callable[[Random], None]] = self._all_acts()

    # before slasync's first start

    def old_leads(self) -> None:
        """People who were there before: many have the score, some are leads of the CRM's."""
        chance = self._around.world.chance("old")
        for number in range(self._around.plan.old):
            person = made_up(OLD + number, chance)
            self._market.arrive(person, chance.randrange(120), "import")
            if chance.random() < 0.3:  # noqa: PLR2004 - a share
                self._crm.create("Lead", _as_lead(person), by=self._rep(chance))

    # afterwards

    def schedule(self) -> None:
        """Put the day's events on the agenda."""
        plan, town = self._around.plan, self._around.town
        if plan.people:
            self._give_habits()
            town.staff.begin(LOOK_EVERY)
        zone = ZoneInfo(CALENDARS[plan.calendar].zone)
        length = timedelta(minutes=DAY * ARRIVING)
        arrivals = Arrivals(
            plan.start, length, plan.new, Hours(zone), first_reaction=timedelta(minutes=40)
        )
        town.marketing.begin(arrivals)
        for act in plan.acts:
            self._around.world.agenda.add(self._around.at(act.at), act.kind, partial(self.do, act))

    def _give_habits(self) -> None:
        chance = self._around.world.chance("habits")
        for person in self._around.town.staff.people:
            diligence = self._around.plan.diligence
            habits = Habits(
                diligence=min(1.0, diligence * chance.uniform(0.3, 1.5)),
                first_answer=timedelta(minutes=chance.choice((5, 30, 90))),
                reminded=chance.choice((0.0, diligence)),
                after_reminder=timedelta(minutes=chance.choice((5, 40))),
                decides=timedelta(hours=chance.choice((1, 4, 72))),
            )
            hours = replace(person.hours, zone=ZoneInfo(CALENDARS[self._around.plan.calendar].zone))
            self._around.town.staff.change(replace(person, habits=habits, hours=hours))

    def do(self, act: ActPart) -> None:
        """Carry out one act, if there is anything to do it to."""
        if self._around.safe:
            return
        self._around.trace.count(f"act.{act.kind}")
        chance = self._around.world.chance(f"act.{act.number}")
        try:
            self._acts[act.kind](chance)
        except (Trouble, *REFUSALS):
            self._around.trace.count("act refused")

    def _all_acts(self) -> Mapping[str, Callable[[Random], None]]:
        return {
            "reassign": self._reassign,
            "to_queue": self._to_queue,
            "edit": self._edit,
            "delete_task": self._delete_task,
            "undelete_task": self._undelete_task,
            "close_task": self._close_task,
            "reopen": self._reopen,
            "delete_lead": self._delete_lead,
            "undelete_lead": self._undelete_lead,
            "import": self._import,
            "score_up": lambda chance: self._score(chance, chance.choice(HIGH)),
            "score_down": lambda chance: self._score(chance, chance.choice(LOW)),
            "form": self._form,
            "convert": self._convert,
            "recycle": lambda chance: self._status(chance, "Recycled"),
            "disqualify": lambda chance: self._status(chance, "Disqualified"),
            "move_email": self._move_email,
            "call": self._call,
            "leave": self._leave,
            "return": self._return,
            "let_go": self._let_go,
            "retry": self._retry,
            "archive": self._archive,
            "restore": self._restore,
            "edit_contact": self._edit_contact,
            "flicker_lead": lambda chance: self._flicker(chance, "Lead", self._lead(chance)),
            "flicker_task": lambda chance: self._flicker(chance, "Task", self._task(chance)),
            "flicker_contact": self._flicker_contact,
            "double_lead": self._double_lead,
            "merge_contacts": self._mergers.contacts,
            "merge_leads": self._mergers.leads,
            "snooze": self._snooze,
            "wake": self._wake,
            "dispute": self._dispute,
            "decide_dispute": self._decide_dispute,
            "robot_call": self._robot_call,
            "robot_close": self._robot_close,
            "robot_status": self._robot_status,
        }

    # in the CRM

    def _reassign(self, chance: Random) -> None:
        if lead := self._lead(chance):
            self._crm.update("Lead", lead["Id"], {"OwnerId": self._rep(chance)}, self._boss())

    def _to_queue(self, chance: Random) -> None:
        if lead := self._lead(chance):
            queue = self._around.town.queues[QUEUE]
            self._crm.update("Lead", lead["Id"], {"OwnerId": queue}, self._boss())

    def _edit(self, chance: Random) -> None:
        if lead := self._lead(chance):
            given = {"Phone": f"+49 30 777{chance.randrange(10_000):04d}"}
            self._crm.update("Lead", lead["Id"], given, self._rep(chance))

    def _delete_task(self, chance: Random) -> None:
        if task := self._task(chance):
            self._crm.delete("Task", task["Id"], self._boss())

    def _undelete_task(self, chance: Random) -> None:
        if task := self._deleted(chance, "Task"):
            self._crm.undelete("Task", task["Id"], self._boss())

    def _close_task(self, chance: Random) -> None:
        if task := self._task(chance):
            by = chance.choice((task["OwnerId"], self._boss(), self._rep(chance)))
            self._crm.complete_task(task["Id"], by)

    def _reopen(self, chance: Random) -> None:
        closed = [row for row in self._ours() if row.get("IsClosed")]
        if closed:
            task = chance.choice(closed)
            self._crm.update("Task", task["Id"], {"Status": "Not Started"}, self._boss())

    def _delete_lead(self, chance: Random) -> None:
        if lead := self._lead(chance):
            self._crm.delete("Lead", lead["Id"], self._boss())

    def _undelete_lead(self, chance: Random) -> None:
        if lead := self._deleted(chance, "Lead"):
            self._crm.undelete("Lead", lead["Id"], self._boss())

    def _convert(self, chance: Random) -> None:
        if lead := self._lead(chance):
            self._crm.convert_lead(lead["Id"], by=self._rep(chance))

    def _status(self, chance: Random, status: str) -> None:
        if lead := self._lead(chance):
            self._crm.update("Lead", lead["Id"], {"Status": status}, self._rep(chance))

    def _call(self, chance: Random) -> None:
        if lead := self._lead(chance):
            self._crm.log_call(lead["Id"], by=self._rep(chance))

    def _leave(self, chance: Random) -> None:
        self._crm.update("User", self._rep(chance), {"IsActive": False}, self._crm.admin_id)

    def _return(self, _: Random) -> None:
        for user in self._users.values():
            if not (self._crm.get("User", user) or {}).get("IsActive"):
                self._crm.update("User", user, {"IsActive": True}, self._crm.admin_id)

    def _flicker(self, chance: Random, name: str, row: Mapping[str, Any] | None) -> None:
        """Delete, take back, and delete again: the same thing happens twice to one record."""
        if row is None:
            return
        crm, id_, boss = self._crm, row["Id"], self._boss()
        crm.delete(name, id_, boss)
        self._later(chance, lambda: crm.undelete(name, id_, boss))
        self._later(chance, lambda: crm.delete(name, id_, boss), after=SLOWEST)

    def _double_lead(self, chance: Random) -> None:
        """Two reps enter one person; when marketing meets him nobody can say which lead he is."""
        self._imported += 1
        person = made_up(IMPORTED + self._imported, chance)
        for _ in range(2):
            self._crm.create("Lead", _as_lead(person), self._rep(chance))
        score = chance.choice(HIGH)
        self._later(chance, lambda: _ignore(self._market.arrive(person, score)))

    # what reps may ask for, by the lead's fields

    def _snooze(self, chance: Random) -> None:
        if lead := self._lead(chance):
            until = self._around.now() + LONGEST_SNOOZE * chance.random()
            asked = {SNOOZE_UNTIL: stamp(until), SNOOZE_REASON: chance.choice(REASONS)}
            self._crm.update("Lead", lead["Id"], asked, self._asker(lead))

    def _wake(self, chance: Random) -> None:
        asleep = [row for row in self._leads() if row.get(SNOOZE_UNTIL)]
        if asleep:
            lead = chance.choice(asleep)
            self._crm.update("Lead", lead["Id"], {SNOOZE_UNTIL: None}, self._asker(lead))

    def _dispute(self, chance: Random) -> None:
        if lead := self._lead(chance):
            asked = {DISPUTE: True, DISPUTE_REASON: chance.choice(REASONS)}
            self._crm.update("Lead", lead["Id"], asked, self._asker(lead))

    def _decide_dispute(self, chance: Random) -> None:
        disputed = [row for row in self._leads() if row.get(DISPUTE)]
        if disputed:
            ruling = {DISPUTE_DECISION: chance.choice(("accepted", "refused"))}
            self._crm.update("Lead", chance.choice(disputed)["Id"], ruling, self._boss())

    def _asker(self, lead: Mapping[str, Any]) -> str:
        """Who has it asks for a rest, else his manager does."""
        owner = str(lead["OwnerId"])
        return owner if owner in self._users.values() else self._boss()

    def _later(
        self, chance: Random, act: Callable[[], None], after: timedelta = timedelta(0)
    ) -> None:
        def attempt() -> None:
            if not self._around.safe:
                with suppress(Trouble, *REFUSALS):  # somebody was faster
                    act()

        at = self._around.now() + after + SLOWEST * chance.random()
        self._around.world.agenda.add(at, "once more", attempt)

    # by a machine in the CRM: nobody has done anything

    def _robot_call(self, chance: Random) -> None:
        lead, robot = self._lead(chance), robot_of(self._around.town)
        if lead and robot:
            self._crm.log_call(lead["Id"], by=robot)

    def _robot_close(self, chance: Random) -> None:
        task, robot = self._task(chance), robot_of(self._around.town)
        if task and robot:
            self._crm.complete_task(task["Id"], robot)

    def _robot_status(self, chance: Random) -> None:
        lead, robot = self._lead(chance), robot_of(self._around.town)
        if lead and robot:
            status = chance.choice(("Working - Contacted", "Recycled"))
            self._crm.update("Lead", lead["Id"], {"Status": status}, robot)

    # in marketing

    def _flicker_contact(self, chance: Random) -> None:
        contact, market = self._contact(chance), self._market
        if contact is None:
            return
        market.delete(contact)
        self._later(chance, lambda: market.restore(contact))
        self._later(chance, lambda: market.delete(contact), after=SLOWEST)

    def _import(self, chance: Random) -> None:
        """Many contacts in one minute, as a file brings them."""
        known = len(self._market.contacts())
        room = MOST_LEADS - known - self._around.plan.new + self._around.town.marketing.arrived
        for _ in range(min(chance.randint(2, LARGEST_IMPORT), room)):
            self._imported += 1
            person = made_up(IMPORTED + self._imported, chance)
            self._market.arrive(person, chance.randrange(40, 120), "import")

    def _score(self, chance: Random, score: int) -> None:
        if contact := self._contact(chance):
            self._market.grow(contact, score)

    def _form(self, chance: Random) -> None:
        if contact := self._contact(chance):
            form = chance.choice((*BOTTOM_FORMS, "Newsletter"))
            self._market.ask(contact, form)

    def _move_email(self, chance: Random) -> None:
        """Somebody changes jobs, and another takes over the old address."""
        first, second = self._contact(chance), self._contact(chance)
        if first is None or second is None or first == second:
            return
        old = self._market.known(first).get("email", "")
        self._market.edit(first, {"email": f"moved.{old}"})
        if chance.random() < 0.5:  # noqa: PLR2004 - a share
            self._market.edit(second, {"email": old})

    def _edit_contact(self, chance: Random) -> None:
        if contact := self._contact(chance):
            self._market.edit(contact, {"company": f"Co {chance.randrange(99)}"})

    def _archive(self, chance: Random) -> None:
        if contact := self._contact(chance):
            self._market.delete(contact)

    def _restore(self, chance: Random) -> None:
        if deleted := self._market.deleted():
            self._market.restore(chance.choice(deleted))

    # at slasync's command line

    def _let_go(self, _: Random) -> None:
        """Allow what a cap held back, as `slasync plan` does."""
        with transaction(self._slot.engine) as unit:
            unit.outbox.let_go([view.key for view in unit.outbox.held()], self._around.now())

    def _retry(self, _: Random) -> None:
        """Have parked writes sent again."""
        with transaction(self._slot.engine) as unit:
            for view in unit.outbox.parked():
                again(unit, view.key, self._around.now())

    # whom or what it is done to

    def _boss(self) -> str:
        return self._users[MANAGER]

    def _rep(self, chance: Random) -> str:
        return self._users[chance.choice(tuple(REPS))]

    def _leads(self) -> list[Mapping[str, Any]]:
        return [row for row in self._crm.rows("Lead") if not row.get("IsConverted")]

    def _lead(self, chance: Random) -> Mapping[str, Any] | None:
        rows = self._leads()
        return chance.choice(rows) if rows else None

    def _ours(self) -> list[Mapping[str, Any]]:
        us = self._crm.integration_user_id
        return [row for row in self._crm.rows("Task") if row.get("CreatedById") == us]

    def _task(self, chance: Random) -> Mapping[str, Any] | None:
        rows = [row for row in self._ours() if not row.get("IsClosed")]
        return chance.choice(rows) if rows else None

    def _deleted(self, chance: Random, name: str) -> Mapping[str, Any] | None:
        every = self._crm.org.stores[name].rows.values()
        rows = [row for row in every if row.get("IsDeleted") and not row.get("MasterRecordId")]
        return chance.choice(rows) if rows else None

    def _contact(self, chance: Random) -> str | None:
        ids = self._market.contacts()
        return chance.choice(ids) if ids else None


def _ignore(_: str) -> None:
    """Nobody asks for the id."""


def _as_lead(person: Mapping[str, str]) -> dict[str, str]:
    return {
        "Email": person["email"], "FirstName": person["firstname"],
        "LastName": person["lastname"], "Company": person["company"],
    }  # fmt: skip
