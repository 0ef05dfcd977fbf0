"""Salesforce's Outbound Messages: acknowledged once what they name is kept, never believed.

They are not signed. Who may send is told by a secret part of the address, compared in constant
time, and by the organisation's id in the message; and a message only has a record read.
"""

import asyncio
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from slasync.clock import Clock
from slasync.connectors.salesforce.outbound import (
    LARGEST_BODY,
    MEDIA,
    TAKEN,
    Delivery,
    Stranger,
    parse,
)
from slasync.connectors.salesforce.people import SYSTEM
from slasync.errors import Refused, SlasyncError, Stopped
from slasync.store.inbox import InboxEvent
from slasync.store.unit import Unit, reading, retrying
from slasync.systems import Secret
from slasync.web.metrics import Metrics
from slasync.web.webhooks import RETRY_AFTER, STATUS, Outcome, announced, body_of

log = structlog.get_logger(__name__)

PATH = "/webhooks/salesforce"
SHORTEST = 32  # characters of the secret part of the address
MOST_AT_ONCE = 8
ORGANISATION = "salesforce.organisation"  # where the database keeps whose it is

Keep = Callable[[Delivery], int]
"""Stores a delivery in one transaction; returns how many events were new."""
Org = Callable[[], str | None]
"""Tells the organisation that this deployment belongs to; None before the first start."""


def keeper(engine: Engine, clock: Clock) -> Keep:
    """Return a function that puts a delivery's events into the inbox."""

    def keep(delivery: Delivery) -> int:
        def store(unit: Unit) -> int:
            now = clock.now()
            if delivery.rejected:
                unit.quarantine.put(list(delivery.rejected), now)
            entries = _entries(delivery)
            return unit.inbox.add(entries, now) if entries else 0

        return retrying(engine, store)

    return keep


def _entries(delivery: Delivery) -> Sequence[InboxEvent]:
    told = {event.key: event.ref for event in delivery.events}
    return [
        InboxEvent(SYSTEM, key, {"kind": ref.kind, "id": ref.id, "event": "outbound_message"})
        for key, ref in told.items()
    ]


def organisation(engine: Engine) -> Org:
    """Return a function that asks the database whose it is, until it knows."""
    known: list[str] = []

    def ask() -> str | None:
        if not known:
            with reading(engine) as unit:
                known.extend(filter(None, [unit.meta.get(ORGANISATION)]))
        return known[0] if known else None

    return ask


@dataclass(frozen=True, slots=True)
class Sender:
    """By what Salesforce is known: its organisation, and the end of the address it was given."""

    org: Org
    secret: Secret


def accept(
    app: FastAPI,
    keep: Keep,
    sender: Sender,
    metrics: Metrics,
    *,
    patience: timedelta = timedelta(seconds=5),
) -> None:
    """Have `app` take Outbound Messages at POST /webhooks/salesforce/SECRET.

    Salesforce waits 60 s and sends again for 24 h whatever is not acknowledged. Raises Stopped
    when the secret is too short to be one.
    """
    secret = sender.secret
    if len(secret.reveal()) < SHORTEST:
        raise Stopped(
            f"systems.salesforce.outbound_message_path has fewer than {SHORTEST} characters:"
            " make one with `openssl rand -hex 24` and set it in Salesforce as well"
        )
    intake = _Intake(keep, sender.org, metrics, patience)

    @app.post(f"{PATH}/{{path}}")
    async def receive(path: str, request: Request) -> Response:
        if not hmac.compare_digest(path.encode(), secret.reveal().encode()):
            metrics.webhook(Outcome.UNSIGNED)
            return Response(status_code=HTTPStatus.NOT_FOUND)
        outcome = Outcome.BUSY if intake.busy >= MOST_AT_ONCE else await intake.take(request)
        metrics.webhook(outcome)
        if outcome is Outcome.STORED:
            return Response(TAKEN, media_type=MEDIA)
        later = RETRY_AFTER if STATUS[outcome] == HTTPStatus.SERVICE_UNAVAILABLE else None
        return Response(status_code=STATUS[outcome], headers=later)


class _Intake:
    """Takes one message after another from request to disk."""

    def __init__(self, keep: Keep, org: Org, metrics: Metrics, patience: timedelta) -> None:
        self.busy = 0
        self._keep = keep
        self._org = org
        self._metrics = metrics
        self._patience = patience.total_seconds()

    async def take(self, request: Request) -> Outcome:
        self.busy += 1
        try:
            if announced(request) > LARGEST_BODY:
                return Outcome.TOO_LARGE
            body = await body_of(request, LARGEST_BODY, self._patience)
            return body if isinstance(body, Outcome) else await self._in_time(body)
        finally:
            self.busy -= 1

    async def _in_time(self, body: bytes) -> Outcome:
        """Read and store in a thread; what is not on disk in time is not acknowledged."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._stored, body), self._patience)
        except Refused as error:
            log.warning("outbound message refused", reason=str(error))
            return Outcome.UNSIGNED if isinstance(error, Stranger) else Outcome.MALFORMED
        except (SQLAlchemyError, OSError, SlasyncError) as error:  # TimeoutError is an OSError
            log.warning("outbound message not stored", error=type(error).__name__)
            return Outcome.NOT_STORED

    def _stored(self, body: bytes) -> Outcome:
        org = self._org()
        if org is None:  # slasync has not started yet: whose messages to take is not known
            return Outcome.NOT_STORED
        delivery = parse(body, org)
        new = self._keep(delivery) if delivery.events or delivery.rejected else 0
        self._metrics.events("malformed", len(delivery.rejected))
        self._metrics.events("passed_over", delivery.passed_over)
        self._metrics.events("new", new)
        self._metrics.events("known", max(len(delivery.events) - new, 0))
        return Outcome.STORED
