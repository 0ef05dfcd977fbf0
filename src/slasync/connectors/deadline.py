"""A call's last moment: an answer that comes byte by byte for ever is cut off.

Time-outs of sockets begin anew with each byte. So the connection that a call uses is shut down from
outside when the call's time is over; whoever reads from it is told that it was cut.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Self

import httpx
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Watch:
    """One call's time. `with Watch(60) as watch:` the connection it comes to use is cut then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: threading.Timer | None = None  # none runs before there is a socket
        self._lock = threading.Lock()
        self._socket: Callable[[], Any] | None = None
        self.is_over = False

    def __enter__(self) -> Self:
        self._before = _watch.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _watch.reset(self._before)
        with self._lock:
            self._socket = None
        if self._timer is not None:
            self._timer.cancel()

    def uses(self, socket_of: Callable[[], Any]) -> None:
        """Learn how to find the socket in use."""
        with self._lock:
            self._socket = socket_of
            if self._timer is not None:
                return
            self._timer = threading.Timer(self._seconds, self._over)
            self._timer.daemon = True
        self._timer.start()

    def _over(self) -> None:
        with self._lock:
            self.is_over = True
            found = self._socket() if self._socket else None
            if found is not None:
                with suppress(OSError):  # ended by itself meanwhile
                    # the plain method: the TLS one would take the session from under its reader
                    socket.socket.shutdown(found, socket.SHUT_RDWR)


_watch: ContextVar["Watch | None"] = ContextVar("watch", default=None)


class _Watched:
    """What both kinds of connections do besides."""

    sock: Any
    last: Any = None  # closed for us, and perhaps still read from

    def request(self, *args: Any, **named: Any) -> None:
        watch = _watch.get()
        if watch is not None:
            watch.uses(lambda: self.sock or self.last)
        super().request(*args, **named)  # type: ignore[misc] # of the connection beside

    def getresponse(self) -> Any:
        """Use a connection no more whose answer says twice, and in two ways, where it ends.

        It is read by its chunks, as the standard says; what follows belongs to nobody.
        """
        answer = super().getresponse()  # type: ignore[misc] # of the connection beside
        if "Content-Length" in answer.headers and "Transfer-Encoding" in answer.headers:
            # only let go of: the answer is still to be read from it
            self.last, self.sock = self.sock, None
            self.last.close()
        return answer

    def close(self) -> None:
        self.last = self.sock or self.last
        super().close()  # type: ignore[misc] # of the connection beside


class WatchedConnection(_Watched, HTTPConnection):
    """A plain connection."""


class WatchedTlsConnection(_Watched, HTTPSConnection):
    """A TLS connection."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = WatchedTlsConnection


def watched(pools: PoolManager) -> None:
    """Have a pool manager make connections whose calls can be cut off."""
    pools.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


# httpx, which shows its sockets to its network backend only


class _Stream:
    """A connection of httpx that tells the call under way that it is used."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def read(self, *args: Any, **named: Any) -> bytes:
        watch = _watch.get()
        if watch is not None:
            watch.uses(lambda: self._inner.get_extra_info("socket"))
        read: bytes = self._inner.read(*args, **named)
        return read

    def start_tls(self, *args: Any, **named: Any) -> "_Stream":
        return _Stream(self._inner.start_tls(*args, **named))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Backend:
    """Makes such connections."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **named: Any) -> _Stream:
        return _Stream(self._inner.connect_tcp(*args, **named))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def watched_client(client: httpx.Client) -> httpx.Client:
    """Have a client of httpx make connections whose calls can be cut off; return it."""
    # there is no public way in that would leave proxies as they are: the tests watch this one
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx.HTTPTransport):
            pool: Any = transport._pool  # noqa: SLF001
            pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001
    return client
