"""A web server in a thread: starts at once or says why not, stops within seconds."""

import asyncio
import socket
import threading
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from slasync.errors import Stopped
from slasync.settings.access import TlsFiles

GRACE = timedelta(seconds=3)  # for requests under way
BACKLOG = 256
MOST_CONNECTIONS = 200
IDLE_SECONDS = 5
HEAD_SECONDS = 5  # from connecting to the end of the first request's headers


class _Brisk(H11Protocol):
    """Closes connections that say nothing: a few hundred would keep everybody else out."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # of TCP only
        super().connection_made(transport)
        self.loop.call_later(HEAD_SECONDS, self._silent)

    def _silent(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """Tells when it has started, or has failed to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()


class WebServer:
    """Serves one application. Signals are the daemon's business, not the server's."""

    def __init__(
        self, app: ASGIApp, host: str, port: int, *, name: str = "web", tls: TlsFiles | None = None
    ) -> None:
        self._address = (host, port)
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_Brisk,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=int(GRACE.total_seconds()),
                ws="none",
                ssl_certfile=tls.certificate if tls else None,
                ssl_keyfile=tls.key if tls else None,
                proxy_headers=False,  # whom to believe is the application's own decision
            )
        )
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> int:
        """Listen, and return the port. Raises Stopped when the address cannot be had."""
        try:
            self._socket = socket.create_server(self._address, backlog=BACKLOG)
        except OSError as error:
            host, port = self._address
            raise Stopped(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self._thread.start()
        self._server.settled.wait()
        return int(self._socket.getsockname()[1])

    def stop(self) -> None:
        """Finish what is under way, for at most some seconds, and close the port."""
        if self._socket is None:
            return
        self._server.should_exit = True
        self._thread.join(2 * GRACE.total_seconds())
        self._socket.close()

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket] if self._socket else None)
        finally:
            self._server.settled.set()
