"""What an account lacks for slasync: asked of its own property definitions."""

from collections.abc import Iterable, Iterator

from slasync.connectors.hubspot.provision import Defined, misfits, of_contacts
from slasync.connectors.hubspot.transport import CONTACT_TYPE, CONTACTS, Transport
from slasync.connectors.receipts import Missing
from slasync.errors import TryLater
from slasync.systems import Direction, HubSpotConfig

SCARCE = 0.1  # of the day's calls


def probe(config: HubSpotConfig, transport: Transport) -> list[str]:
    """Return what an admin has to mend, one sentence each. Raises TryLater or Stopped."""
    defined = defined_properties(transport)
    told = [m.field for m in config.contact_fields if m.direction is not Direction.READ]
    unfit = _unwritable(defined, [*config.written.values(), *told])
    lists = [what for each in config.lists.items() for what in _list(transport, *each)]
    missing = _absent(defined, _read(config))
    wrong = misfits(of_contacts(config), {CONTACTS: defined})
    return missing + unfit + lists + [*wrong, *_scarce(config, transport)]


def lacking(config: HubSpotConfig, transport: Transport) -> list[str]:
    """Return which properties that are read contacts do not have: HubSpot calls them empty."""
    crm = config.crm
    own = [crm.status_property, crm.lifecycle_property, crm.lead_key_property] if crm else []
    return _absent(defined_properties(transport), [*_read(config), *own])


def _read(config: HubSpotConfig) -> list[str]:
    """Name the properties that are read of contacts as marketing's."""
    mapped = [m.field for m in config.contact_fields if m.direction is not Direction.WRITE]
    # where HubSpot is the CRM there is no Salesforce whose records it could name
    links = [] if config.crm else [config.lead_id_property, config.contact_id_property]
    return [*mapped, *links]


def _scarce(config: HubSpotConfig, transport: Transport) -> Iterator[str]:
    """Say what the account's allowance of the day does not allow."""
    quota = transport.calls.quota
    if quota is None:
        return
    budget, left = config.budget.daily_calls, quota.allowed - quota.used
    if budget > quota.allowed:
        yield (
            f"budget.daily_calls is {budget}, the account has {quota.allowed}: write"
            f" {quota.allowed} into connector.yaml"
        )
    if left < quota.allowed * SCARCE:
        yield (
            f"only {left} of {quota.allowed} calls of the day are left: see which app takes them"
            " (Settings, Integrations, API usage), or buy more"
        )


def _list(transport: Transport, name: str, number: str) -> Iterator[str]:
    """Say what keeps contacts from being put on a list."""
    try:
        found = transport.list_named(number).get("list") or {}
    except Missing:
        yield f"there is no list {number} ({name}): write its number into `lists` of connector.yaml"
        return
    if found.get("processingType") == "DYNAMIC":
        yield f"list {number} ({name}) fills itself: nobody can be put on it, name a static one"
    elif found.get("objectTypeId", CONTACT_TYPE) != CONTACT_TYPE:
        yield f"list {number} ({name}) is none of contacts"


def defined_properties(transport: Transport, kind: str = CONTACTS) -> Defined:
    """Return what properties a type's records have, by name. Raises TryLater or Stopped."""
    try:
        return {each["name"]: each for each in transport.properties(kind)["results"]}
    except (KeyError, TypeError) as error:
        raise TryLater("HubSpot's list of properties is not one") from error


def _absent(defined: Defined, names: Iterable[str]) -> list[str]:
    remedy = "`slasync provision hubspot` makes those that are written, correct others' names"
    return [
        f"contacts have no property {n}: {remedy} in connector.yaml"
        for n in dict.fromkeys(names)
        if n not in defined
    ]


def _unwritable(defined: Defined, names: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    return _absent(defined, wanted) + [
        f"the property {name} of contacts is read-only, slasync cannot write it: name another one"
        " in connector.yaml"
        for name in wanted
        if (defined.get(name, {}).get("modificationMetadata") or {}).get("readOnlyValue") is True
    ]
