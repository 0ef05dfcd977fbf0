"""Having a HubSpot account made ready: a group of its own, and the properties that are written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from slasync.connectors.hubspot.transport import CONTACTS, Transport
from slasync.connectors.provisioning import Made, Needed, Standing
from slasync.connectors.rep_labels import FIELDS
from slasync.errors import Refused, TryLater
from slasync.systems import CreateLeads, Direction, FieldType, HubSpotConfig, HubSpotCrmConfig

GROUP, GROUP_LABEL = "slasync", "SLA"
PROPERTY, OF_GROUP = "property", "property group"
TASKS = "tasks"
Defined = Mapping[str, Mapping[str, Any]]
"""Properties as HubSpot describes them, by name."""
TYPES: Mapping[FieldType, tuple[str, str]] = {  # type and field type, as HubSpot names them
    FieldType.TEXT: ("string", "text"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.BOOL: ("bool", "booleancheckbox"),
    FieldType.DATETIME: ("datetime", "date"),
    FieldType.DATE: ("date", "date"),
}
HOLDS_TEXT = {"string", "enumeration", "phone_number"}
LABELS = {
    "stage": ("SLA stage", "Where the lead stands between marketing and sales."),
    "owner": ("SLA owner", "Who works the lead in the CRM."),
    "sla_state": ("SLA state", "How the lead stands with the agreement."),
    "due": ("SLA due", "When the next step is due at the latest."),
}
OF_REPS = {  # those that are not texts
    "stale": FieldType.BOOL,
    "stale_since": FieldType.DATETIME,
    "due": FieldType.DATETIME,
    "priority": FieldType.NUMBER,  # to sort by
}
YES_NO = (("Yes", "true"), ("No", "false"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property that slasync writes, or one that it only reads."""

    name: str
    label: str
    type: FieldType
    text: str = ""
    written: bool = True
    of: str = CONTACTS  # the type of records that has it
    unique: bool = False  # no two records may hold the same value

    @property
    def kind(self) -> str:
        """How its kind is called."""
        return PROPERTY if self.of == CONTACTS else f"{PROPERTY} of {self.of}"


class HubSpotProvisioner:
    """One account: see `provisioning.Provisioner`."""

    def __init__(self, config: HubSpotConfig, transport: Transport) -> None:
        self._transport = transport
        self._wanted: dict[str, list[Wanted]] = {}
        for each in wanted(config):
            self._wanted.setdefault(each.of, []).append(each)

    def compare(self) -> Sequence[Needed]:
        """Return every property as it stands, and the group if any is to be made in it."""
        needed: list[Needed] = []
        for of in self._wanted:
            standing = self._standing(of)
            group = [self._group(of)] if any(n.to_make for _, n in standing) else []
            needed += [*group, *(each for _, each in standing)]
        return needed

    def apply(self) -> Sequence[Made]:
        """Make what is missing, one by one: what one lacks does not keep the others."""
        made: list[Made] = []
        for of in self._wanted:
            missing = [each for each, needed in self._standing(of) if needed.to_make]
            if missing and (group := self._group(of)).to_make:
                body = {"name": GROUP, "label": GROUP_LABEL, "displayOrder": -1}
                make = partial(self._transport.create_group, body, of)
                made.append(_tried(group.kind, GROUP, make))
            made += map(self._property, missing)
        return made

    def _standing(self, of: str) -> list[tuple[Wanted, Needed]]:
        defined = _by_name(self._transport.properties(of))
        return [(each, _needed(each, defined)) for each in self._wanted[of]]

    def _group(self, of: str) -> Needed:
        there = GROUP in _by_name(self._transport.property_groups(of))
        kind = OF_GROUP if of == CONTACTS else f"{OF_GROUP} of {of}"
        return Needed(kind, GROUP, Standing.THERE if there else Standing.MISSING)

    def _property(self, each: Wanted) -> Made:
        type_, field_type = TYPES[each.type]
        body: dict[str, Any] = {
            "name": each.name,
            "label": each.label,
            "description": each.text,
            "groupName": GROUP,
            "type": type_,
            "fieldType": field_type,
            "hasUniqueValue": each.unique,
            "formField": False,
        }
        if each.type is FieldType.BOOL:
            body["options"] = [
                {"label": label, "value": value, "displayOrder": n, "hidden": False}
                for n, (label, value) in enumerate(YES_NO)
            ]
        make = partial(self._transport.create_property, body, each.of)
        return _tried(each.kind, each.name, make)


def wanted(config: HubSpotConfig) -> tuple[Wanted, ...]:
    """Return all that slasync needs in the account, each once."""
    found: dict[tuple[str, str], Wanted] = {}
    for each in (*of_contacts(config), *(of_crm(config.crm) if config.crm else ())):
        found.setdefault((each.of, each.name), each)
    return tuple(found.values())


def of_contacts(config: HubSpotConfig) -> Iterator[Wanted]:
    """Yield the properties that connector.yaml names, each once."""
    for word, name in config.written.items():
        label, text = LABELS[word]
        kind = FieldType.DATETIME if word == "due" else FieldType.TEXT
        yield Wanted(name, label, kind, text)
    known = set(config.written.values())
    for each in config.contact_fields:
        if each.field not in known:
            known.add(each.field)
            label = f"SLA {each.name.replace('_', ' ')}"
            yield Wanted(each.field, label, each.type, "", each.direction is not Direction.READ)


def of_crm(crm: HubSpotCrmConfig) -> Iterator[Wanted]:
    """Yield what slasync needs besides where HubSpot is the CRM."""
    for name in (crm.status_property, crm.lifecycle_property):
        yield Wanted(name, name, FieldType.TEXT, written=False)
    named = {"stale": crm.stale_property, "stale_since": crm.stale_since_property}
    named |= {"why": crm.why_property}
    named |= {word: crm.shown[word] for word in sorted(crm.shows & crm.shown.keys())}
    for word, name in named.items():
        label, text = FIELDS[crm.labels][word]
        yield Wanted(name, label, OF_REPS.get(word, FieldType.TEXT), text)
    if crm.create_leads is CreateLeads.AT_HANDOVER:
        key = "By which slasync finds again what it made."
        yield Wanted(crm.lead_key_property, "SLA lead key", FieldType.TEXT, key, unique=True)
    key = "By which each task comes once."
    yield Wanted(crm.task_key_property, "SLA key", FieldType.TEXT, key, of=TASKS, unique=True)
    yield Wanted(crm.task_contact_property, "SLA contact", FieldType.TEXT, of=TASKS)


def _needed(each: Wanted, defined: Defined) -> Needed:
    there = defined.get(each.name)
    if there is None and each.written:
        return Needed(each.kind, each.name, Standing.MISSING)
    if there is None:
        words = f"{each.of} have none of this name: correct it in connector.yaml"
        return Needed(each.kind, each.name, Standing.BY_HAND, words)
    words = _misfit(each, there)
    return Needed(each.kind, each.name, Standing.DIFFERENT if words else Standing.THERE, words)


def _misfit(each: Wanted, there: Mapping[str, Any]) -> str:
    """Say why a property that is there cannot be used as it is mapped."""
    kind, needed = str(there.get("type")), TYPES[each.type][0]
    if each.written and _read_only(there):
        return "it is read-only: name another one in connector.yaml"
    if each.unique and there.get("hasUniqueValue") is not True:
        return (
            "it takes a value twice, so one could be made twice, and that cannot be changed: make"
            " another one with unique values, and name it in crm.properties"
        )
    fits = kind == needed or (each.type is FieldType.TEXT and not each.written)
    fits = fits or (each.type is FieldType.TEXT and kind in HOLDS_TEXT)
    if fits:
        return ""
    return (
        f"it is of type {kind}, needed is {needed}: slasync changes no property that is there,"
        " name another one in connector.yaml or correct its type there"
    )


def misfits(each_wanted: Iterable[Wanted], defined: Mapping[str, Defined]) -> Iterator[str]:
    """Yield which properties are there and do not fit. `defined`: by type of records."""
    for each in each_wanted:
        there = defined[each.of].get(each.name)
        if there is not None and not _read_only(there) and (words := _misfit(each, there)):
            yield f"the property {each.name} of {each.of}: {words}"


def _read_only(there: Mapping[str, Any]) -> bool:
    return (there.get("modificationMetadata") or {}).get("readOnlyValue") is True


def _by_name(told: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    try:
        return {each["name"]: each for each in told["results"]}
    except (KeyError, TypeError) as error:
        raise TryLater("HubSpot's list is not one") from error


def _tried(kind: str, name: str, make: Any) -> Made:
    try:
        make()
    except (Refused, TryLater) as error:
        return Made(kind, name, str(error))
    return Made(kind, name)
