"""E-mail by SMTP: one conversation a message, protected, its refusals translated.

Until the message's last byte has left, a failure means that nothing was sent; after it the server
may have taken the message though its answer is lost.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Message, Outcome, Receipt
from slasync.systems import SmtpConfig, Tls

OUR_NAME = "slasync"
GREYLISTED = timedelta(minutes=5)  # servers that do not know us want to be asked again later
PERMANENT = 500
OK, FORWARDED = 250, 251
LONGEST_ANSWER = 200

Connect = Callable[[SmtpConfig], smtplib.SMTP]
"""Opens a connection; what TLS it begins with is its own matter."""


class MailMessenger:
    """Sends mails, each over a connection of its own: they are few, and none goes stale."""

    channel = "smtp"

    def __init__(
        self,
        config: SmtpConfig,
        *,
        trust: ssl.SSLContext | None = None,
        connect: Connect | None = None,
    ) -> None:
        """`trust` holds the authorities to believe; `connect` is how a connection is made."""
        self._config = config
        self._trust = trust or ssl.create_default_context()
        self._connect = connect or self._really

    def send(self, message: Message) -> Receipt:
        """Send one mail. Raises TryLater, Refused or Stopped."""
        mail = written(message, self._config)
        with self._conversation() as server:
            answer = _handed_over(server, self._config.sender, message.to, mail)
        return Receipt(Outcome.APPLIED, message=answer)

    def probe(self) -> list[str]:
        """Connect and log in, no more."""
        try:
            with self._conversation():
                return []
        except SlasyncError as error:
            return [str(error)]

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        """Yield a connection that is protected and logged in; its end is not waited for."""
        where = f"{self._config.host}:{self._config.port}"
        with _translated(where):
            server = self._connect(self._config)
        try:
            with _translated(where):
                self._protect(server)
                self._log_in(server)
            yield server
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def _really(self, config: SmtpConfig) -> smtplib.SMTP:
        seconds = config.timeout.total_seconds()
        if config.tls is Tls.TLS:
            return smtplib.SMTP_SSL(config.host, config.port, timeout=seconds, context=self._trust)
        return smtplib.SMTP(config.host, config.port, timeout=seconds)

    def _protect(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self._config.tls is not Tls.STARTTLS:
            return
        if not server.has_extn("starttls"):
            raise Stopped(
                f"{self._config.host} offers no STARTTLS, and nothing is sent in clear text:"
                " set notify.smtp.tls to tls and the port to 465, or use another server"
            )
        server.starttls(context=self._trust)
        server.ehlo()

    def _log_in(self, server: smtplib.SMTP) -> None:
        if self._config.password is not None:
            server.login(self._config.user, self._config.password.reveal())


def written(message: Message, config: SmtpConfig) -> bytes:
    """Return the mail, the same for the same message. Raises Refused for an unusable address."""
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(OUR_NAME, addr_spec=config.sender)
        mail["To"] = Address(addr_spec=message.to)
        message.to.encode("ascii")
    except (MessageError, ValueError, IndexError) as error:
        raise Refused(f"not an address that mail can be sent to: {message.to!r}") from error
    mail["Subject"] = message.subject
    mail["Date"] = message.at
    mail["Message-ID"] = f"<{message.key}@{config.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # nobody's absence note is to answer
    mail.set_content(message.text, cte="quoted-printable")
    return mail.as_bytes()


def _handed_over(server: smtplib.SMTP, sender: str, to: str, mail: bytes) -> str:
    """Hand one mail to the server; return its answer."""
    with _translated("the mail server"):
        _accepted(server.mail(sender), Stopped, "does not take mail from notify.smtp.from")
        _accepted(server.rcpt(to), Refused, "does not take mail for this reader")
    try:
        code, answer = server.data(mail)
    except smtplib.SMTPDataError as error:  # before a byte of the message has left
        code, answer = error.smtp_code, _as_bytes(error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        lost = f"the mail server's answer was lost ({type(error).__name__})"
        raise TryLater(lost, unknown=True) from error
    return _accepted((code, answer), Refused, "does not take this mail")


def _accepted(answer: tuple[int, bytes], permanent: type[Refused | Stopped], what: str) -> str:
    """Return the words of an answer that accepts; raise what another one means."""
    code, said = answer
    if code in {OK, FORWARDED}:
        return _words(code, said)
    told = f"the mail server {what}: {_words(code, said)}"
    raise permanent(told) if code >= PERMANENT else TryLater(told, GREYLISTED)


@contextmanager
def _translated(where: str) -> Iterator[None]:
    """Raise TryLater or Stopped for what goes wrong before a message is sent."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise _login_refused(error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Stopped(f"{where} offers no login: leave out notify.smtp.user") from error
    except smtplib.SMTPResponseException as error:
        told = f"{where} answers {_words(error.smtp_code, _as_bytes(error.smtp_error))}"
        raise Stopped(told) if error.smtp_code >= PERMANENT else TryLater(told) from error
    except ssl.SSLCertVerificationError as error:
        why = f"the certificate of {where} is not trusted: {error.verify_message}"
        raise Stopped(why) from error
    except ssl.SSLError as error:
        why = f"no TLS with {where}: see whether notify.smtp.tls and port belong together"
        raise Stopped(why) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TryLater(f"{where} is out of reach: {type(error).__name__}") from error


def _login_refused(error: smtplib.SMTPAuthenticationError) -> SlasyncError:
    told = _words(error.smtp_code, _as_bytes(error.smtp_error))
    if error.smtp_code < PERMANENT:
        return TryLater(f"the mail server cannot log slasync in now: {told}")
    return Stopped(f"the mail server does not accept notify.smtp.user and its password: {told}")


def _as_bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _words(code: int, said: bytes) -> str:
    text = " ".join(said.decode("utf-8", "replace").split())
    return f"{code} {text[:LONGEST_ANSWER]}".strip()
