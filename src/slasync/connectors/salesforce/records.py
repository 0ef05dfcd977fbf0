"""Writes as the records that Salesforce takes, and the answers' rows as receipts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slasync.connectors.salesforce.errors import complaint_of, translate
from slasync.connectors.salesforce.ids import OBJECTS, http_date, to18
from slasync.connectors.salesforce.people import SYSTEM
from slasync.domain.lead import Ref
from slasync.domain.nurture import OWN_FIELDS, RETURN, RETURN_ON
from slasync.domain.writes import CONDITIONAL, Action, Write
from slasync.ports import Outcome, Receipt
from slasync.systems import Direction, FieldType, SalesforceConfig

Record = dict[str, Any]
TEXT, LONG_TEXT = 255, 32_000
UNKNOWN_TEXT = "[not provided]"
CLOSED = "Completed"
REFUSED_ROW = 400


def unfit(write: Write) -> str | None:
    """Say why Salesforce could not even be asked for this write; None when it can."""
    if write.action in {Action.TASK, Action.CLOSE_TASK} and not write.task_key:
        return "the write names no task"
    if write.action is Action.TASK and not (write.values.get("subject") or is_move(write)):
        return "the task has neither a subject nor an owner"
    if write.action in CONDITIONAL and not write.values.get(write.action.value):
        return f"the write names no {write.action.value}"
    if write.action is Action.STATUS and write.target and write.target.kind != "lead":
        return "only leads have a status"
    found_by_key = write.action in {Action.CREATE_LEAD, Action.CLOSE_TASK} or is_move(write)
    if not found_by_key and (write.target is None or write.target.kind not in {"lead", "contact"}):
        return "the write names no lead or contact of Salesforce"
    return None


def is_move(write: Write) -> bool:
    """Tell whether a task only changes hands: it is changed where it stands, and never made."""
    values = write.values
    return write.action is Action.TASK and not values.get("subject") and bool(values.get("owner"))


def lead_key(write: Write) -> str:
    """Return the unique value by which a created lead is found again."""
    return str(write.values.get("lead_key") or write.lead)


def lead_record(write: Write, config: SalesforceConfig) -> Record:
    """Return a new lead; what Salesforce requires and nobody knows is said to be unknown."""
    mapped = {
        each.field: write.values[each.name]
        for each in config.lead_fields
        if each.direction is not Direction.READ and write.values.get(each.name) is not None
    }
    owner = {"OwnerId": write.values["owner"]} if write.values.get("owner") else {}
    required = {"LastName": mapped.get("Email") or UNKNOWN_TEXT, "Company": UNKNOWN_TEXT}
    key = {config.lead_key_field: lead_key(write)}
    return {"attributes": {"type": "Lead"}, **required, **mapped, **owner, **key}


def task_record(write: Write, config: SalesforceConfig) -> Record:
    """Return the task without its status, which is the rep's: a closed task is not reopened."""
    values = write.values
    record: Record = {
        "attributes": {"type": "Task"},
        config.task_key_field: None if config.ledger else write.task_key,
        "Subject": cut(values["subject"], TEXT),
        "Description": cut(values.get("text"), LONG_TEXT),
        "ActivityDate": values.get("due_date") or _day(values.get("due")),
        "Priority": values.get("priority"),
        "OwnerId": values.get("owner"),
        "WhoId": write.target.id if write.target else None,
    }
    if values.get("remind_at"):
        record |= {"ReminderDateTime": values["remind_at"], "IsReminderSet": True}
    return {name: value for name, value in record.items() if value is not None}


def _day(due: Any) -> str | None:
    return str(due)[:10] if due else None


def change_record(write: Write, row: Mapping[str, Any]) -> Record:
    """Return the change to an open task that is there: its end, or its new owner."""
    if is_move(write):
        task = {"attributes": {"type": "Task"}, "id": row["Id"]}
        return {**task, "OwnerId": write.values["owner"], **_words(write.values.get("words"))}
    return closing_record(write, row)


def _words(words: Mapping[str, Any] | None) -> Record:
    """Return what a task says to its new owner; nothing where that is what it says already."""
    if not words:
        return {}
    return {
        "Subject": cut(words["subject"], TEXT),
        "Description": cut(words["text"], LONG_TEXT),
        "ActivityDate": words["due_date"],
    }


def closing_record(write: Write, row: Mapping[str, Any]) -> Record:
    """Return the end of a task: its own text is kept, the reason is added below."""
    texts = (row.get("Description"), write.values.get("text"))
    text = cut("\n\n".join(str(each) for each in texts if each), LONG_TEXT)
    return {
        "attributes": {"type": "Task"},
        "id": row["Id"],
        "Status": CLOSED,
        "Description": text,
    }


def flag_record(write: Write, target: Ref, config: SalesforceConfig) -> Record:
    flagged = write.action is Action.FLAG_STALE
    return {
        "attributes": {"type": OBJECTS[target.kind]},
        "id": target.id,
        config.stale_field: flagged,
        config.stale_since_field: write.values.get("since") if flagged else None,
        **({} if "why" in config.shows else _flags_why(write, config)),
    }


def _flags_why(write: Write, config: SalesforceConfig) -> Record:
    flagged = write.action is Action.FLAG_STALE
    return {config.why_field: cut(write.values.get("why"), TEXT) if flagged else None}


def property_field(write: Write, config: SalesforceConfig) -> str | None:
    """Return the API name of the field that a write gives a value; None where it must not."""
    kind = write.target.kind if write.target else ""
    mapped = {"lead": config.lead_fields, "contact": config.contact_fields}.get(kind, ())
    name = write.values.get("field")
    fields = (m.field for m in mapped if m.name == name and m.direction is not Direction.READ)
    return next(fields, None)


def property_record(write: Write, config: SalesforceConfig) -> Record | None:
    name = property_field(write, config)
    if name is None or write.target is None:
        return None
    attributes = {"type": OBJECTS[write.target.kind]}
    return {"attributes": attributes, "id": write.target.id, name: write.values.get("value")}


def unmapped(write: Write) -> str:
    kind = write.target.kind if write.target else "record"
    return (
        f"{write.values.get('field')} is no field of a {kind} that connector.yaml lets slasync"
        " write: give it a direction other than read"
    )


def conditional_part(write: Write, target: Ref, config: SalesforceConfig) -> Record:
    """Return one part of a composite: it takes effect only if the lead is as it was judged."""
    headers = {"Sforce-Auto-Assign": "FALSE"}
    if write.judged and write.judged.modified_at:
        headers["If-Unmodified-Since"] = http_date(write.judged.modified_at)
    return {
        "method": "PATCH",
        "path": f"sobjects/{OBJECTS[target.kind]}/{target.id}",
        "body": _changed_fields(write, config),
        "httpHeaders": headers,
    }


def _changed_fields(write: Write, config: SalesforceConfig) -> Record:
    if write.action is Action.OWNER:
        return {"OwnerId": write.values["owner"]}
    why = {config.why_field: cut(write.values.get("why"), TEXT)}
    return {"Status": write.values["status"], **why, **_told_back(write, config)}


def _told_back(write: Write, config: SalesforceConfig) -> Record:
    """Return what goes with the status of a lead that is given back, as far as it is mapped."""
    values = write.values
    days = {**values, RETURN: values.get(RETURN_ON)}  # a date's field takes no time of day
    return {
        each.field: cut((days if each.type is FieldType.DATE else values)[each.name], TEXT)
        for each in config.lead_fields
        if each.direction is not Direction.READ and each.name in OWN_FIELDS & values.keys()
    }


def cut(text: Any, length: int) -> str | None:
    if text is None:
        return None
    whole = str(text)
    return whole if len(whole) <= length else f"{whole[: length - 1]}…"


def same_instant(one: Any, other: Any) -> bool:
    """Compare two times as Salesforce and slasync write them; None equals None only."""
    return one == other or (bool(one) and bool(other) and _utc(one) == _utc(other))


def _utc(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC).replace(microsecond=0)


def settle_row(item: Any, kind: str, target: Ref | None, config: SalesforceConfig) -> Receipt:
    """Read one row of a collection's answer; `target` is the record, where it was known before."""
    if isinstance(item, Receipt):  # said of its collection as a whole
        return replace(item, ref=target)
    if not isinstance(item, Mapping) or "success" not in item:
        return Receipt(Outcome.UNKNOWN, target, message="the answer has no result for this row")
    if not item["success"]:
        keys = (config.task_key_field, config.lead_key_field)
        complaint = complaint_of(item.get("errors"), REFUSED_ROW)
        return translate(complaint, keys, by_id=target is not None).receipt()
    ref = Ref(SYSTEM, kind, to18(item["id"])) if item.get("id") else target
    return Receipt(Outcome.APPLIED, ref, created=bool(item.get("created")))
