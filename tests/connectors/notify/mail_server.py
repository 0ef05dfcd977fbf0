"""A mail server on this machine: takes mails, keeps them, and misbehaves as it is told."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

DISCONNECT = "disconnect"
"""In place of an answer: the connection is cut."""


@dataclass
class MailServer:
    """What it says to each command can be changed: `answers["RCPT"] = "450 later"`."""

    users: dict[str, str] = field(default_factory=dict)  # name -> password; none: no AUTH
    tls: ssl.SSLContext | None = None  # None: no STARTTLS is offered
    answers: dict[str, str] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)  # commands, after "+" those under TLS
    port: int = 0

    def parsed(self) -> list[EmailMessage]:
        return [message_from_bytes(mail, policy=default) for mail in self.mails]

    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.parsed()]


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, implicit: bool = False, **more: Any
) -> Iterator[MailServer]:
    """Serve until the block ends. `implicit`: TLS from the first byte."""
    kept = MailServer(tls=None if implicit else tls, **more)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            conversation = _Conversation(self, kept, secured=implicit)
            try:
                with suppress(OSError):
                    conversation.run()
            finally:
                conversation.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> Any:
            connection, address = super().get_request()
            if implicit and tls:
                connection = tls.wrap_socket(connection, server_side=True)
            return connection, address

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that does not trust us is no reason for a traceback."""

    with Server(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


class _Conversation:
    """One connection."""

    def __init__(
        self, handler: socketserver.StreamRequestHandler, kept: MailServer, *, secured: bool
    ) -> None:
        self._handler, self._kept, self._secured = handler, kept, secured
        self._in, self._out = handler.rfile, handler.wfile
        self._from = self._to = ""

    def run(self) -> None:
        if not self._say(self._kept.answers.get("CONNECT", "220 mail.test ESMTP")):
            return
        while line := self._in.readline().decode().rstrip("\r\n"):
            command = line.split()[0].upper()
            self._kept.heard.append(("+" if self._secured else "") + command)
            told = self._kept.answers.get(command)
            if not (self._say(told) if told else self._obey(command, line)):
                return

    def close(self) -> None:
        with suppress(OSError):
            self._out.close()
        self._in.close()
        self._handler.connection.close()

    def _obey(self, command: str, line: str) -> bool:
        known: dict[str, Callable[[str], bool]] = {
            "EHLO": self._ehlo, "STARTTLS": self._starttls, "AUTH": self._auth,
            "MAIL": self._mail, "RCPT": self._rcpt, "DATA": self._data, "QUIT": self._quit,
        }  # fmt: skip
        return known[command](line) if command in known else self._say("500 what?")

    def _say(self, answer: str) -> bool:
        """Answer; False when the connection is over."""
        if answer == DISCONNECT:
            self._handler.connection.close()
            return False
        self._out.write(f"{answer}\r\n".encode())
        self._out.flush()
        return True

    def _ehlo(self, _: str) -> bool:
        extensions = ["mail.test"]
        extensions += ["STARTTLS"] if self._kept.tls and not self._secured else []
        extensions += ["AUTH PLAIN"] if self._kept.users else []
        lines = [f"250-{each}" for each in extensions]
        return self._say("\r\n".join([*lines[:-1], lines[-1].replace("-", " ", 1)]))

    def _starttls(self, _: str) -> bool:
        assert self._kept.tls
        self._say("220 go ahead")
        connection = self._kept.tls.wrap_socket(self._handler.connection, server_side=True)
        self._handler.connection = connection
        self._in, self._out = connection.makefile("rb"), connection.makefile("wb")
        self._secured = True
        return True

    def _auth(self, line: str) -> bool:
        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
        right = self._kept.users.get(user) == password
        return self._say("235 welcome" if right else "535 5.7.8 no such user or password")

    def _mail(self, line: str) -> bool:
        self._from = line.partition("<")[2].partition(">")[0]
        return self._say("250 ok")

    def _rcpt(self, line: str) -> bool:
        self._to = line.partition("<")[2].partition(">")[0]
        return self._say("250 ok")

    def _data(self, _: str) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self._in.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        taken = self._kept.answers.get("TAKEN", "250 queued as 42")
        if taken[:3] == "250" or taken == DISCONNECT:
            self._kept.mails.append(b"".join(lines))
            self._kept.envelopes.append((self._from, self._to))
        return self._say(taken)

    def _quit(self, _: str) -> bool:
        self._say("221 bye")
        return False
