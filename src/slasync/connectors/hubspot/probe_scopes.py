"""What the app may do, held against what slasync needs: connectors/hubspot/setup.md, section 1."""

from collections.abc import Iterator

from slasync.connectors.hubspot.transport import Transport
from slasync.systems import Direction, HubSpotConfig

UNTOLD = (
    "write rights cannot be read: HubSpot tells the scopes of apps with OAuth only; compare those"
    " of this token with connectors/hubspot/setup.md, section 1"
)
OF_EVERY_APP = "oauth"


def needed(config: HubSpotConfig) -> frozenset[str]:
    """Return the scopes without which something of `config` fails."""
    found = {"crm.objects.contacts.read", "crm.objects.owners.read", "crm.schemas.contacts.read"}
    told = any(each.direction is not Direction.READ for each in config.contact_fields)
    if config.crm or config.written or told:
        found.add("crm.objects.contacts.write")
    if config.lists:
        found |= {"crm.lists.read", "crm.lists.write"}
    if config.crm and config.crm.accounts:
        found |= {"crm.objects.companies.read", "crm.schemas.companies.read"}
    if config.crm and config.crm.opportunities:
        found.add("crm.objects.deals.read")
    return frozenset(found)


def scopes_lacking(config: HubSpotConfig, transport: Transport) -> Iterator[str]:
    """Yield which scopes are to be granted. Raises TryLater or Stopped."""
    granted = transport.scopes()
    for scope in sorted(needed(config) - granted) if granted is not None else ():
        yield f"slasync's app lacks the scope {scope}: grant it (connectors/hubspot/setup.md)"


def scopes_unused(config: HubSpotConfig, transport: Transport) -> Iterator[str]:
    """Yield what is granted and needed for nothing, or that nobody can tell.

    Raises TryLater or Stopped.
    """
    granted = transport.scopes()
    if granted is None:
        yield UNTOLD
    elif rest := sorted(granted - needed(config) - {OF_EVERY_APP}):
        yield f"scopes in excess, of no use to slasync: {', '.join(rest)}"
