"""What may stand between slasync and PostgreSQL: a line that is cut at a COMMIT, and a pooler.

Both listen on loopback and read PostgreSQL's messages as they pass by.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Self

SOCKET = ".s.PGSQL.5432"
PATIENCE = 20.0  # seconds; whoever waits longer has been forgotten
COMMITTED = b"COMMIT\0"
IDLE = b"I"
PIPED = 65_536
QUERY, PARSE, READY, BACKEND, DONE = b"Q", b"P", b"Z", b"K", b"C"
FORGET = QUERY + (4 + 12).to_bytes(4) + b"DISCARD ALL\0"
NO_PROCESS = (1).to_bytes(4)

Message = tuple[bytes, bytes]
"""Its type, and all after its length."""


class Gone(Exception):
    """The other side has closed."""


class Cut(StrEnum):
    """Where the line breaks."""

    BEFORE = "before"  # the server never hears of the COMMIT
    AFTER = "after"  # it has committed, and its answer is lost


def read_exactly(link: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        try:
            more = link.recv(min(size - len(found), PIPED))
        except OSError as error:
            raise Gone from error
        if not more:
            raise Gone
        found += more
    return bytes(found)


def read_message(link: socket.socket) -> Message:
    kind = read_exactly(link, 1)
    return kind, read_exactly(link, int.from_bytes(read_exactly(link, 4)) - 4)


def read_greeting(link: socket.socket) -> bytes:
    """Return the first message of a client, which has no type."""
    length = read_exactly(link, 4)
    return length + read_exactly(link, int.from_bytes(length) - 4)


def send(link: socket.socket, message: Message) -> None:
    kind, body = message
    with suppress(OSError):  # who has gone is noticed when reading
        link.sendall(kind + (len(body) + 4).to_bytes(4) + body)


def said(message: Message) -> str | None:
    """Return the SQL that a client's message brings."""
    kind, body = message
    if kind == QUERY:
        return body.rstrip(b"\0").decode()
    if kind == PARSE:
        return body.split(b"\0")[1].decode()
    return None


class Between:
    """Listens in a thread of its own, and has a thread for each direction of each connection."""

    def __init__(self, folder: str) -> None:
        self._upstream = f"{folder}/{SOCKET}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._links: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.heard: list[str] = []
        """All SQL that went through."""
        self._start(self._listen)

    def url(self, url: str) -> str:
        """Return the URL by which the database of `url` is reached through here."""
        database = url.partition("@/")[2].partition("?")[0]
        port = self._listener.getsockname()[1]
        plain = "sslmode=disable&gssencmode=disable"
        return f"postgresql://postgres@127.0.0.1:{port}/{database}?{plain}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(PATIENCE)
        for link in self._links:
            hang_up(link)
        for thread in self._threads:
            thread.join(PATIENCE)
        for link in self._links:
            link.close()

    def serve(self, client: socket.socket) -> None:
        """Talk with a client until it goes."""
        raise NotImplementedError

    def listen(self, message: Message) -> str | None:
        """Take note of the SQL that a client's message brings; return it."""
        sql = said(message)
        if sql is not None:
            self.heard.append(sql)
        return sql

    def connect(self) -> socket.socket:
        """Return a new connection to the server."""
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(PATIENCE)
        self._links.append(link)
        link.connect(self._upstream)
        return link

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(PATIENCE)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._links.append(client)
            self._start(lambda client=client: self._serve(client))  # type: ignore[misc]

    def _serve(self, client: socket.socket) -> None:
        with suppress(Gone, OSError):
            self.serve(client)
        hang_up(client)


def hang_up(link: socket.socket) -> None:
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


class Line(Between):
    """Cuts the connection at one COMMIT, counted over all connections; else passes all on."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._cut: Cut | None = None
        self._commits_left = 0

    @property
    def cut(self) -> bool:
        """Tell whether the line was cut since `cut_at`."""
        return self._cut is not None and self._commits_left == 0

    def cut_at(self, number: int, where: Cut) -> None:
        """Break at the COMMIT of this number, from now on and from one."""
        self._cut, self._commits_left = where, number

    def serve(self, client: socket.socket) -> None:
        server = self.connect()
        server.sendall(read_greeting(client))
        swallow, committed = threading.Event(), threading.Event()
        self._start(lambda: answer(server, client, swallow, committed))
        try:
            while True:
                message = read_message(client)
                cut = self._reached(self.listen(message))
                if cut is Cut.BEFORE:
                    return
                if cut is Cut.AFTER:
                    swallow.set()
                send(server, message)
                if cut is Cut.AFTER:
                    committed.wait(PATIENCE)
                    return
        finally:
            wait_for_end(server)  # what it held is free when the client learns of this

    def _reached(self, sql: str | None) -> Cut | None:
        if sql != "COMMIT" or self._cut is None or not self._commits_left:
            return None
        self._commits_left -= 1
        return None if self._commits_left else self._cut


def answer(
    server: socket.socket,
    client: socket.socket,
    swallow: threading.Event,
    committed: threading.Event,
) -> None:
    """Pass on what the server says, until its answers are to be swallowed."""
    with suppress(Gone):
        while True:
            message = read_message(server)
            if not swallow.is_set():
                send(client, message)
            elif message == (DONE, COMMITTED):
                committed.set()
                return
    hang_up(client)


def wait_for_end(server: socket.socket) -> None:
    """Say goodbye and wait until the server's process for this connection has ended."""
    with suppress(OSError):
        server.shutdown(socket.SHUT_WR)
    with suppress(Gone):
        while True:
            read_exactly(server, 1)


class Pooler(Between):
    """Gives each transaction the next of its server connections, which has forgotten all.

    So does a pooler that hands out connections by the transaction, at its most inconvenient.
    """

    WIDTH = 3

    def serve(self, client: socket.socket) -> None:
        greeting = read_greeting(client)
        servers = [self.connect() for _ in range(self.WIDTH)]
        for server in servers:
            server.sendall(greeting)
        greetings = [list(until_ready(server)) for server in servers]
        for message in greetings[0]:
            send(client, _anonymous(message))
        turn = Turn(servers)
        for server in servers:
            self._start(lambda server=server: turn.answer(server, client))  # type: ignore[misc]
        try:
            while True:
                message = read_message(client)
                self.listen(message)
                send(turn.server, message)
        finally:
            for server in servers:
                wait_for_end(server)


class Turn:
    """Which of the server's connections carries the present transaction of one client."""

    def __init__(self, servers: list[socket.socket]) -> None:
        self._servers = servers
        self.server = servers[0]

    def answer(self, server: socket.socket, client: socket.socket) -> None:
        """Pass on what this one says; when its transaction has ended, the next has its turn."""
        with suppress(Gone):
            while True:
                message = read_message(server)
                if message == (READY, IDLE):
                    server.sendall(FORGET)
                    for _ in until_ready(server):
                        pass
                    self._servers = [*self._servers[1:], self._servers[0]]
                    self.server = self._servers[0]
                send(client, message)
        hang_up(client)


def until_ready(server: socket.socket) -> Iterator[Message]:
    """Return what the server says until it waits for more."""
    kind = b""
    while kind != READY:
        kind, body = read_message(server)
        yield kind, body


def _anonymous(message: Message) -> Message:
    """A pooler does not tell which of the server's processes it is."""
    kind, body = message
    return (kind, NO_PROCESS + body[4:]) if kind == BACKEND else message
