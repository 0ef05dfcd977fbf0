"""What slasync needs in an organisation, as values: fields, list views, a report type, rights.

`package` makes it for the names that connector.yaml gives; metadata_xml.py writes it down for
Salesforce's own tools, provision.py compares it with an organisation and has it made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from slasync.domain.agreement import End
from slasync.domain.rests import ACCEPTED, REFUSED
from slasync.systems import SalesforceConfig

INTEGRATION, REPS, MANAGERS = "Slasync_Integration", "Slasync_Reps", "Slasync_Managers"
REPORTS = "Slasync_Leads"
LEAD, CONTACT, ACCOUNT, ACTIVITY = "Lead", "Contact", "Account", "Activity"
KEY_LENGTH, ID_LENGTH, LINE, WORD = 80, 18, 255, 80
ENDS = (End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.ENROLLED, End.WITH_SALES)
STATES = ("open", "overdue", "stale", "snoozed", "touched", "waiting for record", *ENDS)


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
    values: tuple[str, ...] = ()  # of a picklist, which takes others too
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
        views=tuple(_views(config.shown_fields)),
        report_types=(_report_type(fields),),
        permission_sets=(_integration(config, fields), _reps(config, fields), _managers(config)),
    )


FILLED_BY_REPS = ("snooze_until", "snooze_reason", "dispute", "dispute_reason", "nurture_path")
SHOWN: Mapping[str, tuple[str, Kind, int, str]] = {
    "status": ("SLA status", Kind.PICKLIST, 0, "How the lead stands with the agreement."),
    "due": ("SLA due", Kind.DATETIME, 0, "When the next step is due at the latest."),
    "next_step": ("SLA next step", Kind.TEXT, LINE, "What to do next."),
    "attempts": ("SLA attempts", Kind.TEXT, WORD, "Contact attempts so far: 2 of 6."),
    "priority": ("SLA priority", Kind.NUMBER, 0, "The higher, the sooner. Sort by it."),
    "snooze_until": ("SLA snooze until", Kind.DATETIME, 0, "The clock rests until then."),
    "snooze_reason": ("SLA snooze reason", Kind.TEXT, LINE, "Why the clock is to rest."),
    "dispute": ("SLA dispute", Kind.CHECKBOX, 0, "Tick it if the agreement does this lead wrong."),
    "dispute_reason": ("SLA dispute reason", Kind.TEXT, LINE, "Why: your manager decides."),
    "dispute_decision": ("SLA dispute decision", Kind.PICKLIST, 0, "Your manager's to fill."),
    "nurture_path": ("SLA nurture path", Kind.PICKLIST, 0, "Where marketing takes it on."),
}


def _person_fields(config: SalesforceConfig, paths: tuple[str, ...]) -> Iterator[CustomField]:
    """Yield what leads and contacts carry."""
    values = {
        "status": STATES,
        "nurture_path": paths or ("nurture",),
        "dispute_decision": (ACCEPTED, REFUSED),
    }
    written = {
        config.stale_field: ("SLA stale", Kind.CHECKBOX, 0, "Nothing was decided in time."),
        config.stale_since_field: ("SLA stale since", Kind.DATETIME, 0, "Since when."),
        config.why_field: ("SLA reason", Kind.TEXT, LINE, "Why slasync did what it did last."),
    }
    for person in (LEAD, CONTACT):
        for name, (label, kind, length, text) in written.items():
            yield CustomField(
                object=person, name=name, label=label, kind=kind, length=length, help=text
            )
        for word, name in config.shown_fields.items():
            label, kind, length, text = SHOWN[word]
            yield CustomField(
                object=person,
                name=name,
                label=label,
                kind=kind,
                length=length,
                values=values.get(word, ()),
                help=text,
            )


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


WHO = ("FULL_NAME", "LEAD.COMPANY")
REST = ("LEAD.PHONE", "LEAD.EMAIL", "LEAD.STATUS")


def _views(shown: Mapping[str, str]) -> Iterator[ListView]:
    """Yield what a rep looks at: all of them show his own leads."""
    if not shown:
        return
    columns = (
        *WHO,
        *(shown[word] for word in ("priority", "due", "status", "next_step", "attempts")),
        *REST,
    )
    status, due = shown["status"], shown["due"]
    at_work = Filter(status, "equals", "open,overdue,stale")
    yield ListView("SLA_best_leads", "SLA: best leads", columns, (at_work,))
    waiting = Filter(status, "equals", "open,overdue,stale,touched")  # touched is not yet decided
    today = (waiting, Filter(due, "equals", "TODAY"))
    yield ListView("SLA_due_today", "SLA: due today", columns, today)
    overdue = Filter(status, "equals", "overdue,stale")
    yield ListView("SLA_overdue", "SLA: overdue", columns, (overdue,))
    yield ListView("SLA_stale", "SLA: stale", columns, (Filter(status, "equals", "stale"),))


def _report_type(fields: tuple[CustomField, ...]) -> ReportType:
    standard = ("FirstName", "LastName", "Company", "Status", "Owner", "LeadSource", "CreatedDate")
    own = (each.name for each in fields if each.object == LEAD and not each.unique)
    return ReportType(REPORTS, "SLA: leads", (*standard, *own))


NEEDED_RIGHTS = ("ApiEnabled", "EditTask", "TransferAnyLead", "ViewSetup")


def _integration(config: SalesforceConfig, fields: tuple[CustomField, ...]) -> PermissionSet:
    """Return what slasync's own user needs, and nothing else."""
    return PermissionSet(
        name=INTEGRATION,
        label="SLA: integration",
        description="What slasync's own user needs. Nobody else is to have it.",
        objects=object_rights(config),
        fields={each.full_name: True for each in fields},
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
    return PermissionSet(
        name=REPS,
        label="SLA: people who work leads",
        description="Shows slasync's fields to reps and managers, and lets them fill theirs.",
        objects={},
        fields={each.full_name: each.name in filled for each in seen},
    )


def _managers(config: SalesforceConfig) -> PermissionSet:
    """Return what managers need besides: to decide about a dispute, on leads."""
    decision = config.shown_fields.get("dispute_decision")
    return PermissionSet(
        name=MANAGERS,
        label="SLA: managers of people who work leads",
        description="Lets managers decide about disputes, besides what their people see.",
        objects={},
        fields={f"{person}.{decision}": True for person in (LEAD, CONTACT)} if decision else {},
    )
