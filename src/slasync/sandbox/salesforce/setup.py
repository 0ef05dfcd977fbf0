"""What an org has before anybody works in it: organization, statuses, hours, first users."""

from dataclasses import dataclass
from typing import Any

from slasync.sandbox.salesforce import writes
from slasync.sandbox.salesforce.derived import CHANCES
from slasync.sandbox.salesforce.org import Org, start_of
from slasync.sandbox.salesforce.permissions import grant_firsts
from slasync.sandbox.salesforce.tables_setup import DAYS
from slasync.sandbox.salesforce.unit import Unit

OPEN, CLOSED = "09:00:00.000Z", "17:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Firsts:
    """Ids of the set-up: the admin, the integration user, the queue of unassigned leads."""

    admin: str
    integration: str
    inbox: str


def set_up(org: Org, org_id: str, username: str, zone: str) -> Firsts:
    """Fill a new org. The rows are as old as the org, not as the sandbox."""
    at = start_of(org.world.now())
    unit = Unit(org.world, org.new_id("005"), at)
    admin = unit.by
    _insert(org, unit, "User", _user("Ada", "Admin", f"admin.{username}", zone), admin)
    integration = _insert(
        org, unit, "User", _user("", "slasync Integration", username, zone), org.new_id("005")
    )
    company = {"Name": "Acme", "TimeZoneSidKey": zone}
    _insert(org, unit, "Organization", company, org_id)
    _statuses(org, unit, "TaskStatus", {"IsClosed": "Completed"})
    _statuses(org, unit, "TaskPriority", {"IsHighPriority": "High"})
    _statuses(org, unit, "LeadStatus", {"IsConverted": "Closed - Converted"})
    _stages(org, unit)
    org.refresh()
    _business_hours(org, unit, zone)
    grant_firsts(org, unit, admin, integration)
    return Firsts(admin, integration, queue(org, unit, "Unassigned leads", ("Lead",)))


def queue(org: Org, unit: Unit, name: str, objects: tuple[str, ...]) -> str:
    """Make a queue that may own records of these objects."""
    fields = {"Name": name, "Type": "Queue"}
    made = writes.create(org, unit, org.schema["Group"], fields)
    for each in objects:
        link = {"QueueId": made, "SobjectType": each}
        writes.create(org, unit, org.schema["QueueSobject"], link)
    return made


def _user(first: str, last: str, username: str, zone: str) -> dict[str, Any]:
    name = f"{first} {last}".strip()
    person = {"FirstName": first} if first else {}
    return person | {
        "LastName": last, "Name": name, "Username": username, "Email": username,
        "Alias": last[:8].lower(), "TimeZoneSidKey": zone,
    }  # fmt: skip


def _insert(org: Org, unit: Unit, name: str, fields: dict[str, Any], record_id: str) -> str:
    """Store a set-up row without entering it in the journal: nobody wrote it."""
    type_ = org.schema[name]
    row = {"Id": record_id} | type_.defaults | fields
    writes.insert(org, unit, type_, row)
    return record_id


def _statuses(org: Org, unit: Unit, name: str, flags: dict[str, str]) -> None:
    (flag, value), owner = next(iter(flags.items())), name.removesuffix("Status")
    field = "Priority" if name == "TaskPriority" else "Status"
    choices = org.schema[owner.removesuffix("Priority")].fields[field].choices
    prefix = org.schema[name].prefix
    for order, choice in enumerate(choices, 1):
        row = {
            "MasterLabel": choice, "ApiName": choice, "SortOrder": order,
            "IsDefault": choice in {"Not Started", "Normal", "Open - Not Contacted"},
            flag: choice == value,
        }  # fmt: skip
        _insert(org, unit, name, row, org.new_id(prefix))


def _stages(org: Org, unit: Unit) -> None:
    """Store what each stage of an opportunity means."""
    type_ = org.schema["OpportunityStage"]
    for order, (stage, chance) in enumerate(CHANCES.items(), 1):
        closed, won = stage.startswith("Closed"), stage == "Closed Won"
        row = {
            "MasterLabel": stage, "ApiName": stage, "IsActive": True, "SortOrder": order,
            "IsClosed": closed, "IsWon": won, "DefaultProbability": float(chance),
            "ForecastCategory": "Closed" if won else "Omitted" if closed else "Pipeline",
        }  # fmt: skip
        _insert(org, unit, type_.name, row, org.new_id(type_.prefix))


def _business_hours(org: Org, unit: Unit, zone: str) -> None:
    hours = {f"{d}{e}Time": t for d in DAYS[1:6] for e, t in (("Start", OPEN), ("End", CLOSED))}
    row = hours | {"Name": "Default", "IsActive": True, "IsDefault": True, "TimeZoneSidKey": zone}
    _insert(org, unit, "BusinessHours", row, org.new_id("01m"))
