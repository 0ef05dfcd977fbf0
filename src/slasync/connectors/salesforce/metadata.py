"""What slasync needs in an organisation, as values: fields, list views, a report type, rights.

`package` makes it for the names that connector.yaml gives; metadata_xml.py writes it down for
Salesforce's own tools, provision.py compares it with an organisation and has it made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from slasync.connectors.rep_labels import FIELDS, value_label
from slasync.connectors.salesforce.labels import (
    BEST,
    INTEGRATION,
    LABELS,
    MANAGERS,
    OVERDUE,
    REPS,
    STALE,
    TODAY,
    Labels,
)
from slasync.domain.agreement import End
from slasync.domain.rests import ACCEPTED, REFUSED
from slasync.systems import SalesforceConfig

REPORTS = "Slasync_Leads"
LEAD, CONTACT, ACCOUNT, ACTIVITY = "Lead", "Contact", "Account", "Activity"
KEY_LENGTH, ID_LENGTH, LINE, WORD = 80, 18, 255, 80
ENDS = (End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.ENROLLED, End.WITH_SALES)
STATES = ("open", "overdue", "stale", "snoozed", "disputed", "touched", "waiting for record", *ENDS)


class Kind(StrEnum):
    """The type of a field, by its name in the Metadata API."""

    TEXT = "Text"
    CHECKBOX = "Checkbox"
    DATETIME = "DateTime"
    NUMBER = "Number"
    PICKLIST = "Picklist"


DESCRIBED = {
    Kind.TEXT: "string",
    Kind.CHECKBOX: "boolean",
    Kind.DATETIME: "datetime",
    Kind.NUMBER: "double",
    Kind.PICKLIST: "picklist",
}
"""How a describe words each type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field of an object. `unique` means an external id that no two records share."""

    object: str
    name: str
    label: str
    kind: Kind
    length: int = 0  # of text
    unique: bool = False
    values: Mapping[str, str] = field(default_factory=dict)  # of a picklist, which takes others
    # too: what is written, and how it is shown
    help: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.object}.{self.name}"


@dataclass(frozen=True, slots=True)
class CustomObject:
    """An object of the organisation's own; its records are numbered by Salesforce."""

    name: str
    label: str

    @property
    def full_name(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Filter:
    field: str
    operation: str
    value: str


@dataclass(frozen=True, slots=True)
class ListView:
    """Leads of whoever looks, with these filters."""

    name: str
    label: str
    columns: tuple[str, ...]
    filters: tuple[Filter, ...]

    @property
    def full_name(self) -> str:
        return f"{LEAD}.{self.name}"


@dataclass(frozen=True, slots=True)
class ReportType:
    """Leads with slasync's fields, to make reports of."""

    name: str
    label: str
    columns: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRights:
    """What may be done with an object's records. `all_` rights disregard who owns them."""

    create: bool = False
    edit: bool = False
    delete: bool = False
    view_all: bool = False
    modify_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """Rights to be given to users. `fields`: may it be edited, by full name."""

    name: str
    label: str
    description: str
    objects: Mapping[str, ObjectRights]
    fields: Mapping[str, bool]
    rights: tuple[str, ...] = ()  # of the system, by their names in the Metadata API

    @property
    def full_name(self) -> str:
        return self.name


Component = CustomObject | CustomField | ListView | ReportType | PermissionSet


@dataclass(frozen=True, slots=True)
class Package:
    """Everything, in the order in which one part needs another."""

    objects: tuple[CustomObject, ...]
    fields: tuple[CustomField, ...]
    views: tuple[ListView, ...]
    report_types: tuple[ReportType, ...]
    permission_sets: tuple[PermissionSet, ...]

    def __iter__(self) -> Iterator[Component]:
        yield from self.objects
        yield from self.fields
        yield from self.views
        yield from self.report_types
        yield from self.permission_sets


def package(config: SalesforceConfig, nurture_paths: tuple[str, ...] = ()) -> Package:
    """Return what this configuration needs; `nurture_paths` are those of the agreement."""
    fields = (*_person_fields(config, nurture_paths), *_keys(config))
    ledger = config.ledger
    return Package(
        objects=(CustomObject(ledger.object, "SLA ledger"),) if ledger else (),
        fields=fields,
        views=tuple(_views(config.shown_fields, LABELS[config.labels])),
        report_types=(_report_type(fields, LABELS[config.labels].report_type),),
        permission_sets=(
            _integration(config, fields),
            _reps(config, fields),
            *_managers(config),
        ),
    )


FILLED_BY_REPS = ("snooze_until", "snooze_reason", "dispute", "dispute_reason", "nurture_path")
FILLED_BY_MANAGERS = "dispute_decision"
FLAGS: Mapping[str, tuple[Kind, int]] = {
    "stale": (Kind.CHECKBOX, 0),
    "stale_since": (Kind.DATETIME, 0),
    "why": (Kind.TEXT, LINE),
}
SHOWN: Mapping[str, tuple[Kind, int]] = {
    "status": (Kind.PICKLIST, 0),
    "due": (Kind.DATETIME, 0),
    "next_step": (Kind.TEXT, LINE),
    "attempts": (Kind.TEXT, WORD),
    "priority": (Kind.NUMBER, 0),
    "lately": (Kind.TEXT, LINE),
    "snooze_until": (Kind.DATETIME, 0),
    "snooze_reason": (Kind.TEXT, LINE),
    "dispute": (Kind.CHECKBOX, 0),
    "dispute_reason": (Kind.TEXT, LINE),
    "dispute_decision": (Kind.PICKLIST, 0),
    "nurture_path": (Kind.PICKLIST, 0),
}


def _person_fields(config: SalesforceConfig, paths: tuple[str, ...]) -> Iterator[CustomField]:
    """Yield what leads and contacts carry."""
    labels = FIELDS[config.labels]
    values = {
        "status": STATES,
        "nurture_path": paths or ("nurture",),
        "dispute_decision": (ACCEPTED, REFUSED),
    }
    flags = {
        "stale": config.stale_field,
        "stale_since": config.stale_since_field,
        "why": config.why_field,
    }
    kinds = {**FLAGS, **SHOWN}
    for person in (LEAD, CONTACT):
        for word, name in {**flags, **_provided(config)}.items():
            (label, text), (kind, length) = labels[word], kinds[word]
            yield CustomField(
                object=person,
                name=name,
                label=label,
                kind=kind,
                length=length,
                values={v: value_label(config.labels, v) for v in values.get(word, ())},
                help=text,
            )


def _provided(config: SalesforceConfig) -> dict[str, str]:
    """Return the fields for reps: those that are theirs to fill only where slasync reads them.

    One that nobody reads would take a rep's snooze and do nothing with it.
    """
    read = {each.field for each in (*config.lead_fields, *config.contact_fields)}
    filled = {*FILLED_BY_REPS, FILLED_BY_MANAGERS}
    shown = config.shown_fields.items()
    return {word: name for word, name in shown if word not in filled or name in read}


def _keys(config: SalesforceConfig) -> Iterator[CustomField]:
    """Yield the fields by which slasync finds its own records again."""
    yield _key(LEAD, config.lead_key_field, "SLA lead key")
    if config.ledger is None:
        yield _key(ACTIVITY, config.task_key_field, "SLA key")
        return
    names = config.ledger
    yield _key(names.object, names.key, "Key")
    yield CustomField(
        object=names.object, name=names.task, label="Task", kind=Kind.TEXT, length=ID_LENGTH
    )


def _key(object_name: str, name: str, label: str) -> CustomField:
    return CustomField(
        object=object_name, name=name, label=label, kind=Kind.TEXT, length=KEY_LENGTH, unique=True
    )


COLUMNS = ("priority", "due", "status", "next_step", "lately", "attempts")
WHO = ("FULL_NAME", "LEAD.COMPANY")
REST = ("LEAD.PHONE", "LEAD.EMAIL", "LEAD.STATUS")


def _views(shown: Mapping[str, str], labels: Labels) -> Iterator[ListView]:
    """Yield what a rep looks at: all of them show his own leads."""
    if not shown:
        return
    columns = (*WHO, *(shown[word] for word in COLUMNS if word in shown), *REST)
    status, due = shown["status"], shown["due"]
    waiting = Filter(status, "equals", "open,overdue,stale,touched")  # touched is not yet decided
    filters = {
        BEST: (Filter(status, "equals", "open,overdue,stale"),),
        TODAY: (waiting, Filter(due, "equals", "TODAY")),
        OVERDUE: (Filter(status, "equals", "overdue,stale"),),
        STALE: (Filter(status, "equals", "stale"),),
    }
    for name, some in filters.items():
        yield ListView(name, labels.views[name], columns, some)


def _report_type(fields: tuple[CustomField, ...], label: str) -> ReportType:
    standard = ("FirstName", "LastName", "Company", "Status", "Owner", "LeadSource", "CreatedDate")
    own = (each.name for each in fields if each.object == LEAD and not each.unique)
    return ReportType(REPORTS, label, (*standard, *own))


NEEDED_RIGHTS = ("ApiEnabled", "EditTask", "TransferAnyLead", "ViewSetup")


def _integration(config: SalesforceConfig, fields: tuple[CustomField, ...]) -> PermissionSet:
    """Return what slasync's own user needs, and nothing else."""
    return _set(
        config,
        INTEGRATION,
        {each.full_name: True for each in fields},
        objects=object_rights(config),
        rights=NEEDED_RIGHTS,
    )


def object_rights(config: SalesforceConfig) -> Mapping[str, ObjectRights]:
    """Return what slasync's user may do with each object."""
    found = {
        # Modify All comes with Delete: Salesforce grants it in no other way
        LEAD: ObjectRights(create=True, edit=True, delete=True, view_all=True, modify_all=True),
        CONTACT: ObjectRights(edit=True, view_all=True),
    }
    if config.accounts or config.contact_fields:  # a contact is seen by way of its account
        found[ACCOUNT] = ObjectRights(view_all=bool(config.accounts))
    if config.opportunities:
        found["Opportunity"] = ObjectRights(view_all=True)
    if config.ledger:  # never to be deleted: a claim that is gone would be made again
        found[config.ledger.object] = ObjectRights(create=True, edit=True, view_all=True)
    return found


def _reps(config: SalesforceConfig, fields: tuple[CustomField, ...]) -> PermissionSet:
    """Return what people who work leads need: to see, and to fill what is asked of them."""
    filled = {config.shown_fields.get(word) for word in FILLED_BY_REPS}
    seen = [each for each in fields if each.object in {LEAD, CONTACT} and not each.unique]
    return _set(config, REPS, {each.full_name: each.name in filled for each in seen})


def _managers(config: SalesforceConfig) -> Iterator[PermissionSet]:
    """Yield what managers need besides where they are asked: to decide about a dispute."""
    if decision := _provided(config).get(FILLED_BY_MANAGERS):
        fields = {f"{person}.{decision}": True for person in (LEAD, CONTACT)}
        yield _set(config, MANAGERS, fields)


def _set(
    config: SalesforceConfig,
    name: str,
    fields: Mapping[str, bool],
    objects: Mapping[str, ObjectRights] = MappingProxyType({}),
    rights: tuple[str, ...] = (),
) -> PermissionSet:
    label, description = LABELS[config.labels].sets[name]
    return PermissionSet(
        name=name,
        label=label,
        description=description,
        objects=objects,
        fields=fields,
        rights=rights,
    )
