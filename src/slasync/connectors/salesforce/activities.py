"""Tasks, events and lead history: what people did, as readings."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from slasync.connectors.salesforce.ids import instant, is_owner, kind_of, to18
from slasync.connectors.salesforce.people import SYSTEM, Context, Row, bare
from slasync.domain.facts import FactKind, Grade
from slasync.domain.lead import Ref, UserKey
from slasync.ports import ActivityReading
from slasync.systems import SalesforceConfig

TASK_FIELDS = ("Id", "WhoId", "OwnerId", "Subject", "IsClosed", "IsDeleted", "TaskSubtype",
               "CallType", "CallDisposition", "CallDurationInSeconds", "CompletedDateTime",
               "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById",
               "SystemModstamp")  # fmt: skip
EVENT_FIELDS = ("Id", "WhoId", "Subject", "StartDateTime", "IsAllDayEvent", "IsDeleted",
                "CreatedById", "SystemModstamp")  # fmt: skip
HISTORY_FIELDS = ("Id", "LeadId", "Field", "NewValue", "CreatedById", "CreatedDate")
SOMETIMES_MISSING = {"CompletedDateTime", "TaskSubtype", "CallDisposition"}  # by edition, by org
PEOPLE = {"lead", "contact"}
EMAIL = "Email"  # of TaskSubtype
MAIL = "EmailMessage"  # where the row of such a task has what its e-mail says
INCOMING, SENT = "Incoming", "MessageDate"
CHANNELS = {"Call": "call", EMAIL: "email", "ListEmail": "email"}
INBOUND = "Inbound"  # of CallType; the API's value, whatever the language
DAY = timedelta(days=1)
CALL_FIELDS = ("CallType", "CallDisposition", "CallDurationInSeconds")


def task_columns(config: SalesforceConfig) -> tuple[str, ...]:
    key = () if config.ledger else (config.task_key_field,)
    return (*TASK_FIELDS, *key)


def task(row: Row, context: Context) -> Iterable[ActivityReading]:
    """Read a task that has ended, and which record an open one of ours is; others tell nothing."""
    about = _about(row["WhoId"])
    key = row[context.config.task_key_field]
    if about is None:
        return
    if not (row["IsClosed"] or row["IsDeleted"]):
        if key:
            yield _open(row, about, key)
        return
    if not row["IsDeleted"] and not (key and _closed_by_us(row, context)):
        incoming = (row.get(MAIL) or {}).get(INCOMING)
        yield _written(row, about) if incoming else _touch(row, about, key, context)
    if key:
        yield _ended(row, about, key)


def _closed_by_us(row: Row, context: Context) -> bool:
    """Tell whether our change of a task was its end, not one made after a person ended it."""
    when, _ = _completed(row)
    ours = to18(row["LastModifiedById"]) == context.user_id
    return ours and when == instant(row["LastModifiedDate"])


def _about(who: str | None) -> Ref | None:
    kind = kind_of(who) if who else None
    return Ref(SYSTEM, kind, to18(who)) if who and kind in PEOPLE else None


def _touch(row: Row, about: Ref, key: str | None, context: Context) -> ActivityReading:
    when, known = _completed(row)
    channel = _channel(row)
    data: dict[str, Any] = {
        "channel": channel,
        "grade": (_grade(row, key, channel) if known else Grade.SUSPECT).value,
        "subject": row["Subject"] or "",
    }
    if channel == "call" and row.get("CallDurationInSeconds") is not None:
        data["seconds"] = int(row["CallDurationInSeconds"])
    if row.get("CallType") == INBOUND:
        data["inbound"] = True
    if key:
        data |= _closer_known(row)
    return ActivityReading(
        ref=Ref(SYSTEM, "task", to18(row["Id"])),
        about=about,
        kind=FactKind.TOUCH,
        occurred_at=when,
        modified_at=instant(row["SystemModstamp"]),
        by=_closer(row, context) if key else UserKey(to18(row["CreatedById"])),
        data=data | ({"task_key": key} if key else {}),
        raw=bare(row),
    )


def _written(row: Row, about: Ref) -> ActivityReading:
    """Tell of an e-mail that the lead wrote: it is no touch of whoever logged it.

    When it was sent is another system's word: it counts within a day of when it was logged.
    """
    logged, told = instant(row["CreatedDate"]), row[MAIL][SENT]
    at = instant(told) if told else logged
    fits = abs(at - logged) <= DAY
    grade = Grade.STRONG if fits else Grade.SUSPECT
    return ActivityReading(
        ref=Ref(SYSTEM, "task", to18(row["Id"])),
        about=about,
        kind=FactKind.CONTACT,
        occurred_at=at if fits else logged,
        modified_at=instant(row["SystemModstamp"]),
        by=UserKey(to18(row["CreatedById"])),
        data={"channel": "email", "grade": grade.value},
        raw=bare(row),
    )


def _closer(row: Row, context: Context) -> UserKey | None:
    """Tell who closed a task of ours. None: somebody, and then we changed it."""
    last = to18(row["LastModifiedById"])
    return None if last == context.user_id else UserKey(last)


def _closer_known(row: Row) -> dict[str, bool]:
    """Say that a task's end was its last change: then who changed it last is who closed it."""
    when, known = _completed(row)
    return {"closed_last": True} if known and when == instant(row["LastModifiedDate"]) else {}


def _completed(row: Row) -> tuple[datetime, bool]:
    """Return when a closed task was done, and whether Salesforce says so."""
    completed = row.get("CompletedDateTime")
    if completed:
        return instant(completed), True
    if row["CreatedDate"] == row["LastModifiedDate"]:  # logged when it was already done
        return instant(row["CreatedDate"]), True
    return instant(row["LastModifiedDate"]), False


def _channel(row: Row) -> str:
    subtype = row.get("TaskSubtype")
    return "call" if _has_call_result(row) else CHANNELS.get(subtype or "", "task")


def _has_call_result(row: Row) -> bool:
    return any(row.get(name) is not None for name in CALL_FIELDS)


def _grade(row: Row, key: str | None, channel: str) -> Grade:
    if row.get("TaskSubtype") == "ListEmail":  # sent to many at once
        return Grade.UNCLASSIFIED
    if _has_call_result(row) or (not key and channel != "task"):
        return Grade.STRONG
    return Grade.WEAK


def _open(row: Row, about: Ref, key: str) -> ActivityReading:
    return ActivityReading(
        ref=Ref(SYSTEM, "task", to18(row["Id"])),
        about=about,
        kind=FactKind.REMADE,
        occurred_at=instant(row["CreatedDate"]),
        modified_at=instant(row["SystemModstamp"]),
        by=UserKey(to18(row["CreatedById"])),
        data={"task_key": key, "id": to18(row["Id"]), "to": to18(row["OwnerId"])},
        raw=bare(row),
    )


def _ended(row: Row, about: Ref, key: str) -> ActivityReading:
    deleted = bool(row["IsDeleted"])
    stamp = instant(row["SystemModstamp"])
    data = {"task_key": key, "how": "deleted" if deleted else "closed", "id": to18(row["Id"])}
    return ActivityReading(
        ref=Ref(SYSTEM, "task", to18(row["Id"])),
        about=about,
        kind=FactKind.TASK_ENDED,
        occurred_at=stamp if deleted else _completed(row)[0],
        modified_at=stamp,
        by=UserKey(to18(row["LastModifiedById"])),
        data=data if deleted else data | _closer_known(row),
        raw=bare(row),
    )


def event(row: Row, context: Context) -> Iterable[ActivityReading]:
    """Read a meeting once it has begun; the stream brings it again when it does."""
    about = _about(row["WhoId"])
    if about is None or row["IsDeleted"]:
        return
    begins = instant(row["StartDateTime"])
    if begins > context.upto:
        return
    grade = Grade.SUSPECT if row["IsAllDayEvent"] else Grade.STRONG  # a date tells no time
    yield ActivityReading(
        ref=Ref(SYSTEM, "event", to18(row["Id"])),
        about=about,
        kind=FactKind.TOUCH,
        occurred_at=begins,
        modified_at=instant(row["SystemModstamp"]),
        by=UserKey(to18(row["CreatedById"])),
        data={"channel": "meeting", "grade": grade.value, "subject": row["Subject"] or ""},
        raw=bare(row),
    )


def history(row: Row, _: Context) -> Iterator[ActivityReading]:
    """Read one change of a tracked field of a lead."""
    told = _told(row["Field"], row["NewValue"])
    if told is None:
        return
    kind, data = told
    at = instant(row["CreatedDate"])
    yield ActivityReading(
        ref=Ref(SYSTEM, "lead_history", to18(row["Id"])),
        about=Ref(SYSTEM, "lead", to18(row["LeadId"])),
        kind=kind,
        occurred_at=at,
        modified_at=at,
        by=UserKey(to18(row["CreatedById"])),
        data=data,
        raw=bare(row),
    )


def _told(field: str, value: Any) -> tuple[FactKind, dict[str, Any]] | None:
    if field == "Owner":  # written twice: once with ids, once with names
        return (FactKind.OWNER, {"owner": to18(value)}) if is_owner(str(value)) else None
    if field == "Status":
        return FactKind.STATUS, {"status": str(value)}
    return (FactKind.CONVERTED, {}) if field == "leadConverted" else None
