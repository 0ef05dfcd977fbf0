"""How often each stream is read: as configured, else as the call budget allows."""

from collections.abc import Mapping
from datetime import timedelta

from slasync.settings import Settings, poll_interval
from slasync.workers.pulling.pull import Pace

FULL_STREAMS = frozenset({
    "salesforce.users", "salesforce.queues", "hubspot.archived", "hubspot.users", "hubspot.queues",
})  # fmt: skip
SLOW = frozenset({"accounts", "opportunities", "opportunity_roles"})  # of the CRM, if asked for
HOURLY = timedelta(hours=1)  # streams read in full; less often where polls are rarer
CALLS_A_POLL = {"salesforce": 1, "hubspot": 1, "marketo": 3}
AS_CRM = 8  # HubSpot's calls a poll where it is the CRM as well: what people do is of six types


def pace_of(settings: Settings, system: str) -> Pace:
    """Return how often the streams of a system are read."""
    every = poll_every(settings, system)
    return Pace(
        every=every,
        full_every=max(every, HOURLY),
        settle=settings.settle,
        overlap=settings.overlap,
        full=FULL_STREAMS,
        slow=slow_streams(settings),
        while_told=while_told(settings, system),
    )


def interval(settings: Settings, stream: str) -> timedelta:
    """Return how often a stream is read at least."""
    return pace_of(settings, stream.partition(".")[0]).least(stream)


def polled(stream: str) -> bool:
    """Tell whether a stream is read with every poll; the others have intervals of their own."""
    return stream not in FULL_STREAMS and stream.rpartition(".")[2] not in SLOW


def slow_streams(settings: Settings) -> Mapping[str, timedelta]:
    """Return the streams that are read at intervals of their own."""
    name, crm = settings.agreement.crm, settings.crm_terms
    found = {"accounts": crm and crm.accounts, "opportunities": crm and crm.opportunities}
    deals = settings.salesforce.opportunities if settings.salesforce else None
    found["opportunity_roles"] = deals if deals and deals.contact_roles else None
    return {f"{name}.{stream}": config.every for stream, config in found.items() if config}


def poll_every(settings: Settings, system: str) -> timedelta:
    """Return how often a system is polled."""
    configured = settings.polls.get(system)
    config = settings.reached(system)
    if configured is not None or config is None:
        return configured or timedelta(minutes=1)
    return poll_interval(config.budget, calls_a_poll(settings, system))


def calls_a_poll(settings: Settings, system: str) -> int:
    """Return how many calls it takes to ask a system what has changed."""
    both = system == "hubspot" and settings.hubspot is not None and settings.hubspot.crm
    return AS_CRM if both else CALLS_A_POLL[system]


def while_told(settings: Settings, system: str) -> timedelta | None:
    """Return how often a system is polled that tells of its changes; None: it does not."""
    pubsub = settings.salesforce.pubsub if settings.salesforce else None
    if pubsub is None or system != "salesforce":
        return None
    return max(poll_every(settings, system), pubsub.poll_every)
