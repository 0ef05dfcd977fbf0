"""Access tokens for Marketo: fetched once for all threads, renewed once when refused.

Who asks again before a token has ended gets the same one, with the seconds that it has left.
"""

import threading
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from slasync.clock import Clock
from slasync.connectors.http import Calls, Lane, on_lane
from slasync.connectors.marketo.errors import SECONDS
from slasync.connectors.single_token import PAUSE, SingleToken, patiently
from slasync.errors import Stopped, TryLater
from slasync.systems import MarketoConfig, Secret

TOKEN_PATH = "/identity/oauth/token"  # noqa: S105 - a path
ENDING = 5.0  # seconds: a token with less is waited out, the next one has an hour
REMEDY = (
    "Marketo gives no token: put client id and secret of the custom service (Admin > LaunchPoint)"
    " where slasync.yaml takes them from, and start again"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token, and until when it is good by the steady clock."""

    access: Secret
    ends: float


class Tokens:
    """The one token of a connector. Threads that need a new one wait for the same fetch."""

    def __init__(
        self, config: MarketoConfig, clock: Clock, client: httpx.Client, calls: Calls
    ) -> None:
        self._config = config
        self._clock = clock
        self._client = client
        self._calls = calls
        held = SingleToken[Token](clock, self._fetch, lambda token: token.ends)
        self.current, self.renew = held.current, held.renew

    def _fetch(self, stale: Token | None) -> Token:
        token = patiently(self._clock, self._post)
        left = token.ends - self._clock.mono()
        if left <= ENDING:  # the same one once more, about to end
            self._clock.wait(max(left, 0.0) + 1.0, threading.Event())
            token = patiently(self._clock, self._post)
        if stale is not None and token.access.reveal() == stale.access.reveal():
            raise TryLater("Marketo refuses the token that it still gives", PAUSE)
        return token

    def _post(self) -> Token:
        with on_lane(Lane.LOGIN), self._calls.one(f"POST {TOKEN_PATH}") as exchange:
            asked_at = self._clock.mono()
            try:
                answer = self._client.post(self._config.url + TOKEN_PATH, data=self._form())
            except httpx.TransportError as error:
                raise TryLater(f"no token: {type(error).__name__}", SECONDS) from error
            exchange.answered(answer.status_code, answer.headers)
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.BAD_REQUEST}:
            raise Stopped(f"{REMEDY} ({_said(answer)})")
        if answer.status_code != HTTPStatus.OK:
            raise TryLater(f"no token: HTTP {answer.status_code}")
        return _read(answer, asked_at)

    def _form(self) -> dict[str, str]:
        secrets = self._config.secrets
        missing = [name for name in ("client_id", "client_secret") if name not in secrets]
        if missing:
            raise Stopped(f"the secret {missing[0]} of marketo is not set")
        known = {name: secrets[name].reveal() for name in ("client_id", "client_secret")}
        return {"grant_type": "client_credentials", **known}


def _read(answer: httpx.Response, asked_at: float) -> Token:
    try:
        body = answer.json()
        return Token(Secret(str(body["access_token"])), asked_at + float(body["expires_in"]))
    except (ValueError, KeyError, TypeError) as error:
        raise TryLater("the answer of Marketo's identity service is not one") from error


def _said(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        return str(body["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
