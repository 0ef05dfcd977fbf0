"""OpenID Connect: the authorization code flow with PKCE, a nonce, and a state that is used once."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import jwt
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from starlette.responses import RedirectResponse, Response

from slasync.domain.access import Rank
from slasync.errors import Refused
from slasync.settings.access import Oidc
from slasync.settings.loopback import is_loopback
from slasync.store.access import Attempt
from slasync.store.unit import Unit, retrying
from slasync.web.dashboard.login import admitted, inside
from slasync.web.dashboard.tokens import VISIT, kept, same
from slasync.web.dashboard.visit import Visit

log = structlog.get_logger()

BACK = "/login/oidc/back"
PATIENCE = timedelta(minutes=10)  # for somebody to come back
MOST_EXPECTED = 1000
TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
SKEW = timedelta(minutes=2)
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")

Claims = Mapping[str, Any]


def leave(visit: Visit) -> Response:
    """Send somebody to the identity provider; remember what is needed when they are back."""
    oidc = visit.front.access.oidc
    if oidc is None:
        return visit.page("missing.html", 404)
    try:
        with _client(visit, oidc) as client:
            provider = described(client, oidc)
            url = _begun(visit, client, provider["authorization_endpoint"])
    except (Refused, AuthlibBaseError, httpx2.HTTPError, ValueError) as error:
        return _failed(visit, error)
    answer = RedirectResponse(url, 303)
    visit.jar.put(answer, VISIT, visit.token)
    return answer


def come_back(visit: Visit) -> Response:
    """Let somebody in whom the provider vouches for, and whom a role is mapped for."""
    oidc, now = visit.front.access.oidc, visit.now
    if oidc is None:
        return visit.page("missing.html", 404)
    state = visit.query.get("state", "")
    attempt = retrying(visit.front.engine, lambda unit: unit.access.back(kept(state), now))
    if attempt is None or not same(attempt.browser, kept(visit.token)):
        return visit.page("login_failed.html", 400, reason="login.state")
    if "code" not in visit.query:
        return _failed(visit, Refused(f"the provider said {visit.query.get('error', '')[:60]}"))
    try:
        claims = _claims(visit, oidc, attempt)
        name, rank = person(oidc, claims)
    except (Refused, AuthlibBaseError, jwt.PyJWTError, httpx2.HTTPError, ValueError) as error:
        return _failed(visit, error)
    if rank is None:
        deed = visit.deed("login", name, "refused", by="oidc", why="no role")
        retrying(visit.front.engine, lambda unit: unit.audit.add(deed))
        return visit.page("login_failed.html", 403, reason="login.no_role")
    return admitted(visit, name, rank, attempt.then)


def person(oidc: Oidc, claims: Claims) -> tuple[str, Rank | None]:
    """Return whom the claims name, and what they make of them. Raises Refused where they do not."""
    name = claims.get(oidc.name_claim)
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise Refused(f"the provider tells no {oidc.name_claim}: see name_claim and scopes")
    if oidc.name_claim == "email" and claims.get("email_verified") is False:
        raise Refused("the provider has not verified the e-mail address")
    told = claims.get(oidc.roles_claim, ())
    values = [told] if isinstance(told, str) else told if isinstance(told, list | tuple) else ()
    return name.strip().lower()[:120], oidc.rank(frozenset(map(str, values)))


def described(client: Any, oidc: Oidc) -> Mapping[str, str]:
    """Ask the provider for its addresses. Raises Refused where it is not the one configured."""
    told = _read(client, f"{oidc.issuer}/.well-known/openid-configuration")
    if not isinstance(told, dict) or str(told.get("issuer", "")).rstrip("/") != oidc.issuer:
        raise Refused("the provider calls itself otherwise than `issuer` in slasync.yaml")
    for name in NEEDED:
        _safe(str(told.get(name, "")))
    return told


def _read(client: Any, url: str) -> Any:
    """Read what the provider tells everybody."""
    answer = client.request("GET", url, withhold_token=True)
    answer.raise_for_status()
    return answer.json()


def _safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    ):
        raise Refused("the provider names an address that is not https")


def _client(visit: Visit, oidc: Oidc) -> AbstractContextManager[Any]:
    make: Callable[..., AbstractContextManager[Any]] = OAuth2Client
    return make(
        client_id=oidc.client_id,
        client_secret=oidc.client_secret.reveal(),
        scope=" ".join(oidc.scopes),
        redirect_uri=f"{visit.front.access.public_url}{BACK}",
        code_challenge_method="S256",
        timeout=TIMEOUT,
        follow_redirects=False,
    )


def _begun(visit: Visit, client: Any, endpoint: str) -> str:
    new_id, now = visit.front.seams.new_id, visit.now
    state, nonce, verifier = new_id(), new_id(), new_id() + new_id()
    attempt = Attempt(
        state=kept(state),
        browser=kept(visit.token),
        nonce=nonce,
        verifier=verifier,
        then=inside(visit.query.get("then", "/")),
        ends_at=now + PATIENCE,
    )

    def expect(unit: Unit) -> bool:
        return unit.access.expect(attempt, now, MOST_EXPECTED)

    if not retrying(visit.front.engine, expect):
        raise Refused("too many people are on their way to the provider")
    url, _ = client.create_authorization_url(
        endpoint, state=state, nonce=nonce, code_verifier=verifier
    )
    return str(url)


def _claims(visit: Visit, oidc: Oidc, attempt: Attempt) -> Claims:
    """Exchange the code, and check what the provider vouches for."""
    with _client(visit, oidc) as client:
        provider = described(client, oidc)
        token = client.fetch_token(
            provider["token_endpoint"],
            code=visit.query["code"],
            code_verifier=attempt.verifier,
            grant_type="authorization_code",
        )
        keys = _read(client, provider["jwks_uri"])
        raw = str(token.get("id_token", ""))
        claims = checked(raw, keys, oidc, provider["issuer"], visit.now)
        if not same(str(claims.get("nonce", "")), attempt.nonce):
            raise Refused("the provider answers another login than this one")
        return {**_more(client, provider, oidc, claims), **claims}


def checked(raw: str, keys: Any, oidc: Oidc, issuer: str, now: datetime) -> Claims:
    """Check signature, issuer, audience and times of an ID token. Raises Refused, or PyJWTError."""
    header = jwt.get_unverified_header(raw)
    if header.get("alg") not in ALGORITHMS:
        raise Refused(f"the provider signs by {header.get('alg')}: not by a key pair")
    named = [k for k in jwt.PyJWKSet.from_dict(keys).keys if k.key_id == header.get("kid")]
    if len(named) != 1:
        raise Refused("the provider signs by a key that it does not publish")
    claims: dict[str, Any] = jwt.decode(
        raw,
        named[0].key,
        algorithms=[str(header["alg"])],
        audience=oidc.client_id,
        issuer=issuer,
        options={"require": ["exp", "iat", "sub", "aud", "iss"], "verify_exp": False,
                 "verify_iat": False, "verify_nbf": False},
    )  # fmt: skip
    _in_time(claims, now)
    if isinstance(claims["aud"], list) and claims.get("azp", oidc.client_id) != oidc.client_id:
        raise Refused("the token was made for another application")
    return claims


def _in_time(claims: Claims, now: datetime) -> None:
    """By our own clock, which the CRM puts right."""
    at, skew = now.timestamp(), SKEW.total_seconds()
    if float(claims["exp"]) + skew <= at or float(claims.get("nbf", 0)) - skew > at:
        raise Refused("the token is not valid now: see the clocks of this machine and the provider")


def _more(client: Any, provider: Mapping[str, str], oidc: Oidc, claims: Claims) -> Claims:
    """Ask for what the token itself does not tell, where the provider can be asked."""
    wanted = {oidc.name_claim, oidc.roles_claim}
    if wanted <= claims.keys() or "userinfo_endpoint" not in provider:
        return {}
    _safe(provider["userinfo_endpoint"])
    answer = client.get(provider["userinfo_endpoint"])
    answer.raise_for_status()
    told = answer.json()
    if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
        raise Refused("the provider tells of somebody else")
    return told


def _failed(visit: Visit, error: Exception) -> Response:
    """Say that it failed; why is for the log, and the audit."""
    why = str(error) if isinstance(error, Refused) else type(error).__name__
    log.warning("login by the identity provider failed", error=why)
    deed = visit.deed("login", "", "refused", by="oidc", why=why)
    retrying(visit.front.engine, lambda unit: unit.audit.add(deed))
    return visit.page("login_failed.html", 502, reason="login.provider")
