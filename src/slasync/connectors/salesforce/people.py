"""Leads, contacts, users and queues: rows of Salesforce as readings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slasync.connectors.salesforce.ids import instant, to18
from slasync.domain.facts import FactKind
from slasync.domain.identity.company import CONTACTS_COMPANY
from slasync.domain.languages import language_of
from slasync.domain.lead import Ref, User, UserKey, UserKind, Value
from slasync.ports import ActivityReading, PersonReading, UserReading
from slasync.systems import (
    CreateLeads,
    Direction,
    FieldMapping,
    FieldType,
    Managers,
    SalesforceConfig,
)

SYSTEM = "salesforce"
Row = Mapping[str, Any]

USER_FIELDS = ("Id", "Name", "Username", "Email", "IsActive", "UserType", "ManagerId",
               "TimeZoneSidKey", "LanguageLocaleKey", "SystemModstamp")  # fmt: skip
ROLE, BY_ROLE = "UserRoleId", "ManagerByRole"
QUEUE_FIELDS = ("Id", "Name", "Email", "SystemModstamp")
PERSON_FIELDS = ("Id", "Email", "OwnerId", "IsDeleted", "MasterRecordId", "CreatedDate",
                 "LastModifiedById", "SystemModstamp")  # fmt: skip
LEAD_FIELDS = ("Status", "IsConverted", "ConvertedDate", "ConvertedAccountId",
               "ConvertedContactId", "ConvertedOpportunityId")  # fmt: skip
COMPANY = "AccountId"  # of a contact; hidden from some users
MACHINES = {"AutomatedProcess", "CloudIntegrationUser"}
CONVERTED = {"contact": "ConvertedContactId", "opportunity": "ConvertedOpportunityId",
             "account": "ConvertedAccountId"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """What a row alone does not tell: the configuration, who slasync is, when the pass began."""

    config: SalesforceConfig
    user_id: str
    upto: datetime


def user_columns(config: SalesforceConfig) -> tuple[str, ...]:
    by_role = config.managers is Managers.ROLE_ABOVE
    return (*USER_FIELDS, ROLE) if by_role else USER_FIELDS


def lead_columns(config: SalesforceConfig) -> tuple[str, ...]:
    """Return the fields of Lead that are read, each once."""
    key = (config.lead_key_field,) if config.create_leads is CreateLeads.AT_HANDOVER else ()
    return _each_once((*PERSON_FIELDS, *LEAD_FIELDS, *key, *_mapped(config.lead_fields)))


def contact_columns(config: SalesforceConfig) -> tuple[str, ...]:
    company = (COMPANY,) if config.accounts else ()
    return _each_once((*PERSON_FIELDS, *company, *_mapped(config.contact_fields)))


def _mapped(fields: Iterable[FieldMapping]) -> list[str]:
    return [each.field for each in fields if each.direction is not Direction.WRITE]


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple({name.lower(): name for name in reversed((*names,))}.values())[::-1]


def lead(row: Row, context: Context) -> Iterable[PersonReading | ActivityReading]:
    converted = {word: row[field] for word, field in CONVERTED.items() if row[field]}
    config = context.config
    yield PersonReading(
        ref=Ref(SYSTEM, "lead", to18(row["Id"])),
        modified_at=instant(row["SystemModstamp"]),
        created_at=instant(row["CreatedDate"]),
        fields=_fields(row, config.lead_fields),
        modified_by=_user(row["LastModifiedById"]),
        email=row["Email"],
        lead_key=row.get(config.lead_key_field) or None,
        owner=_user(row["OwnerId"]),
        status=row["Status"],
        deleted=bool(row["IsDeleted"]),
        converted=converted if row["IsConverted"] else None,
        merged_into=_master(row, "lead"),
        raw=bare(row),
    )
    yield from _merged(row, "lead")


def _merged(row: Row, kind: str) -> Iterable[ActivityReading]:
    """Tell the record that remains of a merge; the one that is gone names it."""
    master = _master(row, kind)
    if not master:
        return
    gone = to18(row["Id"])
    yield ActivityReading(
        ref=Ref(SYSTEM, kind, gone),
        about=master,
        kind=FactKind.MERGED,
        occurred_at=instant(row["SystemModstamp"]),
        modified_at=instant(row["SystemModstamp"]),
        by=_user(row["LastModifiedById"]),
        data={"from": [gone]},
        raw=bare(row),
    )


def _master(row: Row, kind: str) -> Ref | None:
    master = row.get("MasterRecordId")
    return Ref(SYSTEM, kind, to18(master)) if master else None


def contact(row: Row, context: Context) -> Iterable[PersonReading | ActivityReading]:
    yield PersonReading(
        ref=Ref(SYSTEM, "contact", to18(row["Id"])),
        modified_at=instant(row["SystemModstamp"]),
        created_at=instant(row["CreatedDate"]),
        fields=_fields(row, context.config.contact_fields) | _company(row, context.config),
        modified_by=_user(row["LastModifiedById"]),
        email=row["Email"],
        owner=_user(row["OwnerId"]),
        deleted=bool(row["IsDeleted"]),
        merged_into=_master(row, "contact"),
        raw=bare(row),
    )
    yield from _merged(row, "contact")


def _company(row: Row, config: SalesforceConfig) -> dict[str, Value]:
    """Tell whose contact it is; a user who may not see that is told of none."""
    account = row.get(COMPANY) if config.accounts else None
    return {CONTACTS_COMPANY: to18(account)} if account else {}


def user(row: Row, context: Context) -> Iterable[UserReading]:
    key = to18(row["Id"])
    reading = User(
        key=UserKey(key),
        name=row["Name"],
        email=row["Email"],
        kind=_kind(row, context),
        active=bool(row["IsActive"]),
        manager=_user(row["ManagerId"] or row.get(BY_ROLE)),
        zone=row["TimeZoneSidKey"],
        language=language_of(row.get("LanguageLocaleKey")),
    )
    yield _listed(row, "user", reading)


def _kind(row: Row, context: Context) -> UserKind:
    listed = {name.lower() for name in context.config.automation_users}
    machine = row["UserType"] in MACHINES or row["Username"].lower() in listed
    ours = to18(row["Id"]) == context.user_id
    return UserKind.AUTOMATION if machine or ours else UserKind.PERSON


def queue(row: Row, _: Context) -> Iterable[UserReading]:
    key = to18(row["Id"])
    reading = User(UserKey(key), row["Name"], row["Email"], UserKind.QUEUE)
    yield _listed(row, "queue", reading)


def _listed(row: Row, kind: str, reading: User) -> UserReading:
    ref = Ref(SYSTEM, kind, reading.key)
    return UserReading(
        ref=ref, user=reading, modified_at=instant(row["SystemModstamp"]), raw=bare(row)
    )


def _user(record_id: str | None) -> UserKey | None:
    return UserKey(to18(record_id)) if record_id else None


def bare(row: Row) -> dict[str, Any]:
    """Return the row without what Salesforce adds to every row."""
    return {name: value for name, value in row.items() if name != "attributes"}


def _fields(row: Row, mapped: Iterable[FieldMapping]) -> dict[str, Value]:
    read = (each for each in mapped if each.direction is not Direction.WRITE)
    return {each.name: _value(row[each.field], each) for each in read}


def _value(value: Any, mapping: FieldMapping) -> Value:
    """Check a value against the type that it is mapped to. Raises ValueError."""
    match value, mapping.type:
        case None, _:
            return None
        case str(), FieldType.DATETIME:
            return instant(value).isoformat()
        case str() as text, FieldType.TEXT | FieldType.DATE:
            return text
        case bool() as flag, FieldType.BOOL:
            return flag
        case ((bool() | int() | float()), FieldType.TEXT):
            return str(value)
        case ((int() | float()), FieldType.NUMBER) if not isinstance(value, bool):
            return value
        case _:
            raise ValueError(f"{mapping.field} holds {type(value).__name__}, not {mapping.type}")
