"""Replay: a history of leads and outcomes from two CSV files, the daemon at work in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval
from slasync.errors import Stopped
from slasync.rehearsal.figures import Figures, figures
from slasync.rehearsal.stage import (
    Carrier,
    Stage,
    in_process,
    raise_curtain,
    shipped_settings,
)
from slasync.sandbox.hours import Hours
from slasync.sandbox.replay_map import (
    LeadRow,
    OutcomeRow,
    ReplayMap,
    check_files,
    lead_rows,
    outcome_rows,
)
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town, build, idle
from slasync.sandbox.world import World
from slasync.settings import Settings
from slasync.settings.holidays_of import Region, public_holidays
from slasync.store.unit import reading

CALENDAR = "replay"
WEEK = {day: (Interval.at("09:00", "18:00"),) for day in range(5)}
DAILY = timedelta(days=1)
INDEXED = timedelta(seconds=15)  # a poll at an event's instant waits for HubSpot's search index
RETRY = timedelta(minutes=1)  # an outcome waits until its lead is in the CRM
LONGEST = timedelta(days=400)  # after the last outcome, if rungs never end

Told = Callable[[datetime, int], None]
"""Called now and then with the virtual time and how many leads have entered."""


@dataclass(frozen=True, slots=True)
class History:
    """Both files, read and checked."""

    map: ReplayMap
    leads: Sequence[LeadRow]
    outcomes: Sequence[OutcomeRow]

    @property
    def begins(self) -> datetime:
        return min(lead.at for lead in self.leads)

    @property
    def ends(self) -> datetime:
        return max([*(o.at for o in self.outcomes), *(lead.at for lead in self.leads)])


def read_history(replay_map: ReplayMap, leads: Path, outcomes: Path) -> History:
    """Read both files. Raises sandbox.marked.Wrong naming file, line and what is wrong."""
    check_files(replay_map, leads, outcomes)
    entering = sorted(lead_rows(replay_map, leads), key=lambda row: (row.at, row.key))
    if not entering:
        raise Stopped(f"{leads} holds no lead")
    entered = {row.key: row.at for row in entering}
    happening = outcome_rows(replay_map, outcomes, entered)
    return History(replay_map, entering, sorted(happening, key=lambda row: (row.at, row.lead_key)))


@dataclass(slots=True)
class Replay:
    """One history on one stage."""

    history: History
    town: Town
    stage: Stage
    entered: int = 0
    contacts: dict[str, str] = field(default_factory=dict)
    won: set[str] = field(default_factory=set)

    def run(self, told: Told = lambda *_: None) -> None:
        """Let everything happen: the leads, the outcomes, then what rungs are left."""
        agenda = self.town.world.agenda
        for lead in self.history.leads:
            agenda.add(lead.at, "lead enters", partial(self._enter, lead))
        for outcome in self.history.outcomes:
            agenda.add(outcome.at, outcome.kind, partial(self._happen, outcome))
        entering = {lead.at for lead in self.history.leads}
        for at in sorted(entering | {outcome.at for outcome in self.history.outcomes}):
            agenda.add(at + INDEXED, "poll", self._poll)
        self.stage.driver.watched = lambda now: told(now, self.entered)
        self.stage.driver.run(self.history.ends + DAILY)
        self._finish()

    def _finish(self) -> None:
        """Go on until no clock has a rung left and nothing waits to be sent."""
        end = self.history.ends + LONGEST
        while self._anything_left():
            until = self.stage.driven.now() + DAILY
            if until > end:
                raise Stopped("the replay finds no end: some clock never runs out of rungs")
            self.stage.driver.run(until)
        self._poll()
        self.stage.driver.run(self.stage.driven.now() + timedelta(minutes=10))

    def _anything_left(self) -> bool:
        with reading(self.stage.engine) as unit:
            waiting = unit.clocks.next_wakes() or unit.leads.next_dirty()
            sending = [unit.outbox.next_at(s) for s in self.stage.application.connectors.sinks]
        return bool(waiting) or any(sending)

    def _poll(self) -> None:
        for pull in self.stage.application.pulls:
            pull.wake()
        self.stage.driver.ask_again()

    def _enter(self, lead: LeadRow) -> None:
        """A lead arrives in HubSpot and meets the definition, as the map says."""
        met = self.history.map.met
        properties = {**lead.properties, **(met.properties or {})}
        contact = self.town.hubspot.create("contacts", properties, "website")
        if met.form:
            self.town.hubspot.submit_form(contact, met.form)
        self.contacts[lead.key] = contact
        self.entered += 1

    def _happen(self, outcome: OutcomeRow) -> None:
        """A rep does in Salesforce what the history says; the owner does it."""
        record = self._record(outcome.lead_key)
        if record is None:
            again = self.stage.driven.now() + RETRY
            agenda = self.town.world.agenda
            agenda.add(again, outcome.kind, partial(self._happen, outcome))
            agenda.add(again + INDEXED, "poll", self._poll)
            return
        row = self.town.salesforce.get("Lead", record) or {}
        rep = self._rep(str(row.get("OwnerId", "")))
        if outcome.fields:
            self.town.salesforce.update("Lead", record, outcome.fields, by=rep)
        if outcome.kind == "converted":
            self.town.salesforce.convert_lead(record, by=rep)
            self.won.add(outcome.lead_key)
        else:
            words = {"recycled": "Recycled", "disqualified": "Disqualified"}
            status = {"Status": words[outcome.kind]}
            self.town.salesforce.update("Lead", record, status, by=rep)

    def _record(self, key: str) -> str | None:
        """Find the lead in Salesforce by the key slasync gave it, as an admin would."""
        contact = self.contacts.get(key)
        wanted = f"hubspot:contact:{contact}"
        found = self.town.salesforce.org.stores["Lead"].live("Slasync_Lead_Key__c", wanted)
        return str(found[0]["Id"]) if found else None

    def _rep(self, owner: str) -> str:
        people = set(self.town.users.values())
        return owner if owner in people else self.town.users["ana"]


def settings_for(history: History, town: Town) -> Settings:
    """The shipped configuration on the history's calendar, polled daily and when asked for."""
    found = shipped_settings(town, history.begins.date())
    calendar = _calendar(history)
    pools = {name: replace(pool, calendar=CALENDAR) for name, pool in found.pools.items()}
    return replace(
        found,
        calendars={**found.calendars, CALENDAR: calendar},
        agreement=replace(found.agreement, calendar=CALENDAR),
        pools=pools,
        polls=dict.fromkeys(("salesforce", "hubspot"), DAILY),
    )


def _calendar(history: History) -> Calendar:
    first = date(history.begins.year - 1, 1, 1)
    last = date(history.ends.year + 2, 12, 31)
    country = history.map.country
    years = range(first.year, last.year + 1)
    days = public_holidays(Region(country, history.map.subdivision), years)
    zone = history.map.zone.key
    return Calendar(CalendarSpec(CALENDAR, zone, WEEK, dict(days), {}, first, last))


def prepare(history: History, database: Path, carrier: Carrier = in_process) -> Replay:
    """Build town and stage just before the first lead enters.

    `carrier` connects daemon and town: in process, or `over_sockets`.
    """
    driven = Driven(history.begins - timedelta(hours=12))
    town = build(World(driven.now), hours=Hours(history.map.zone))
    idle(town)
    settings = settings_for(history, town)
    stage = raise_curtain(town, driven, settings, database, carrier=carrier)
    return Replay(history, town, stage)


def result(replay: Replay, seconds: float) -> Figures:
    """Count what happened, by the journals of the systems and the daemon's own tables."""
    return figures(replay.stage, len(replay.history.leads), len(replay.won), seconds)
