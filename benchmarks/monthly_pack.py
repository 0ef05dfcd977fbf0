"""How long `slasync report` takes for a month of 10,000 leads, and how much memory it needs more.

In a process of its own, on SQLite, the shipped agreement. Of ten leads eight are called, five of
them more than once, three accepted, two converted, one won; all rungs that came due have fired. The
goal is 60 s of CPU, and memory that does not grow with the leads: the floor is a tenth of them.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, cpu_seconds
from benchmarks.first_load_memory import STATUS, peak
from benchmarks.shipped import new_database, shipped
from slasync.domain.draft import Terms
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey, Ref, Roster, User, UserKey
from slasync.domain.time.months import Month
from slasync.reports.kpis import Figures, figures
from slasync.settings import Settings
from slasync.store.engine import open_engine
from slasync.store.leads import LeadUpdate
from slasync.store.unit import reading, transaction

LEADS, AT_ONCE = 10_000, 1_000
MONTH = Month(2026, 3)
BEGINS, NOW = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 4, 2, 8, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
REPS = [UserKey(f"005{number:015}") for number in range(4)]
STREAMS = ("hubspot.contacts", "salesforce.leads", "salesforce.opportunities")


def measure(leads: int = LEADS) -> Iterator[Figure]:
    """Yield the seconds of CPU, and the memory beside what a tenth of the leads needs."""
    if not STATUS.exists():
        print("monthly_pack needs Linux: /proc tells the peak", file=sys.stderr)
        return
    _, least = _in_a_child(leads // 10)
    spent, most = _in_a_child(leads)
    yield Figure("monthly_pack", spent, "s")
    yield Figure("monthly_pack_memory", most, "MB", least, most / least)


def _in_a_child(leads: int) -> tuple[float, float]:
    with TemporaryDirectory() as folder:
        database = new_database(Path(folder) / "slasync.db")
        command = [sys.executable, "-m", "benchmarks.monthly_pack", database, str(leads)]
        filling = [*command, "fill"]
        root = Path(__file__).parents[1]
        subprocess.run(filling, check=True, cwd=root)  # noqa: S603 - ourselves
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root)  # noqa: S603
    spent, most = told.stdout.split()
    return float(spent), float(most)


def fill(database: str, leads: int) -> None:
    """Store a month of leads, as the daemon would have."""
    settings, engine = shipped().settings, open_engine(database, durable=False)
    with transaction(engine) as unit:
        members = settings.pools[settings.agreement.pool].members
        unit.users.put([User(k, m, m) for k, m in zip(REPS, members, strict=False)], NOW)
        held = unit.cursors.claim(list(STREAMS), "a benchmark", NOW, NOW)
        unit.cursors.settle([replace(c, watermark=NOW, passes=1) for c in held], "a benchmark")
    due = [
        (clock.name, rung.name, rung.after)
        for clock in settings.agreement.clocks
        for rung in clock.rungs
        if rung.after.amount
    ]
    calendar = settings.calendars[settings.agreement.calendar]
    for start in range(0, leads, AT_ONCE):
        stories = {
            LeadKey(f"hubspot:contact:{n}"): list(_story(n, leads))
            for n in range(start, min(start + AT_ONCE, leads))
        }
        for facts in stories.values():
            at = facts[0].occurred_at
            rungs = [(name, rung, calendar.due(at, after)) for name, rung, after in due]
            facts += [_fired(*each) for each in rungs if each[2] < NOW]
        with transaction(engine) as unit:
            unit.leads.put([LeadUpdate(k, None, _fields(k), None) for k in stories], NOW)
            unit.facts.add(stories)
    engine.dispose()


def _fields(key: LeadKey) -> dict[str, str]:
    number = int(key.rpartition(":")[2])
    return {"source": f"Source {number % 9}", "company": f"Company {number % 999}"}


def _story(number: int, leads: int) -> Iterator[Fact]:
    at, rep = BEGINS + number * 28 * DAY / leads, REPS[number % len(REPS)]
    yield _fact(FactKind.CHANGED, at, {"score": 80.0})
    evidence = {"cycle": "c1", "definition": "score", "evidence": {"score": 80}}
    yield _fact(FactKind.HANDOVER, at, evidence, source=OURS)
    for ref in (Ref("hubspot", "contact", str(number)), Ref("salesforce", "lead", f"00Q{number}")):
        yield _fact(
            FactKind.ENTERED, at, {"system": ref.system, "kind": ref.kind, "id": ref.id},
            source=ref.system,
        )  # fmt: skip
    yield _fact(FactKind.OWNER, at + MINUTE, {"owner": rep})
    kind = number % 10
    for call in range(0 if kind > 7 else 1 + (kind < 5) * 2):
        touch = {"channel": "call", "grade": "strong", "seconds": 90}
        yield replace(_fact(FactKind.TOUCH, at + (2 + 20 * call) * HOUR, touch), by=rep)
    if kind < 3:
        yield replace(
            _fact(FactKind.STATUS, at + 3 * HOUR, {"status": "Working - Contacted"}), by=rep
        )
    if kind < 2:
        yield from _ordered(number, at + 2 * DAY, won=kind == 0)


def _ordered(number: int, at: datetime, *, won: bool) -> Iterator[Fact]:
    key = f"006{number}"
    yield _fact(FactKind.CONVERTED, at, {"opportunity": key})
    shown = {"id": key, "created": at.isoformat(), "amount": 1000, "probability": 0.5,
             "closes": at.date().isoformat(), "closed": won, "won": won}  # fmt: skip
    yield _fact(FactKind.OPPORTUNITY, at, shown)


def _fired(clock: str, rung: str, due: datetime) -> Fact:
    data = {"cycle": "c1", "clock": clock, "generation": 0, "rung": rung,
            "due": due.isoformat(), "effects": [], "superseded": False}  # fmt: skip
    return replace(_fact(FactKind.FIRED, due, data, source=OURS), source_id=f"{clock}:{rung}")


def _fact(
    kind: FactKind, at: datetime, data: Mapping[str, object], source: str = "salesforce"
) -> Fact:
    name = f"{kind}:{at.isoformat()}"
    return Fact(kind=kind, occurred_at=at, seen_at=at, source=source, source_id=name, data=data)


def report(database: str) -> tuple[Figures, float]:
    """Measure the month; return its figures and the CPU it took."""
    settings, engine = shipped().settings, open_engine(database)
    found: list[Figures] = []
    with reading(engine) as unit:
        terms = _terms(settings, Roster.of(unit.users.all(), settings.pools))
        spent = cpu_seconds(lambda: found.append(figures(unit, terms, settings.obligations, MONTH)))
    return found[0], spent


def _terms(settings: Settings, roster: Roster) -> Terms:
    agreement = replace(settings.agreement, effective_from=BEGINS - 400 * DAY)
    ready = dict.fromkeys(agreement.gates, NOW)
    return Terms(
        agreement=agreement, calendars=settings.calendars, roster=roster, now=NOW, ready=ready
    )


def main(database: str, leads: int, *also: str) -> None:
    """Fill the database, or measure it and print the CPU and the memory beyond the start."""
    if also:
        fill(database, leads)
        return
    before = peak()
    found, spent = report(database)
    if found.figure("handed_over").value != leads:
        raise RuntimeError("not every lead was measured")
    print(spent, peak() - before)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
