"""What an instance lacks for slasync: asked of its own descriptions; nothing is written."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slasync.connectors.marketo.transport import Transport
from slasync.connectors.receipts import Missing
from slasync.errors import TryLater
from slasync.systems import Direction, MarketoConfig

SCARCE = 0.1  # of the day's calls
Defined = Mapping[str, Mapping[str, Any]]


def probe(config: MarketoConfig, transport: Transport) -> list[str]:
    """Return what an admin has to mend, one sentence each. Raises TryLater or Stopped."""
    defined = _defined(transport)
    read = [m.field for m in config.contact_fields if m.direction is not Direction.WRITE]
    told = [m.field for m in config.contact_fields if m.direction is not Direction.READ]
    return [
        *_absent(defined, read),
        *_unwritable(defined, [*config.written.values(), *told]),
        *_activities(config, transport),
        *(what for each in config.lists.items() for what in _list(transport, *each)),
        *(what for each in config.programmes.items() for what in _campaign(transport, *each)),
        *_scarce(transport),
    ]


def _scarce(transport: Transport) -> Iterator[str]:
    """Say that other integrations leave little of the day's calls."""
    transport.usage()
    quota = transport.calls.quota
    if quota is not None and quota.left < quota.allowed * SCARCE:
        yield (
            f"only {quota.left} of {quota.allowed} calls of the day are left: see which integration"
            " takes them (Admin, Web Services), and correct budget.daily_calls if it is not what"
            " the instance has"
        )


def _defined(transport: Transport) -> Defined:
    try:
        return {each["name"]: each for each in transport.describe()["fields"]}
    except (KeyError, TypeError) as error:
        raise TryLater("Marketo's list of fields is not one") from error


def _absent(defined: Defined, names: Iterable[str]) -> list[str]:
    remedy = "`slasync provision marketo` makes those that are written, correct others' names"
    return [
        f"leads have no field {n}: {remedy} in connector.yaml"
        for n in dict.fromkeys(names)
        if n not in defined
    ]


def _unwritable(defined: Defined, names: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    return _absent(defined, wanted) + [
        f"the field {name} of leads is read-only, slasync cannot write it: name another one in"
        " connector.yaml"
        for name in wanted
        if defined.get(name, {}).get("updateable") is False
    ]


def _activities(config: MarketoConfig, transport: Transport) -> Iterator[str]:
    types = {str(row.get("name")): row for row in transport.activity_types()}
    for behaviour in config.behaviours:
        row = types.get(behaviour.activity)
        if row is None:
            yield (
                f"there are no activities of type {behaviour.activity!r} ({behaviour.name}):"
                " write it in connector.yaml as a lead's activity log in Marketo names it"
            )
        elif behaviour.value and behaviour.value not in _attributes(row):
            yield (
                f"activities of type {behaviour.activity!r} have no {behaviour.value!r}:"
                f" leave `value` out of that behaviour in connector.yaml{_instead(row)}"
            )


def _instead(row: Mapping[str, Any]) -> str:
    named = sorted(_attributes(row))
    return f", or write one of {', '.join(named)}" if named else ""


def _attributes(row: Mapping[str, Any]) -> set[str]:
    return {str(each.get("name")) for each in row.get("attributes") or () if each}


def _list(transport: Transport, name: str, number: str) -> Iterator[str]:
    try:
        transport.list_named(number)
    except Missing:
        yield f"there is no list {number} ({name}): write its id into `lists` of connector.yaml"


def _campaign(transport: Transport, name: str, number: str) -> Iterator[str]:
    """Say what keeps a campaign from being requested."""
    try:
        found = transport.campaign(number)
    except Missing:
        found = []
    if not found:
        yield f"there is no campaign {number} ({name}): write its id into `programmes`"
    elif found[0].get("type") == "batch":
        yield f"campaign {number} ({name}) is a batch campaign: only a trigger one is requested"
    elif found[0].get("active") is False:
        yield f"campaign {number} ({name}) is not active: activate it in Marketo"
