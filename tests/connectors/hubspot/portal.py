"""A simulated account that is the CRM, slasync connected to it, and the people in it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from slasync.clock import Seams
from slasync.connectors.http import Lane
from slasync.connectors.hubspot import HubSpotConnector, build_connector
from slasync.domain.lead import Ref, UserKey
from slasync.rehearsal.inprocess import InProcessPool
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.hubspot.crm_setup import LEAD_STATE, make_ready
from slasync.sandbox.world import World
from slasync.systems import (
    CreateLeads,
    Direction,
    FieldMapping,
    HubSpotConfig,
    HubSpotCrmConfig,
    Secret,
)
from tests.connectors.in_process import DrivenClock

FIELDS = (
    FieldMapping("email", "email", Direction.BOTH),
    FieldMapping("last_name", "lastname", Direction.BOTH),
    FieldMapping("company", "company", Direction.BOTH),
)
MACHINE = "integration@acme.example"


@dataclass
class PortalRig:
    """slasync on one side, people on the other: both contracts run over it."""

    clock: DrivenClock = field(default_factory=DrivenClock)
    changed: dict[str, Any] = field(default_factory=dict)
    crm: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(self.clock.now)
        ordinary: dict[str, Any] = {"index_lag": timedelta(0), "stale_totals": False}
        self.hubspot = HubSpot(self.world, **(ordinary | self.options))
        make_ready(self.hubspot)
        told = {
            "status_property": LEAD_STATE,
            "automation_users": (MACHINE,),
            "create_leads": CreateLeads.AT_HANDOVER,
        }
        config: dict[str, Any] = {
            "secrets": {"access_token": Secret(self.hubspot.credentials()["access_token"])},
            "contact_fields": FIELDS,
            "crm": HubSpotCrmConfig(**(told | self.crm)),
            "marketing": False,
        }
        self.config = HubSpotConfig(**(config | self.changed))
        self.connector: HubSpotConnector = build_connector(
            self.config, Seams(clock=self.clock), pool_manager=InProcessPool(self.hubspot.handle)
        )
        self.sink, self.source = self.connector.sink, self.connector.source
        self.page_size = self.config.page_size
        self._people = 0
        self._users: dict[str, str] = {}

    # -- who and what is there

    def rep(self, email: str = "") -> UserKey:
        self._people += 1
        address = email or f"rep{self._people}@acme.example"
        return UserKey(self.hubspot.add_owner(address, "Rep", str(self._people)))

    def machine(self) -> UserKey:
        return self.rep(MACHINE)

    def user(self, owner: UserKey) -> str:
        """Return the number of the user behind an owner."""
        found = next(o for o in self.hubspot.portal.owners if str(o.id) == owner)
        return str(found.user_id)

    def lead(self, owner: UserKey | None = None, email: str = "") -> Ref:
        self._people += 1
        values = {"email": email or f"ada{self._people}@prospect.example", "lastname": "Lovelace"}
        owned = {"hubspot_owner_id": owner} if owner else {}
        return Ref("hubspot", "lead", self.hubspot.create("contacts", values | owned))

    def held(self, ref: Ref) -> dict[str, str]:
        return self.hubspot.get("contacts", ref.id)

    def owner(self, ref: Ref) -> UserKey:
        return UserKey(self.held(ref).get("hubspot_owner_id", ""))

    def stale(self, ref: Ref) -> bool:
        return self.held(ref).get("slasync_stale") == "true"

    def tasks(self, key: str) -> list[tuple[str, UserKey, bool]]:
        rows = [r for r in self.hubspot.rows("tasks") if r.get("slasync_key") == key]
        done = "COMPLETED"
        return [
            (r["hs_task_subject"], UserKey(r["hubspot_owner_id"]), r["hs_task_status"] == done)
            for r in rows
        ]

    def leads_with_key(self, key: str) -> int:
        return sum(r.get("slasync_lead_key") == key for r in self.hubspot.rows("contacts"))

    # -- what people do

    def reassign(self, ref: Ref, owner: UserKey) -> None:
        self.hubspot.update("contacts", ref.id, {"hubspot_owner_id": owner})

    def convert(self, ref: Ref) -> None:
        self.hubspot.update("contacts", ref.id, {"lifecyclestage": "opportunity"})

    def delete(self, ref: Ref) -> None:
        self.hubspot.archive("contacts", ref.id)

    def close_task(self, key: str, by: UserKey) -> None:
        done = {"hs_task_status": "COMPLETED"}
        self.hubspot.update("tasks", self.task(key), done, self.user(by))

    def delete_task(self, key: str, by: UserKey) -> None:
        self.hubspot.archive("tasks", self.task(key), self.user(by))

    def log_call(self, ref: Ref, by: UserKey) -> None:
        self.call(ref, by)

    def call(self, ref: Ref, by: UserKey, **more: str) -> str:
        """Have a person note a call, in HubSpot's words; return its id."""
        now = self.clock.now().isoformat(timespec="milliseconds")
        values = {"hs_timestamp": now, "hs_call_status": "COMPLETED", "hubspot_owner_id": by}
        return self.done(ref, "calls", by, **(values | more))

    def done(self, ref: Ref, kind: str, by: UserKey, **values: str) -> str:
        """Have a person note something that was done with a lead."""
        return self.hubspot.note(kind, ref.id, values, self.user(by))

    def task(self, key: str) -> str:
        rows = [r for r in self.hubspot.rows("tasks") if r.get("slasync_key") == key]
        return str(rows[0]["hs_object_id"])

    # -- what goes wrong

    def lose_answer(self) -> None:
        self.strike(Kind.TIMEOUT_AFTER, "tasks/batch/create")

    def lose_request(self) -> None:
        self.strike(Kind.TIMEOUT_BEFORE, "tasks/batch/create")

    def strike(self, kind: Kind, path: str, times: int = 1) -> None:
        self.world.faults.switch_on(Rule(kind, path, times=times))

    def cut_off(self) -> None:
        self.strike(Kind.TOO_MANY, "crm")

    def calls(self, *lanes: Lane) -> int:
        return sum(n for lane, n in self.connector.calls.by_lane().items() if lane in lanes)
