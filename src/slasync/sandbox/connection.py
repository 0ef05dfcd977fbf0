"""One client's connection: requests read from it, answers written to it, one after the other."""

import gzip
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

from slasync.sandbox.http import Handle, Request, Reset, Response, TimedOut

BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
OURS = {"content-length", "transfer-encoding", "connection", "keep-alive"}  # how a body is framed
LONGEST_LINE = 65_536
TICK = 0.1
WORTH_COMPRESSING, QUICKLY = 1_024, 1  # bytes; the least of gzip's levels


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server bears: bytes of a body, seconds."""

    body: int = 64 * 1024 * 1024
    idle: float = 120.0  # between two requests of one connection
    silence: float = 120.0  # how long a client may wait for an answer that never comes


@dataclass(frozen=True, slots=True)
class Shell:
    """What every connection of one server shares."""

    handle: Handle
    scheme: str
    limits: Limits
    stopping: Event


class Unreadable(Exception):
    """A request that cannot be read; the connection is of no use any more."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Connection(BaseHTTPRequestHandler):
    """Reads requests as HTTP/1.1 says, hands them to the shell's `handle`, writes the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else an answer in two packets waits 40 ms for the first's ACK
    shell: Shell  # set by the server on a class of its own

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.shell.limits.idle)

    def handle(self) -> None:
        """Serve the connection until a side closes it; a client may break off at any time."""
        try:
            super().handle()
        except OSError:  # reset, timed out, or a TLS handshake that failed
            self.close_connection = True

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(LONGEST_LINE + 1)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if len(self.raw_requestline) > LONGEST_LINE:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG)
            return
        if self.parse_request():
            self._exchange()

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:  # the client is gone: what was not sent is not wanted
            self.rfile.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the journal tells what happened."""

    def _exchange(self) -> None:
        try:
            response = self.shell.handle(self._request())
        except Unreadable as error:
            self._refuse(error.status)
        except TimedOut:
            self._stay_silent()
        except Reset:
            self._cut()
        else:
            self._send(response)

    def _request(self) -> Request:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = b"".join(self._chunks()) if self._is_chunked() else self._sized_body()
        return Request(self.command, self._url(), headers, body)

    def _url(self) -> str:
        if self.path.startswith(("http://", "https://")):  # as sent to a proxy
            return self.path
        host = self.headers.get("Host") or "{}:{}".format(*self.connection.getsockname()[:2])
        return f"{self.shell.scheme}://{host}{self.path}"

    def _is_chunked(self) -> bool:
        return self.headers.get("Transfer-Encoding", "").lower().strip() == "chunked"

    def _sized_body(self) -> bytes:
        length = _number(self.headers.get("Content-Length") or "0", 10)
        return self._read(self._within(length))

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while size := _number(self._line().split(b";")[0].decode("latin-1"), 16):
            total = self._within(total + size)
            yield self._read(size)
            self._line()
        while self._line():  # trailers
            pass

    def _line(self) -> bytes:
        return self.rfile.readline(LONGEST_LINE).strip()

    def _read(self, size: int) -> bytes:
        body = self.rfile.read(size)
        if len(body) < size:
            raise Unreadable(HTTPStatus.BAD_REQUEST)
        return body

    def _within(self, size: int) -> int:
        if size > self.shell.limits.body:
            raise Unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return size

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(Response(status, (("Content-Type", "text/plain"),), status.phrase.encode()))

    def _send(self, response: Response) -> None:
        """Write head and body in one piece, header names as they are."""
        if self._may_compress(response):
            headers = (*response.headers, ("Content-Encoding", "gzip"))
            response = Response(response.status, headers, gzip.compress(response.body, QUICKLY))
        lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
        lines += [f"{n}: {v}" for n, v in response.headers if n.lower() not in OURS]
        bodiless = response.status in BODILESS
        if not bodiless:
            lines.append(f"Content-Length: {len(response.body)}")
        if self.shell.stopping.is_set():
            self.close_connection = True
        if self.close_connection:
            lines.append("Connection: close")
        body = b"" if bodiless or self.command == "HEAD" else response.body
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body)

    def _may_compress(self, response: Response) -> bool:
        """Tell whether the body goes out compressed, as the vendors send all that is not short."""
        if len(response.body) < WORTH_COMPRESSING or response.status == HTTPStatus.PARTIAL_CONTENT:
            return False
        return "gzip" in self.headers.get("Accept-Encoding", "").lower()

    def _stay_silent(self) -> None:
        """Wait until the client hangs up, the bound is reached or the server stops."""
        self.close_connection = True
        hung_up = select.poll()  # readable means hung up: nobody sends more while waiting
        hung_up.register(self.connection, select.POLLIN)
        for _ in range(max(1, int(self.shell.limits.silence / TICK))):
            if self.shell.stopping.is_set() or hung_up.poll(TICK * 1000):
                return

    def _cut(self) -> None:
        """End the connection by a reset instead of an orderly close."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())  # at once: an earlier shutdown would send a FIN


def _number(text: str, base: int) -> int:
    try:
        number = int(text, base)
    except ValueError:
        raise Unreadable(HTTPStatus.BAD_REQUEST) from None
    if number < 0:
        raise Unreadable(HTTPStatus.BAD_REQUEST)
    return number


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
