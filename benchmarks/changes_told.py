"""How fast Salesforce's channel of changes is read, and how soon a change is on disk in the inbox.

The simulated vendor runs in a process of its own, on this machine. It looks for something new every
20 ms, which is part of what is measured as the delay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figures import Figure, seconds
from benchmarks.quiet import quiet
from benchmarks.shipped import new_database
from slasync.clock import Seams
from slasync.connectors.salesforce import SalesforceConnector, build_connector
from slasync.ports import Feed
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.salesforce.pubsub import PubSub
from slasync.sandbox.server import Server
from slasync.sandbox.time import system_now
from slasync.sandbox.world import World
from slasync.store.engine import open_engine
from slasync.store.unit import reading
from slasync.systems import Login, PubSubConfig, SalesforceConfig, Secret
from slasync.workers.pulling.hearing import Hearing

EVENTS, SINGLE = 40_000, 40


def measure(events: int = EVENTS, single: int = SINGLE) -> Iterator[Figure]:
    """Yield events read a second, changes kept a second, and the delay of one, in milliseconds."""
    with quiet(), _vendor() as (told, pipe), TemporaryDirectory() as folder:
        crm = _crm(told)
        feed = crm.feed()
        if feed is None:
            raise LookupError("no feed is configured")
        yield Figure("changes_read", events / _read(feed, pipe, events), "events/s")
        feed.close()
        yield Figure("change_delay", 1000 * _delay(crm, feed, pipe, single, Path(folder)), "ms")
        crm.close()


def _read(feed: Feed, pipe: Pipe, events: int) -> float:
    """Have so many changes told from one place on; return the seconds it took to read them."""
    position = None
    while not position:
        position = feed.hear(position).position  # the sign of life of a stream that is open
    feed.close()
    _happen(pipe, events)
    read = 0

    def work() -> None:
        nonlocal read, position
        while read < events:
            heard = feed.hear(position)
            position, read = heard.position, read + len(heard.changes)

    took = seconds(work)
    if read != events:
        raise AssertionError(f"{events} changes happened, {read} were told")
    return took


def _delay(crm: SalesforceConnector, feed: Feed, pipe: Pipe, single: int, folder: Path) -> float:
    """Return the usual time from a change until it is in the inbox, as the step keeps it."""
    engine = open_engine(new_database(folder / "slasync.db"))
    step = Hearing(engine, Seams(), feed, crm.source.streams, "bench")
    for _ in range(3):
        step.run()

    def until_kept(number: int) -> None:
        _happen(pipe, 1)
        while True:
            step.run()
            with reading(engine) as unit:
                if sum(unit.inbox.counts().values()) >= number:
                    return

    taken = [seconds(partial(until_kept, n)) for n in range(1, single + 1)]
    feed.close()
    engine.dispose()
    return median(taken)


def _happen(pipe: Pipe, changes: int) -> None:
    pipe.send(changes)
    pipe.recv()


def _crm(told: dict[str, Any]) -> SalesforceConnector:
    return build_connector(
        SalesforceConfig(
            url=told["instance_url"],
            login=Login.CLIENT_CREDENTIALS,
            secrets={
                "consumer_key": Secret(told["client_id"]),
                "consumer_secret": Secret(told["client_secret"]),
            },
            pubsub=PubSubConfig(told["pubsub_url"]),
        ),
        Seams(),
    )


@contextmanager
def _vendor() -> Iterator[tuple[dict[str, Any], Pipe]]:
    """Start an org with its channel; stop it at the end."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send(0)
        process.join()


def _serve(pipe: Pipe) -> None:
    org = Salesforce(World(system_now))
    ids = (f"00Q{n:012d}" for n in count(1))
    with Server(org.handle) as crm:
        org.served_at(crm.url)
        changes = PubSub(org, idle=0.2)
        pipe.send(org.credentials() | {"instance_url": crm.url, "pubsub_url": changes.url})
        while number := pipe.recv():
            with org.lock:
                for _ in range(number):
                    changes.log.gap("Lead", "UPDATE", [next(ids)])
            pipe.send(number)
        changes.stop()
