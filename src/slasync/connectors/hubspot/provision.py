"""Having a HubSpot account made ready: a group of its own, and the properties that are written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slasync.connectors.hubspot.transport import Transport
from slasync.connectors.provisioning import Made, Needed, Standing
from slasync.errors import Refused, TryLater
from slasync.systems import Direction, FieldType, HubSpotConfig

GROUP, GROUP_LABEL = "slasync", "SLA"
PROPERTY, OF_GROUP = "property", "property group"
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
YES_NO = (("Yes", "true"), ("No", "false"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property that slasync writes, or one that it only reads."""

    name: str
    label: str
    type: FieldType
    text: str = ""
    written: bool = True


class HubSpotProvisioner:
    """One account: see `provisioning.Provisioner`."""

    def __init__(self, config: HubSpotConfig, transport: Transport) -> None:
        self._transport = transport
        self._wanted = tuple(wanted(config))

    def compare(self) -> Sequence[Needed]:
        """Return every property as it stands, and the group if any is to be made in it."""
        defined = _by_name(self._transport.properties())
        needed = [_needed(each, defined) for each in self._wanted]
        return [self._group(), *needed] if any(each.to_make for each in needed) else needed

    def apply(self) -> Sequence[Made]:
        """Make what is missing, one by one: what one lacks does not keep the others."""
        made: list[Made] = []
        if not any(each.to_make for each in self.compare()):
            return made
        if self._group().to_make:
            body = {"name": GROUP, "label": GROUP_LABEL, "displayOrder": -1}
            made.append(_tried(OF_GROUP, GROUP, lambda: self._transport.create_group(body)))
        defined = _by_name(self._transport.properties())
        missing = [each for each in self._wanted if _needed(each, defined).to_make]
        return [*made, *map(self._property, missing)]

    def _group(self) -> Needed:
        there = GROUP in _by_name(self._transport.property_groups())
        return Needed(OF_GROUP, GROUP, Standing.THERE if there else Standing.MISSING)

    def _property(self, each: Wanted) -> Made:
        type_, field_type = TYPES[each.type]
        body: dict[str, Any] = {
            "name": each.name,
            "label": each.label,
            "description": each.text,
            "groupName": GROUP,
            "type": type_,
            "fieldType": field_type,
            "hasUniqueValue": False,
            "formField": False,
        }
        if each.type is FieldType.BOOL:
            body["options"] = [
                {"label": label, "value": value, "displayOrder": n, "hidden": False}
                for n, (label, value) in enumerate(YES_NO)
            ]
        return _tried(PROPERTY, each.name, lambda: self._transport.create_property(body))


def wanted(config: HubSpotConfig) -> Iterator[Wanted]:
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


def _needed(each: Wanted, defined: Mapping[str, Mapping[str, Any]]) -> Needed:
    there = defined.get(each.name)
    if there is None and each.written:
        return Needed(PROPERTY, each.name, Standing.MISSING)
    if there is None:
        words = "contacts have none of this name: correct it in connector.yaml"
        return Needed(PROPERTY, each.name, Standing.BY_HAND, words)
    words = _misfit(each, there)
    return Needed(PROPERTY, each.name, Standing.DIFFERENT if words else Standing.THERE, words)


def _misfit(each: Wanted, there: Mapping[str, Any]) -> str:
    """Say why a property that is there cannot be used as it is mapped."""
    kind, needed = str(there.get("type")), TYPES[each.type][0]
    if each.written and _read_only(there):
        return "it is read-only: name another one in connector.yaml"
    fits = kind == needed or (each.type is FieldType.TEXT and not each.written)
    fits = fits or (each.type is FieldType.TEXT and kind in HOLDS_TEXT)
    if fits:
        return ""
    return (
        f"it is of type {kind}, needed is {needed}: slasync changes no property that is there,"
        " name another one in connector.yaml or correct its type there"
    )


def misfits(config: HubSpotConfig, defined: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield which properties are there and of a type that does not fit."""
    for each in wanted(config):
        there = defined.get(each.name)
        if there is not None and not _read_only(there) and (words := _misfit(each, there)):
            yield f"the property {each.name} of contacts: {words}"


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
