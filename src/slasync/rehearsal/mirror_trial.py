"""Random histories that increments alone cannot follow: in the end the mirror must be the CRM.

Rows commit long after their stamps, records are edited between two pages of a pass, many share one
stamp, and no webhook ever comes. `python -m slasync.rehearsal.mirror_trial` plays many of them.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - its type only: a stream is given
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click

from slasync import logs
from slasync.clock import SystemClock
from slasync.domain.facts import FactKind
from slasync.domain.modes import Mode
from slasync.rehearsal.stage import Stage, raise_curtain, shipped_settings
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town, build, idle
from slasync.sandbox.world import Chance, World
from slasync.settings import Settings
from slasync.store.unit import reading
from slasync.workers.step import Step

BEGINS = datetime(2026, 3, 2, 7, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BUSY, QUIET = timedelta(hours=5), timedelta(minutes=20)
PAGE, SEARCHED = 40, 20  # rows: every pass has several pages
TIES, MANY_TIES = 150, 5_000  # rows of one stamp; so many in each...
EVERY = 20  # ...twentieth history
STREAMS = ("pull", "sweep")
DELAYS = (4, 9, 25, 50, 150)  # minutes until a row can be seen


@dataclass(frozen=True, slots=True)
class Told:
    """How one history ended."""

    seed: int
    records: int
    late: int  # rows that became visible late
    edits: int
    between: int  # of them, between two pages of one pass
    missed: Mapping[str, int]  # what increments had missed, by cause
    wrong: tuple[str, ...]  # where mirror and systems differ in the end


@dataclass(slots=True)
class People:
    """Everybody who changes something, by chance."""

    town: Town
    chance: Random
    edits: int = 0
    between: int = 0
    _gone: list[str] = field(default_factory=list)  # leads in the recycle bin

    def act(self) -> None:
        """Do one thing somewhere."""
        self.edits += 1
        in_crm = (self._lead, self._lead, self._edit, self._edit, self._call, self._remove)
        elsewhere = (self._contact, self._contact, self._change, self._archive)
        self.chance.choice((*in_crm, *elsewhere))()

    def crowd(self, count: int) -> None:
        """Import leads and contacts that all have one stamp."""
        for _ in range(count):
            self._lead()
        for _ in range(count):
            self._contact()

    def _rep(self) -> str:
        return self.chance.choice(sorted(self.town.users.values()))

    def _email(self) -> str:
        return f"{self.chance.getrandbits(64):x}@prospect.example"

    def _lead(self) -> None:
        fields = {
            "LastName": "Reed",
            "Company": "VU",
            "Email": self._email(),
            "OwnerId": self._rep(),
        }
        self.town.salesforce.create("Lead", fields, self._rep())

    def _some_lead(self) -> str | None:
        rows = list(self.town.salesforce.rows("Lead"))[-400:]
        return str(self.chance.choice(rows)["Id"]) if rows else None

    def _edit(self) -> None:
        lead = self._some_lead()
        if lead is not None:
            changes = (
                {"OwnerId": self._rep()},
                {"Email": self._email()},
                {"Company": self._email()},
            )
            self.town.salesforce.update("Lead", lead, self.chance.choice(changes), self._rep())

    def _call(self) -> None:
        lead = self._some_lead()
        if lead is not None:
            self.town.salesforce.log_call(lead, self._rep())

    def _remove(self) -> None:
        if self._gone and self.chance.random() < 0.3:  # noqa: PLR2004 - now and then
            self.town.salesforce.undelete("Lead", self._gone.pop(), self._rep())
            return
        lead = self._some_lead()
        if lead is not None:
            self.town.salesforce.delete("Lead", lead, self._rep())
            self._gone.append(lead)

    def _contact(self) -> None:
        self.town.hubspot.create("contacts", {"email": self._email(), "hubspotscore": "10"})

    def _some_contact(self) -> str | None:
        rows = list(self.town.hubspot.rows("contacts"))[-400:]
        return self.chance.choice(rows)["hs_object_id"] if rows else None

    def _change(self) -> None:
        contact = self._some_contact()
        if contact is not None:
            score = {"hubspotscore": str(self.chance.randint(0, 60))}
            self.town.hubspot.update("contacts", contact, score)

    def _archive(self) -> None:
        contact = self._some_contact()
        if contact is not None and self.chance.random() < 0.5:  # noqa: PLR2004 - half of the time
            self.town.hubspot.archive("contacts", contact)


def play(seed: int, database: Path, ties: int = TIES) -> Told:
    """Play one history: a busy morning, a night, and what the mirror then holds."""
    driven, chance = Driven(BEGINS), Chance(seed)
    town = build(World(driven.now, chance))
    idle(town)
    stage = raise_curtain(town, driven, _settings(town), database)
    try:
        return _played(seed, stage, People(town, chance("people")), ties)
    finally:
        stage.close()


def _settings(town: Town) -> Settings:
    """The shipped configuration with small pages, reading only."""
    found = shipped_settings(town, BEGINS.date())
    if found.salesforce is None or found.hubspot is None:
        raise RuntimeError("both systems are configured")
    polls = {"salesforce": 2 * MINUTE, "hubspot": 2 * MINUTE}
    return replace(
        found,
        mode=Mode.OBSERVE,
        polls=polls,
        salesforce=replace(found.salesforce, page_size=PAGE),
        hubspot=replace(found.hubspot, page_size=PAGE, search_page_size=SEARCHED),
    )


def _played(seed: int, stage: Stage, people: People, ties: int) -> Told:
    for _ in range(60):
        people.act()
    _rest(stage, QUIET)
    faults, chance = stage.town.world.faults, stage.town.world.chance("trial")
    rules = [Rule(Kind.LATE_VISIBLE, probability=0.05, delay=d * MINUTE) for d in DELAYS]
    faults.switch_on(*rules)
    crowded = BEGINS + BUSY * chance.random()
    while stage.driven.now() < BEGINS + BUSY:
        stage.driven.advance_to(stage.driven.now() + timedelta(seconds=chance.randint(20, 400)))
        if stage.driven.now() > crowded and ties:
            people.crowd(ties)
            ties = 0
        for _ in range(chance.randint(0, 4)):
            people.act()
        _work(stage, people)
    late = sum(faults.fired.values())
    faults.switch_off()
    _rest(stage, QUIET)
    for hour in (4, 24):  # what is late is visible; the night has come
        stage.driven.advance_to(BEGINS + BUSY + hour * HOUR)
        _rest(stage, QUIET)
    missed, records, wrong = _judged(stage)
    return Told(seed, records, late, people.edits, people.between, missed, wrong)


def _work(stage: Stage, people: People) -> None:
    """Let every step go round until none finds work; edit between the pages that it reads."""
    driven, chance = stage.driven, people.chance
    while sum(_went(step, driven.now()) for step in _steps(stage)):
        stage.town.world.agenda.run_due(driven.now())
        if chance.random() < 0.5:  # noqa: PLR2004 - half of the time
            driven.advance_to(driven.now() + timedelta(seconds=chance.randint(0, 2)))
            people.act()
            people.between += 1


def _rest(stage: Stage, span: timedelta) -> None:
    """Let slasync work while nobody changes anything."""
    driver = replace(stage.driver, steps=_steps(stage))
    driver.run(stage.driven.now() + span)


def _steps(stage: Stage) -> list[Step]:
    return [s for s in stage.application.steps if s.name.partition(":")[0] in STREAMS]


def _went(step: Step, now: datetime) -> bool:
    at = step.next_at()
    return at is not None and at <= now and step.run()


def _judged(stage: Stage) -> tuple[dict[str, int], int, tuple[str, ...]]:
    with reading(stage.engine) as unit:
        missed = Counter[str]()
        for run in unit.sweeps.since(BEGINS):
            for causes in run.missed.values():
                missed.update({cause.value: count for cause, count in causes.items()})
        leads = {r.ref.id: r for r in unit.records.page("salesforce", "lead", "", sys.maxsize)}
        contacts = {r.ref.id: r for r in unit.records.page("hubspot", "contact", "", sys.maxsize)}
        facts = unit.facts.of(unit.leads.all_keys())
    told = {f.source_id for of in facts.values() for f in of if f.kind is FactKind.TOUCH}
    town = stage.town
    wrong = [
        *_leads(town, leads),
        *_contacts(town, contacts),
        *_calls(town, leads, told),
    ]
    return dict(missed), len(leads) + len(contacts), tuple(wrong)


def _leads(town: Town, mirror: Mapping[str, Any]) -> Iterator[str]:
    there = {str(row["Id"]): row for row in town.salesforce.rows("Lead")}
    yield from _same("lead", there, {i for i, r in mirror.items() if not r.deleted})
    for number in there.keys() & mirror.keys():
        row, record = there[number], mirror[number]
        shown = (row.get("Email"), row.get("OwnerId"), row.get("Status"), row.get("Company"))
        held = (record.email, record.owner, record.status, record.fields.get("company"))
        if shown != held:
            yield f"lead {number}: {shown} in Salesforce, {held} in the mirror"


def _contacts(town: Town, mirror: Mapping[str, Any]) -> Iterator[str]:
    there = {row["hs_object_id"]: row for row in town.hubspot.rows("contacts")}
    yield from _same("contact", there, {i for i, r in mirror.items() if not r.deleted})
    for number in there.keys() & mirror.keys():
        row, record = there[number], mirror[number]
        shown = (row.get("email"), float(row.get("hubspotscore") or 0))
        held = (record.email, float(record.fields.get("score") or 0))
        if shown != held:
            yield f"contact {number}: {shown} in HubSpot, {held} in the mirror"


def _calls(town: Town, mirror: Mapping[str, Any], told: set[str]) -> Iterator[str]:
    for row in town.salesforce.rows("Task"):
        alive = row.get("WhoId") in mirror and not mirror[str(row["WhoId"])].deleted
        if alive and f"touch:salesforce:task:{row['Id']}" not in told:
            yield f"task {row['Id']}: no touch is known"


def _same(kind: str, there: Mapping[str, Any], mirrored: set[str]) -> Iterator[str]:
    for number in sorted(there.keys() - mirrored):
        yield f"{kind} {number}: not in the mirror"
    for number in sorted(mirrored - there.keys()):
        yield f"{kind} {number}: gone, and yet in the mirror"


def trial(first: int, histories: int, tell: Callable[[Told], None]) -> list[Told]:
    """Play histories, one after the other; every twentieth has 5,000 rows of one stamp."""
    found = []
    for seed in range(first, first + histories):
        with TemporaryDirectory() as folder:
            ties = MANY_TIES if seed % EVERY == 0 else TIES
            told = play(seed, Path(folder) / "mirror.db", ties)
        tell(told)
        found.append(told)
    return found


@click.command()
@click.option("--histories", default=200, show_default=True, type=click.IntRange(1))
@click.option("--first", default=1, show_default=True, help="Seed of the first.")
def main(histories: int, first: int) -> None:
    """Play random histories; exits 1 if mirror and systems differ after any of them."""
    began = perf_counter()
    logs.configure(SystemClock(), level="error")

    def tell(told: Told) -> None:
        click.echo(
            f"seed {told.seed}: {told.records} records, {told.late} rows late, missed"
            f" {sum(told.missed.values())}, {len(told.wrong)} differences",
            err=True,
        )
        for words in told.wrong[:5]:
            click.echo(f"seed {told.seed}: {words}")

    found = trial(first, histories, tell)
    missed = Counter[str]()
    for each in found:
        missed.update(each.missed)
    wrong = sum(bool(each.wrong) for each in found)
    click.echo(
        f"{len(found)} histories in {perf_counter() - began:.0f} s:"
        f" {sum(t.records for t in found)} records, {sum(t.edits for t in found)} edits"
        f" ({sum(t.between for t in found)} between two pages), {sum(t.late for t in found)} rows"
        f" visible late; increments missed {dict(missed)}, all repaired but in {wrong} histories"
    )
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
