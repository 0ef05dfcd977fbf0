"""A HubSpot to test against: the simulated one behind the vendor's client, on a driven clock."""

import io
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from urllib3 import HTTPConnectionPool, HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError, ReadTimeoutError

from slasync.clock import Seams
from slasync.connectors.hubspot import (
    CONTACTS,
    HubSpotConnector,
    HubSpotSink,
    HubSpotSource,
    build_connector,
)
from slasync.ports import Answer, Ask, PersonReading
from slasync.sandbox.http import NoAnswer, Request, Response, TimedOut
from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.world import World
from slasync.systems import Budget, Direction, FieldMapping, FieldType, HubSpotConfig, Secret

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOWHERE = HTTPConnectionPool("nowhere.invalid")
AMPLE = Budget(daily_calls=1_000_000)

MAPPED = (
    FieldMapping("email", "email"),
    FieldMapping("last_name", "lastname"),
    FieldMapping("score", "hubspotscore", type=FieldType.NUMBER),
    FieldMapping("converted_at", "recent_conversion_date", type=FieldType.DATETIME),
    FieldMapping("told", "slasync_stage", Direction.WRITE),
)
WRITTEN = {
    "stage": "slasync_stage",
    "owner": "slasync_owner",
    "sla_state": "slasync_sla_state",
    "due": "slasync_due",
}


class DrivenClock:
    """Time that passes only when a test says so, or somebody waits."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self._at = at
        self._start = at

    def now(self) -> datetime:
        return self._at

    def mono(self) -> float:
        return (self._at - self._start).total_seconds()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        if not stop.is_set():
            self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> datetime:
        self._at += by
        return self._at


class InProcessPool:
    """Stands in for urllib3's PoolManager: each request is a call of a function."""

    def __init__(self, handle: Callable[[Request], Response]) -> None:
        self._handle = handle
        self.requests: list[Request] = []
        self.timeouts: list[Any] = []

    def request(  # noqa: PLR0913 - the signature that hubspot-api-client calls
        self,
        method: str,
        url: str,
        *,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Sequence[tuple[str, str]] | None = None,
        timeout: Any = None,
        preload_content: bool = True,
    ) -> HTTPResponse:
        asked = f"{url}?{urlencode(fields)}" if fields else url
        data = body if isinstance(body, bytes) else (body or "").encode()
        request = Request(method, asked, dict(headers or {}), data)
        self.requests.append(request)
        self.timeouts.append(timeout)
        try:
            answer = self._handle(request)
        except NoAnswer as error:
            raise MaxRetryError(NOWHERE, url, _lost(error, url)) from error
        return HTTPResponse(
            body=io.BytesIO(answer.body),
            headers=HTTPHeaderDict(answer.headers),
            status=answer.status,
            preload_content=preload_content,
        )


def _lost(error: NoAnswer, url: str) -> HTTPError:
    if isinstance(error, TimedOut):
        return ReadTimeoutError(NOWHERE, url, "timed out")
    return ProtocolError("connection reset")


@dataclass
class Bench:
    """One simulated account and a connector to it, on one clock."""

    clock: DrivenClock = field(default_factory=DrivenClock)
    changes: Mapping[str, Any] = field(default_factory=dict)  # to the configuration
    options: Mapping[str, Any] = field(default_factory=dict)  # of the simulated account

    def __post_init__(self) -> None:
        self.world = World(self.clock.now)
        self.hubspot = HubSpot(self.world, **self.options)
        self.pool = InProcessPool(self.hubspot.handle)
        config = replace(a_config(self.hubspot.credentials()["access_token"]), **self.changes)
        self.connector: HubSpotConnector = build_connector(
            config, Seams(clock=self.clock), pool_manager=self.pool
        )

    @property
    def source(self) -> HubSpotSource:
        assert isinstance(self.connector.source, HubSpotSource)
        return self.connector.source

    @property
    def sink(self) -> HubSpotSink:
        assert isinstance(self.connector.sink, HubSpotSink)
        return self.connector.sink

    def settle(self) -> datetime:
        """Let the search index catch up; return the time then."""
        return self.clock.advance(timedelta(minutes=1))

    def whole(
        self, stream: str = CONTACTS, since: datetime | None = None, *, pages: int = 200
    ) -> list[Answer]:
        """Read a stream to its end, a second a page; return the pages."""
        ask = Ask(stream, self.clock.now(), since)
        found: list[Answer] = []
        while len(found) < pages:
            self.clock.advance(timedelta(seconds=1))
            (answer,) = self.source.read([ask])
            found.append(answer)
            if answer.position is None:
                return found
            ask = replace(ask, position=answer.position)
        raise AssertionError(f"{stream} did not end within {pages} pages")

    def people(self, stream: str = CONTACTS, since: datetime | None = None) -> list[PersonReading]:
        """Read a stream to its end; return everybody on its pages, repeats included."""
        everything = [r for page in self.whole(stream, since) for r in page.readings]
        return [r for r in everything if isinstance(r, PersonReading)]

    def contact(self, **properties: Any) -> str:
        """Have a user make a contact; return its id."""
        return self.hubspot.create("contacts", properties, "1")


def a_config(token: str) -> HubSpotConfig:
    return HubSpotConfig(
        secrets={"access_token": Secret(token)},
        contact_fields=MAPPED,
        written=WRITTEN,
        budget=AMPLE,
    )
