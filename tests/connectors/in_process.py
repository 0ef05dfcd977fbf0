"""A simulated vendor without sockets: a clock to drive, and carriers for requests and httpx."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.models import Response as RequestsResponse

from slasync.sandbox.http import Handle, NoAnswer, Request, Response, TimedOut
from tests.builders import MONDAY


class DrivenClock:
    """A clock that goes on only when told to, or when somebody waits."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self._now = self._start = start

    def now(self) -> datetime:
        return self._now

    def mono(self) -> float:
        return (self._now - self._start).total_seconds()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        if not stop.is_set():
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class InProcessAdapter(BaseAdapter):
    """Carries requests to `handle`, and keeps what was sent."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self._handle = handle
        self.sent: list[Request] = []

    def send(  # type: ignore[override] # the rest of the parameters pass through by name
        self, request: requests.PreparedRequest, **_: Any
    ) -> RequestsResponse:
        body = request.body or b""
        asked = Request(
            method=request.method or "",
            url=request.url or "",
            headers=dict(request.headers),
            body=body.encode() if isinstance(body, str) else bytes(body),
        )
        self.sent.append(asked)
        try:
            return _answered(self._handle(asked), request)
        except TimedOut as silence:
            raise requests.ReadTimeout("no answer") from silence
        except NoAnswer as cut:
            raise requests.ConnectionError("connection aborted") from cut

    def close(self) -> None:
        """Nothing is open."""


def _answered(answer: Response, request: requests.PreparedRequest) -> RequestsResponse:
    response = RequestsResponse()
    response.status_code, response._content = answer.status, answer.body  # noqa: SLF001 - no other way in
    response.headers.update(answer.headers)
    response.encoding = "utf-8"
    response.url, response.request = request.url or "", request
    return response


def httpx_carrier(handle: Handle) -> httpx.MockTransport:
    """Carry httpx's requests to `handle`."""

    def send(request: httpx.Request) -> httpx.Response:
        asked = Request(request.method, str(request.url), dict(request.headers), request.read())
        try:
            answer = handle(asked)
        except NoAnswer as silence:
            raise httpx.ReadTimeout("no answer") from silence
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)

    return httpx.MockTransport(send)


Scripted = Callable[[Request], Response]
