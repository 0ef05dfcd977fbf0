"""The state of one instance, and the one way a lead's version and an activity get into it.

Guessed: a write over the API of a score field is a Change Data Value, as of any other field; only
flow steps make a Change Score, which leadchanges.json does not tell. A write that changes nothing
leaves `updatedAt` as it was, and makes no activity.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from threading import RLock
from typing import Any

from slasync.sandbox.marketo import insight, stamps
from slasync.sandbox.marketo.activities import Activity, Change, Log
from slasync.sandbox.marketo.activity_types import CHANGE_SCORE, CHANGE_VALUE, DELETE, NEW_LEAD
from slasync.sandbox.marketo.fields import Field, Schema
from slasync.sandbox.marketo.insight import Rise
from slasync.sandbox.marketo.leads import Lead, Leads
from slasync.sandbox.marketo.lists import Lists
from slasync.sandbox.marketo.options import Options
from slasync.sandbox.marketo.paging import Tokens
from slasync.sandbox.world import World

SYSTEM, LEADS = "marketo", "leads"
FIRST_ACTIVITY = 102_988
MOST_SCORE = 2_000_000_000

Heard = Callable[[Activity], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Who writes: what the activity says of it, and the name for the journal."""

    name: str
    reason: str
    by: str


class Instance:
    """Leads, fields, lists and activities; `heard` is told of every activity."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self.lock = RLock()
        self.schema = Schema(native_sync=options.native_sync)
        self.leads = Leads(options.first_lead)
        self.lists = Lists()
        self.log = Log(options.order)
        self.tokens = Tokens()
        self.heard: Heard | None = None
        self._rises: dict[int, list[Rise]] = {}
        self._survivors: dict[int, int] = {}  # of merges, by loser
        self._numbers = count(FIRST_ACTIVITY)

    @property
    def now(self) -> int:
        return stamps.millis(self.world.now())

    def value(self, lead: Lead, name: str) -> Any:
        """Return the value of a field as reads show it."""
        match name:
            case "id":
                return lead.id
            case "createdAt":
                return stamps.iso(lead.created)
            case "updatedAt":
                return stamps.iso(lead.updated)
            case "mktoName":
                return full_name(lead) or None
        if name in insight.NAMES:
            score = lead.values.get(insight.SCORE, 0)
            rises = self._rises.get(lead.id, ())
            return insight.value(name, score, rises, self.options.insight, self.now)
        field = self.schema.get(name)
        unset = False if field is not None and field.type == "boolean" else None
        return lead.values.get(name, unset)

    def create(self, values: Mapping[str, Any], source: Source) -> Lead:
        """Make a lead of checked values."""
        kept = _without_empty(values)
        made = Lead(self.leads.new_id(), kept, self.now, self.now, self.now)
        self.leads.put(made, late_until=self._late(LEADS))
        self.journal(made.id, "create", source.by, after=dict(kept))
        self._note_rise(made.id, kept.get(insight.SCORE, 0))
        changes = tuple(Change(self.schema.need(n).id, n, None, v) for n, v in kept.items())
        told = (("Source Type", source.name), ("Reason", source.reason))
        self.tell(NEW_LEAD, made.id, attributes=told, changes=changes)
        return made

    def update(self, lead: Lead, values: Mapping[str, Any], source: Source) -> Lead:
        """Write checked values into a lead; None clears a field."""
        changes = self.changes(lead, values)
        if not changes:
            return lead
        written = self.write(lead, changes, source)
        for change in changes:
            told = (
                ("New Value", change.new),
                ("Old Value", change.old),
                ("Reason", source.reason),
                ("Source", source.name),
            )
            label = self.schema.need(change.name).label
            self.tell(CHANGE_VALUE, lead.id, primary=label, attributes=told, changes=(change,))
        return written

    def change_score(
        self, lead: Lead, field: Field, by: int, source: Source, campaign: int | None = None
    ) -> Lead:
        """Raise or lower a score, as the flow step Change Score does."""
        old = lead.values.get(field.name, 0)
        new = max(-MOST_SCORE, min(MOST_SCORE, old + by))
        written = self.write(lead, [Change(field.id, field.name, old, new)], source)
        told = (
            ("Change Value", f"{by:+d}"),
            ("New Value", new),
            ("Old Value", old),
            ("Reason", source.reason),
        )
        self.tell(CHANGE_SCORE, lead.id, primary=field.label, attributes=told, campaign=campaign)
        return written

    def delete(self, lead: Lead, source: Source) -> None:
        """Remove a lead for good."""
        self.take_out(lead)
        self.journal(lead.id, "delete", source.by, before=dict(lead.values))
        self.tell(DELETE, lead.id, primary_id=lead.id, primary=full_name(lead))

    def take_out(self, lead: Lead) -> None:
        """Have a lead be no more, without a word of it."""
        self.leads.remove(lead, late_until=self._late(LEADS))
        self.lists.forget(lead.id)

    def merged(self, loser: int, winner: int) -> None:
        """Have the winner own what happened to the loser."""
        self._survivors[loser] = winner
        self._rises[winner] = [*self._rises.get(winner, []), *self._rises.pop(loser, [])]

    def owner_of(self, lead: int) -> int:
        """Return whose activities these are now: a loser's are the winner's."""
        while lead in self._survivors:
            lead = self._survivors[lead]
        return lead

    def tell(  # noqa: PLR0913 - an activity has that many parts
        self,
        type_: int,
        lead: int,
        *,
        primary_id: int | None = None,
        primary: str | None = None,
        attributes: Iterable[tuple[str, Any]] = (),
        changes: tuple[Change, ...] = (),
        campaign: int | None = None,
    ) -> Activity:
        """Write down that something happened to a lead."""
        now = self.now
        row = Activity(
            number=next(self._numbers),
            lead=lead,
            type=type_,
            at=now,
            visible=now + stamps.length(self._lateness()),
            primary_id=primary_id,
            primary=primary,
            attributes=tuple((n, v) for n, v in attributes if v not in (None, "")),
            changes=changes,
            campaign=campaign,
        )
        self.log.add(row)
        if self.heard is not None:
            self.heard(row)
        return row

    def journal(
        self,
        lead: int,
        operation: str,
        by: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        self.world.journal.add(
            at=self.world.now(),
            system=SYSTEM,
            operation=operation,
            object_name=LEADS,
            record_id=str(lead),
            by=by,
            before=before or {},
            after=after or {},
        )

    def load(self, leads: Iterable[tuple[Mapping[str, Any], int, int]]) -> int:
        """Take in many leads (values, created, updated) without activities or journal."""
        number = 0
        for values, created, updated in leads:
            lead_id = self.leads.new_id()
            self.leads.put(Lead(lead_id, _without_empty(values), created, updated, updated))
            number += 1
        return number

    def write(self, lead: Lead, changes: list[Change], source: Source) -> Lead:
        """Store changed values, without an activity."""
        values = dict(lead.values) | {change.name: change.new for change in changes}
        standard = any(not self.schema.need(change.name).custom for change in changes)
        now = self.now
        written = replace(
            lead,
            values=_without_empty(values),
            updated=now if standard else lead.updated,
            touched=now,
        )
        self.leads.put(written, late_until=self._late(LEADS))
        for change in changes:
            if change.name == insight.SCORE:
                self._note_rise(lead.id, (change.new or 0) - (change.old or 0))
        before = {change.name: change.old for change in changes}
        after = {change.name: change.new for change in changes}
        self.journal(lead.id, "update", source.by, before=before, after=after)
        return written

    def changes(self, lead: Lead, values: Mapping[str, Any]) -> list[Change]:
        """Return what these values would change."""
        changes = []
        for name, new in values.items():
            field = self.schema.need(name)
            old = lead.values.get(name)
            if field.type == "boolean":
                old, new = bool(old), bool(new)  # noqa: PLW2901 - a boolean is never empty
            if name != "id" and old != new:
                changes.append(Change(field.id, name, old, new))
        return changes

    def _note_rise(self, lead: int, by: int) -> None:
        if by:
            self._rises.setdefault(lead, []).append(Rise(self.now, by))

    def _late(self, object_name: str) -> int | None:
        chance = self.world.chance("marketo.visibility")
        delay = self.world.faults.visible_after(SYSTEM, object_name, chance)
        return self.now + stamps.length(delay) if delay else None

    def _lateness(self) -> timedelta:
        rules, chance = self.options.lateness, self.world.chance("marketo.lateness")
        usual = rules.least
        if rules.most > rules.least:
            usual += (rules.most - rules.least) * chance.random()
        return usual + self.world.faults.visible_after(SYSTEM, "activities", chance)


def full_name(lead: Lead) -> str:
    """Return first and last name; of a lead without, the e-mail address."""
    names = (lead.values.get("firstName"), lead.values.get("lastName"))
    return " ".join(name for name in names if name) or str(lead.values.get("email", ""))


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and name != "id"}
