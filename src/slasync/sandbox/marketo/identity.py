"""API users and their tokens: one token an hour for each custom service, the same until it ends.

Guessed: that a call without any token gets 601, and the words of a refused client.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from random import Random  # noqa: TID251 - its type only: a stream is given

from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.failures import Failure
from slasync.sandbox.world import World

READ_LEAD, WRITE_LEAD = "Read-Only Lead", "Read-Write Lead"
READ_ACTIVITY = "Read-Only Activity"
READ_CAMPAIGN, EXECUTE = "Read-Only Campaign", "Execute Campaign"
READ_ASSETS, WRITE_ASSETS = "Read-Only Assets", "Read-Write Assets"
STANDARD_SCHEMA = "Read-Write Schema Standard Field"
CUSTOM_SCHEMA = "Read-Write Schema Custom Field"
EVERY = frozenset({
    READ_LEAD, WRITE_LEAD, READ_ACTIVITY, READ_CAMPAIGN, EXECUTE, READ_ASSETS, WRITE_ASSETS,
    STANDARD_SCHEMA, CUSTOM_SCHEMA,
})  # fmt: skip
NO_MORE_IN_QUERY = datetime(2026, 8, 31, tzinfo=UTC)  # tokens as a parameter of the address
_HEADERS = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


@dataclass(frozen=True, slots=True)
class Service:
    """A custom service: its keys, its API user, and what the user's role permits."""

    client_id: str
    client_secret: str
    user: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    service: Service
    ends: int


class Identity:
    """All services of the instance and the tokens they were given."""

    def __init__(self, world: World, life: int) -> None:
        self._world = world
        self._life = life
        self._services: dict[str, Service] = {}
        self._current: dict[str, Token] = {}  # by client id
        self._issued: dict[str, Token] = {}

    def add(self, user: str, permissions: Iterable[str] = EVERY) -> Service:
        """Make a service for an API user."""
        service = Service(dashed(self._chance), _secret(self._chance), user, frozenset(permissions))
        self._services[service.client_id] = service
        return service

    def grant(self, parameters: Mapping[str, list[str]]) -> Response:
        """Answer GET or POST /identity/oauth/token."""
        query = {name: values[-1] for name, values in parameters.items()}
        if query.get("grant_type") != "client_credentials":
            return _refused(HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "Bad grant type")
        service = self._services.get(query.get("client_id", ""))
        if service is None:
            words = f"No client with requested id: {query.get('client_id', '')}"
            return _refused(HTTPStatus.UNAUTHORIZED, "unauthorized", words)
        if service.client_secret != query.get("client_secret"):
            return _refused(HTTPStatus.UNAUTHORIZED, "unauthorized", "Bad client credentials")
        token = self._token(service)
        granted = {
            "access_token": token.text,
            "token_type": "bearer",
            "expires_in": (token.ends - self._now - 1) // stamps.SECOND,
            "scope": service.user,
        }
        return json_response(HTTPStatus.OK, granted, _HEADERS)

    def service(self, request: Request) -> Service:
        """Return whose call it is. Raises Failure 601, 602."""
        scheme, _, text = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            old = request.query.get("access_token", "")
            text = old if self._world.now() < NO_MORE_IN_QUERY else ""
        token = self._issued.get(text.strip())
        if token is None:
            raise Failure("601", "Access token invalid")
        if token.ends <= self._now:
            raise Failure("602", "Access token expired")
        return token.service

    def expire(self) -> None:
        """End all tokens now."""
        self._current.clear()
        for token in list(self._issued.values()):
            self._issued[token.text] = Token(token.text, token.service, min(token.ends, self._now))

    def _token(self, service: Service) -> Token:
        current = self._current.get(service.client_id)
        if current is None or current.ends - self._now <= stamps.SECOND:
            text = f"{dashed(self._chance)}:int"
            current = Token(text, service, self._now + self._life)
            self._current[service.client_id] = self._issued[text] = current
        return current

    @property
    def _now(self) -> int:
        return stamps.millis(self._world.now())

    @property
    def _chance(self) -> Random:
        return self._world.chance("marketo.secrets")


def dashed(chance: Random) -> str:
    """Return 128 bits written like a UUID."""
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _secret(chance: Random) -> str:
    return f"{chance.getrandbits(160):040x}"


def _refused(status: HTTPStatus, error: str, words: str) -> Response:
    return json_response(status, {"error": error, "error_description": words}, _HEADERS)
