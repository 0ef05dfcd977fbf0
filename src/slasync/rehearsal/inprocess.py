"""The vendors' own client libraries, pointed at a simulated system in this process: no sockets."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import requests
import urllib3
from requests.adapters import BaseAdapter

from slasync.sandbox.http import Handle, NoAnswer, Request, Response, TimedOut


class InProcessAdapter(BaseAdapter):
    """For requests, hence for simple-salesforce: mounted on the session it is given."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self._handle = handle

    def send(  # noqa: PLR0913, PLR0917 - the library's signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        del stream, timeout, verify, cert, proxies
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else bytes(body)
        try:
            made = Request(request.method or "GET", request.url or "", dict(request.headers), data)
            answer = self._handle(made)
        except TimedOut as error:
            raise requests.ReadTimeout("no answer", request=request) from error
        except NoAnswer as error:
            raise requests.ConnectionError("connection reset", request=request) from error
        return _as_requests(answer, request)

    def close(self) -> None:
        """Nothing is open."""


def _as_requests(answer: Response, request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.raw = io.BytesIO(answer.body)
    response.headers.update(dict(answer.headers))
    response.encoding = "utf-8"
    response.url = request.url or ""
    response.request = request
    return response


class InProcessPool:
    """For urllib3, hence for hubspot-api-client: stands in for its pool manager."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> urllib3.BaseHTTPResponse:
        data = body if isinstance(body, bytes) else (body or "").encode()
        if fields and method in {"GET", "HEAD", "DELETE"}:
            url = f"{url}?{urlencode(fields)}"
        elif fields:
            data = urlencode(fields).encode()
        try:
            answer = self._handle(Request(method, url, dict(headers or {}), data))
        except TimedOut as error:
            raise urllib3.exceptions.ReadTimeoutError(_NO_POOL, url, "no answer") from error
        except NoAnswer as error:
            raise urllib3.exceptions.ProtocolError("connection reset") from error
        return urllib3.HTTPResponse(
            body=answer.body,
            status=answer.status,
            headers=urllib3.HTTPHeaderDict(answer.headers),
            preload_content=True,
        )

    def urlopen(self, method: str, url: str, **more: Any) -> urllib3.BaseHTTPResponse:
        return self.request(method, url, **more)


_NO_POOL: Any = None  # the library only prints it


def in_process_httpx(handle: Handle) -> httpx.BaseTransport:
    """For httpx: a transport that asks `handle`."""

    def send(request: httpx.Request) -> httpx.Response:
        try:
            made = Request(
                request.method, str(request.url), dict(request.headers.items()), request.read()
            )
            answer = handle(made)
        except TimedOut as error:
            raise httpx.ReadTimeout("no answer", request=request) from error
        except NoAnswer as error:
            raise httpx.ReadError("connection reset", request=request) from error
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)

    return httpx.MockTransport(send)
