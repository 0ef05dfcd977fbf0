"""Whether the people, queues and statuses that the files name are there in an account."""

from collections.abc import Iterator

from slasync.connectors.hubspot.answers import onward, rows
from slasync.connectors.hubspot.contact import Record
from slasync.connectors.hubspot.crm_people import NOBODYS_NAME, QUEUE, queue
from slasync.connectors.hubspot.positions import Listed
from slasync.connectors.hubspot.probe import defined_properties
from slasync.connectors.hubspot.transport import Transport
from slasync.connectors.naming import Found, Named, no_leader, no_queue, person, statuses
from slasync.ports import UserReading
from slasync.systems import HubSpotCrmConfig


def people_problems(named: Named, transport: Transport) -> Iterator[str]:
    """Yield who and what is no owner there, one sentence each. Raises TryLater or Stopped."""
    owners = [*_owners(transport, archived=False), *_owners(transport, archived=True)]
    users: dict[str, list[Record]] = {}
    for owner in owners:
        if owner.get("type") != QUEUE and owner.get("email"):
            users.setdefault(str(owner["email"]).lower(), []).append(owner)
    for email, where in named.people.items():
        same = users.get(email.lower(), [])
        active = [str(each.get("id")) for each in same if each.get("archived") is not True]
        yield from person(email, where, Found(active, len(same)), "HubSpot")
    for name, pool in named.pools.items():
        leads = (each for who in pool.leadership for each in users.get(who.lower(), ()))
        if named.tasks_for_leadership and all(each.get("archived") is True for each in leads):
            yield no_leader(pool, "HubSpot")
        if not pool.manager:
            yield f"pool {name} names no manager, and HubSpot has none: name one in teams.yaml"
    told = [queue("", owner) for owner in owners if owner.get("type") == QUEUE]
    queues = {NOBODYS_NAME, *(each.user.name for each in told if isinstance(each, UserReading))}
    yield from (no_queue(*each) for each in named.queues.items() if each[0] not in queues)


def status_problems(crm: HubSpotCrmConfig, named: Named, transport: Transport) -> Iterator[str]:
    """Yield which options of the status have no stage, and the other way round.

    Raises TryLater or Stopped.
    """
    name = crm.status_property
    options = defined_properties(transport).get(name, {}).get("options") or ()
    values = [str(each.get("value")) for each in options if each.get("hidden") is not True]
    yield from statuses(named, values, f"the property {name} of contacts")


def _owners(transport: Transport, *, archived: bool) -> Iterator[Record]:
    place: Listed | None = Listed(archived=archived)
    while place is not None:
        listed = transport.owners(place.after, archived=archived)
        yield from rows(listed)
        place = onward(place, listed)
