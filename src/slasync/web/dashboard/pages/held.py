"""Held batches: what a storm brought and waits for approval; allowed, refused or folded by name."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from slasync.domain.explaining.planned import diff
from slasync.store.held import Fate, HeldBatch, Order
from slasync.store.unit import Unit, reading, retrying
from slasync.web.dashboard.people import People, known_leads
from slasync.web.dashboard.visit import Visit
from slasync.workers.deciding.held import Folding, allow, discard, fold, refusal

SHOWN_FOR = timedelta(days=30)
MOST = 100  # writes of a batch that are shown
WHY_LONGEST = 300
FATES = {"allow": Fate.ALLOWED, "discard": Fate.DISCARDED, "fold": Fate.FOLDED}


def show(visit: Visit) -> Response:
    """List what is held, and what became of earlier batches."""
    front = visit.front
    with reading(front.engine) as unit:
        batches, parts = unit.held.open(), unit.held.parts()
        people = People.of(front.settings, unit)
        settled = unit.held.settled(visit.now - SHOWN_FOR)
    owners: dict[str, Counter[str]] = {}
    for part in parts:
        owners.setdefault(part.batch, Counter())[people.name(part.owner) or part.owner] += (
            part.writes
        )
    return visit.page(
        "held.html",
        batches=[(b, owners.get(b.name, Counter()).most_common(6)) for b in batches],
        settled=list(reversed(settled)),
        until=_until(visit),
        operator=visit.may("operator"),
    )


def batch(visit: Visit, name: str) -> Response:
    """Show one batch: each write in it, as a diff."""
    front = visit.front
    with reading(front.engine) as unit:
        found = unit.held.get(name)
        if found is None:
            return visit.page("missing.html", 404)
        views = unit.outbox.held_in(name)
        people = People.of(front.settings, unit)
        known = known_leads(unit, [view.lead for view in views[:MOST]])
    names = {key: user.name for key, user in people.roster.users.items()}
    rows = [
        (view, known.get(view.lead), diff(view.write, names, {}, front.zone, visit.tongue))
        for view in views[:MOST]
    ]
    return visit.page(
        "batch.html",
        batch=found,
        rows=rows,
        all=len(views),
        open=found.fate is Fate.OPEN,
        folds=_folding(visit).reaches(),
        until=_until(visit),
        spread=front.settings.caps.spread,
        operator=visit.may("operator"),
    )


def settle(visit: Visit, name: str, fate: str) -> Response:
    """Allow, discard or fold a batch, if it is still as it was looked at."""
    wanted, expect, person = FATES.get(fate), visit.form.get("expect", ""), visit.person
    if wanted is None or not expect.isdecimal() or person is None:
        return visit.page("missing.html", 404)
    if wanted is Fate.FOLDED and not _folding(visit).reaches():
        return visit.go(f"/held/{name}", said="held.no_digest")
    why = visit.form.get("why", "").strip()[:WHY_LONGEST]
    asked = _Asked(name, wanted, int(expect[:9]), Order(person.name, visit.now, why))
    said = retrying(visit.front.engine, lambda unit: _done(visit, unit, asked))
    if said == "held.changed":
        return visit.go(f"/held/{name}", said=said)
    return visit.go("/held", said=said, n=expect)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to become of which batch, and how many writes were looked at."""

    name: str
    wanted: Fate
    expect: int
    order: Order


def _done(visit: Visit, unit: Unit, asked: _Asked) -> str:
    """Settle a batch and note it, both or neither; return the key of what is said of it."""
    found = unit.held.get(asked.name)
    if found is None:
        return "held.gone"
    no = refusal(found, asked.wanted, asked.expect)
    if no is None and found.fate is Fate.OPEN:
        _settled(visit, unit, found, asked.wanted, asked.order)
    action = next(f"held.{word}" for word, fate in FATES.items() if fate is asked.wanted)
    outcome, why = "refused" if no else "done", no or asked.order.why
    unit.audit.add(visit.deed(action, asked.name, outcome, why=why, writes=found.writes))
    return "held.changed" if no else f"held.{asked.wanted.value}"


def _settled(visit: Visit, unit: Unit, batch: HeldBatch, wanted: Fate, order: Order) -> None:
    match wanted:
        case Fate.ALLOWED:
            allow(unit, batch, visit.front.settings.caps, order)
        case Fate.DISCARDED:
            discard(unit, batch, order)
        case _:
            fold(unit, batch, _folding(visit), order)


def _folding(visit: Visit) -> Folding:
    settings = visit.front.settings
    return Folding(settings.readers, settings.pools, settings.caps.max_age)


def _until(visit: Visit) -> timedelta | None:
    """How old a batch gets before it is folded; None: nobody would be told, so it stays."""
    folding = _folding(visit)
    return folding.max_age if folding.reaches() else None
