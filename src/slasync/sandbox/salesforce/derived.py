"""Fields that follow from others, per object, and what a saved record entails elsewhere."""

from collections.abc import Callable
from datetime import timedelta

from slasync.sandbox.salesforce import times
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Row
from slasync.sandbox.salesforce.unit import Unit

Rule = Callable[[Org, Unit, Row | None, Row], None]
CHANCES = {
    "Prospecting": 10, "Qualification": 10, "Needs Analysis": 20, "Proposal/Price Quote": 75,
    "Negotiation/Review": 90, "Closed Won": 100, "Closed Lost": 0,
}  # fmt: skip


def _person(_: Org, __: Unit, ___: Row | None, new: Row) -> None:
    new["Name"] = " ".join(filter(None, (new.get("FirstName"), new.get("LastName"))))


def _lead(org: Org, unit: Unit, old: Row | None, new: Row) -> None:
    _person(org, unit, old, new)
    if old is not None and old.get("IsUnreadByOwner") != new.get("IsUnreadByOwner"):
        return  # set by hand
    if old is None and new.get("IsUnreadByOwner"):
        return
    if old is None or old.get("OwnerId") != new.get("OwnerId"):
        new["IsUnreadByOwner"] = unit.options.through_api or new["OwnerId"] != unit.by
    elif new["OwnerId"] == unit.by and not unit.options.through_api:
        new["IsUnreadByOwner"] = False


def _task(org: Org, unit: Unit, old: Row | None, new: Row) -> None:
    closed = new.get("Status") in org.closed_statuses
    new["IsClosed"] = closed
    new["IsHighPriority"] = new.get("Priority") == "High"
    if not closed:
        new.pop("CompletedDateTime", None)
    elif old is None or not old.get("IsClosed"):
        new["CompletedDateTime"] = times.stamp(unit.at)
    _account_of(org, new)


def _account_of(org: Org, new: Row) -> None:
    what, who = new.get("WhatId"), new.get("WhoId")
    account = what if what and what.startswith("001") else None
    for related in (what, who):
        account = account or (org.row(related) or {}).get("AccountId")
    new.pop("AccountId", None)
    if account:
        new["AccountId"] = account


def _event(org: Org, unit: Unit, old: Row | None, new: Row) -> None:
    old = old or {}
    name = "StartDateTime" if new.get("StartDateTime") != old.get("StartDateTime") else None
    start = new.get(name or "ActivityDateTime") or new.get("StartDateTime")
    minutes = new.get("DurationInMinutes")
    if new.get("EndDateTime") != old.get("EndDateTime") and start and new.get("EndDateTime"):
        length = times.instant(new["EndDateTime"]) - times.instant(start)
        minutes = length // timedelta(minutes=1)
    if start and minutes is not None:
        end = times.instant(start) + timedelta(minutes=minutes)
        day = times.instant(start).astimezone(org.zone(unit.by)).date().isoformat()
        new |= {
            "StartDateTime": start, "ActivityDateTime": start, "ActivityDate": day,
            "DurationInMinutes": minutes, "EndDateTime": times.exact(end), "EndDate": day,
        }  # fmt: skip
    elif not (new.get("IsAllDayEvent") and new.get("ActivityDate")):
        fields = ("DurationInMinutes", "ActivityDateTime")
        text = f"Required fields are missing: [{', '.join(fields)}]"
        raise Trouble("REQUIRED_FIELD_MISSING", text, fields)
    _account_of(org, new)


def _opportunity(_: Org, __: Unit, old: Row | None, new: Row) -> None:
    stage = new.get("StageName", "")
    if old is None or old.get("StageName") != stage:
        new["Probability"] = float(CHANCES.get(stage, 0))
    new["IsWon"] = stage == "Closed Won"
    new["IsClosed"] = stage.startswith("Closed")
    new["ForecastCategory"] = "Closed" if new["IsWon"] else "Pipeline"


def _group(_: Org, __: Unit, ___: Row | None, new: Row) -> None:
    new.setdefault("DeveloperName", "".join(c if c.isalnum() else "_" for c in new.get("Name", "")))


def _user(org: Org, unit: Unit, old: Row | None, new: Row) -> None:
    _person(org, unit, old, new)
    for other in org.stores["User"].find("Username", new.get("Username", "")):
        if other["Id"] != new.get("Id"):
            text = "Duplicate Username.The username already exists in this or another Salesforce organization."  # noqa: E501 - the vendor's sentence
            raise Trouble("DUPLICATE_USERNAME", text, ("Username",))


def _lead_history(org: Org, unit: Unit, old: Row | None, new: Row) -> None:
    if old is None:
        history(org, unit, new["Id"], "created", None, None)
        return
    if old.get("Status") != new.get("Status") and "Status" in org.switches.tracked:
        history(org, unit, new["Id"], "Status", old.get("Status"), new.get("Status"))
    if old["OwnerId"] != new["OwnerId"] and "OwnerId" in org.switches.tracked:
        history(org, unit, new["Id"], "Owner", old["OwnerId"], new["OwnerId"])
        names = [(org.row(r["OwnerId"]) or {}).get("Name") for r in (old, new)]
        history(org, unit, new["Id"], "Owner", *names)
    if new.get("IsConverted") and not old.get("IsConverted"):
        history(org, unit, new["Id"], "leadConverted", None, None)


def history(  # noqa: PLR0913, PLR0917 - a history row has that many parts
    org: Org, unit: Unit, lead: str, field: str, old: str | None, new: str | None
) -> None:
    """Add one row of LeadHistory."""
    row: Row = {
        "Id": org.new_id("017"), "IsDeleted": False, "LeadId": lead, "Field": field,
        "CreatedById": unit.by, "CreatedDate": times.stamp(unit.at),
    }  # fmt: skip
    for name, value in (("OldValue", old), ("NewValue", new)):
        if value is not None:
            row[name] = value
    unit.put(org.stores["LeadHistory"], row)


def _activity(org: Org, unit: Unit, old: Row | None, new: Row) -> None:
    """Move the last-activity date of the people and things a closed task or an event is about."""
    if "IsClosed" in new and not (new["IsClosed"] and not (old or {}).get("IsClosed")):
        return
    day = new.get("ActivityDate") or org.today(unit.by)
    for parent in (new.get("WhoId"), new.get("WhatId"), new.get("AccountId")):
        row, type_ = org.alive(parent), org.schema.of(parent or "")
        if row is None or type_ is None or row.get("LastActivityDate", "") >= day:
            continue
        if type_.has("LastActivityDate"):  # moves no stamp, fires nothing
            unit.put(org.store(type_), row | {"LastActivityDate": day}, visible_after=None)


def _contact_role(org: Org, unit: Unit, _: Row | None, new: Row) -> None:
    """An opportunity has one primary contact."""
    store, at = org.stores["OpportunityContactRole"], times.stamp(unit.at)
    for each in store.live("OpportunityId", new["OpportunityId"]) if new["IsPrimary"] else ():
        if each["IsPrimary"] and each["Id"] != new["Id"]:
            stamps = {"LastModifiedDate": at, "SystemModstamp": at, "LastModifiedById": unit.by}
            unit.put(store, each | stamps | {"IsPrimary": False})


DERIVE: dict[str, Rule] = {
    "Lead": _lead,
    "Contact": _person,
    "User": _user,
    "Task": _task,
    "Event": _event,
    "Opportunity": _opportunity,
    "Group": _group,
}
FOLLOW: dict[str, Rule] = {"Lead": _lead_history, "Task": _activity, "Event": _activity,
                           "OpportunityContactRole": _contact_role}  # fmt: skip
