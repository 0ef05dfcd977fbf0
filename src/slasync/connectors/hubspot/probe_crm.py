"""What an account lacks for HubSpot to be the CRM, and how long its window is."""

from collections.abc import Iterator, Mapping
from typing import Any

from slasync.clock import Clock
from slasync.connectors.hubspot.transport import Transport
from slasync.errors import TryLater
from slasync.systems import CreateLeads, HubSpotCrmConfig

TASKS = "GET /crm/v3/properties/tasks"
Defined = Mapping[str, Mapping[str, Any]]


def crm_problems(crm: HubSpotCrmConfig, contacts: Defined, tasks: Defined) -> Iterator[str]:
    """Yield what an admin has to mend, one sentence each."""
    for name in _of_contacts(crm):
        if name not in contacts:
            yield f"contacts have no property {name}: make it, as section 5 of setup.md says"
    for name in (crm.task_key_property, crm.task_contact_property):
        if name not in tasks:
            yield f"tasks have no property {name}: make it, as section 5 of setup.md says"
    unique = [("tasks", tasks, crm.task_key_property)]
    if crm.create_leads is CreateLeads.AT_HANDOVER:
        unique.append(("contacts", contacts, crm.lead_key_property))
    for kind, defined, name in unique:
        if name in defined and defined[name].get("hasUniqueValue") is not True:
            yield (
                f"the property {name} of {kind} takes a value twice, so one could be made twice:"
                " make another one with unique values, and name it in crm.properties"
            )


def properties_of_tasks(transport: Transport) -> Defined:
    """Return what properties tasks have, by name. Raises TryLater or Stopped."""
    core = transport.held(lambda crm: crm.properties.core_api)
    told = transport.ask(TASKS, lambda how: core.get_all("tasks", **how))
    try:
        return {each["name"]: each for each in told["results"]}
    except (KeyError, TypeError) as error:
        raise TryLater("HubSpot's list of properties is not one") from error


def window(transport: Transport, clock: Clock) -> float:
    """Return how many seconds two calls take, one after the other, from where slasync stands.

    So long what a person changes between the reading and the writing of an owner is overwritten.
    """
    transport.account()  # connected, from here on
    began = clock.mono()
    transport.account()
    transport.account()
    return clock.mono() - began


def _of_contacts(crm: HubSpotCrmConfig) -> Iterator[str]:
    yield from (crm.status_property, crm.lifecycle_property)
    yield from (crm.stale_property, crm.stale_since_property, crm.why_property)
    yield from (crm.shown[word] for word in sorted(crm.shows) if word in crm.shown)
    if crm.create_leads is CreateLeads.AT_HANDOVER:
        yield crm.lead_key_property
