"""What an account lacks for HubSpot to be the CRM, and how long its window is."""

from collections.abc import Iterator

from slasync.clock import Clock
from slasync.connectors.hubspot import companies, deals, paths
from slasync.connectors.hubspot.probe import defined_properties
from slasync.connectors.hubspot.provision import TASKS, misfits, of_crm
from slasync.connectors.hubspot.transport import CONTACTS, Transport
from slasync.connectors.naming import Named, stages
from slasync.connectors.provisioning import Findings
from slasync.errors import TryLater
from slasync.systems import HubSpotCrmConfig


def crm_problems(crm: HubSpotCrmConfig, transport: Transport) -> Iterator[str]:
    """Yield what an admin has to mend, one sentence each. Raises TryLater or Stopped."""
    defined = {kind: defined_properties(transport, kind) for kind in (CONTACTS, TASKS)}
    for each in of_crm(crm):
        if each.name not in defined[each.of]:
            made = "`slasync provision hubspot` makes it"
            remedy = made if each.written else "correct its name in connector.yaml"
            yield f"{each.of} have no property {each.name}: {remedy}"
    yield from misfits(of_crm(crm), defined)


def business_problems(crm: HubSpotCrmConfig, transport: Transport) -> Iterator[str]:
    """Yield what keeps companies and deals from being read.

    Raises Stopped with the scope that the app lacks, and TryLater.
    """
    if crm.accounts:
        defined = defined_properties(transport, companies.KIND)
        for name in crm.accounts.domain_fields:
            if name not in defined:
                yield (
                    f"companies have no property {name}: correct crm.accounts.domain_fields in"
                    " connector.yaml"
                )
    if crm.opportunities:
        transport.call(paths.PIPELINES, object=deals.KIND)


def deal_stages(named: Named, crm: HubSpotCrmConfig, transport: Transport) -> Findings:
    """Compare the agreement's stages with those of all pipelines, where deals are read.

    Raises TryLater or Stopped.
    """
    if not crm.opportunities or not named.stages:
        return Findings()
    told = transport.call(paths.PIPELINES, object=deals.KIND)
    try:
        known = deals.stages_in(told["results"])
    except (KeyError, TypeError, ValueError) as error:
        raise TryLater("HubSpot's list of pipelines is not one") from error
    ends: dict[str, bool] = {}
    for stage in known.values():  # two pipelines may have stages of one name
        ends[stage.label] = ends.get(stage.label, True) and stage.closed
    return stages(named.stages, ends, "deal", "HubSpot")


def window(transport: Transport, clock: Clock) -> float:
    """Return how many seconds two calls take, one after the other, from where slasync stands.

    So long what a person changes between the reading and the writing of an owner is overwritten.
    """
    transport.account()  # connected, from here on
    began = clock.mono()
    transport.account()
    transport.account()
    return clock.mono() - began
