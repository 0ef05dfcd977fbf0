"""What several calls in flight bring at 80 ms a call, against the sandbox's server.

Floor: the same with one call in flight, so the ratio is how many times as fast it is. Changes of
owner by the real push step, 25 to a call; leads by the source's pages, 200 to a page. HubSpot's is
its rate and the most calls that any ten seconds of it saw, against what it permits.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.far_vendor import ARRIVED_IN, Far, far_vendor
from benchmarks.figures import Figure, seconds
from benchmarks.quiet import quiet
from benchmarks.shipped import AMPLE, new_database
from slasync.abreast import threads
from slasync.clock import Seams
from slasync.connectors import hubspot, salesforce
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Judged, Write
from slasync.ports import Ask, Position
from slasync.store.engine import open_engine
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from slasync.systems import HubSpotConfig, Login, SalesforceConfig, Secret
from slasync.workers.pushing.push import Push

FLIGHTS = 8
LEADS = 3_000
WRITES = 1_500
PERMITTED, WINDOW = 190, 10.0
LONG_ENOUGH = 3  # windows
CONTACTS_A_CALL = 5
NO_WORK = False


def measure(
    flights: int = FLIGHTS, leads: int = LEADS, writes: int = WRITES, windows: int = LONG_ENOUGH
) -> Iterator[Figure]:
    """Yield how fast reads and writes are, then HubSpot's rate."""
    with quiet(), far_vendor(leads=leads) as far:
        one, several = (leads / _read(far, n, leads) for n in (1, flights))
        yield _times("salesforce_reads_in_flight", one, several)
        few, many = far.leads[:writes], far.leads[writes : 2 * writes]
        one, several = len(few) / _write(far, 1, few), len(many) / _write(far, flights, many)
        yield _times("salesforce_writes_in_flight", one, several)
    if windows:
        yield from _hubspot(flights, windows)


def _times(name: str, one: float, several: float) -> Figure:
    """Rows a second with several in flight, and with one as the floor."""
    return Figure(name, several, "rows/s", one, several / one)


def _crm(far: Far, flights: int) -> salesforce.SalesforceConnector:
    told = far.salesforce
    config = SalesforceConfig(
        url=told["instance_url"],
        login=Login.CLIENT_CREDENTIALS,
        secrets={
            "consumer_key": Secret(told["client_id"]),
            "consumer_secret": Secret(told["client_secret"]),
        },
        page_size=200,
        budget=replace(AMPLE, concurrency=flights),
    )
    crm = salesforce.build_connector(config, Seams(abreast=threads))
    crm.source.vendor_now()
    assert crm.org_id  # noqa: S101 - logged in
    return crm


def _read(far: Far, flights: int, leads: int) -> float:
    """Read all leads by pages; return the seconds it took. Raises unless each was read."""
    crm = _crm(far, flights)
    upto = crm.source.vendor_now()
    seen: set[Ref] = set()

    def work() -> None:
        position: Position | None = None
        while True:
            ask = Ask("salesforce.leads", upto, upto - 2 * ARRIVED_IN, position)
            [answer] = crm.source.read([ask])
            if answer.error:
                raise answer.error
            seen.update(reading.ref for reading in answer.readings)
            position = answer.position
            if position is None:
                return

    took = seconds(work)
    crm.close()
    if len(seen) != leads:
        raise AssertionError(f"{leads} leads wanted, {len(seen)} read")
    return took


def _write(far: Far, flights: int, leads: Sequence[tuple[str, str, str]]) -> float:
    """Give leads to other reps by the push step; return the seconds it took.

    Raises unless each was given.
    """
    with ExitStack() as closing:
        folder = Path(closing.enter_context(TemporaryDirectory()))
        engine = open_engine(new_database(folder / "slasync.db"))
        closing.callback(engine.dispose)
        crm, seams = _crm(far, flights), Seams(abreast=threads)
        closing.callback(crm.close)
        now = seams.clock.now()
        items = [OutboxItem(_change(lead), "owners", now) for lead in leads]
        with transaction(engine) as unit:
            unit.outbox.add(items, now)
        push = Push(engine, seams, crm.sink, "benchmark", seams.abreast(flights))
        took = seconds(lambda: deque(iter(push.run, NO_WORK), maxlen=0))
        with reading(engine) as unit:
            done = unit.outbox.counts().get(("salesforce", State.DONE), 0)
        if done != len(leads):
            raise AssertionError(f"{len(leads)} changes wanted, {done} done")
    return took


def _change(lead: tuple[str, str, str]) -> Write:
    id_, owner, other = lead
    return Write(
        key=f"owner-{id_}",
        lead=LeadKey(f"salesforce:lead:{id_}"),
        system="salesforce",
        action=Action.OWNER,
        values={"owner": UserKey(other)},
        target=Ref("salesforce", "lead", id_),
        judged=Judged(UserKey(owner), None),
    )


def _hubspot(flights: int, windows: int) -> Iterator[Figure]:
    """Read contacts by id for a few windows, as fast as HubSpot permits."""
    calls = PERMITTED * windows
    with quiet(), far_vendor(contacts=CONTACTS_A_CALL * 20, ten_seconds=PERMITTED) as far:
        config = HubSpotConfig(
            url=far.hubspot["url"],
            secrets={"access_token": Secret(far.hubspot["access_token"])},
            batch_size=CONTACTS_A_CALL,
            budget=replace(AMPLE, concurrency=flights),
        )
        portal = hubspot.build_connector(config, Seams(abreast=threads))
        refs = [Ref("hubspot", "contact", each) for each in far.contacts]
        for _ in range(-(-calls * CONTACTS_A_CALL // len(refs))):
            portal.source.fetch(refs)
        portal.close()
        told = far.hubspot_told()
    arrived = sorted(told["arrived"])
    most = max(bisect_left(arrived, at + WINDOW) - n for n, at in enumerate(arrived))
    whole = int((arrived[-1] - arrived[0]) / WINDOW)
    made = bisect_left(arrived, arrived[0] + whole * WINDOW)
    rate, permitted = made / (whole * WINDOW), PERMITTED / WINDOW
    yield Figure("hubspot_rate", rate, "calls/s", permitted, rate / permitted)
    yield Figure("hubspot_most_in_a_window", most, "calls", PERMITTED, most / PERMITTED)
    if told["refused"]:
        raise AssertionError(f"HubSpot refused {told['refused']} calls")
