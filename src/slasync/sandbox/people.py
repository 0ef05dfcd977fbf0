"""Scripted people in sales: they see what Salesforce shows them, and act in their own time.

A person learns of a lead by becoming its owner, and of a task by being given it. Whether, when
and how they act is drawn from chance streams with names, so one seed gives one history.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from random import Random  # noqa: TID251 - its type only: a stream is given
from typing import Any

from slasync.sandbox.habits import Outcome, Person, Way, Words, around
from slasync.sandbox.journal import Entry
from slasync.sandbox.salesforce import Salesforce, Trouble
from slasync.sandbox.world import World

Action = Callable[[], None]
Act = Callable[[Person, str], None]

LOOK_EVERY = timedelta(minutes=15)
RESULTS = ("Connected", "Left voicemail", "No answer")
ALSO_SAYS_SO = 0.7  # share of calls and e-mails after which the status is changed too
MINUTES = 25  # longest call
CLOSED = ("Completed", "Deferred")


class Staff:
    """The people of one organisation. `begin` puts their looking at Salesforce on the agenda."""

    def __init__(
        self,
        world: World,
        salesforce: Salesforce,
        people: Iterable[Person],
        words: Words | None = None,
    ) -> None:
        self._world = world
        self._salesforce = salesforce
        self._words = words or Words()
        self._by_id = {person.user_id: person for person in people}
        self._seen = len(world.journal)
        self._answered: set[tuple[str, str]] = set()  # (lead, person)
        self._gone = False

    @property
    def people(self) -> list[Person]:
        return list(self._by_id.values())

    def change(self, person: Person) -> None:
        """Have somebody behave in another way from now on."""
        self._by_id[person.user_id] = person

    def begin(self, every: timedelta = LOOK_EVERY) -> None:
        """Have the people look from now on, as often as `every` while anybody works."""
        now = self._world.now()
        at = min((p.hours.next_open(now + every) for p in self._by_id.values()), default=None)
        if at is not None:
            self._world.agenda.add(at, "people look", partial(self._look_again, every))

    def end(self) -> None:
        """Have nobody do anything more, not even what they meant to."""
        self._gone = True

    def look(self) -> None:
        """Let everybody see what has changed since they last looked."""
        entries = list(self._world.journal.entries(self._seen))
        self._seen += len(entries)
        for entry in entries:
            if entry.system == "salesforce":
                self._notice(entry)

    def _look_again(self, every: timedelta) -> None:
        if self._gone:
            return
        self.look()
        self.begin(every)

    def _notice(self, entry: Entry) -> None:
        if entry.object == "Lead" and entry.operation in {"create", "update"}:
            owner = self._by_id.get(entry.after.get("OwnerId", ""))
            if owner is not None and owner.works_leads and entry.by != owner.user_id:
                self._given_lead(owner, entry.id)
        elif entry.object == "Task" and entry.operation in {"create", "update"}:
            self._given_task(entry)

    def _given_lead(self, person: Person, lead_id: str) -> None:
        self._answered.discard((lead_id, person.user_id))  # it is theirs anew
        if self._draws(person, "answers", person.habits.diligence):
            self._answer_after(person, lead_id, person.habits.first_answer)

    def _given_task(self, entry: Entry) -> None:
        task = self._salesforce.get("Task", entry.id) or {}
        person = self._by_id.get(task.get("OwnerId", ""))
        if person is None or entry.by == person.user_id or task.get("Status") in CLOSED:
            return
        if not self._draws(person, "reminded", person.habits.reminded):
            return
        if person.works_leads:
            self._answer_after(person, task.get("WhoId", ""), person.habits.after_reminder)
        else:
            self._later(person, person.habits.after_reminder, "done", self._complete, entry.id)

    def _answer_after(self, person: Person, lead_id: str, median: timedelta) -> None:
        self._later(person, median, "answer", self._answer, lead_id)

    def _later(
        self, person: Person, median: timedelta, name: str, act: Act, record_id: str
    ) -> None:
        delay = around(median, self._chance(person, "delays"))
        at = person.hours.after(self._world.now(), delay)
        self._at(at, f"{person.name} {name}", partial(act, person, record_id))

    def _answer(self, person: Person, lead_id: str) -> None:
        """Answer a lead for the first time, if it still is this person's to answer."""
        done = (lead_id, person.user_id)
        if done in self._answered or self._open_lead(person, lead_id) is None:
            return
        self._answered.add(done)
        way = person.habits.way(self._chance(person, "ways"))
        task = self._open_task(person, lead_id)
        if way is Way.TASK and task is None:
            way = Way.CALL
        match way:
            case Way.CALL:
                self._call(person, lead_id)
            case Way.EMAIL:
                self._send_email(person, lead_id)
            case Way.TASK:
                self._complete(person, str(task))
            case Way.STATUS:
                self._set_status(person, lead_id, self._words.working)
        if way in {Way.CALL, Way.EMAIL} and self._draws(person, "says so", ALSO_SAYS_SO):
            self._set_status(person, lead_id, self._words.working)
        self._decide_later(person, lead_id)

    def _decide_later(self, person: Person, lead_id: str) -> None:
        outcome = person.habits.outcome(self._chance(person, "outcomes"))
        if outcome is None:
            return
        wait = around(person.habits.decides, self._chance(person, "decisions"))
        at = person.hours.next_open(self._world.now() + wait)
        action = partial(self._decide, person, lead_id, outcome)
        self._at(at, f"{person.name} {outcome}", action)

    def _at(self, at: datetime, name: str, action: Action) -> None:
        def attempt() -> None:
            if self._gone:
                return
            with suppress(Trouble):  # the organisation's own rules refuse it: so it is not done
                action()

        self._world.agenda.add(at, name, attempt)

    def _decide(self, person: Person, lead_id: str, outcome: Outcome) -> None:
        if self._open_lead(person, lead_id) is None:
            return
        match outcome:
            case Outcome.CONVERT:
                self._salesforce.convert_lead(lead_id, by=person.user_id)
            case Outcome.RECYCLE:
                self._set_status(person, lead_id, self._words.recycled)
            case Outcome.DISQUALIFY:
                self._set_status(person, lead_id, self._words.disqualified)

    def _call(self, person: Person, lead_id: str) -> None:
        chance = self._chance(person, "calls")
        result, minutes = chance.choice(RESULTS), chance.randint(1, MINUTES)
        self._salesforce.log_call(lead_id, by=person.user_id, result=result, minutes=minutes)

    def _send_email(self, person: Person, lead_id: str) -> None:
        today = self._world.now().astimezone(person.hours.zone).date().isoformat()
        fields = {
            "WhoId": lead_id, "OwnerId": person.user_id, "Subject": "Email: your enquiry",
            "TaskSubtype": "Email", "Status": "Completed", "ActivityDate": today,
        }  # fmt: skip
        self._salesforce.create("Task", fields, by=person.user_id)

    def _complete(self, person: Person, task_id: str) -> None:
        task = self._salesforce.get("Task", task_id) or {"IsDeleted": True}
        if not task.get("IsDeleted") and task.get("Status") not in CLOSED:
            self._salesforce.complete_task(task_id, by=person.user_id)

    def _set_status(self, person: Person, lead_id: str, status: str) -> None:
        self._salesforce.update("Lead", lead_id, {"Status": status}, by=person.user_id)

    def _open_lead(self, person: Person, lead_id: str) -> Mapping[str, Any] | None:
        """Return a lead that this person owns and that nobody has closed."""
        lead = self._salesforce.get("Lead", lead_id)
        if lead is None or lead.get("IsDeleted") or lead.get("IsConverted"):
            return None
        closed = lead.get("Status") in {self._words.recycled, self._words.disqualified}
        return None if closed or lead.get("OwnerId") != person.user_id else lead

    def _open_task(self, person: Person, lead_id: str) -> str | None:
        tasks = self._salesforce.org.stores["Task"].live("WhoId", lead_id)
        mine = (t for t in tasks if t.get("OwnerId") == person.user_id)
        return next((str(t["Id"]) for t in mine if t.get("Status") not in CLOSED), None)

    def _draws(self, person: Person, what: str, probability: float) -> bool:
        return self._chance(person, what).random() < probability

    def _chance(self, person: Person, what: str) -> Random:
        return self._world.chance(f"people.{person.name}.{what}")
