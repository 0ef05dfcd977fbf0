"""The whole daemon where HubSpot is both the CRM and marketing's system."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Ref
from slasync.rehearsal.stage import Stage, raise_curtain, shipped_settings
from slasync.rehearsal.webhooks import subscribe, with_webhooks
from slasync.sandbox.hubspot.crm_setup import make_ready
from slasync.sandbox.time import Driven
from slasync.sandbox.town import HOST, Town, build
from slasync.sandbox.world import Chance, World
from slasync.store.unit import reading

BEGINS = datetime(2026, 3, 2, 6, tzinfo=UTC)  # a Monday, 07:00 in Berlin
MINUTES, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Portal:
    """One account in two roles, and what stands in it."""

    stage: Stage
    town: Town

    def run(self, span: timedelta) -> None:
        self.stage.driver.run(self.stage.driven.now() + span)

    def asks(self, email: str = "ana@prospect.example") -> str:
        """Have somebody ask for a demo; return the contact's id."""
        values = {"lastname": "Abel", "company": "Acme"}
        return self.town.hubspot.submit_form(email, "Demo request", properties=values)

    def contact(self, number: str) -> dict[str, str]:
        return self.town.hubspot.get("contacts", number)

    def tasks(self, number: str) -> list[dict[str, str]]:
        tied = self.town.hubspot.tied("contacts", number, "tasks")
        return [self.town.hubspot.get("tasks", task) for task in tied]

    def facts(self, number: str, kind: FactKind) -> list[Fact]:
        with reading(self.stage.engine) as unit:
            ref = Ref("hubspot", "lead", number)
            key = unit.links.of([ref])[ref]
            return [fact for fact in unit.facts.of([key])[key] if fact.kind is kind]

    def user(self, owner: str) -> str:
        found = next(o for o in self.town.hubspot.portal.owners if str(o.id) == owner)
        return str(found.user_id)


@contextmanager
def a_portal(folder: Path) -> Iterator[Portal]:
    """Start slasync for the first time on an account that is both systems."""
    driven = Driven(BEGINS)
    world = World(driven.now, Chance(1))
    town = build(world)
    make_ready(town.hubspot)
    for name in ("mia", "lea"):
        town.hubspot.add_owner(f"{name}@{HOST}", name.title(), "M")
    settings = with_webhooks(shipped_settings(town, BEGINS.date(), crm_name="hubspot"))
    settings = replace(settings, polls={"hubspot": 5 * MINUTES})
    stage = raise_curtain(town, driven, settings, folder / "slasync.db")
    try:
        subscribe(stage, stage.application.seams)
        portal = Portal(stage, town)
        portal.run(2 * HOUR)  # it is nine in Berlin
        yield portal
    finally:
        stage.close()


def test_who_asks_for_a_demo_gets_an_owner_who_gets_a_task(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(15 * MINUTES)

        owner = portal.contact(number).get("hubspot_owner_id")
        [task] = portal.tasks(number)
        assert owner in {portal.town.owners[name] for name in ("ana", "ben", "chi", "dora")}
        assert task["hubspot_owner_id"] == owner
        assert task["hs_task_status"] == "NOT_STARTED"
        assert portal.contact(number)["slasync_stage"] == "mql"


def test_who_has_an_owner_keeps_him(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        dora = portal.town.owners["dora"]
        number = portal.town.hubspot.create(
            "contacts", {"email": "eve@prospect.example", "hubspot_owner_id": dora}
        )
        portal.asks("eve@prospect.example")
        portal.run(15 * MINUTES)

        assert portal.contact(number)["hubspot_owner_id"] == dora
        assert [task["hubspot_owner_id"] for task in portal.tasks(number)] == [dora]


def test_a_call_that_is_logged_stops_the_clock_and_ends_the_task(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(15 * MINUTES)
        owner = portal.contact(number)["hubspot_owner_id"]
        called = {"hs_timestamp": portal.stage.driven.now().isoformat(), "hubspot_owner_id": owner}
        portal.town.hubspot.note("calls", number, called, portal.user(owner))
        portal.run(30 * MINUTES)

        [touch] = portal.facts(number, FactKind.TOUCH)
        [task] = portal.tasks(number)
        assert (touch.by, touch.data["channel"], touch.data["grade"]) == (owner, "call", "strong")
        assert task["hs_task_status"] == "COMPLETED"
        portal.run(3 * DAY)
        assert len(portal.tasks(number)) == 1  # nobody was reminded


def test_nobody_acts_so_the_task_is_raised_and_the_manager_gets_one(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(2 * DAY + HOUR)

        owner = portal.contact(number)["hubspot_owner_id"]
        owners = [task["hubspot_owner_id"] for task in portal.tasks(number)]
        people = portal.town.hubspot.portal.owners
        manager = next(str(o.id) for o in people if o.email.startswith("mia@"))
        assert sorted(owners) == sorted([owner, manager])


def test_a_stale_lead_is_flagged_and_a_person_clears_it_by_converting(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(DAY)
        owner = portal.contact(number)["hubspot_owner_id"]
        called = {"hs_timestamp": portal.stage.driven.now().isoformat(), "hubspot_owner_id": owner}
        portal.town.hubspot.note("calls", number, called, portal.user(owner))
        portal.run(12 * DAY)
        assert portal.contact(number)["slasync_stale"] == "true"

        won = {"lifecyclestage": "opportunity"}
        portal.town.hubspot.update("contacts", number, won, portal.user(owner))
        portal.run(HOUR)
        assert [fact.data for fact in portal.facts(number, FactKind.CONVERTED)]
        assert all(t["hs_task_status"] == "COMPLETED" for t in portal.tasks(number))


def test_an_owner_that_a_person_chose_is_told_of_by_whom_and_stays(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(15 * MINUTES)
        first = portal.contact(number)["hubspot_owner_id"]
        other = next(o for o in portal.town.owners.values() if o != first)
        change = {"hubspot_owner_id": other}
        portal.town.hubspot.update("contacts", number, change, portal.user(first))
        portal.run(15 * MINUTES)

        owned = [(f.data["owner"], f.by) for f in portal.facts(number, FactKind.OWNER)]
        assert owned[-1] == (other, first)
        assert portal.contact(number)["hubspot_owner_id"] == other
        assert [task["hubspot_owner_id"] for task in portal.tasks(number)] == [other]


def test_our_own_writes_are_told_as_automations(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(30 * MINUTES)

        *_, routed = portal.facts(number, FactKind.OWNER)
        assert routed.by == "automation"
        assert not portal.facts(number, FactKind.TOUCH)
