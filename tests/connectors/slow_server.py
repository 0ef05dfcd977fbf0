"""A server that answers with the very bytes it is told to, as slowly as it is told to."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Bytes = Callable[[bytes], Iterator[bytes]]
"""What is sent, piece by piece, in answer to a request."""


@dataclass
class SlowServer:
    """Knows what it was asked, and over how many connections."""

    port: int
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)
    given_up: threading.Event = field(default_factory=threading.Event)  # a client went away

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(answer: Bytes) -> Iterator[SlowServer]:
    """Answer each request by the pieces of `answer(request)`; a pause is an empty piece."""
    listener = socket.create_server(("127.0.0.1", 0))
    server, stop = SlowServer(listener.getsockname()[1]), threading.Event()
    accepting = threading.Thread(target=_accept, args=(listener, server, answer, stop), daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        stop.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", server.port)).close()
        accepting.join(10)
        listener.close()


def _accept(
    listener: socket.socket, server: SlowServer, answer: Bytes, stop: threading.Event
) -> None:
    """Serve each connection in a thread of its own until `stop` is set; end when all have."""
    serving_: list[threading.Thread] = []
    while True:
        connection, _ = listener.accept()
        if stop.is_set():
            connection.close()
            break
        server.connections += 1
        thread = threading.Thread(
            target=_serve, args=(connection, server, answer, stop), daemon=True
        )
        serving_.append(thread)
        thread.start()
    for thread in serving_:
        thread.join(10)


def _serve(
    connection: socket.socket, server: SlowServer, answer: Bytes, stop: threading.Event
) -> None:
    with connection, suppress(OSError):
        while request := _read(connection):
            server.asked.append(request)
            for piece in answer(request):
                if piece:
                    connection.sendall(piece)
                elif stop.wait(0.02):
                    return
    server.given_up.set()


def _read(connection: socket.socket) -> bytes:
    """Read one request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                   if line.startswith(b"content-length:")), 0)  # fmt: skip
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def whole(body: bytes, *headers: bytes) -> Sequence[bytes]:
    """Return an answer in one piece."""
    lines = b"".join(line + b"\r\n" for line in headers)
    return [HEAD + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body]


def drip(start: bytes = b"") -> Iterator[bytes]:
    """Yield a beginning, and then a byte at a time for ever."""
    yield start
    while True:
        yield b""
        yield b" "
