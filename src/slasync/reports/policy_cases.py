"""A policy test as values that can be played: its people, its lead and what happens to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slasync.domain.agreement import Agreement, Stage
from slasync.domain.facts import Fact, FactKind, Grade
from slasync.domain.identity.company import Companies, Company, domains_in
from slasync.domain.lead import (
    Absence,
    Lead,
    Pool,
    Ref,
    UserKey,
    lead_key,
)
from slasync.domain.state import OpenTask, State
from slasync.domain.time.calendars import Calendar, Offset
from slasync.domain.time.local_time import LocalTime, from_us, midnight
from slasync.reports.playing import Act, Scene, Stall, Story
from slasync.reports.policy_people import cast, user_key
from slasync.settings.compiling_routing import pool_to_domain
from slasync.settings.policy import Policy
from slasync.settings.policy_test_file import (
    AccountPart,
    AwayPart,
    CasePart,
    EventPart,
    GivenPart,
    PolicyTestFile,
)
from slasync.settings.policy_test_values import AUTOMATION, Later

BEFORE = timedelta(hours=1)
"""How long before the first event everything given is so already."""
STREAM_OF: Mapping[str, str] = {
    "status": "lead_history", "owner": "lead_history", "outcome": "leads", "touch": "tasks",
    "completes": "tasks", "deletes": "tasks", "contact": "tasks",
}  # fmt: skip


class Impossible(Exception):
    """What a test wants to happen cannot happen as things are then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test, ready to be played."""

    part: CasePart
    scene: Scene
    story: Story
    until: datetime
    zone: ZoneInfo

    def instant(self, moment: datetime) -> datetime:
        return _instant(moment, self.zone)


def case_of(policy: Policy, file: PolicyTestFile, part: CasePart) -> Case:
    """Compile one test of a file. Absences are the test's own: nobody else is away."""
    pools = {**policy.pools, **_own_pools(file)}
    if file.calendar is not None:
        policy = replace(policy, agreement=replace(policy.agreement, calendar=file.calendar))
    agreement = policy.agreement
    pool = pools[agreement.pool]
    calendar = policy.calendars[pool.calendar or agreement.calendar]
    return _Compiling(policy, pools, calendar, part).case()


def _company(part: AccountPart) -> Company:
    """An account is known by its name here."""
    return Company(
        key=part.name,
        name=part.name,
        owner=user_key(part.owner),
        domains=domains_in(part.website or ""),
        parent=part.parent,
    )


def _own_pools(file: PolicyTestFile) -> Mapping[str, Pool]:
    return {name: pool_to_domain(name, part) for name, part in (file.pools or {}).items()}


class _Compiling:
    """One test being compiled."""

    def __init__(
        self, policy: Policy, pools: Mapping[str, Pool], calendar: Calendar, part: CasePart
    ) -> None:
        self._policy, self._pools, self._calendar, self._part = policy, pools, calendar, part
        self._zone = ZoneInfo(calendar.spec.zone)
        self._times = list(self._times_of(part.events))
        begins = min(self._times)
        self._agreement = replace(policy.agreement, effective_from=begins, org="test")
        self._known_at = begins - BEFORE
        self._stalls = tuple(
            Stall(event.stalls, at, _instant(event.until, self._zone))
            for event, at in zip(part.events, self._times, strict=True)
            if event.stalls and event.until
        )

    def case(self) -> Case:
        given, routing = self._part.given, self._agreement.routing
        absences = _absences(given.absent, self._zone)
        roster = cast(self._pools, [rule.to for rule in routing.rules], given.inactive, absences)
        scene = Scene(
            agreement=self._agreement,
            calendars=self._policy.calendars,
            roster=roster,
            stalls=self._stalls,
            companies=Companies(map(_company, given.accounts)).found,
        )
        return Case(
            part=self._part,
            scene=scene,
            story=self._story(given),
            until=_instant(self._part.until, self._zone),
            zone=self._zone,
        )

    def _times_of(self, events: Iterable[EventPart]) -> Iterator[datetime]:
        last: datetime | None = None
        for event in events:
            if event.at is not None:
                last = _instant(event.at, self._zone)
            elif event.after is not None and last is not None:
                last = _later(last, event.after, self._calendar)
            if last is not None:
                yield last

    def _story(self, given: GivenPart) -> Story:
        agreement = self._agreement
        contact = Ref(agreement.marketing, "contact", "1")
        record = Ref(agreement.crm, "lead", "1")
        account = Ref(agreement.crm, "contact", "1") if given.contact_owner else None
        there = given.owner is not None or given.status is not None or not agreement.create_leads
        fields = {"email": "lead@example.com", "last_name": "Lead", **given.fields}
        happens: list[tuple[datetime, Fact | Act]] = [
            (at, self._act(number, event, at))
            for number, (event, at) in enumerate(zip(self._part.events, self._times, strict=True))
            if event.stalls is None
        ]
        refs = (contact, *([record] if there else []), *([account] if account else []))
        return Story(
            lead=Lead(lead_key(contact), refs, fields),
            happens=happens,
            known=tuple(self._known(given, record if there else None, [contact, account])),
            record=record,
        )

    def _known(
        self, given: GivenPart, record: Ref | None, contacts: Iterable[Ref | None]
    ) -> Iterator[Fact]:
        for contact in contacts:
            if contact is not None:
                yield self._given(FactKind.ENTERED, _where(contact))
        if given.contact_owner is not None:
            owner = user_key(given.contact_owner)
            yield self._given(FactKind.OWNER, {"owner": owner, "of": "contact"})
        watched = {n: v for n, v in given.fields.items() if n in self._agreement.watched}
        if watched:
            yield self._given(FactKind.CHANGED, watched)
        if record is not None:
            yield self._given(FactKind.ENTERED, _where(record))
            owner = user_key(given.owner or AUTOMATION)
            yield self._given(FactKind.OWNER, {"owner": owner})
        if given.status is not None:
            yield self._given(FactKind.STATUS, {"status": given.status})

    def _given(self, kind: FactKind, data: Mapping[str, Any]) -> Fact:
        at = self._known_at
        return Fact(
            kind=kind,
            occurred_at=at,
            seen_at=at,
            source=self._agreement.crm,
            source_id=f"{kind}:given:{data.get('system', '')}:{data.get('kind', '')}",
            data=data,
        )

    def _act(self, number: int, event: EventPart, at: datetime) -> Act:
        """What happens may depend on who has the lead, and which tasks are open, at that time."""
        stream = _stream(event, self._agreement)
        learned = _instant(event.learned, self._zone) if event.learned else self._read(stream, at)
        doing = Doing(event, self._agreement, at)

        def act(state: State) -> Sequence[Fact]:
            return [
                Fact(
                    kind=kind,
                    occurred_at=at,
                    seen_at=max(at, learned),
                    source=stream.partition(".")[0],
                    source_id=f"{kind}:event{number}:{order}",
                    by=by,
                    data=data,
                )
                for order, (kind, by, data) in enumerate(doing.facts(state))
            ]

        return act

    def _read(self, stream: str, at: datetime) -> datetime:
        """When the stream that tells of something is read, as far as streams stall in this test."""
        over = (s.ends for s in self._stalls if s.stream == stream and s.begins <= at < s.ends)
        return max(over, default=at)


def _stream(event: EventPart, agreement: Agreement) -> str:
    """Where slasync would read of it."""
    if event.doing not in STREAM_OF:
        return f"{agreement.marketing}.contacts"
    return f"{agreement.crm}.{'events' if event.touch == 'meeting' else STREAM_OF[event.doing]}"


_Told = tuple[FactKind, UserKey | None, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Doing:
    """One event of a test as the facts that the systems would tell."""

    event: EventPart
    agreement: Agreement
    at: datetime

    def facts(self, state: State) -> Iterator[_Told]:
        event = self.event
        match event.doing:
            case "score" | "form" | "fields":
                yield from self._changed()
            case "status":
                yield FactKind.STATUS, self._by(state), {"status": event.status}
            case "outcome":
                yield self._outcome(state)
            case "touch":
                yield FactKind.TOUCH, self._by(state), self._touch()
            case "contact":
                yield self._contact()
            case "owner":
                yield FactKind.OWNER, self._by(state), self._owner()
            case _:
                yield from self._task(state)

    def _by(self, state: State) -> UserKey | None:
        return user_key(self.event.by) if self.event.by else state.owner

    def _changed(self) -> Iterator[_Told]:
        """Fields that no definition reads change by themselves, and nobody looks at the lead."""
        values = dict(self.event.fields or {})
        if self.event.score is not None:
            values["score"] = self.event.score
        if self.event.form is not None:
            values |= {"form": self.event.form, "form_at": self.at.isoformat()}
        watched = {name: v for name, v in values.items() if name in self.agreement.watched}
        for part in (watched, {n: v for n, v in values.items() if n not in watched}):
            if part:
                yield FactKind.CHANGED, None, part

    def _outcome(self, state: State) -> _Told:
        by = self._by(state)
        match self.event.outcome:
            case "converted":
                return FactKind.CONVERTED, by, {"contact": "made from the lead"}
            case "opportunity":
                return FactKind.CONVERTED, by, {"contact": "made from the lead", "opportunity": "1"}
            case "deleted":
                return FactKind.DELETED, by, {"system": self.agreement.crm}
            case "restored":
                return FactKind.RESTORED, by, {"system": self.agreement.crm}
            case outcome:
                return FactKind.STATUS, by, {"status": self._status_of(Stage(str(outcome)))}

    def _status_of(self, stage: Stage) -> str:
        for status, of in self.agreement.stages.items():
            if of == stage:
                return status
        raise Impossible(f"no lead status stands for {stage.value} in stages.of_status")

    def _contact(self) -> _Told:
        """The lead rings or writes; a call that somebody answers is a touch as well."""
        data = {"channel": self.event.contact, "grade": (self.event.grade or Grade.STRONG).value}
        return FactKind.CONTACT, None, data

    def _touch(self) -> Mapping[str, Any]:
        ordinary = Grade.WEAK if self.event.touch == "task" else Grade.STRONG
        grade = self.event.grade or ordinary
        return {"channel": self.event.touch, "grade": grade.value, "subject": ""}

    def _owner(self) -> Mapping[str, Any]:
        ours = {"ours": True} if self.event.by == AUTOMATION else {}
        return {"owner": user_key(str(self.event.owner)), **ours}

    def _task(self, state: State) -> Iterator[_Told]:
        task = self._open_task(state)
        by = user_key(self.event.by) if self.event.by else task.to
        how = "closed" if self.event.completes else "deleted"
        yield FactKind.TASK_ENDED, by, {"task_key": task.key, "how": how}
        if self.event.completes:
            grade = (self.event.grade or Grade.WEAK).value
            data = {"channel": "task", "grade": grade, "subject": "", "task_key": task.key}
            yield FactKind.TOUCH, by, data

    def _open_task(self, state: State) -> OpenTask:
        role = self.event.completes or self.event.deletes
        tasks = [
            task
            for cycle in state.cycles
            for task in cycle.tasks.values()
            if task.role == str(role) and self.event.of in {None, task.clock}
        ]
        if not tasks:
            where = f" of {self.event.of}" if self.event.of else ""
            raise Impossible(f"there is no open task{where} for the {role} to end then")
        return tasks[0]


def _where(ref: Ref) -> Mapping[str, str]:
    return {"system": ref.system, "kind": ref.kind, "id": ref.id}


def _absences(parts: Iterable[AwayPart], zone: ZoneInfo) -> tuple[Absence, ...]:
    day = timedelta(days=1)
    return tuple(
        Absence(part.who, _start_of(part.begins, zone), _start_of(part.ends + day, zone))
        for part in parts
    )


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """Read a wall time in the zone of the pool's calendar; a time with its offset is what it is."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    since_midnight = moment - datetime.combine(moment.date(), time())
    reading = midnight(moment.date()) + since_midnight // timedelta(microseconds=1)
    return from_us(LocalTime(zone).instant(reading))


def _later(at: datetime, span: Later, calendar: Calendar) -> datetime:
    return calendar.due(at, span) if isinstance(span, Offset) else at + span
