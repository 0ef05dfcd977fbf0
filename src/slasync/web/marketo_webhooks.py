"""Marketo's webhooks: a secret header, a lead's id, kept before it is answered."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from slasync.clock import Clock
from slasync.connectors.marketo.contact import LOG, SYSTEM
from slasync.connectors.marketo.webhook import LARGEST_BODY, Event, SecretHeader, parse
from slasync.errors import Refused, SlasyncError
from slasync.store.inbox import InboxEvent
from slasync.store.unit import Unit, retrying
from slasync.web.metrics import Metrics
from slasync.web.webhooks import RETRY_AFTER, STATUS, Outcome, announced, body_of

log = structlog.get_logger(__name__)

PATH = "/webhooks/marketo"
MOST_AT_ONCE = 32
LATER = timedelta(minutes=2)
"""The activity log, which says when it happened, tells of it some time after the webhook."""
KEPT = b'{"kept":true}'

Keep = Callable[[bytes], bool]
"""Stores a webhook in one transaction; tells whether it is new. Raises Refused."""


def keeper(engine: Engine, clock: Clock) -> Keep:
    """Return a function that has a lead read at once, and again when the log tells of it."""

    def keep(body: bytes) -> bool:
        event = parse(body, clock.now())

        def store(unit: Unit) -> int:
            return unit.inbox.add(_entries(event), clock.now())

        return retrying(engine, store) > 0

    return keep


def _entries(event: Event) -> list[InboxEvent]:
    payload = {"kind": event.ref.kind, "id": event.ref.id, "event": event.kind}
    later = payload | {"kind": LOG}
    return [
        InboxEvent(SYSTEM, event.key, payload),
        InboxEvent(SYSTEM, f"{event.key}:{LOG}", later, after=LATER),
    ]


def accept(
    app: FastAPI,
    keep: Keep,
    sender: SecretHeader,
    metrics: Metrics,
    *,
    patience: timedelta = timedelta(seconds=5),
) -> None:
    """Have `app` take Marketo's webhooks at POST /webhooks/marketo.

    A campaign waits for each answer before it goes on to the next lead, 30 s at most.
    """
    intake = _Intake(keep, sender, patience.total_seconds())

    @app.post(PATH)
    async def receive(request: Request) -> Response:
        outcome = Outcome.BUSY if intake.busy >= MOST_AT_ONCE else await intake.take(request)
        metrics.webhook(outcome)
        if outcome is Outcome.STORED:
            return Response(KEPT, media_type="application/json")
        later = RETRY_AFTER if STATUS[outcome] == HTTPStatus.SERVICE_UNAVAILABLE else None
        return Response(status_code=STATUS[outcome], headers=later)


class _Intake:
    """Takes one webhook after another from request to disk, what costs least first."""

    def __init__(self, keep: Keep, sender: SecretHeader, patience: float) -> None:
        self.busy = 0
        self._keep = keep
        self._sender = sender
        self._patience = patience

    async def take(self, request: Request) -> Outcome:
        self.busy += 1
        try:
            if announced(request) > LARGEST_BODY:
                return Outcome.TOO_LARGE
            given = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw]
            if not self._sender.fits(given):
                log.warning("webhook refused", system=SYSTEM)
                return Outcome.UNSIGNED
            body = await body_of(request, LARGEST_BODY, self._patience)
            return body if isinstance(body, Outcome) else await self._stored(body)
        finally:
            self.busy -= 1

    async def _stored(self, body: bytes) -> Outcome:
        """Store in a thread; what is not on disk in time is not acknowledged."""
        try:
            await asyncio.wait_for(asyncio.to_thread(self._keep, body), self._patience)
        except Refused as error:
            log.warning("webhook refused", system=SYSTEM, reason=str(error))
            return Outcome.MALFORMED
        except (SQLAlchemyError, OSError, SlasyncError) as error:  # TimeoutError is an OSError
            log.warning("webhook not stored", system=SYSTEM, error=type(error).__name__)
            return Outcome.NOT_STORED
        return Outcome.STORED
