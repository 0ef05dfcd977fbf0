"""Scripted people in sales who work in HubSpot: they answer their contacts, or need reminders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random  # noqa: TID251 - its type only: a stream is given

from slasync.sandbox.habits import Habits, Outcome, around
from slasync.sandbox.hours import Hours
from slasync.sandbox.hubspot.errors import Problem
from slasync.sandbox.hubspot.people import People
from slasync.sandbox.journal import Entry
from slasync.sandbox.world import World

DONE = "COMPLETED"
STATUS = {Outcome.RECYCLE: "BAD_TIMING", Outcome.DISQUALIFY: "UNQUALIFIED"}


@dataclass(frozen=True, slots=True)
class Rep:
    """Somebody with a login: the owner's id, which records name, and the user's."""

    owner: str
    user: str
    habits: Habits


class Desk:
    """The reps of one account. Each learns of a contact by owning it, of a task by being given it.

    `begin` has them look from now on.
    """

    def __init__(self, world: World, hubspot: People, hours: Hours, reps: list[Rep]) -> None:
        self._world, self._hubspot, self._hours = world, hubspot, hours
        self._by_owner: Mapping[str, Rep] = {rep.owner: rep for rep in reps}
        self._seen = len(world.journal)
        self._answered: set[tuple[str, str]] = set()

    def begin(self, every: timedelta = timedelta(minutes=15)) -> None:
        """Put their looking at HubSpot on the agenda."""
        at = self._hours.next_open(self._world.now() + every)
        self._world.agenda.add(at, "desk looks", partial(self._look, every))

    def _look(self, every: timedelta) -> None:
        entries = list(self._world.journal.entries(self._seen))
        self._seen += len(entries)
        for entry in entries:
            if entry.system == "hubspot" and entry.operation in {"create", "update"}:
                self._notice(entry)
        self.begin(every)

    def _notice(self, entry: Entry) -> None:
        rep = self._by_owner.get(str(entry.after.get("hubspot_owner_id") or ""))
        if rep is None or entry.by == rep.user:
            return
        if entry.object == "contacts":
            self._perhaps(rep, entry.id, "answers", rep.habits.diligence, rep.habits.first_answer)
        elif entry.object == "tasks":
            for contact in self._hubspot.tied("tasks", entry.id, "contacts"):
                habits = rep.habits
                self._perhaps(rep, contact, "reminded", habits.reminded, habits.after_reminder)

    def _perhaps(
        self, rep: Rep, contact: str, what: str, probability: float, median: timedelta
    ) -> None:
        if self._chance(rep, what).random() >= probability:
            return
        wait = around(median, self._chance(rep, "delays"))
        at = self._hours.after(self._world.now(), wait)
        self._world.agenda.add(at, "desk answers", partial(self._answer, rep, contact))

    def _answer(self, rep: Rep, contact: str) -> None:
        """Call somebody, end the open task, and decide some days later."""
        if (contact, rep.owner) in self._answered or not self._is_his(rep, contact):
            return
        self._answered.add((contact, rep.owner))
        now = self._world.now().isoformat(timespec="milliseconds")
        called = {"hs_timestamp": now, "hs_call_status": DONE, "hubspot_owner_id": rep.owner}
        self._hubspot.note("calls", contact, called, rep.user)
        for task in self._hubspot.tied("contacts", contact, "tasks"):
            held = self._hubspot.get("tasks", task)
            mine = held.get("hubspot_owner_id") == rep.owner
            if mine and held.get("hs_task_status") != DONE:
                self._hubspot.update("tasks", task, {"hs_task_status": DONE}, rep.user)
        outcome = rep.habits.outcome(self._chance(rep, "outcomes"))
        if outcome is not None:
            wait = around(rep.habits.decides, self._chance(rep, "decisions"))
            at = self._hours.next_open(self._world.now() + wait)
            self._world.agenda.add(at, "desk decides", partial(self._decide, rep, contact, outcome))

    def _decide(self, rep: Rep, contact: str, outcome: Outcome) -> None:
        if not self._is_his(rep, contact):
            return
        if outcome is Outcome.CONVERT:
            self._hubspot.update("contacts", contact, {"lifecyclestage": "opportunity"}, rep.user)
        else:
            self._hubspot.update("contacts", contact, {"hs_lead_status": STATUS[outcome]}, rep.user)

    def _is_his(self, rep: Rep, contact: str) -> bool:
        try:
            return self._hubspot.get("contacts", contact).get("hubspot_owner_id") == rep.owner
        except Problem:  # it is gone
            return False

    def _chance(self, rep: Rep, what: str) -> Random:
        return self._world.chance(f"desk.{rep.owner}.{what}")
