"""Writes to a lead of HubSpot as the properties of its contact."""

from collections.abc import Mapping

from slasync.connectors.hubspot.contact import SYSTEM, Record
from slasync.connectors.hubspot.crm_people import NOBODY, OWNER, as_owner, is_converted, owner_in
from slasync.connectors.hubspot.values import as_text
from slasync.domain.nurture import OWN_FIELDS, RETURN, RETURN_ON
from slasync.domain.writes import CONDITIONAL, Action, Write
from slasync.systems import Direction, FieldType, HubSpotConfig, HubSpotCrmConfig

TEXT = 255
PEOPLE = frozenset({"lead", "contact"})


def unfit(write: Write) -> str | None:
    """Say why HubSpot could not even be asked for this write; None when it can."""
    if write.action in {Action.TASK, Action.CLOSE_TASK} and not write.task_key:
        return "the write names no task"
    if write.action is Action.TASK and not (write.values.get("subject") or is_move(write)):
        return "the task has neither a subject nor an owner"
    if write.action in CONDITIONAL and not write.values.get(write.action.value):
        return f"the write names no {write.action.value}"
    by_key = write.action in {Action.CREATE_LEAD, Action.CLOSE_TASK} or is_move(write)
    target = write.target
    if not by_key and (target is None or target.system != SYSTEM or target.kind not in PEOPLE):
        return "the write names no contact of HubSpot"
    return None


def is_move(write: Write) -> bool:
    """Tell whether a task only changes hands: it is changed where it stands, and never made."""
    values = write.values
    return write.action is Action.TASK and not values.get("subject") and bool(values.get("owner"))


def trace(write: Write) -> str:
    """Name a write among those of one round, in which no record stands twice."""
    return f"{write.key}:{write.task_key or write.target or lead_key(write)}"


def lead_key(write: Write) -> str:
    """Return the unique value by which a created lead is found again."""
    return str(write.values.get("lead_key") or write.lead)


def new_values(write: Write, config: HubSpotConfig, crm: HubSpotCrmConfig) -> dict[str, str]:
    """Return a new contact: the fields that may be written, whose it is, and slasync's key."""
    mapped = {
        each.field: as_text(write.values[each.name])
        for each in config.contact_fields
        if each.direction is not Direction.READ and write.values.get(each.name) is not None
    }
    owner = write.values.get("owner")
    owned = {OWNER: as_owner(owner)} if owner else {}
    return {**mapped, **owned, crm.lead_key_property: lead_key(write)}


def status_values(write: Write, config: HubSpotConfig, crm: HubSpotCrmConfig) -> dict[str, str]:
    """Return a status with why, and what goes with it where a lead is given back."""
    values = write.values
    days = {**values, RETURN: values.get(RETURN_ON)}  # a date's property takes no time of day
    told = {
        each.field: as_text((days if each.type is FieldType.DATE else values)[each.name])
        for each in config.contact_fields
        if each.direction is not Direction.READ and each.name in OWN_FIELDS & values.keys()
    }
    why = as_text(values.get("why"))[:TEXT]
    return {crm.status_property: str(values["status"]), crm.why_property: why, **told}


def flag_values(write: Write, crm: HubSpotCrmConfig) -> dict[str, str]:
    """Return the stale flag, since when and why; or that there is none."""
    flagged = write.action is Action.FLAG_STALE
    why = as_text(write.values.get("why"))[:TEXT] if flagged else ""
    return {
        crm.stale_property: as_text(flagged),
        crm.stale_since_property: as_text(write.values.get("since")) if flagged else "",
        **({} if "why" in crm.shows else {crm.why_property: why}),
    }


def shown_values(write: Write, crm: HubSpotCrmConfig) -> dict[str, str]:
    """Return what reps are shown, by property; words that connector.yaml does not show are not."""
    named = {**crm.shown, "why": crm.why_property}
    return {
        named[word]: as_text(value)[:TEXT] if word == "why" else as_text(value)
        for word, value in write.values.items()
        if word in crm.shows and word in named
    }


def is_as_judged(write: Write, record: Record, crm: HubSpotCrmConfig) -> bool:
    """Tell whether owner and status are what the decision saw; HubSpot itself compares nothing."""
    judged, values = write.judged, record.get("properties") or {}
    if judged is None:
        return not is_converted(values, crm)
    same_owner = owner_in(values) == (judged.owner or NOBODY)
    if write.action is Action.OWNER:
        return same_owner
    return same_owner and (values.get(crm.status_property) or None) == judged.status


def as_before(write: Write, held: Mapping[str, str | None], crm: HubSpotCrmConfig) -> bool:
    """Tell whether what was to be changed is still what the decision saw."""
    if write.judged is None:
        return False
    if write.action is Action.OWNER:
        return owner_in(held) == (write.judged.owner or NOBODY)
    return (held.get(crm.status_property) or None) == write.judged.status
