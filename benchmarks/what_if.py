"""How long `slasync replay` takes for a year of 10,000 leads under two agreements, by the wall.

The shipped agreement and one whose first reminder comes after half the time. Leads arrive all year
round, each after some changes of its score; of ten, six are called, three of them converted, one is
given back, and the rest lies until the ladders end. Reading the mirror is not in it. The goal is
120 s.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Figure, seconds
from benchmarks.shipped import shipped
from slasync.domain.agreement import Agreement
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Lead, LeadKey, Ref, Roster, User, UserKey, UserKind
from slasync.domain.time.calendars import Offset, Unit
from slasync.reports.playing import Scene, Story
from slasync.reports.what_if import what_if

LEADS, DAYS, CHANGES = 10_000, 365, 4
BEGINS = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def measure(leads: int = LEADS) -> Iterator[Figure]:
    """Yield the seconds for both agreements, which are played side by side."""
    scene = _scene()
    stories = [_story(number, leads, scene) for number in range(leads)]
    other = replace(scene, agreement=_sooner(scene.agreement))
    until = BEGINS + (DAYS + 30) * DAY
    spent = seconds(lambda: what_if(stories, scene, other, until))
    yield Figure("replay_year", spent, "s")


def _scene() -> Scene:
    found = shipped().settings
    pool = found.pools[found.agreement.pool]
    users = {
        key: User(key, address.partition("@")[0], address)
        for number, address in enumerate((*pool.members, pool.manager or "", *pool.leadership))
        for key in [UserKey(f"005{number:015}")]
    }
    bot = User(UserKey("005BOT"), "slasync", None, UserKind.AUTOMATION)
    queue = User(UserKey("00GQUE"), pool.queue or "", None, UserKind.QUEUE)
    roster = Roster.of({**users, bot.key: bot, queue.key: queue}, found.pools)
    agreement = replace(found.agreement, effective_from=BEGINS - DAY, org="00D")
    return Scene(agreement=agreement, calendars=found.calendars, roster=roster)


def _sooner(agreement: Agreement) -> Agreement:
    """Remind after four hours of work instead of a day."""
    first, *more = agreement.clocks
    day_0, day_1, *later = first.rungs
    sooner = replace(day_1, after=Offset(4, Unit.BUSINESS_HOURS))
    return replace(agreement, clocks=(replace(first, rungs=(day_0, sooner, *later)), *more))


def _story(number: int, leads: int, scene: Scene) -> Story:
    """A lead that arrives at its minute of the year, and what people do about it."""
    at = BEGINS + number * DAYS * DAY / leads
    key = LeadKey(f"hubspot:contact:{number}")
    facts = [
        _fact(FactKind.CHANGED, at - n * HOUR, {"score": 70.0 - 10 * n})
        for n in range(1, CHANGES + 1)
    ]
    facts.append(_fact(FactKind.CHANGED, at, {"score": 80.0}))
    rep = sorted(scene.roster.by_email.values(), key=lambda user: user.key)[number % 4].key
    facts += _worked(number % 10, at, rep)
    return Story(
        lead=Lead(key, (Ref("hubspot", "contact", str(number)),), {"last_name": f"Lead {number}"}),
        happens=[(fact.occurred_at, fact) for fact in facts],
        record=Ref("salesforce", "lead", f"00Q{number:015}"),
    )


def _worked(kind: int, at: datetime, rep: UserKey) -> Iterator[Fact]:
    if kind < 6:
        touch = {"channel": "call", "grade": "strong"}
        for call in range(1 + kind % 3):
            yield replace(_fact(FactKind.TOUCH, at + (3 + 30 * call) * HOUR, touch), by=rep)
    if kind < 3:
        yield _fact(FactKind.CONVERTED, at + (4 + kind) * DAY, {"opportunity": "006"})
    elif kind == 3:
        yield replace(_fact(FactKind.STATUS, at + 5 * DAY, {"status": "Recycled"}), by=rep)


def _fact(kind: FactKind, at: datetime, data: Mapping[str, object]) -> Fact:
    return Fact(
        kind=kind,
        occurred_at=at,
        seen_at=at,
        source="hubspot",
        source_id=f"{kind}:{at.isoformat()}",
        data=data,
    )
