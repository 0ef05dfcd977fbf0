"""Calls, e-mails, meetings, notes and tasks of HubSpot as what people did."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slasync.connectors.hubspot.contact import SYSTEM, Record, modified_at
from slasync.connectors.hubspot.crm_people import MACHINE, OWNER, Who, lead_ref
from slasync.connectors.hubspot.values import instant
from slasync.domain.facts import FactKind, Grade
from slasync.domain.lead import Ref, UserKey
from slasync.ports import ActivityReading
from slasync.systems import HubSpotCrmConfig

CREATED, HAPPENED = "hs_createdate", "hs_timestamp"
BEGINS = "hs_meeting_start_time"
COMPLETED = "COMPLETED"
STATUS = "hs_task_status"
DAY = timedelta(days=1)
ALWAYS = (CREATED, "hs_lastmodifieddate", HAPPENED, OWNER, "hs_created_by_user_id",
          "hs_object_source", "hs_object_source_id")  # fmt: skip
OF_KIND: Mapping[str, tuple[str, ...]] = {
    "tasks": ("hs_task_subject", STATUS, "hs_task_completion_date", "hs_task_type"),
    "calls": ("hs_call_title", "hs_call_status", "hs_call_duration", "hs_call_direction"),
    "emails": ("hs_email_subject", "hs_email_direction", "hs_email_status"),
    "notes": (),
    "meetings": ("hs_meeting_title", BEGINS, "hs_meeting_outcome"),
}
CALLED = frozenset({COMPLETED, "NO_ANSWER", "BUSY", "FAILED", ""})
INBOUND, INCOMING = "INBOUND", "INCOMING_EMAIL"
SENT_EMAILS = frozenset({"EMAIL", "FORWARDED_EMAIL"})
NOT_SENT = frozenset({"BOUNCED", "FAILED", "SCHEDULED", "SENDING"})
NOT_HELD = frozenset({"RESCHEDULED", "CANCELED"})
AUTOMATION = frozenset({
    "AUTOMATION_PLATFORM", "AUTOMATION", "WORKFLOWS", "BATCH_UPDATE", "IMPORT", "MIGRATION",
    "SEQUENCES", "CALCULATED",
})  # fmt: skip

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Around:
    """What a record alone does not tell."""

    crm: HubSpotCrmConfig
    who: Who
    upto: datetime
    contacts: Mapping[str, tuple[str, ...]]  # by the record's id
    made: Mapping[str, datetime]  # when contacts were made, by id; where it matters
    closers: Mapping[str, UserKey]  # who closed tasks of ours, by id


@dataclass(frozen=True, slots=True)
class _Deed:
    channel: str
    grade: Grade
    subject: str
    seconds: int | None = None
    kind: FactKind = FactKind.TOUCH
    inbound: bool = False  # a touch that the lead began


def properties(kind: str, crm: HubSpotCrmConfig) -> tuple[str, ...]:
    """Return what is read of records of a type."""
    ours = (crm.task_key_property, crm.task_contact_property) if kind == "tasks" else ()
    return (*ALWAYS, *OF_KIND[kind], *ours)


def read(kind: str, record: Record, around: Around) -> Iterator[ActivityReading]:
    """Yield what a record tells of each contact it is tied to. Raises ValueError, KeyError."""
    values: Values = record["properties"]
    if kind == "tasks":
        yield from _task(record, values, around)
        return
    deed = _DEEDS[kind](values)
    begins = _begins(values) if kind == "meetings" else None
    if deed is None or (begins is not None and begins > around.upto):
        return
    for contact in _contacts(record, around):
        at, sure = (begins, True) if begins else happened(values, around.made.get(contact))
        grade = deed.grade
        if _automatic(values):
            grade = Grade.UNCLASSIFIED
        elif not sure and grade is not Grade.UNCLASSIFIED:
            grade = Grade.SUSPECT
        by = _by(values, around.who)
        yield _reading(kind, record, contact, deed.kind, at, by, _told(deed, grade))


def _told(deed: _Deed, grade: Grade) -> dict[str, Any]:
    data: dict[str, Any] = {"channel": deed.channel, "grade": grade.value}
    if deed.kind is FactKind.CONTACT:
        return data  # its subject is the lead's own words, and nobody asks for them
    data["subject"] = deed.subject
    if deed.seconds is not None:
        data["seconds"] = deed.seconds
    return data | ({"inbound": True} if deed.inbound else {})


def happened(values: Values, made: datetime | None) -> tuple[datetime, bool]:
    """Return when something happened, and whether that can be believed.

    People write the time themselves: it counts from the lead's creation on, and within a day of
    when it was written down; else that is taken.
    """
    written, told = values.get(CREATED), values.get(HAPPENED)
    noted = instant(str(written or told))
    if not told:
        return noted, True
    at = instant(told)
    fits = abs(at - noted) <= DAY and (made is None or at >= made)
    return (at, True) if fits else (noted, False)


def is_backdated(values: Values) -> bool:
    """Tell whether it matters when the lead was made: it may have been only after this."""
    told, written = values.get(HAPPENED), values.get(CREATED)
    return bool(told and written) and instant(str(told)) < instant(str(written))


def ended(record: Record, crm: HubSpotCrmConfig, how: str) -> ActivityReading | None:
    """Tell that a task of ours was archived; None of one that is not ours."""
    values = record.get("properties") or {}
    key, contact = values.get(crm.task_key_property), values.get(crm.task_contact_property)
    if not key or not contact:
        return None
    at = instant(str(record.get("archivedAt") or record.get("updatedAt")))
    data = {"task_key": key, "how": how, "id": str(record["id"])}
    return _reading("tasks", record, contact, FactKind.TASK_ENDED, at, None, data)


def _task(record: Record, values: Values, around: Around) -> Iterator[ActivityReading]:
    """A task tells something once it is done; one of ours also that it is over."""
    if values.get(STATUS) != COMPLETED:
        return
    key = values.get(around.crm.task_key_property)
    done = values.get("hs_task_completion_date")
    at = instant(done) if done else modified_at(record)
    closer = around.closers.get(str(record["id"])) if key else _by(values, around.who)
    grade = Grade.WEAK if done else Grade.SUSPECT
    touch: dict[str, Any] = {
        "channel": "task", "grade": grade.value, "subject": values.get("hs_task_subject") or "",
    }  # fmt: skip
    if key:
        touch["task_key"] = key
    for contact in _contacts(record, around):
        if not key or closer != MACHINE:
            yield _reading("tasks", record, contact, FactKind.TOUCH, at, closer, touch)
        if key:
            data = {"task_key": key, "how": "closed", "id": str(record["id"])}
            yield _reading("tasks", record, contact, FactKind.TASK_ENDED, at, closer, data)


def _contacts(record: Record, around: Around) -> tuple[str, ...]:
    return around.contacts.get(str(record["id"]), ())


def _reading(  # noqa: PLR0913, PLR0917 - what a reading is made of
    kind: str,
    record: Record,
    contact: str,
    what: FactKind,
    at: datetime,
    by: UserKey | None,
    data: Mapping[str, Any],
) -> ActivityReading:
    name = "event" if kind == "meetings" else kind.removesuffix("s")
    return ActivityReading(
        ref=Ref(SYSTEM, name, str(record["id"])),
        about=lead_ref(contact),
        kind=what,
        occurred_at=at,
        modified_at=modified_at(record),
        by=by,
        data=data,
        raw=record,
    )


def _by(values: Values, who: Who) -> UserKey | None:
    """Return who did it: whose it is said to be, else who wrote it down."""
    if owner := values.get(OWNER):
        return UserKey(owner)
    user = who.by_user(values.get("hs_created_by_user_id"))
    return user or who.of_source(values.get("hs_object_source_id"))


def _automatic(values: Values) -> bool:
    return (values.get("hs_object_source") or "") in AUTOMATION


def _begins(values: Values) -> datetime | None:
    told = values.get(BEGINS) or values.get(HAPPENED)
    return instant(told) if told else None


def _call(values: Values) -> _Deed | None:
    if (values.get("hs_call_status") or "") not in CALLED:
        return None
    length = values.get("hs_call_duration")
    seconds = int(float(length)) // 1000 if length else None
    inbound = values.get("hs_call_direction") == INBOUND
    title = values.get("hs_call_title") or ""
    return _Deed("call", Grade.STRONG, title, seconds, inbound=inbound)


def _email(values: Values) -> _Deed | None:
    """E-mails that were sent; those that came in are no touch of ours: the lead made contact."""
    if values.get("hs_email_direction") == INCOMING:
        return _Deed("email", Grade.STRONG, "", kind=FactKind.CONTACT)
    sent = (values.get("hs_email_direction") or "EMAIL") in SENT_EMAILS
    if not sent or (values.get("hs_email_status") or "") in NOT_SENT:
        return None
    return _Deed("email", Grade.STRONG, values.get("hs_email_subject") or "")


def _meeting(values: Values) -> _Deed | None:
    if (values.get("hs_meeting_outcome") or "") in NOT_HELD:
        return None
    return _Deed("meeting", Grade.STRONG, values.get("hs_meeting_title") or "")


def _note(_: Values) -> _Deed:
    """A note tells of something, and not of what: it is shown and not counted."""
    return _Deed("note", Grade.UNCLASSIFIED, "a note")


_DEEDS: Mapping[str, Callable[[Values], _Deed | None]] = {
    "calls": _call,
    "emails": _email,
    "meetings": _meeting,
    "notes": _note,
}
