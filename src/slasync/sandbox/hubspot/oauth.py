"""Tokens: the static one of a private app, and those of OAuth, which end after half an hour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.errors import Json, Problem, expired, unauthenticated
from slasync.sandbox.hubspot.options import Options
from slasync.sandbox.world import World

LIFETIME = 1800  # seconds
USER_ID = 4_630_501


@dataclass(frozen=True, slots=True)
class Access:
    """What a valid bearer token allows."""

    scopes: frozenset[str]
    oauth: bool


class Tokens:
    """Every token that was issued, and who may have more."""

    def __init__(self, world: World, options: Options) -> None:
        self._world = world
        self._options = options
        self.static = f"pat-eu1-{self._dashed()}"
        self.client_id = self._dashed()
        self.client_secret = self._dashed()
        self.refresh_token = f"eu1-{self._dashed()}"
        self.code = self._dashed()  # as if a user had just installed the app
        self.developer_key = f"eu1{self._dashed()}"
        self._ends: dict[str, int] = {}
        self._refuse_static = False

    def access(self, token: str) -> Access:
        """Return what the token allows. Raises 401."""
        if token == self.static:
            if self._refuse_static:
                self._refuse_static = False
                raise unauthenticated()
            return Access(self._options.scopes, oauth=False)
        if token not in self._ends:
            raise unauthenticated()
        late = stamps.millis(self._world.now()) - self._ends[token]
        if late >= 0:
            raise expired(late // stamps.MINUTE, self._ends[token])
        return Access(self._options.scopes, oauth=True)

    def expire(self) -> None:
        """End every OAuth token; the static one, which cannot end, is refused once."""
        now = stamps.millis(self._world.now())
        self._ends = {token: min(end, now) for token, end in self._ends.items()}
        self._refuse_static = True

    def grant(self, form: Mapping[str, str], *, version: int) -> Json:
        """Answer a call to the token endpoint. Raises 400."""
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            raise _refused("BAD_CLIENT_ID", "missing or unknown client id")
        match form.get("grant_type"):
            case "refresh_token":
                if form.get("refresh_token") != self.refresh_token:
                    raise _refused("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
            case "authorization_code":
                if form.get("code") != self.code:
                    raise _refused("BAD_AUTH_CODE", "missing or unknown auth code")
            case _:
                raise _refused("BAD_GRANT_TYPE", "missing or unknown grant type")
        return self._issue(version)

    def describe(self, token: str) -> Json:
        """Return what an access token is for. Raises 404."""
        if token not in self._ends:
            raise Problem(HTTPStatus.NOT_FOUND, "The access token is expired or invalid")
        left = (self._ends[token] - stamps.millis(self._world.now())) // stamps.SECOND
        return self._install() | {
            "token": token,
            "expires_in": max(0, left),
            "token_type": "access",
        }

    def describe_refresh(self, token: str) -> Json:
        if token != self.refresh_token:
            raise Problem(HTTPStatus.NOT_FOUND, "The refresh token is invalid")
        return self._install() | {"token": token, "client_id": self.client_id}

    def introspect(self, token: str) -> Json:
        """Tell whether a token is active, as RFC 7662 has it."""
        if token == self.refresh_token:
            return self._install() | {"active": True, "token_use": "refresh_token"}
        now = stamps.millis(self._world.now())
        if self._ends.get(token, 0) <= now:
            return {"active": False}
        return self._install() | {"active": True, "token_use": "access_token"}

    def revoke(self, token: str) -> None:
        """Uninstall the app when the refresh token is given."""
        self._ends.pop(token, None)
        if token == self.refresh_token:
            self.refresh_token = f"eu1-{self._dashed()}"
            self._ends.clear()

    def _issue(self, version: int) -> Json:
        token = f"CN{self._dashed()}{self._dashed()}"
        self._ends[token] = stamps.millis(self._world.now()) + LIFETIME * stamps.SECOND
        issued: Json = {
            "token_type": "bearer",
            "refresh_token": self.refresh_token,
            "access_token": token,
            "expires_in": LIFETIME,
        }
        if version == 1:
            return issued
        more = {"hub_id": self._options.portal_id, "user_id": USER_ID}
        scopes = sorted(self._options.scopes)
        return issued | more | {"scopes": scopes, "token_use": "access_token"}

    def _install(self) -> Json:
        return {
            "user": "admin@example.com",
            "hub_domain": "sandbox.example.com",
            "scopes": sorted(self._options.scopes),
            "hub_id": self._options.portal_id,
            "app_id": self._options.app_id,
            "user_id": USER_ID,
        }

    def _dashed(self) -> str:
        return dashed(self._world.chance("hubspot.secrets").getrandbits)


def dashed(getrandbits: Callable[[int], int]) -> str:
    """Return 128 bits written like a UUID."""
    digits = f"{getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _refused(status: str, message: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, message, status=status)
