"""How many leads a second are folded and decided about, each with a history of 50 facts.

The shipped agreement. Half of the histories are of leads that are being worked, half of leads that
lie untouched: what slasync decided about them is part of them. Nothing is kept between two leads.
Only the time of this process counts, not that of others.
Floor: a bare loop that puts the same facts in order and takes the fields' values from them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from benchmarks.figures import Figure, best_of, cpu_seconds
from benchmarks.shipped import shipped
from slasync.domain.decide import chosen, decide
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Lead, LeadKey, Ref, Roster, User, UserKey
from slasync.domain.routing import route

LEADS, FACTS, RUNS = 400, 50, 25
HANDED_OVER = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = 4  # that a lead has been in sales' hands
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def measure() -> Iterator[Figure]:
    """Yield leads a second."""
    terms = _terms()
    leads = [_lead(number) for number in range(LEADS)]
    histories = [_history(lead, number, terms) for number, lead in enumerate(leads)]
    pairs = list(zip(leads, histories, strict=True))
    value = LEADS / best_of(RUNS, lambda: _decide_all(pairs, terms), cpu_seconds)
    floor = LEADS / best_of(RUNS, lambda: _read_all(histories), cpu_seconds)
    yield Figure("decide", value, "leads/s", floor, value / floor)


def _decide_all(pairs: Iterable[tuple[Lead, Sequence[Fact]]], terms: Terms) -> None:
    for lead, facts in pairs:
        decide(lead, facts, terms)


def _read_all(histories: Iterable[Sequence[Fact]]) -> None:
    for facts in histories:
        _bare(facts)


def _terms() -> Terms:
    found = shipped().settings
    pool = found.pools[found.agreement.pool]
    users = {
        key: User(key, address.partition("@")[0], address)
        for number, address in enumerate((*pool.members, *pool.leadership))
        for key in [UserKey(f"005{number:015}")]
    }
    now = HANDED_OVER + DAYS * DAY
    agreement = replace(found.agreement, effective_from=HANDED_OVER - DAY, org="00D")
    return Terms(
        agreement=agreement,
        calendars=found.calendars,
        roster=Roster.of(users, found.pools),
        now=now,
        ready={clock.name: now for clock in agreement.clocks},
    )


def _lead(number: int) -> Lead:
    key = LeadKey(f"hubspot:contact:{number}")
    refs = (Ref("hubspot", "contact", str(number)), Ref("salesforce", "lead", f"00Q{number:015}"))
    return Lead(key, refs, {"last_name": f"Lead {number}", "company": "Acme", "score": 80.0})


def _history(lead: Lead, number: int, terms: Terms) -> list[Fact]:
    """Let the days pass; then fill up with what is of no consequence, as most of a history is."""
    owner = sorted(terms.roster.users)[number % 4]
    at = HANDED_OVER + number * MINUTE
    facts = [
        _fact(FactKind.OWNER, at - DAY, {"owner": owner}),
        *(_fact(FactKind.CHANGED, at - DAY + n * MINUTE, {"score": 3.0 * n}) for n in range(12)),
        _fact(FactKind.CHANGED, at, {"score": 80.0}),
    ]
    if number % 2:
        touch = {"channel": "call", "grade": "strong"}
        facts += [
            replace(_fact(FactKind.TOUCH, at + n * 60 * MINUTE, touch), by=owner) for n in (1, 5, 9)
        ]
        facts.append(_fact(FactKind.STATUS, at + 60 * MINUTE, {"status": "Working - Contacted"}))
    for day in range(DAYS + 1):
        facts += _decided(lead, facts, replace(terms, now=at + day * DAY))
    title = ({"title": f"Title {n}"} for n in range(FACTS - len(facts)))
    return [
        *facts,
        *(_fact(FactKind.CHANGED, at + n * MINUTE, data) for n, data in enumerate(title)),
    ]


def _decided(lead: Lead, facts: Sequence[Fact], terms: Terms) -> list[Fact]:
    known = [fact for fact in facts if fact.seen_at <= terms.now]
    decision = decide(lead, known, terms)
    made = [*decision.facts]
    if decision.assign is not None:
        pool = terms.roster.pools[decision.assign.pool]
        choice, _ = route(decision.assign, pool, {}, terms.roster, terms.now)
        made.append(chosen(decision, choice, terms.now))
        made += decide(lead, [*known, *made], terms).facts
    return made


def _fact(kind: FactKind, at: datetime, data: Mapping[str, object]) -> Fact:
    return Fact(
        kind=kind,
        occurred_at=at,
        seen_at=at,
        source="hubspot",
        source_id=f"{kind}:{at.isoformat()}:{sorted(data)}",
        data=data,
    )


def _bare(facts: Sequence[Fact]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for fact in sorted(facts, key=attrgetter("place")):
        fields.update(fact.data)
    return fields
