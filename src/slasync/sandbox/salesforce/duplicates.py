"""The duplicate rule of an org, off unless switched on: another lead or contact has the e-mail."""

from typing import Any

from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import ObjectType, Row
from slasync.sandbox.salesforce.unit import Unit

TEXT = "Use one of these records?"


def duplicates(org: Org, unit: Unit, type_: ObjectType, old: Row | None, new: Row) -> None:
    """Raise DUPLICATES_DETECTED; an alert rule lets pass who asked to save all the same."""
    rule = org.switches.duplicate_rule
    if rule == "off" or type_.name not in {"Lead", "Contact"} or old is not None:
        return
    if rule == "alert" and unit.options.allow_duplicates:
        return
    email = new.get("Email")
    matches = org.store(type_).live("Email", email) if email else []
    if matches:
        result = _result(type_.name, [m["Id"] for m in matches], saveable=rule == "alert")
        raise Trouble("DUPLICATES_DETECTED", TEXT, extra={"duplicateResult": result})


def _result(name: str, found: list[str], *, saveable: bool) -> dict[str, Any]:
    records = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {"type": name, "url": f"/services/data/v59.0/sobjects/{name}/{each}"},
                "Id": each,
            },
        }
        for each in found
    ]
    match = {
        "entityType": name,
        "errors": [],
        "matchEngine": "FuzzyMatchEngine",
        "matchRecords": records,
        "rule": f"Standard_{name}_Match_Rule_v1_0",
        "size": len(records),
        "success": True,
    }
    return {
        "allowSave": saveable,
        "duplicateRule": f"Standard_{name}_Duplicate_Rule",
        "duplicateRuleEntityType": name,
        "errorMessage": TEXT,
        "matchResults": [match],
    }
