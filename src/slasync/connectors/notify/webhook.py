"""A Slack-compatible incoming webhook: one POST a message, its address a secret all the way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from slasync.clock import Seams
from slasync.connectors.http import Calls, Lane, Observer, on_lane, retry_after
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Message, Outcome, Receipt
from slasync.systems import Budget, WebhookConfig

LONGEST_ANSWER = 100  # bytes of it that are read
BUDGET = Budget(daily_calls=10_000, share=1.0, burst=1, reserve=0.0)
OPERATION = "POST webhook"  # its path is the secret
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
GONE = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
NEVER_TAKEN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE}
_PLAIN_WORDS = re.compile(r"[a-z_ ]{1,60}")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    said: bytes  # where it is no success


class WebhookMessenger:
    """Posts messages to one channel."""

    channel = "webhook"

    def __init__(
        self,
        config: WebhookConfig,
        seams: Seams,
        *,
        transport: httpx.BaseTransport | None = None,
        observers: tuple[Observer, ...] = (),
    ) -> None:
        """`transport` carries the calls; in production it is left out."""
        self.calls = Calls("webhook", seams.clock, BUDGET, observers)
        self._url = config.url
        self._seconds = config.timeout.total_seconds()
        self._clock = seams.clock
        self._transport = transport

    def send(self, message: Message) -> Receipt:
        """Post one message. Raises TryLater, Refused or Stopped."""
        with on_lane(Lane.WRITE), self.calls.one(OPERATION) as exchange:
            try:
                answer = self._post(payload(message))
            except httpx.HTTPError as error:
                raise _unanswered(error) from None  # its words may hold the address
            exchange.answered(answer.status, answer.headers)
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(answer)
        return Receipt(Outcome.APPLIED, message=f"HTTP {answer.status}")

    def probe(self) -> list[str]:
        """Return nothing: a webhook can only be asked by posting."""
        return []

    def _post(self, body: dict[str, object]) -> _Answer:
        """Messages are rare: no connection is held. One to this machine needs no proxy."""
        url = httpx.URL(self._url.reveal())
        client = httpx.Client(
            transport=self._transport,
            timeout=self._seconds,
            trust_env=url.host not in LOOPBACK,
        )
        with client, client.stream("POST", url, json=body) as answer:
            said = b"" if answer.is_success else next(answer.iter_bytes(LONGEST_ANSWER), b"")
            return _Answer(answer.status_code, dict(answer.headers), said)

    def _refusal(self, answer: _Answer) -> SlasyncError:
        status = answer.status
        told = f"the webhook answers HTTP {status}{_word(answer.said)}"
        now = self.calls.vendor_time.now() or self._clock.now()
        after = retry_after(answer.headers.get("retry-after"), now) or None
        if status == HTTPStatus.TOO_MANY_REQUESTS or status in NEVER_TAKEN:
            return TryLater(told, after)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TryLater(told, after, unknown=True)
        if status in GONE or status < HTTPStatus.BAD_REQUEST:  # moved: nobody is followed
            return Stopped(f"{told}: make a new webhook and set its address")
        return Refused(told)


def payload(message: Message) -> dict[str, object]:
    """Return what is posted: plain text, in which nothing is a mention, a link or a format."""
    text = f"{message.subject}\n\n{message.text}".strip()
    return {"text": text.translate(_ESCAPES), "mrkdwn": False}


def _unanswered(error: httpx.HTTPError) -> TryLater:
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return TryLater(f"no answer from the webhook: {type(error).__name__}", unknown=not unsent)


def _word(said: bytes) -> str:
    """Return Slack's word for it, such as `no_service`; a page of anything else is left out."""
    text = said.decode("ascii", "replace").strip()
    return f" ({text})" if _PLAIN_WORDS.fullmatch(text) else ""
