"""Draws a plan from a seed: each seed has its own few faults, at its own rates, many at none."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random  # noqa: TID251 - its type only: a stream is given
from zoneinfo import ZoneInfo

from slasync.rehearsal.simulation.plan import (
    DAY,
    FIRST,
    SECOND,
    ActPart,
    BackupPart,
    CompanyPart,
    CrashPart,
    FaultPart,
    JumpPart,
    OutagePart,
    PausePart,
    Plan,
    SecondPart,
    SlowPart,
    WebhookPart,
)
from slasync.rehearsal.simulation.points import EVERY, SYSTEMS
from slasync.rehearsal.simulation.terms import CALENDARS, PACES
from slasync.rehearsal.simulation.variations import (
    catching_up,
    doubled,
    dying_early,
    hasty,
    merging,
    resting,
    standing_still,
    with_marketo,
)
from slasync.sandbox.faults import AROUND, Kind
from slasync.sandbox.world import Chance

FEW = 0.25  # share of seeds with few leads
REWOUND = 0.0  # share of seeds with an old copy put back: not before the judge excuses lost rows
TIGHT = 1  # late task that an owner may get: a cap that is reached now and then
NAMED_A_RUN = 4  # deaths at named points that a run may see: many are never passed so often
COUNTED = 9000  # points: about as many as a run passes
SPECIAL_DAYS = {  # clocks are changed there within a day, or the year ends, or February does
    "Europe/Berlin": (date(2026, 3, 28), date(2026, 10, 24), date(2027, 3, 27)),
    "America/New_York": (date(2026, 3, 7), date(2026, 10, 31), date(2027, 3, 13)),
    "America/St_Johns": (date(2026, 3, 7), date(2026, 10, 31), date(2027, 3, 13)),
    "Australia/Lord_Howe": (date(2026, 4, 4), date(2026, 10, 3), date(2027, 4, 3)),
}
ANYWHERE = (date(2026, 12, 31), date(2027, 12, 31), date(2028, 2, 28), date(2028, 2, 29))
MOST_LATE = 400.0
"""Seconds after its stamp, until which settling and overlap together still find a row."""
PATHS = (".*", "services/data", "crm/v3", "^(POST|PATCH) ", "composite", "batch/update", "search")
ROWS = (".*", "salesforce/Task", "salesforce/Lead", "hubspot/contacts")
ACTS = (
    "reassign", "to_queue", "edit", "delete_task", "undelete_task", "close_task", "delete_lead",
    "undelete_lead", "import", "score_up", "score_down", "form", "convert", "recycle",
    "disqualify", "move_email", "call", "reopen", "leave", "return", "let_go", "retry",
    "archive", "restore", "edit_contact", "flicker_lead", "flicker_task", "flicker_contact",
)  # fmt: skip
AT_LAST = ("let_go", "retry")  # somebody looks after what was left lying
MARKETO = 0.15  # share of seeds in which marketing works there
BY_ROBOT = ("robot_call", "robot_close", "robot_status")
AWAY = ("ana", "ben", "chi", "dora")


def draw(seed: int) -> Plan:
    """Return the plan of a seed. Each part has a stream of its own: what is drawn for one part
    does not shift the others.
    """
    streams = Chance(seed)

    def of(name: str) -> Random:
        return streams(f"plan.{name}")

    company, peculiar = of("company"), _company(of("peculiar"))
    calendar = company.choice(sorted(CALENDARS))
    small = company.random() < FEW
    plan = Plan(
        seed=seed,
        start=_start(of("start"), calendar),
        calendar=calendar,
        pace=company.choice(sorted(PACES)),
        new=company.randint(2, 8) if small else company.randint(8, 34),
        old=company.randint(0, 8),
        diligence=company.choice((0.0, 0.3, 0.6, 0.9)),
        cap_owner=company.choice((20, 20, TIGHT)),
        cap_total=company.choice((200, 200, 8)),
        faults=(
            *_faults(of("faults")),
            *_expiring(of("expiring")),
            *_slow_commits(of("slow commits")),
            *_unanswered(of("unanswered")),
        ),
        outages=_outages(of("outages")),
        pauses=_pauses(of("pauses")),
        jumps=_jumps(of("jumps")),
        acts=_acts(of("acts"), peculiar),
        crash=_crash(of("crash")),
        second=_second(of("second")),
        webhooks=_webhooks(of("webhooks")),
        slow=_slow(of("slow")),
        company=peculiar,
        backup=_backup(of("backup")),
    )
    plan = hasty(standing_still(plan, of("standing still")), of("hasty"))
    plan = merging(doubled(plan, of("doubled")), of("merging"))
    plan = resting(plan, of("resting"))
    plan = _scarce(plan, of("scarce"))
    plan = catching_up(plan, of("catching up")) if plan.cap_owner <= TIGHT else plan
    if of("marketing").random() >= MARKETO:
        return plan
    return dying_early(with_marketo(plan), of("first load"))


def _scarce(plan: Plan, chance: Random) -> Plan:
    """In some seeds calls are few: slasync's share is small, or others leave hardly any."""
    if chance.random() < 0.9:  # noqa: PLR2004 - a share
        return plan
    if chance.random() < 0.7:  # noqa: PLR2004 - a share
        return plan.changed(company=replace(plan.company, calls=chance.randint(150, 500)))
    since, until = _span(chance, 12 * 60)
    system = chance.choice(SYSTEMS)
    others = OutagePart(system=system, how="others", since=since, until=until)
    return plan.changed(outages=(*plan.outages, others))


def _backup(chance: Random) -> BackupPart | None:
    if chance.random() >= REWOUND:
        return None
    at = round(chance.uniform(0, DAY * 0.7), 1)
    return BackupPart(at=at, back=round(min(at + _rate(chance, 5, 600), DAY - 5), 1))


def _company(chance: Random) -> CompanyPart:
    return CompanyPart(
        poll=5.0,
        page=chance.choice((0, 0, 0, 0, 0, 3)),
        absent=chance.choice(("", "", "", chance.choice(AWAY))),
        automation=chance.random() < 0.3,  # noqa: PLR2004 - a share
        calls=chance.choice((0, 0, 0, 0, 0, 0, 0, chance.randint(300, 900))),
    )


def _start(chance: Random, calendar: str) -> datetime:
    made = CALENDARS[calendar]
    zone = ZoneInfo(made.zone)
    kind = chance.random()
    special = SPECIAL_DAYS.get(made.zone, ANYWHERE)
    if kind < 0.3:  # noqa: PLR2004 - a share
        day = chance.choice(special)
    elif kind < 0.4:  # noqa: PLR2004 - a share
        day = chance.choice(ANYWHERE)
    else:
        day = date(2026, 1, 5) + timedelta(days=chance.randrange(700))
        while day.weekday() not in made.days:
            day += timedelta(days=1)
    opens = min(made.spans)[0]
    minute = opens - 30 if chance.random() < 0.7 else chance.randrange(24 * 60)  # noqa: PLR2004
    local = datetime.combine(day, time(), zone) + timedelta(minutes=max(minute, 0))
    return local.astimezone(UTC) + timedelta(seconds=chance.randrange(60))


def _rate(chance: Random, low: float, high: float) -> float:
    """Draw a rate, small ones as often as large ones."""
    return round(math.exp(chance.uniform(math.log(low), math.log(high))), 5)


def _span(chance: Random, longest: float = DAY) -> tuple[float, float]:
    since = round(chance.uniform(0, DAY), 1)
    return since, round(min(since + _rate(chance, 1, longest), DAY), 1)


def _faults(chance: Random) -> tuple[FaultPart, ...]:
    share = chance.choice((0.0, 0.1, 0.25, 0.5))
    return tuple(_fault(chance, kind) for kind in Kind if chance.random() < share)


def _fault(chance: Random, kind: Kind) -> FaultPart:
    since, until = (0.0, DAY) if chance.random() < 0.6 else _span(chance)  # noqa: PLR2004 - a share
    around = kind in AROUND
    delay = _rate(chance, 5, 900) if kind is Kind.LATE else _rate(chance, 2, 360)
    return FaultPart(
        kind=kind.value,
        path=chance.choice(PATHS if around else ROWS),
        probability=_rate(chance, 0.003, 0.1) if around else _rate(chance, 0.02, 0.3),
        delay=delay,
        since=since,
        until=until,
    )


def _expiring(chance: Random) -> tuple[FaultPart, ...]:
    """In some seeds sessions end in the middle of writes: each must be sent again as it was."""
    if chance.random() < 0.85:  # noqa: PLR2004 - a share
        return ()
    often = round(chance.uniform(0.1, 0.4), 2)
    path = chance.choice(("composite", "^(POST|PATCH) ", "sobjects"))
    return (
        FaultPart(
            kind=Kind.TOKEN_EXPIRED.value, path=path, probability=often, delay=0, since=0, until=DAY
        ),
    )


def _slow_commits(chance: Random) -> tuple[FaultPart, ...]:
    """In some seeds much shows up long after its stamp, as late as a poll can still make good."""
    if chance.random() < 0.8:  # noqa: PLR2004 - a share
        return ()
    return (
        FaultPart(
            kind=Kind.LATE_VISIBLE.value,
            path="salesforce/",
            probability=round(chance.uniform(0.1, 0.5), 2),
            delay=round(chance.uniform(60, MOST_LATE), 1),
            since=0,
            until=DAY,
        ),
    )


def _unanswered(chance: Random) -> tuple[FaultPart, ...]:
    """In some seeds many writes get no answer, whether they took effect or not."""
    if chance.random() < 0.85:  # noqa: PLR2004 - a share
        return ()
    kinds = (Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.LATE)
    return tuple(
        FaultPart(
            kind=chance.choice(kinds).value,
            path="^(PATCH|POST) .*(sobjects|batch/update)",
            probability=round(chance.uniform(0.05, 0.3), 2),
            delay=round(chance.uniform(5, 120), 1),
            since=0,
            until=DAY,
        )
        for _ in range(2)
    )


def _outages(chance: Random) -> tuple[OutagePart, ...]:
    hows = ("timeout", "reset", "unavailable", "html", "quota", "login")
    found = []
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 3))):
        since, until = _span(chance, 8 * 60)
        part = OutagePart(
            system=chance.choice(SYSTEMS), how=chance.choice(hows), since=since, until=until
        )
        found.append(part)
    return tuple(found)


def _pauses(chance: Random) -> tuple[PausePart, ...]:
    return tuple(
        PausePart(
            daemon=chance.choice((FIRST, FIRST, SECOND)),
            at=round(chance.uniform(0, DAY), 1),
            minutes=_rate(chance, 0.2, 60),
            sleeps=chance.random() < 0.5,  # noqa: PLR2004 - a share
        )
        for _ in range(chance.choice((0, 0, 0, 0, 1, 2, 4)))
    )


def _jumps(chance: Random) -> tuple[JumpPart, ...]:
    found = []
    if chance.random() < 0.15:  # noqa: PLR2004 - a share: always a little off
        off = round(chance.uniform(-90, 90), 1)
        found.append(JumpPart(daemon=FIRST, since=0, until=DAY, seconds=off))
    sizes = (3600, -3600, 7 * 86400, -3 * 86400, 600, -600, 0.2, -0.2, 20 * 3600)
    for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 3))):
        since, until = _span(chance, 6 * 60)
        daemon, size = chance.choice((FIRST, FIRST, SECOND)), chance.choice(sizes)
        found.append(JumpPart(daemon=daemon, since=since, until=until, seconds=size))
    return tuple(found)


def _acts(chance: Random, company: CompanyPart) -> tuple[ActPart, ...]:
    kinds = [kind for kind in ACTS if chance.random() < chance.choice((0.2, 0.5, 0.8))]
    kinds += BY_ROBOT * 2 if company.automation else ()
    if not kinds or chance.random() < FEW / 2:
        return ()
    times = sorted(round(chance.uniform(0, DAY), 2) for _ in range(chance.randint(0, 45)))
    acts = [(chance.choice(kinds), at) for at in times]
    acts += [(kind, DAY * share) for kind in AT_LAST for share in (0.6, 0.98)]
    return tuple(ActPart(number=n, kind=kind, at=at) for n, (kind, at) in enumerate(acts, 1))


def _crash(chance: Random) -> CrashPart:
    if chance.random() < 0.5:  # noqa: PLR2004 - a share
        return CrashPart()
    counted = [chance.randint(1, COUNTED) for _ in range(chance.randint(0, 3))]
    named = [f"{chance.choice(EVERY)}#{int(_rate(chance, 1, 60))}" for _ in range(NAMED_A_RUN)]
    return CrashPart(
        rate=chance.choice((0.0, _rate(chance, 0.0001, 0.004))),
        at=tuple(sorted(counted)),
        named=tuple(named),
        again=chance.choice((0.0, 0.3, 0.8)),
        longest=_rate(chance, 0.1, 240),
    )


def _second(chance: Random) -> SecondPart | None:
    if chance.random() < 0.75:  # noqa: PLR2004 - a share
        return None
    since, until = _span(chance)
    return SecondPart(since=since, until=until)


def _webhooks(chance: Random) -> WebhookPart:
    return WebhookPart(
        dropped=chance.choice((0.0, 0.0, 0.2, 1.0)),
        duplicated=chance.choice((0.0, 0.0, 0.3)),
        reordered=chance.choice((0.0, 0.0, 0.3)),
    )


def _slow(chance: Random) -> SlowPart:
    share = chance.choice((0.0, 0.0, 0.02, 0.1))
    return SlowPart(
        share=share,
        longest=chance.choice((1.0, 5.0, 29.0)),
        busy=chance.choice((0.0, 0.0, 0.0, _rate(chance, 0.0005, 0.01))),
        asked_to_wait=chance.choice((0.0, 0.5)),
    )
