"""Having a Marketo instance made ready: fields are made, lists and campaigns are a checked list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slasync.connectors.marketo.transport import Transport
from slasync.connectors.provisioning import Made, Needed, Standing
from slasync.connectors.receipts import Missing
from slasync.errors import TryLater
from slasync.systems import Direction, FieldType, MarketoConfig

FIELD, LIST, CAMPAIGN = "field", "static list", "trigger campaign"
TYPES: Mapping[FieldType, str] = {
    FieldType.TEXT: "string",
    FieldType.NUMBER: "float",
    FieldType.BOOL: "boolean",
    FieldType.DATETIME: "datetime",
    FieldType.DATE: "date",
}
FITS: Mapping[FieldType, frozenset[str]] = {
    FieldType.NUMBER: frozenset({"float", "integer", "currency", "percent", "score"}),
    FieldType.BOOL: frozenset({"boolean"}),
    FieldType.DATETIME: frozenset({"datetime"}),
    FieldType.DATE: frozenset({"date", "datetime"}),
}
LABELS = {"stage": "SLA Stage", "owner": "SLA Owner", "sla_state": "SLA State", "due": "SLA Due"}
STARTS = 'begins with the trigger "Campaign is Requested", source Web Service API'


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field that slasync writes, or one that it only reads."""

    name: str
    label: str
    type: FieldType
    written: bool = True


class MarketoProvisioner:
    """One instance: see `provisioning.Provisioner`."""

    def __init__(self, config: MarketoConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport
        self._wanted = tuple(wanted(config))

    def compare(self) -> Sequence[Needed]:
        """Return fields, lists and campaigns as they stand."""
        defined = self._defined()
        return [
            *(_needed(each, defined) for each in self._wanted),
            *(self._list(name, number) for name, number in self._config.lists.items()),
            *(self._campaign(name, number) for name, number in self._config.programmes.items()),
        ]

    def apply(self) -> Sequence[Made]:
        """Make the fields that are missing, in one call; each has an outcome of its own."""
        defined = self._defined()
        missing = [each for each in self._wanted if _needed(each, defined).to_make]
        if not missing:
            return []
        rows = [
            {"displayName": each.label, "name": each.name, "dataType": TYPES[each.type]}
            for each in missing
        ]
        told = self._transport.create_fields(rows)
        if len(told) != len(missing):
            raise TryLater(
                f"Marketo answers for {len(told)} of {len(missing)} fields: run it again"
            )
        return [_made(each, row) for each, row in zip(missing, told, strict=True)]

    def _defined(self) -> dict[str, Mapping[str, Any]]:
        try:
            return {each["name"]: each for each in self._transport.describe()["fields"]}
        except (KeyError, TypeError) as error:
            raise TryLater("Marketo's list of fields is not one") from error

    def _list(self, name: str, number: str) -> Needed:
        try:
            self._transport.list_named(number)
        except Missing:
            words = f"there is no list {number}: make a static one, its id into `lists`"
            return Needed(LIST, name, Standing.BY_HAND, words)
        return Needed(LIST, name, Standing.THERE)

    def _campaign(self, name: str, number: str) -> Needed:
        try:
            found = self._transport.campaign(number)
        except Missing:
            found = []
        words = _unfit(found, number)
        return Needed(CAMPAIGN, name, Standing.BY_HAND if words else Standing.THERE, words)


def wanted(config: MarketoConfig) -> Iterator[Wanted]:
    """Yield the fields that connector.yaml names, each once."""
    for word, name in config.written.items():
        kind = FieldType.DATETIME if word == "due" else FieldType.TEXT
        yield Wanted(name, LABELS[word], kind)
    known = set(config.written.values())
    for each in config.contact_fields:
        if each.field not in known:
            known.add(each.field)
            label = f"SLA {each.name.replace('_', ' ').title()}"
            yield Wanted(each.field, label, each.type, each.direction is not Direction.READ)


def _needed(each: Wanted, defined: Mapping[str, Mapping[str, Any]]) -> Needed:
    there = defined.get(each.name)
    if there is None and each.written:
        return Needed(FIELD, each.name, Standing.MISSING)
    if there is None:
        words = "leads have none of this name: correct it in connector.yaml"
        return Needed(FIELD, each.name, Standing.BY_HAND, words)
    words = _misfit(each, there)
    return Needed(FIELD, each.name, Standing.DIFFERENT if words else Standing.THERE, words)


def _misfit(each: Wanted, there: Mapping[str, Any]) -> str:
    if each.written and there.get("updateable") is False:
        return "it is read-only: name another one in connector.yaml"
    kind = str(there.get("dataType"))
    if each.type is FieldType.TEXT or kind in FITS[each.type]:
        return ""
    return (
        f"it is of type {kind}, needed is {TYPES[each.type]}: a field's type cannot be changed,"
        " name another one in connector.yaml or correct its type there"
    )


def _unfit(found: Sequence[Mapping[str, Any]], number: str) -> str:
    if not found:
        return f"there is no campaign {number}: make one that {STARTS}; its id into `programmes`"
    if found[0].get("type") == "batch":
        return f"campaign {number} is a batch campaign: make one that {STARTS}"
    return "" if found[0].get("active") is not False else f"campaign {number} is not active"


def _made(each: Wanted, row: Mapping[str, Any]) -> Made:
    if row.get("status") == "created":
        return Made(FIELD, each.name)
    reasons = [str(r.get("message")) for r in row.get("reasons") or () if isinstance(r, Mapping)]
    return Made(FIELD, each.name, "; ".join(reasons) or "Marketo does not say why")
