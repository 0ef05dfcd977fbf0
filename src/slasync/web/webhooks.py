"""HubSpot's webhooks: checked on the raw bytes, stored, and only then answered with success."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from slasync.connectors.hubspot.signature import Verdict, Verifier
from slasync.connectors.hubspot.webhook import LARGEST_BODY, Delivery, parse
from slasync.errors import Refused, SlasyncError
from slasync.web.metrics import Metrics
from slasync.web.plain import plain_app

log = structlog.get_logger(__name__)

PATH = "/webhooks/hubspot"
WRITERS = 4  # threads that store deliveries
MOST_AT_ONCE = 32  # deliveries under way; HubSpot sends 10 at once unless told otherwise
RETRY_AFTER = {"Retry-After": "30"}

Keep = Callable[[Delivery], int]
"""Stores a delivery in one transaction and returns how many events were new.

When it returns, they are on disk. Else it raises SQLAlchemyError, OSError or SlasyncError.
"""


class Outcome(StrEnum):
    """How a request ended: the label of a counter."""

    STORED = "stored"
    UNSIGNED = "unsigned"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    MALFORMED = "malformed"
    NOT_STORED = "not_stored"
    BUSY = "busy"
    CUT_OFF = "cut_off"


STATUS = {
    Outcome.STORED: HTTPStatus.NO_CONTENT,
    Outcome.UNSIGNED: HTTPStatus.UNAUTHORIZED,
    Outcome.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Outcome.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Outcome.MALFORMED: HTTPStatus.BAD_REQUEST,
    Outcome.NOT_STORED: HTTPStatus.SERVICE_UNAVAILABLE,
    Outcome.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Outcome.CUT_OFF: HTTPStatus.BAD_REQUEST,
}


def webhook_app(  # noqa: PLR0913 - two patience limits that only tests change
    keep: Keep,
    verifier: Verifier,
    metrics: Metrics,
    *,
    reading: timedelta = timedelta(seconds=5),
    storing: timedelta = timedelta(seconds=3),
    most_at_once: int = MOST_AT_ONCE,
) -> FastAPI:
    """Return the application that takes HubSpot's deliveries at POST /webhooks/hubspot.

    HubSpot waits 5 s for an answer and repeats whatever is not answered by 2xx.
    """
    intake = Intake(keep, verifier, metrics, reading=reading, storing=storing)
    app = plain_app(intake.lifespan)

    @app.post(PATH)
    async def receive(request: Request) -> Response:
        outcome = Outcome.BUSY if intake.busy >= most_at_once else await intake.take(request)
        metrics.webhook(outcome)
        later = RETRY_AFTER if STATUS[outcome] == HTTPStatus.SERVICE_UNAVAILABLE else None
        return Response(status_code=STATUS[outcome], headers=later)

    return app


class Intake:
    """Takes one delivery after another from request to disk."""

    def __init__(
        self,
        keep: Keep,
        verifier: Verifier,
        metrics: Metrics,
        *,
        reading: timedelta,
        storing: timedelta,
    ) -> None:
        self.busy = 0
        self._keep = keep
        self._verifier = verifier
        self._metrics = metrics
        self._reading = reading.total_seconds()
        self._storing = storing.total_seconds()
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="webhook")

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        yield
        self._writers.shutdown(wait=False, cancel_futures=True)

    async def take(self, request: Request) -> Outcome:
        """Check, read, check and store, in the order of what costs least."""
        self.busy += 1
        try:
            if announced(request) > LARGEST_BODY:
                return Outcome.TOO_LARGE
            if self._verifier.before_body(_headers(request)) is not Verdict.GENUINE:
                return Outcome.UNSIGNED
            body = await body_of(request, LARGEST_BODY, self._reading)
            return body if isinstance(body, Outcome) else await self._judge(request, body)
        finally:
            self.busy -= 1

    async def _judge(self, request: Request, body: bytes) -> Outcome:
        query = request.scope["query_string"].decode("latin-1")
        verdict = self._verifier.check(request.method, query, _headers(request), body)
        if verdict is not Verdict.GENUINE:
            log.warning("webhook refused", verdict=verdict)
            return Outcome.UNSIGNED
        try:
            delivery = parse(body)
        except Refused as error:
            log.warning("webhook refused", reason=str(error))
            return Outcome.MALFORMED
        return await self._store(delivery)

    async def _store(self, delivery: Delivery) -> Outcome:
        """Store in a thread; what is not on disk in time is not acknowledged and comes again."""
        self._metrics.events("malformed", len(delivery.rejected))
        if not delivery.events and not delivery.rejected:
            return Outcome.STORED
        stored = asyncio.get_running_loop().run_in_executor(self._writers, self._keep, delivery)
        try:
            new = await asyncio.wait_for(stored, self._storing)
        except (SQLAlchemyError, OSError, SlasyncError) as error:  # TimeoutError is an OSError
            log.warning("webhook not stored", error=type(error).__name__)
            return Outcome.NOT_STORED
        self._metrics.events("new", new)
        self._metrics.events("known", max(len(delivery.events) - new, 0))
        return Outcome.STORED


async def body_of(request: Request, most: int, seconds: float) -> bytes | Outcome:
    """Read a request's body, but not beyond `most` bytes and not for ever."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    return Outcome.TOO_LARGE
    except TimeoutError:
        return Outcome.TOO_SLOW
    except ClientDisconnect:
        return Outcome.CUT_OFF
    return bytes(body)


def announced(request: Request) -> int:
    """Return the length that the client announces; what is no number is found out by reading."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _headers(request: Request) -> list[tuple[str, str]]:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw]
