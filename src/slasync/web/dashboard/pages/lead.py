"""One lead: what happened, in order; where its clocks stand; why, as `slasync explain` tells it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from slasync.domain.agreement import End
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explain import explained
from slasync.domain.explaining.explanation import ClockTold, Explanation, RungState, RungTold
from slasync.domain.explaining.fact_words import what_happened
from slasync.domain.explaining.section_words import miss_lines
from slasync.domain.facts import in_order
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.wording import name_of
from slasync.store.unit import reading
from slasync.web.dashboard.people import People, known_leads
from slasync.web.dashboard.visit import Visit

MOST_FOUND = 50
SHOWN_FIELDS = ("email", "phone", "title", "company", "country", "source", "campaign", "score")
OURS = "slasync"
AN_HOUR = timedelta(hours=1)
REF_PARTS = 3  # system, kind, id
KINDS = ("fact", "decision", "ours", "write")
"""In which order things are told that happened at one moment."""
LINKED = frozenset({"lead", "contact", "task", "account", "opportunity"})
"""Records that the CRM shows at its address with their id."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline."""

    at: datetime
    kind: str  # of KINDS
    words: tuple[str, ...]
    source: str = ""
    state: str = ""
    later: datetime | None = None  # when it was learned, where that was much later
    link: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the lead, and where it is found."""

    ref: Ref
    link: str


def find(visit: Visit) -> Response:
    """Find a lead by key, id in any system or e-mail address; one that is found is shown."""
    asked = visit.query.get("q", "").strip()[:200]
    with reading(visit.front.engine) as unit:
        keys = unit.leads.find(asked)[:MOST_FOUND] if asked else []
        known = known_leads(unit, keys)
    if len(keys) == 1:
        return visit.go(f"/leads/{keys[0]}")
    return visit.page("find.html", 200 if keys or not asked else 404, asked=asked, found=known)


def show(visit: Visit, key: str) -> Response:
    """Show one lead."""
    front = visit.front
    with reading(front.engine) as unit:
        account = front.account(unit, LeadKey(key), visit.now)
        people = People.of(front.settings, unit)
        place = unit.board.of(LeadKey(key))
    if account is None:
        return visit.page("missing.html", 404)
    account = replace(account, tongue=visit.tongue)
    told = explained(account)
    home = account.terms.agreement.crm_url.rstrip("/")
    return visit.page(
        "lead.html",
        name=name_of(account.lead),
        lead=account.lead,
        place=place,
        owner_name=people.name(place.owner) if place else "",
        fields=[(n, account.lead.fields[n]) for n in SHOWN_FIELDS if account.lead.fields.get(n)],
        records=[Record(ref, link_to(home, ref)) for ref in account.lead.refs],
        told=told,
        misses=list(miss_lines(account.tongue, told)),
        clocks=[clock for clock in told.clocks if clock.begun_at],
        steps=steps,
        stops=lambda clock: stops(account, clock),
        events=together(_events(account, told, home)),
    )


def link_to(home: str, ref: Ref) -> str:
    """Return where the CRM shows a record; empty where that is not known."""
    if not home or ref.system != "salesforce" or ref.kind not in LINKED or not ref.id.isalnum():
        return ""
    return f"{home}/{ref.id}"


TONE = {
    RungState.FIRED: "done",
    RungState.SUPERSEDED: "passed",
    RungState.MISSED: "passed",
    RungState.NOT_REACHED: "spared",
    RungState.NOT_MEANT: "spared",
    RungState.NOT_FIRED: "passed",
    RungState.WAITING_FOR_RECORD: "waiting",
    RungState.WAITING_FOR_DATA: "waiting",
    RungState.PAUSED: "waiting",
    RungState.DUE: "due",
    RungState.TO_COME: "coming",
}


def steps(clock: ClockTold) -> list[tuple[str, RungTold]]:
    """Return the rungs of a clock with the tone in which each is drawn."""
    return [(TONE[rung.state], rung) for rung in clock.rungs]


def stops(account: Account, clock: ClockTold) -> list[str]:
    """Return the keys of what would stop a clock that runs; empty where it is agreed no more."""
    agreement = account.terms.agreement
    policy = next((each for each in agreement.clocks if each.name == clock.clock), None)
    if policy is None or not clock.stopped_by:
        return []
    found = [f"stop.{end.value}" for end in End if end in policy.ends - {End.TOUCH}]
    if End.TOUCH in policy.ends:
        strong = ["stop.strong"] if policy.grades == {"strong"} else []
        touch = "stop.touch_or_status" if agreement.statuses_touch else "stop.touch"
        found = [touch, *strong, *found]
    return found


def _events(account: Account, told: Explanation, home: str) -> Iterator[Event]:
    for fact in in_order(account.facts):
        late = fact.seen_at - fact.occurred_at > AN_HOUR
        yield Event(
            at=fact.occurred_at,
            kind="ours" if fact.source == OURS else "fact",
            words=(what_happened(account, fact),),
            source="" if fact.source == OURS else fact.source,
            later=fact.seen_at if late else None,
        )
    nothing = (account.say("decision.told"),)
    for decision in told.decisions:
        yield Event(decision.at, "decision", decision.because or nothing)
    for write in told.writes:
        ref = write.external_ref.split(":", 2) if write.external_ref else []
        yield Event(
            at=write.settled_at or write.decided_at,
            kind="write",
            words=(write.words,),
            source=write.system,
            state=write.state,
            link=link_to(home, Ref(*ref)) if len(ref) == REF_PARTS else "",
        )


def together(events: Iterable[Event]) -> list[Event]:
    """Join what happened at one moment and is of one kind; the latest comes first."""
    found: list[Event] = []
    for event in sorted(events, key=lambda e: (e.at, KINDS.index(e.kind)), reverse=True):
        last = found[-1] if found else None
        if last and _joined(last) == _joined(event):
            found[-1] = replace(last, words=(*last.words, *event.words))
        else:
            found.append(event)
    return found


def _joined(event: Event) -> tuple[object, ...]:
    at = event.at.replace(second=0, microsecond=0)
    return at, event.kind, event.source, event.state, event.later, event.link
