"""E-mail: protected, logged in, the same mail when sent again, and no word of a secret."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slasync.connectors.notify import MailMessenger
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Message, Outcome
from slasync.sandbox.time import system_now
from slasync.sandbox.tls import Tls as Certified
from slasync.sandbox.tls import throw_away
from slasync.systems import Secret, SmtpConfig, Tls
from tests.connectors.notify.mail_server import DISCONNECT, MailServer, mail_server
from tests.faults.marks import fault

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SECRET = "correct horse"
MESSAGE = Message(
    key="ab12cd" * 6,
    to="lea@sandbox.example",
    subject="SLA: 2 Meldungen zu Leads, für Größe",
    text="- Lou Reed, VU: unberührt\n.hidden\n",
    at=AT,
)


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    return throw_away(tmp_path / "ca.pem", system_now())


@pytest.fixture
def server(certified: Certified) -> Iterator[MailServer]:
    with mail_server(tls=certified.context, users={"slasync": SECRET}) as server:
        yield server


def a_config(server: MailServer, **changes: Any) -> SmtpConfig:
    ordinary: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "sender": "slasync@acme.example",
        "user": "slasync",
        "password": Secret(SECRET),
        "timeout": timedelta(seconds=5),
    }
    return SmtpConfig(**ordinary | changes)


def messenger(server: MailServer, certified: Certified, **changes: Any) -> MailMessenger:
    trust = ssl.create_default_context(cafile=str(certified.ca_file))
    return MailMessenger(a_config(server, **changes), trust=trust)


def failure(sender: MailMessenger, message: Message = MESSAGE) -> SlasyncError:
    with pytest.raises(SlasyncError) as raised:
        sender.send(message)
    assert SECRET not in str(raised.value)
    return raised.value


def test_a_mail_arrives_as_it_was_written(server: MailServer, certified: Certified) -> None:
    receipt = messenger(server, certified).send(MESSAGE)

    (mail,) = server.parsed()
    assert receipt.outcome == Outcome.APPLIED
    assert receipt.message == "250 queued as 42"
    assert mail["Subject"] == MESSAGE.subject
    assert mail["To"] == MESSAGE.to
    assert mail["From"] == "slasync <slasync@acme.example>"
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == MESSAGE.text.splitlines()
    assert server.envelopes == [("slasync@acme.example", MESSAGE.to)]


def test_nothing_of_a_mail_and_no_password_leaves_before_tls(
    server: MailServer, certified: Certified
) -> None:
    messenger(server, certified).send(MESSAGE)

    assert server.heard == [
        "EHLO", "STARTTLS", "+EHLO", "+AUTH", "+MAIL", "+RCPT", "+DATA", "+QUIT",
    ]  # fmt: skip


@fault("V6")
def test_a_mail_sent_again_is_the_same_mail(server: MailServer, certified: Certified) -> None:
    sender = messenger(server, certified)
    sender.send(MESSAGE)
    sender.send(MESSAGE)

    first, again = server.mails
    assert first == again
    assert server.ids() == [f"<{MESSAGE.key}@acme.example>"] * 2


def test_tls_from_the_first_byte(certified: Certified) -> None:
    with mail_server(tls=certified.context, implicit=True, users={"slasync": SECRET}) as server:
        messenger(server, certified, tls=Tls.TLS).send(MESSAGE)

        assert server.heard[0] == "+EHLO"
        assert len(server.mails) == 1


def test_a_server_of_this_machine_may_do_without(certified: Certified) -> None:
    with mail_server() as server:
        messenger(server, certified, tls=Tls.NONE, user="", password=None).send(MESSAGE)

        assert server.heard == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_server_without_starttls_gets_neither_password_nor_mail(certified: Certified) -> None:
    with mail_server(users={"slasync": SECRET}) as server:
        error = failure(messenger(server, certified))

        assert isinstance(error, Stopped)
        assert "offers no STARTTLS" in str(error)
        assert "notify.smtp.tls" in str(error)
        assert set(server.heard) == {"EHLO"}


@fault("V39")
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    server: MailServer, tmp_path: Path
) -> None:
    stranger = throw_away(tmp_path / "other.pem", system_now())
    error = failure(messenger(server, stranger))

    assert isinstance(error, Stopped)
    assert "certificate of 127.0.0.1" in str(error)
    assert server.heard == ["EHLO", "STARTTLS"]


@fault("V14")
def test_a_login_that_is_refused_stops_and_says_what_to_mend(
    server: MailServer, certified: Certified
) -> None:
    server.users = {"slasync": "another"}
    error = failure(messenger(server, certified))

    assert isinstance(error, Stopped)
    assert "notify.smtp.user and its password: 535 5.7.8" in str(error)
    assert not server.mails


def test_a_server_without_login_stops(server: MailServer, certified: Certified) -> None:
    server.users = {}
    error = failure(messenger(server, certified))

    assert isinstance(error, Stopped)
    assert "leave out notify.smtp.user" in str(error)


@pytest.mark.parametrize(
    ("step", "answer", "kind"),
    [
        ("CONNECT", "421 too busy", TryLater),
        ("CONNECT", "554 we do not know you", Stopped),
        ("AUTH", "454 4.7.0 try again", TryLater),
        ("MAIL", "550 not yours", Stopped),
        ("MAIL", "452 full", TryLater),
        ("RCPT", "450 greylisted", TryLater),
        ("RCPT", "550 5.1.1 no such mailbox", Refused),
        ("DATA", "451 later", TryLater),
        ("DATA", "554 no", Refused),
        ("TAKEN", "452 disk full", TryLater),
        ("TAKEN", "552 too large", Refused),
    ],
)
def test_what_a_server_refuses_is_known_not_to_have_been_sent(
    server: MailServer, certified: Certified, step: str, answer: str, kind: type[SlasyncError]
) -> None:
    server.answers[step] = answer
    error = failure(messenger(server, certified))

    assert type(error) is kind
    assert answer in str(error)
    assert not getattr(error, "unknown", False)
    assert not server.mails


@fault("V40")
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT"])
def test_a_connection_cut_before_the_mail_sent_nothing(
    server: MailServer, certified: Certified, step: str
) -> None:
    server.answers[step] = DISCONNECT
    error = failure(messenger(server, certified))

    assert isinstance(error, TryLater)
    assert not error.unknown


@fault("V6", "V40")
def test_a_connection_cut_after_the_mail_leaves_it_unknown(
    server: MailServer, certified: Certified
) -> None:
    server.answers["TAKEN"] = DISCONNECT
    error = failure(messenger(server, certified))

    assert isinstance(error, TryLater)
    assert error.unknown
    assert len(server.mails) == 1


def test_a_goodbye_that_fails_does_not_undo_what_was_taken(
    server: MailServer, certified: Certified
) -> None:
    server.answers["QUIT"] = DISCONNECT

    assert messenger(server, certified).send(MESSAGE).outcome == Outcome.APPLIED


def test_a_server_that_is_away_is_tried_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = a_config(MailServer(port=taken.getsockname()[1]))
        error = failure(MailMessenger(config))

    assert isinstance(error, TryLater)
    assert "out of reach: ConnectionRefusedError" in str(error)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = a_config(
            MailServer(port=silent.getsockname()[1]), timeout=timedelta(milliseconds=50)
        )
        error = failure(MailMessenger(config))

    assert isinstance(error, TryLater)
    assert not error.unknown


def test_a_connection_can_be_made_in_another_way() -> None:
    def unreachable(_: SmtpConfig) -> smtplib.SMTP:
        raise TimeoutError

    error = failure(MailMessenger(a_config(MailServer(port=25)), connect=unreachable))

    assert "127.0.0.1:25 is out of reach: TimeoutError" in str(error)


@pytest.mark.parametrize("to", ["löa@sandbox.example", "lea@", "<lea>@sandbox.example", "@x"])
def test_an_address_that_is_none_is_refused_before_anybody_is_called(to: str) -> None:
    message = Message(key="k", to=to, subject="s", text="t", at=AT)
    config = a_config(MailServer(port=1))

    assert isinstance(failure(MailMessenger(config), message), Refused)


def test_the_probe_logs_in_and_sends_nothing(server: MailServer, certified: Certified) -> None:
    assert messenger(server, certified).probe() == []
    assert server.heard[-2:] == ["+AUTH", "+QUIT"]

    server.users = {"slasync": "another"}
    (problem,) = messenger(server, certified).probe()
    assert "does not accept notify.smtp.user" in problem
    assert SECRET not in problem
