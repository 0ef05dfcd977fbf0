"""The token endpoint, sessions, and what belongs to them."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate

from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.salesforce.org import Org

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NEVER_LAPSES = datetime.max.replace(tzinfo=UTC)
LONGEST_ASSERTION = timedelta(minutes=5)
SCOPE = "api refresh_token"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"


class Denied(Exception):
    """A token request is refused: OAuth's pair of error and description."""


@dataclass(slots=True)
class Client:
    """The connected app and the users it may log in."""

    key: str
    secret: str
    username: str
    password: str
    refresh_token: str
    domain: str
    instance_url: str
    run_as: str | None  # user id of the client-credentials flow
    public_key: str | None = None  # PEM, of the JWT flow
    lifetime: timedelta = timedelta(hours=2)
    security_token: str = ""  # behind the password, where an address is not trusted
    rotates: bool = False  # each use of the refresh token exchanges it


@dataclass(slots=True)
class Session:
    user: str
    used_at: datetime


@dataclass(slots=True)
class Auth:
    """Hands out sessions and knows which are still open. They slide: each use prolongs them."""

    org: Org
    org_id: str
    client: Client
    sessions: dict[str, Session] = field(default_factory=dict)

    def user_of(self, request: Request) -> str | None:
        """Return the user whose session the request carries, None where there is none."""
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() not in {"bearer", "oauth"}:
            return None
        return self.user_of_token(token.strip())

    def user_of_token(self, token: str) -> str | None:
        found, now = self.sessions.get(token), self.org.world.now()
        if found is None:
            return None
        if now - found.used_at > self.client.lifetime:
            del self.sessions[token]
            return None
        found.used_at = max(found.used_at, now)
        return found.user

    def open(self, user: str) -> str:
        """Open a session and return its token."""
        chance = self.org.world.chance("salesforce.tokens")
        token = f"{self.org_id[:15]}!AQ" + "".join(chance.choices(ALPHABET, k=80))
        self.sessions[token] = Session(user, self.org.world.now())
        return token

    def open_for_good(self, user: str) -> str:
        """Open a session that does not lapse while nobody uses it."""
        token = self.open(user)
        self.sessions[token].used_at = NEVER_LAPSES
        return token

    def answer(self, request: Request) -> Response:
        """Answer what lies below /services/oauth2/."""
        match request.path.rstrip("/").rpartition("/")[2]:
            case "token":
                return self._token(request)
            case "revoke":
                form = _form(request) | request.query
                gone = self.sessions.pop(form.get("token", ""), None)
                return json_response(
                    200 if gone else 400,
                    {}
                    if gone
                    else _error("unsupported_token_type", "this token type is not supported"),
                )
            case "userinfo":
                return self.identity(request)
            case "introspect":
                return self._introspected(request)
        return json_response(
            404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
        )

    def _introspected(self, request: Request) -> Response:
        """Tell a client that says who it is about a token, as RFC 7662 has it."""
        form = _form(request)
        try:
            self._identified(request, form)
        except Denied:
            return json_response(401, _error("invalid_client", "invalid client credentials"))
        session = self.sessions.get(form.get("token", ""))
        if session is None or self.user_of_token(form["token"]) is None:
            return json_response(200, {"active": False})
        used = min(session.used_at, NEVER_LAPSES - self.client.lifetime)
        seconds = int(used.timestamp())
        return json_response(200, {
            "active": True, "scope": SCOPE, "client_id": self.client.key,
            "username": (self.org.row(session.user) or {}).get("Username"),
            "sub": f"https://login.salesforce.com/id/{self.org_id}/{session.user}",
            "token_type": "access_token", "iat": seconds, "nbf": seconds,
            "exp": seconds + int(self.client.lifetime.total_seconds()),
        })  # fmt: skip

    def _token(self, request: Request) -> Response:
        if request.method != "POST":
            return json_response(400, _error("invalid_request", "must use HTTP POST"))
        form = _form(request)
        flows = {
            "client_credentials": self._client_credentials,
            JWT_GRANT: self._jwt,
            "refresh_token": self._refresh,
            "password": self._password,
        }
        flow = flows.get(form.get("grant_type", ""))
        if flow is None:
            return json_response(400, _error("unsupported_grant_type", "grant type not supported"))
        try:
            issued = self._issued(flow(request, form))
            if form["grant_type"] == "refresh_token" and self.client.rotates:
                chance = self.org.world.chance("salesforce.tokens")
                self.client.refresh_token = f"5Aep{chance.getrandbits(128):032x}"
                issued["refresh_token"] = self.client.refresh_token
            return json_response(200, issued)
        except Denied as denied:
            return json_response(400, _error(*denied.args))

    def _issued(self, user: str) -> dict[str, Any]:
        row = self.org.row(user) or {}
        if not row.get("IsActive"):
            raise Denied("inactive_user", "user is inactive")
        url = f"https://login.salesforce.com/id/{self.org_id}/{user}"
        issued = str(int(self.org.world.now().timestamp() * 1000))
        digest = hmac.new(self.client.secret.encode(), (url + issued).encode(), hashlib.sha256)
        return {
            "access_token": self.open(user),
            "signature": base64.b64encode(digest.digest()).decode(),
            "scope": SCOPE,
            "instance_url": self.client.instance_url,
            "id": url,
            "token_type": "Bearer",
            "issued_at": issued,
        }

    def _identified(self, request: Request, form: dict[str, str]) -> None:
        """Check consumer key and secret, by HTTP Basic or as form fields."""
        key, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, text = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() == "basic":
            try:
                key, _, secret = base64.b64decode(text).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise Denied("invalid_client", "invalid client credentials") from None
        if key != self.client.key:
            raise Denied("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest(secret.encode(), self.client.secret.encode()):
            raise Denied("invalid_client", "invalid client credentials")

    def _client_credentials(self, request: Request, form: dict[str, str]) -> str:
        host = urlsplit(request.url).hostname or ""
        if host not in LOOPBACK and not host.endswith(f"{self.client.domain}.my.salesforce.com"):
            raise Denied("invalid_grant", "request not supported on this domain")
        self._identified(request, form)
        if self.client.run_as is None:
            raise Denied("invalid_grant", "no client credentials user enabled")
        return self.client.run_as

    def _refresh(self, request: Request, form: dict[str, str]) -> str:
        self._identified(request, form)
        if form.get("refresh_token") != self.client.refresh_token:
            raise Denied("invalid_grant", "expired access/refresh token")
        return self._named(self.client.username)

    def _password(self, request: Request, form: dict[str, str]) -> str:
        self._identified(request, form)
        # from an address that is not trusted the security token is put behind the password
        known = (self.client.password, self.client.password + self.client.security_token)
        if form.get("username") != self.client.username or form.get("password") not in known:
            raise Denied("invalid_grant", "authentication failure")
        return self._named(self.client.username)

    def _jwt(self, _: Request, form: dict[str, str]) -> str:
        claims = self._claims(form.get("assertion", ""))
        if claims.get("iss") != self.client.key:
            raise Denied("invalid_client_id", "client identifier invalid")
        audience = urlsplit(str(claims.get("aud"))).hostname or ""
        if audience not in LOOPBACK and not audience.endswith(".salesforce.com"):
            raise Denied("invalid_grant", "audience is invalid")
        now, until = self.org.world.now().timestamp(), _seconds(claims.get("exp"))
        if not now < until <= now + LONGEST_ASSERTION.total_seconds():
            raise Denied("invalid_grant", "expired authorization code")
        return self._named(str(claims.get("sub")))

    def _claims(self, assertion: str) -> dict[str, Any]:
        if self.client.public_key is None:
            raise Denied("invalid_grant", "user hasn't approved this consumer")
        try:
            found = jwt.decode(
                assertion,
                public_key(self.client.public_key),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_aud": False, "verify_sub": False},
            )
        except jwt.InvalidTokenError:
            raise Denied("invalid_grant", "invalid assertion") from None
        return dict(found)

    def _named(self, username: str) -> str:
        rows = self.org.stores["User"].find("Username", username)
        if not rows:
            raise Denied("invalid_grant", "user hasn't approved this consumer")
        return str(rows[0]["Id"])

    def identity(self, request: Request) -> Response:
        """Tell whose session the request carries."""
        user = self.user_of(request)
        if user is None:
            return Response(403, (("Content-Type", "text/html;charset=UTF-8"),), b"Bad_OAuth_Token")
        row = self.org.row(user) or {}
        return json_response(200, {
            "sub": f"https://login.salesforce.com/id/{self.org_id}/{user}", "user_id": user,
            "organization_id": self.org_id, "preferred_username": row.get("Username"),
            "name": row.get("Name"), "email": row.get("Email"), "active": row.get("IsActive"),
            "zoneinfo": row.get("TimeZoneSidKey"),
        })  # fmt: skip


def public_key(pem: str) -> Any:
    """Read a public key or a certificate."""
    data = pem.encode()
    if b"CERTIFICATE" in data:
        return load_pem_x509_certificate(data).public_key()
    return serialization.load_pem_public_key(data)


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _error(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


def _form(request: Request) -> dict[str, str]:
    parsed = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in parsed.items()}
