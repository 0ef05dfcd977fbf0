"""What is shown to HubSpot: a private app's token, or those of OAuth, which end after half an hour.

Secrets come from the environment only: nothing is kept, and a refresh token serves until the app
is taken out of the account.
"""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson
import structlog
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from slasync.clock import Clock
from slasync.connectors.http import Calls, Lane, on_lane
from slasync.connectors.hubspot import paths
from slasync.connectors.single_token import SingleToken, patiently
from slasync.errors import Stopped, TryLater
from slasync.systems import HubSpotConfig, Secret

log = structlog.get_logger(__name__)

OF_APP = ("client_id", "client_secret", "refresh_token")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
MARGIN = 60.0  # seconds: a token with less is not begun with
SECONDS = timedelta(seconds=5)
REMEDY = (
    "HubSpot gives no token: put client id, client secret and refresh token of the app that is"
    " installed in the account where slasync.yaml takes them from, and start again"
)
REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
SUCCESS = HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class Token:
    """One token, and until when it is good by the steady clock."""

    access: Secret
    ends: float = float("inf")
    scopes: frozenset[str] | None = None  # None: HubSpot does not tell


class Tokens(Protocol):
    """What a transport asks for tokens."""

    def current(self) -> Token:
        """Return a token that is good for a while. Raises TryLater or Stopped."""

    def renew(self, stale: Token) -> Token:
        """Return another token than `stale`, which was refused. Raises TryLater or Stopped."""


class Static:
    """The token of a private app or service key: there is no other one."""

    def __init__(self, config: HubSpotConfig) -> None:
        self._config = config

    def current(self) -> Token:
        return Token(_secret(self._config, "access_token"))

    def renew(self, stale: Token) -> Token:
        return stale


class OAuth:
    """Tokens by refresh token, renewed by the clock before they end."""

    def __init__(self, config: HubSpotConfig, clock: Clock, pool: Any, calls: Calls) -> None:
        self._config, self._clock, self._pool, self._calls = config, clock, pool, calls
        self._exchanged: Secret | None = None  # the refresh token that came with the last one
        held = SingleToken[Token](clock, self._fetch, lambda token: token.ends)
        self.current, self.renew = held.current, held.renew

    def _fetch(self, _: Token | None) -> Token:
        return patiently(self._clock, self._post)

    def _post(self) -> Token:
        route, version = paths.TOKEN, self._config.api_version
        with on_lane(Lane.LOGIN), self._calls.one(route.operation(version)) as exchange:
            asked_at = self._clock.mono()
            try:
                answer = self._pool.request(
                    route.method,
                    self._config.url + route.path(version),
                    body=urlencode(self._form()).encode(),
                    headers=FORM,
                    timeout=self._timeout(),
                )
                data: bytes = answer.data
            except HTTPError as error:
                raise TryLater(f"no token: {type(error).__name__}", SECONDS) from error
            exchange.answered(answer.status, answer.headers)
        if answer.status in REFUSALS:
            raise Stopped(f"{REMEDY} ({_said(data, answer.status)})")
        if answer.status != SUCCESS:
            raise TryLater(f"no token: HTTP {answer.status}")
        return self._read(data, asked_at)

    def _timeout(self) -> Timeout:
        config = self._config
        return Timeout(
            connect=config.connect_timeout.total_seconds(),
            read=config.read_timeout.total_seconds(),
        )

    def _form(self) -> dict[str, str]:
        shown = {name: _secret(self._config, name).reveal() for name in OF_APP}
        if self._exchanged:
            shown["refresh_token"] = self._exchanged.reveal()
        return {"grant_type": "refresh_token", **shown}

    def _read(self, data: bytes, asked_at: float) -> Token:
        try:
            told = orjson.loads(data)
            token = Secret(str(told["access_token"]))
            ends = asked_at + max(float(told["expires_in"]) - MARGIN, 1.0)
            self._keep_exchanged(told.get("refresh_token"))
            scopes = None if told.get("scopes") is None else frozenset(map(str, told["scopes"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TryLater("the answer of HubSpot's token endpoint is not one") from error
        return Token(token, ends, scopes)

    def _keep_exchanged(self, refresh_token: str | None) -> None:
        """Take a refresh token that replaces the one shown, until the next start."""
        shown = self._exchanged or _secret(self._config, "refresh_token")
        if refresh_token and refresh_token != shown.reveal():
            self._exchanged = Secret(refresh_token)
            log.warning(
                "HubSpot has exchanged the refresh token, and after a restart the old one is"
                " shown: install the app anew and take over its refresh token if that is refused"
            )


def _secret(config: HubSpotConfig, name: str) -> Secret:
    found = config.secrets.get(name)
    if found is None:
        raise Stopped(f"the secret {name} of hubspot is not set")
    return found


def _said(data: bytes, status: int) -> str:
    """Return the code that a refusal names, and nothing else of what it says."""
    try:
        told = orjson.loads(data)
        return str(told.get("status") or told["error"])[:100]
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"HTTP {status}"
