"""A simulated org with slasync connected to it, and the people in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slasync.clock import Seams
from slasync.connectors.http import Lane
from slasync.connectors.salesforce import SalesforceConnector, build_connector
from slasync.domain.lead import Ref, UserKey
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.world import World
from slasync.systems import (
    CreateLeads,
    Direction,
    FieldMapping,
    FieldType,
    Login,
    SalesforceConfig,
    Secret,
)
from tests.connectors.in_process import DrivenClock, InProcessAdapter, httpx_carrier

Tamper = Callable[[Request, Response], Response]
LEAD_FIELDS = (
    FieldMapping("email", "Email", Direction.BOTH),
    FieldMapping("last_name", "LastName", Direction.BOTH),
    FieldMapping("company", "Company", Direction.BOTH),
    FieldMapping("source", "LeadSource", Direction.READ),
    FieldMapping("employees", "NumberOfEmployees", Direction.READ, FieldType.NUMBER),
    FieldMapping("stale_since", "Slasync_Stale_Since__c", Direction.READ, FieldType.DATETIME),
)


def a_config(org: Salesforce, **changed: Any) -> SalesforceConfig:
    """Configure slasync for `org`, as its admin would."""
    told = org.credentials()
    secrets = {
        "consumer_key": Secret(told["client_id"]),
        "consumer_secret": Secret(told["client_secret"]),
        "refresh_token": Secret(told["refresh_token"]),
    }
    ordinary: dict[str, Any] = {
        "url": told["instance_url"],
        "login": Login.CLIENT_CREDENTIALS,
        "secrets": secrets,
        "lead_fields": LEAD_FIELDS,
        "contact_fields": (FieldMapping("email", "Email"),),
        "create_leads": CreateLeads.AT_HANDOVER,
    }
    return SalesforceConfig(**(ordinary | changed))


@dataclass
class OrgRig:
    """slasync on one side, people on the other: both contracts run over it."""

    clock: DrivenClock = field(default_factory=DrivenClock)
    changed: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(self.clock.now)
        self.org = Salesforce(self.world)
        self.org.assign_leads_to(None)
        self.tamper: Tamper = lambda _, answer: answer
        self.adapter = InProcessAdapter(self._answer)
        self.config = a_config(self.org, **self.changed)
        self.connector: SalesforceConnector = build_connector(
            self.config,
            Seams(clock=self.clock),
            adapter=self.adapter,
            httpx_transport=httpx_carrier(self.org.handle),
        )
        self.sink, self.source = self.connector.sink, self.connector.source
        self.page_size = self.config.page_size
        self._people = 0

    def _answer(self, request: Request) -> Response:
        return self.tamper(request, self.org.handle(request))

    def close(self) -> None:
        self.connector.close()

    # -- who and what is there

    def rep(self) -> UserKey:
        self._people += 1
        number = self._people
        return UserKey(self.org.add_user(f"Rep {number}", f"rep{number}@acme.example"))

    def machine(self) -> UserKey:
        return UserKey(self.org.integration_user_id)

    def lead(self, owner: UserKey | None = None, email: str = "ada@prospect.example") -> Ref:
        fields = {"LastName": "Lovelace", "Company": "Engines", "Email": email}
        by = self.org.admin_id
        made = self.org.create("Lead", fields | {"OwnerId": owner or by}, by)
        return Ref("salesforce", "lead", made)

    def owner(self, ref: Ref) -> UserKey:
        return UserKey((self.org.get("Lead", ref.id) or {})["OwnerId"])

    def stale(self, ref: Ref) -> bool:
        return bool((self.org.get("Lead", ref.id) or {})["Slasync_Stale__c"])

    def tasks(self, key: str) -> list[tuple[str, UserKey, bool]]:
        rows = [r for r in self.org.rows("Task") if r.get("Slasync_Key__c") == key]
        return [(r["Subject"], UserKey(r["OwnerId"]), bool(r["IsClosed"])) for r in rows]

    def leads_with_key(self, key: str) -> int:
        return sum(r.get("Slasync_Lead_Key__c") == key for r in self.org.rows("Lead"))

    # -- what people do

    def reassign(self, ref: Ref, owner: UserKey) -> None:
        self.org.update("Lead", ref.id, {"OwnerId": owner}, self.org.admin_id)

    def convert(self, ref: Ref) -> None:
        self.org.convert_lead(ref.id, self.org.admin_id)

    def delete(self, ref: Ref) -> None:
        self.org.delete("Lead", ref.id, self.org.admin_id)

    def close_task(self, key: str, by: UserKey) -> None:
        self.org.complete_task(self._task(key), by)

    def delete_task(self, key: str, by: UserKey) -> None:
        self.org.delete("Task", self._task(key), by)

    def log_call(self, ref: Ref, by: UserKey) -> None:
        self.org.log_call(ref.id, by)

    def _task(self, key: str) -> str:
        rows = [r for r in self.org.rows("Task") if r.get("Slasync_Key__c") == key]
        return str(rows[0]["Id"])

    # -- what goes wrong

    def lose_answer(self) -> None:
        self.strike(Kind.TIMEOUT_AFTER)

    def lose_request(self) -> None:
        self.strike(Kind.TIMEOUT_BEFORE)

    def strike(self, kind: Kind, path: str = "composite", times: int = 1) -> None:
        self.world.faults.switch_on(Rule(kind, path, times=times))

    def cut_off(self) -> None:
        self.strike(Kind.TOO_MANY)

    def calls(self, *lanes: Lane) -> int:
        return sum(n for lane, n in self.connector.calls.by_lane().items() if lane in lanes)
