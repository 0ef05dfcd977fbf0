"""Things to test with. Say only what the test is about; the rest is ordinary."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from slasync.domain.agreement import (
    Agreement,
    ClockPolicy,
    Definition,
    Effect,
    EffectKind,
    End,
    OnReassign,
    Rung,
    Stage,
    Text,
    Trigger,
)
from slasync.domain.draft import Terms
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import Lead, LeadKey, Pool, Ref, Roster, User, UserKey, UserKind
from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval, Offset, Unit
from slasync.domain.writes import Role

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

ANA = User(UserKey("005ANA"), "Ana", "ana@sandbox.example", manager=UserKey("005MIA"))
BEN = User(UserKey("005BEN"), "Ben", "ben@sandbox.example", manager=UserKey("005MIA"))
CHI = User(UserKey("005CHI"), "Chi", "chi@sandbox.example", manager=UserKey("005MIA"))
MIA = User(UserKey("005MIA"), "Mia", "mia@sandbox.example")
BOT = User(UserKey("005BOT"), "slasync", "bot@sandbox.example", UserKind.AUTOMATION)
QUEUE = User(UserKey("00GQUE"), "Inbound queue", None, UserKind.QUEUE)
POOL = Pool(
    "inbound",
    ("ana@sandbox.example", "ben@sandbox.example", "chi@sandbox.example"),
    manager="mia@sandbox.example",
    leadership=("lea@sandbox.example",),
    queue="Inbound queue",
)
LEAD = LeadKey("hubspot:contact:1")
CONTACT = Ref("hubspot", "contact", "1")
RECORD = Ref("salesforce", "lead", "00Q000000000001AAA")

STREAMS = ("salesforce.tasks", "salesforce.lead_history")


def a_roster(*more: User, pool: Pool = POOL, **changed: Any) -> Roster:
    users = {u.key: u for u in (ANA, BEN, CHI, MIA, BOT, QUEUE, *more)}
    return Roster.of(users, {pool.name: pool}, **changed)


def nine_to_five(zone: str = "UTC", name: str = "office") -> Calendar:
    week = {day: (Interval.at("09:00", "17:00"),) for day in range(5)}
    return Calendar(CalendarSpec(name, zone, week, {}, {}, date(2025, 1, 1), date(2028, 12, 31)))


def days(amount: int) -> Offset:
    return Offset(amount, Unit.BUSINESS_DAYS)


def task(role: Role = Role.OWNER, text: str = "remind") -> Effect:
    return Effect(EffectKind.TASK, role, text)


FIRST_TOUCH = ClockPolicy(
    name="first_touch",
    ends=frozenset({End.TOUCH, End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED}),
    rungs=(
        Rung("day_0", days(0), (task(),)),
        Rung("day_1", days(1), (task(),)),
        Rung("day_2", days(2), (task(), task(Role.MANAGER))),
        Rung(
            "day_3",
            days(3),
            (
                Effect(EffectKind.DIGEST, Role.LEADERSHIP, "remind"),
                Effect(EffectKind.REASSIGN),
            ),
        ),
    ),
    streams=STREAMS,
    on_reassign=OnReassign.RESTART,
)
PROCESSING = ClockPolicy(
    name="processing",
    ends=frozenset({End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED}),
    rungs=(
        Rung("day_7", days(7), (task(),)),
        Rung("day_8", days(8), (task(Role.MANAGER), Effect(EffectKind.FLAG_STALE))),
        Rung("day_9", days(9), (Effect(EffectKind.DIGEST, Role.LEADERSHIP, "remind"),)),
    ),
    streams=STREAMS,
)
BY_SCORE = Definition(
    "score", "score >= 75", lambda f: _number(f.get("score")) >= 75, frozenset({"score"})
)
BY_FORM = Definition(
    "form",
    "form == 'Demo request'",
    lambda f: f.get("form") == "Demo request",
    frozenset({"form", "form_at"}),
    Trigger.EVERY_CHANGE,
    "form_at",
)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else -1.0


def an_agreement(**changes: Any) -> Agreement:
    ordinary = Agreement(
        name="test",
        version="1",
        hash="0" * 64,
        definitions=(BY_SCORE, BY_FORM),
        clocks=(FIRST_TOUCH, PROCESSING),
        pool="inbound",
        calendar="office",
        texts={"remind": Text("Call $lead ($rung)", "$what_counts")},
        stages={
            "Working": Stage.SAL,
            "Nurturing": Stage.RECYCLED,
            "Unqualified": Stage.DISQUALIFIED,
        },
        effective_from=MONDAY - 30 * DAY,
        create_leads=True,
        org="00D000000000001AAA",
    )
    return replace(ordinary, **changes)


def terms(now: datetime, **changes: Any) -> Terms:
    """Everything is known up to `now` unless said otherwise."""
    agreement = changes.pop("agreement", None) or an_agreement()
    ordinary: dict[str, Any] = {
        "agreement": agreement,
        "calendars": {"office": nine_to_five()},
        "roster": a_roster(),
        "now": now,
        "ready": {clock.name: now for clock in agreement.clocks},
    }
    return Terms(**ordinary | changes)


def a_lead(*refs: Ref, key: LeadKey = LEAD, **fields: Any) -> Lead:
    ordinary: dict[str, Any] = {
        "first_name": "Lou",
        "last_name": "Reed",
        "email": "lou@example.com",
        "score": 80,
    }
    return Lead(key, refs or (CONTACT, RECORD), ordinary | fields)


def a_fact(  # noqa: PLR0913 - a fact has that many parts
    kind: FactKind,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    *,
    by: User | None = None,
    source: str = "salesforce",
    source_id: str | None = None,
    seen_at: datetime | None = None,
) -> Fact:
    return Fact(
        kind=kind,
        occurred_at=at,
        seen_at=seen_at or at,
        source=source,
        source_id=source_id or f"{kind}:{at.isoformat()}",
        by=by.key if by else None,
        data=dict(data or {}),
    )


def scored(at: datetime, score: int = 80) -> Fact:
    return a_fact(FactKind.CHANGED, at, {"score": score}, source="hubspot")


def owned(at: datetime, owner: User = ANA, by: User | None = None) -> Fact:
    return a_fact(FactKind.OWNER, at, {"owner": owner.key}, by=by)


def called(at: datetime, by: User = ANA) -> Fact:
    return a_fact(FactKind.TOUCH, at, {"channel": "call", "grade": "strong"}, by=by)


def status(at: datetime, value: str, by: User | None = ANA) -> Fact:
    return a_fact(FactKind.STATUS, at, {"status": value}, by=by)


def ours(facts: Sequence[Fact]) -> list[Fact]:
    return [f for f in facts if f.source == OURS]
