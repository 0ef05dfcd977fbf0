"""Values that HubSpot works out itself: some when a record is read, some when it is written."""

from collections.abc import Callable, Mapping

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.catalogue import DEAL_STAGES, Kind
from slasync.sandbox.hubspot.record import Record

Computed = Callable[[Record, int], str | None]  # of a record, at an instant in milliseconds
_PIPELINE = "contacts-lifecycle-pipeline"


def _email_domain(record: Record, _: int) -> str | None:
    email = record.properties.get("email")
    return email.rpartition("@")[2] if email else None


def _all_ids(record: Record, _: int) -> str:
    return ";".join(str(i) for i in (record.id, *record.merged))


def _is_unworked(record: Record, _: int) -> str:
    return "false" if record.properties.get("num_contacted_notes", "0") != "0" else "true"


def _is_open(record: Record, _: int) -> str:
    return "false" if record.properties.get("hs_task_status") == "COMPLETED" else "true"


def _is_completed(record: Record, _: int) -> str:
    return "1" if record.properties.get("hs_task_status") == "COMPLETED" else "0"


def _is_overdue(record: Record, now: int) -> str:
    due = record.properties.get("hs_timestamp")
    late = due is not None and stamps.parse(due) < now and _is_open(record, now) == "true"
    return "true" if late else "false"


def _is_closed(record: Record, _: int) -> str:
    stage = record.properties.get("dealstage", "")
    return "true" if stage.startswith("closed") else "false"


def _is_won(record: Record, _: int) -> str:
    return "true" if record.properties.get("dealstage") == "closedwon" else "false"


def _probability(record: Record, _: int) -> str | None:
    found = DEAL_STAGES.get(record.properties.get("dealstage", ""))
    return None if found is None else str(found)


def _merged(record: Record, _: int) -> str | None:
    return ";".join(map(str, record.merged)) or None


_EVERYWHERE: dict[str, Computed] = {
    "hs_object_id": lambda record, _: str(record.id),
    "hs_object_source": lambda record, _: record.origin.source,
    "hs_object_source_id": lambda record, _: record.origin.source_id,
    "hs_object_source_label": lambda record, _: record.origin.source,
    "hs_merged_object_ids": _merged,
}
_OWN: dict[str, dict[str, Computed]] = {
    "contacts": {
        "hs_email_domain": _email_domain,
        "hs_all_contact_vids": _all_ids,
        "hs_is_contact": lambda *_: "true",
        "hs_is_unworked": _is_unworked,
        "hs_pipeline": lambda *_: _PIPELINE,
    },
    "deals": {
        "hs_is_closed": _is_closed,
        "hs_is_closed_won": _is_won,
        "hs_deal_stage_probability": _probability,
    },
    "tasks": {
        "hs_task_is_open": _is_open,
        "hs_task_is_completed": _is_completed,
        "hs_task_is_overdue": _is_overdue,
    },
}


def computed(kind: Kind) -> dict[str, Computed]:
    """Return what is worked out when a record of this type is read, by property."""
    stamped: dict[str, Computed] = {
        kind.created: lambda record, _: stamps.iso(record.created),
        kind.modified: lambda record, _: stamps.iso(record.modified),
    }
    return _EVERYWHERE | stamped | _OWN.get(kind.name, {})


def on_create(kind: Kind) -> dict[str, str]:
    """Return the values that a new record has when its writer says nothing of them."""
    if kind.name == "tasks":
        return {
            "hs_task_status": "NOT_STARTED",
            "hs_task_priority": "NONE",
            "hs_task_type": "TODO",
        }
    return {"pipeline": "default"} if kind.name == "deals" else {}


def on_write(before: Mapping[str, str], changes: Mapping[str, str], now: int) -> dict[str, str]:
    """Return what these changes bring with them; "" clears."""
    brought: dict[str, str] = {}
    if owner := _changed("hubspot_owner_id", before, changes):
        brought["hs_all_owner_ids"] = owner[0]
        brought["hubspot_owner_assigneddate"] = stamps.iso(now) if owner[0] else ""
    if (stage := _changed("lifecyclestage", before, changes)) and stage[0]:
        brought[f"hs_lifecyclestage_{stage[0]}_date"] = stamps.iso(now)
    if (domain := _changed("domain", before, changes)) and not {**before, **changes}.get("website"):
        brought["website"] = domain[0]
    if status := _changed("hs_task_status", before, changes):
        brought |= _task_status(before, status[0], now)
    return brought


def _task_status(before: Mapping[str, str], status: str, now: int) -> dict[str, str]:
    if status == "COMPLETED":
        times = int(before.get("hs_task_completion_count", "0")) + 1
        return {
            "hs_task_completion_date": stamps.iso(now),
            "hs_task_completion_count": str(times),
        }
    done = before.get("hs_task_status") == "COMPLETED"
    return {"hs_task_completion_date": ""} if done else {}


def _changed(name: str, before: Mapping[str, str], changes: Mapping[str, str]) -> tuple[str] | None:
    """Return the new value in a tuple, for "" is a value too; None when it stays."""
    if name not in changes or changes[name] == before.get(name, ""):
        return None
    return (changes[name],)
