"""The whole daemon where HubSpot is both the CRM and marketing's system."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.lead import Ref
from slasync.rehearsal.stage import Stage, raise_curtain, shipped_settings
from slasync.rehearsal.webhooks import subscribe, with_webhooks
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.hours import Hours
from slasync.sandbox.hubspot.crm_setup import make_ready
from slasync.sandbox.hubspot.desk import Desk, Rep
from slasync.sandbox.marketing import Plan
from slasync.sandbox.time import Driven
from slasync.sandbox.town import HABITS, Town, build
from slasync.sandbox.world import Chance, World
from slasync.store.outbox_values import State
from slasync.store.unit import reading
from tests.faults.marks import fault

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
            return [f for f in in_order(unit.facts.of([key])[key]) if f.kind is kind]

    def user(self, owner: str) -> str:
        found = next(o for o in self.town.hubspot.portal.owners if str(o.id) == owner)
        return str(found.user_id)


@contextmanager
def a_portal(folder: Path, *, every: timedelta = 5 * MINUTES) -> Iterator[Portal]:
    """Start slasync for the first time on an account that is both systems."""
    driven = Driven(BEGINS)
    world = World(driven.now, Chance(1))
    town = build(world)
    make_ready(town.hubspot)
    settings = with_webhooks(shipped_settings(town, BEGINS.date(), crm_name="hubspot"))
    settings = replace(settings, polls={"hubspot": every})
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
    with a_portal(tmp_path, every=HOUR) as portal:
        number = portal.asks()
        portal.run(90 * MINUTES)
        owner = portal.contact(number)["hubspot_owner_id"]
        called = {"hs_timestamp": portal.stage.driven.now().isoformat(), "hubspot_owner_id": owner}
        portal.town.hubspot.note("calls", number, called, portal.user(owner))
        portal.run(90 * MINUTES)

        [touch] = portal.facts(number, FactKind.TOUCH)
        [task] = portal.tasks(number)
        assert (touch.by, touch.data["channel"], touch.data["grade"]) == (owner, "call", "strong")
        assert task["hs_task_status"] == "COMPLETED"
        portal.run(2 * DAY)
        assert len(portal.tasks(number)) == 1  # nobody was reminded


def test_the_task_of_a_contact_that_is_deleted_is_closed(tmp_path: Path) -> None:
    """HubSpot keeps it: else somebody would be asked to see to a lead that is gone."""
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(15 * MINUTES)
        [task] = portal.tasks(number)
        portal.town.hubspot.archive("contacts", number)
        portal.run(2 * HOUR)

        [after] = [
            row
            for row in portal.town.hubspot.rows("tasks")
            if row["hs_object_id"] == task["hs_object_id"]
        ]
        assert after["hs_task_status"] == "COMPLETED"
        with reading(portal.stage.engine) as unit:
            assert unit.outbox.parked() == []


def test_nobody_acts_so_the_task_is_raised_and_the_manager_gets_one(tmp_path: Path) -> None:
    with a_portal(tmp_path, every=HOUR) as portal:
        number = portal.asks()
        portal.run(2 * DAY + 3 * HOUR)

        owner = portal.contact(number)["hubspot_owner_id"]
        owners = [task["hubspot_owner_id"] for task in portal.tasks(number)]
        people = portal.town.hubspot.portal.owners
        manager = next(str(o.id) for o in people if o.email.startswith("mia@"))
        assert sorted(owners) == sorted([owner, manager])


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
        open_ = [t for t in portal.tasks(number) if t["hs_task_status"] != "COMPLETED"]
        assert [task["hubspot_owner_id"] for task in open_] == [other]  # his clock begins anew


def test_what_slasync_writes_itself_is_nobodys_touch_and_no_persons_choice(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(30 * MINUTES)

        assert {fact.by for fact in portal.facts(number, FactKind.OWNER)} <= {None, "automation"}
        assert not portal.facts(number, FactKind.TOUCH)


def test_who_is_erased_on_his_demand_is_gone_as_a_lead_too(tmp_path: Path) -> None:
    with a_portal(tmp_path) as portal:
        number = portal.asks()
        portal.run(15 * MINUTES)
        portal.town.hubspot.gdpr_delete("contacts", number)
        portal.run(15 * MINUTES)

        with reading(portal.stage.engine) as unit:
            refs = [Ref("hubspot", kind, number) for kind in ("lead", "contact")]
            held = unit.records.current(refs)
        assert all(record.deleted for record in held.values())
        assert portal.facts(number, FactKind.DELETED)


@fault("V6", "V8")
def test_a_working_week_with_lost_answers_makes_each_task_once(tmp_path: Path) -> None:
    """Reps of different diligence, webhooks, one budget, and calls that fail all the while."""
    with a_portal(tmp_path, every=HOUR) as portal:
        town, now = portal.town, portal.stage.driven.now()
        desk(portal).begin()
        plan = Plan(now, 2 * DAY, 15, Hours(ZoneInfo("Europe/Berlin")))
        town.marketing.begin(plan)
        town.world.faults.switch_on(*FAULTS)
        portal.run(4 * DAY)
        town.world.faults.switch_off()
        portal.run(6 * HOUR)

        tasks = list(town.hubspot.rows("tasks"))
        keys = Counter(task["slasync_key"] for task in tasks)
        ended = [task for task in tasks if task["hs_task_status"] == "COMPLETED"]
        handed = [r for r in town.hubspot.rows("contacts") if r.get("slasync_stage")]
        with reading(portal.stage.engine) as unit:
            counts = unit.outbox.counts()
        assert set(keys.values()) == {1}
        assert handed
        assert all(row.get("hubspot_owner_id") for row in handed)
        assert ended
        assert not {state for _, state in counts} & {State.PARKED, State.MAYBE_SENT}


FAULTS = (
    Rule(Kind.TIMEOUT_AFTER, path="batch", probability=0.05),
    Rule(Kind.TIMEOUT_BEFORE, path="batch", probability=0.05),
    Rule(Kind.TOO_MANY, path="/crm/", probability=0.05),
    Rule(Kind.SERVER_ERROR, path="/crm/", probability=0.05),
)


def desk(portal: Portal) -> Desk:
    """Put the town's reps to work in HubSpot."""
    reps = [
        Rep(portal.town.owners[name], portal.user(portal.town.owners[name]), HABITS[name])
        for name in ("ana", "ben", "chi", "dora")
    ]
    hours = Hours(ZoneInfo("Europe/Berlin"))
    return Desk(portal.town.world, portal.town.hubspot, hours, reps)


def test_who_is_changed_while_the_first_load_lists_is_mirrored_and_not_judged(
    tmp_path: Path,
) -> None:
    """A contact that qualified long ago is listed last, and somebody edits it before its page."""
    driven = Driven(BEGINS - 9 * DAY)
    town = build(World(driven.now, Chance(1)))
    make_ready(town.hubspot)
    made = [
        town.hubspot.create("contacts", {"email": f"p{n}@x.example", "hubspotscore": "90"})
        for n in range(30)
    ]
    settings = shipped_settings(town, BEGINS.date(), crm_name="hubspot")
    if settings.hubspot is None:
        raise LookupError("HubSpot is configured")
    hubspot = replace(settings.hubspot, page_size=10)
    driven.advance_to(BEGINS)
    stage = raise_curtain(town, driven, replace(settings, hubspot=hubspot), tmp_path / "slasync.db")
    try:
        pull = next(step for step in stage.application.steps if step.name == "pull:hubspot")
        assert pull.run()  # the first page
        driven.advance_to(driven.now() + MINUTES)
        town.hubspot.update("contacts", made[-1], {"hubspotscore": "95"})
        portal = Portal(stage, town)
        portal.run(3 * HOUR)

        assert portal.facts(made[-1], FactKind.CHANGED)  # it came with a later pass
        assert not portal.facts(made[-1], FactKind.HANDOVER)
        assert not portal.tasks(made[-1])
        town.hubspot.update("contacts", made[-1], {"hubspotscore": "20"})
        portal.run(HOUR)
        town.hubspot.update("contacts", made[-1], {"hubspotscore": "96"})
        portal.run(HOUR)
        assert portal.facts(made[-1], FactKind.HANDOVER)  # news from now on
    finally:
        stage.close()
