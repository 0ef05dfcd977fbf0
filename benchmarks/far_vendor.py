"""The simulated systems in a process of their own, 80 ms away: their work is not ours."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Any

from slasync.sandbox.http import Handle, Request, Response
from slasync.sandbox.hubspot import Limits
from slasync.sandbox.server import Server
from slasync.sandbox.time import system_now
from slasync.sandbox.town import REPS, Town, build
from slasync.sandbox.world import World

LATENCY = 0.080  # seconds a call
ARRIVED_IN = timedelta(days=1)  # in which the leads have arrived


@dataclass(frozen=True, slots=True)
class Far:
    """Where the systems are, what lets one in, and what they hold."""

    salesforce: dict[str, Any]
    hubspot: dict[str, Any]
    leads: tuple[tuple[str, str, str], ...]  # id, owner, another rep
    contacts: tuple[str, ...]
    pipe: Pipe

    def hubspot_told(self) -> dict[str, Any]:
        """Return the arrivals at HubSpot, in seconds, and how many calls it refused."""
        self.pipe.send("hubspot")
        told: dict[str, Any] = self.pipe.recv()
        return told


@contextmanager
def far_vendor(leads: int = 0, contacts: int = 0, ten_seconds: int = 190) -> Iterator[Far]:
    """Start them, with so many records; stop them at the end."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, leads, contacts, ten_seconds))
    process.start()
    try:
        yield Far(**ours.recv(), pipe=ours)
    finally:
        ours.send("stop")
        process.join()


def _serve(pipe: Pipe, leads: int, contacts: int, ten_seconds: int) -> None:
    past = [system_now() - ARRIVED_IN]
    town = build(
        World(lambda: past[0] if past else system_now()),
        hubspot={"limits": Limits(daily=10**9, ten_seconds=ten_seconds)},
    )
    arrived: list[float] = []
    made = _leads(town, leads, past)
    past.clear()
    people = tuple(
        town.hubspot.create("contacts", {"email": f"p{n}@c{n}.example"}, "import")
        for n in range(contacts)
    )
    with (
        Server(_late(town.salesforce.handle)) as crm,
        Server(_late(town.hubspot.handle, arrived)) as portal,
    ):
        town.salesforce.served_at(crm.url)
        pipe.send({
            "salesforce": town.salesforce.credentials() | {"instance_url": crm.url},
            "hubspot": town.hubspot.credentials() | {"url": portal.url},
            "leads": made, "contacts": people,
        })  # fmt: skip
        while pipe.recv() != "stop":
            pipe.send({"arrived": arrived, "refused": town.hubspot.refused.total()})


def _late(handle: Handle, arrived: list[float] | None = None) -> Handle:
    """Answer as `handle` does, `LATENCY` later."""
    waiting, begun = threading.Event(), system_now()

    def answer(request: Request) -> Response:
        if arrived is not None:
            arrived.append((system_now() - begun).total_seconds())
        waiting.wait(LATENCY)
        return handle(request)

    return answer


def _leads(town: Town, count: int, past: list[datetime]) -> tuple[tuple[str, str, str], ...]:
    """Have leads arrive evenly over the last day."""
    owners = [town.users[name] for name in REPS]
    rows = [
        {
            "LastName": f"Last{n}",
            "Company": f"Company {n}",
            "Email": f"person{n}@company{n}.example",
            "OwnerId": owners[n % len(owners)],
        }
        for n in range(count)
    ]
    made: list[str] = []
    for row in rows:
        past[0] += ARRIVED_IN / (count + 1)
        made += town.salesforce.load("Lead", [row], town.salesforce.admin_id)
    return tuple(
        (id_, owners[n % len(owners)], owners[(n + 1) % len(owners)]) for n, id_ in enumerate(made)
    )
