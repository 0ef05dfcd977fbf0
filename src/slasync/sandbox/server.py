"""A threaded HTTP/1.1 server as a shell around `handle(request) -> response`, loopback only.

Header names go out in the case in which the vendor wrote them. A request without an answer keeps
its connection silent until the client gives up (`TimedOut`), or has it cut (`Reset`).
"""

import socket
from contextlib import suppress
from ipaddress import ip_address
from socketserver import TCPServer
from ssl import SSLContext
from threading import Event, Lock, Thread, current_thread
from typing import Any, Self

from slasync.sandbox.connection import Connection, Limits, Shell
from slasync.sandbox.http import Handle

GRACE = 2.0  # seconds that requests under way have to end in when the server stops


class Server:
    """Serves one `handle`. `with Server(handle) as server: ... server.url`."""

    def __init__(
        self,
        handle: Handle,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        tls: SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Listen on `port` of a loopback address; 0: a free one. Raises OSError, ValueError."""
        if not ip_address(host).is_loopback:
            raise ValueError(f"the sandbox serves this machine only, not {host}")
        scheme = "https" if tls else "http"
        self._stopping = Event()
        shell = Shell(handle, scheme, limits or Limits(), self._stopping)
        self._listener = _Listener(
            host, port, tls, type("Connection", (Connection,), {"shell": shell})
        )
        self.port: int = self._listener.server_address[1]
        self.url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._thread: Thread | None = None

    def start(self) -> Self:
        """Serve in the background."""
        self._thread = Thread(
            target=self._listener.serve_forever, args=(0.05,), name="sandbox server", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Take no more connections, let requests under way end, close everything."""
        self._stopping.set()
        if self._thread is not None:
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        self._listener.end_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Listener(TCPServer):
    """Accepts connections and gives each a thread."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, host: str, port: int, tls: SSLContext | None, connection: type[Connection]
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._tls = tls
        self._lock = Lock()
        self._serving: dict[Thread, socket.socket] = {}
        super().__init__((host, port), connection)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls is not None:  # the handshake is left to the connection's own thread
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = Thread(
            target=self._serve, args=(request, client_address), name="sandbox client", daemon=True
        )
        with self._lock:
            self._serving[thread] = request
        thread.start()

    def end_connections(self) -> None:
        """Have idle connections end at once, those with a request under way within `GRACE`."""
        for thread, connection in self._current():
            _shut(connection, socket.SHUT_RD)
            thread.join(GRACE)
        for thread, connection in self._current():
            _shut(connection, socket.SHUT_RDWR)
            thread.join(GRACE)

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)
            with self._lock:
                self._serving.pop(current_thread(), None)

    def _current(self) -> list[tuple[Thread, socket.socket]]:
        with self._lock:
            return list(self._serving.items())


def _shut(connection: socket.socket, how: int) -> None:
    with suppress(OSError):  # it may have ended by itself meanwhile
        # the plain method: the TLS one would forget its session, and the answer could not go out
        socket.socket.shutdown(connection, how)
