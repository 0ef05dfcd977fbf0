"""Sessions with Salesforce: fetched once for all threads, renewed once when refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import structlog

from slasync.clock import Clock
from slasync.connectors.http import Calls, Lane, on_lane
from slasync.connectors.receipts import mended
from slasync.connectors.salesforce import login_soap
from slasync.connectors.salesforce.errors import SECONDS, complaint_of
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.single_token import SingleToken, patiently
from slasync.errors import Stopped, TryLater
from slasync.systems import Login, SalesforceConfig, Secret

log = structlog.get_logger(__name__)

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
JWT_LIFE = timedelta(minutes=3)
SOAP_HEADERS = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"}
CLIENT_ERROR, SERVER_ERROR = 400, 500
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
VENDOR_DOMAINS = (".salesforce.com", ".force.com")

OF_THE_APP = (
    "check consumer_key and consumer_secret, and that the app allows this login"
    " (connectors/salesforce/setup.md, section 1)"
)
GRANTS = {  # what to mend where Salesforce says invalid_grant
    Login.CLIENT_CREDENTIALS: "choose the user that the app's client credentials flow runs as, and"
    " write the organisation's My Domain as url",
    Login.JWT: "pre-authorise the user's permission set in the app, and check username, the app's"
    " certificate, the private key and audience, https://test.salesforce.com for a sandbox",
    Login.REFRESH_TOKEN: "authorise the app once more by browser, and put its refresh token where"
    " slasync.yaml takes it from",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One session: what to show, where to call, who we are there."""

    access: Secret
    instance_url: str
    org_id: str
    user_id: str


class Tokens:
    """The one token of a connector. Threads that need a new one wait for the same fetch."""

    def __init__(
        self, config: SalesforceConfig, clock: Clock, client: httpx.Client, calls: Calls
    ) -> None:
        self._config = config
        self._clock = clock
        self._client = client
        self._calls = calls
        self._org_id: str | None = None  # pinned by the first token
        self._rotated: str | None = None  # the refresh token that came with the last one
        held = SingleToken[Token](clock, self._fetch)  # repeated failures can lock the user out
        self.current, self.renew = held.current, held.renew

    def _fetch(self, _: Token | None) -> Token:
        return self._pinned(self._read(patiently(self._clock, self._post)))

    def _post(self) -> httpx.Response:
        path = self._path
        with on_lane(Lane.LOGIN), self._calls.one(f"POST {path}") as exchange:
            try:
                answer = self._send(self._config.url + path)
            except httpx.TransportError as error:
                problem = f"no token: {type(error).__name__}"
                raise TryLater(problem, SECONDS) from error
            exchange.answered(answer.status_code, answer.headers)
        if self._by_soap:
            login_soap.told(answer)  # a fault comes with 500: the code tells what it is
        elif answer.status_code >= SERVER_ERROR:
            raise TryLater(f"no token: HTTP {answer.status_code}")
        return answer

    @property
    def _by_soap(self) -> bool:
        return self._config.login is Login.SOAP

    @property
    def _path(self) -> str:
        return login_soap.path_of(self._config.api_version) if self._by_soap else TOKEN_PATH

    def _send(self, url: str) -> httpx.Response:
        if not self._by_soap:
            return self._client.post(url, data=FORMS[self._config.login](self))
        token = self._config.secrets.get("security_token")
        password = Secret(self._secret("password"))
        body = login_soap.envelope(self._config.username, password, token)
        return self._client.post(url, content=body, headers=SOAP_HEADERS)

    def _credentials(self, *names: str) -> dict[str, str]:
        """Return secrets under the names that the endpoint gives them. Raises Stopped."""
        wanted = {"consumer_key": "client_id", "consumer_secret": "client_secret"}
        return {wanted.get(name, name): self._secret(name) for name in names}

    def _secret(self, name: str) -> str:
        secret = self._config.secrets.get(name)
        if secret is None:
            raise Stopped(f"the secret {name} of salesforce is not set")
        return secret.reveal()

    def _client_credentials(self) -> dict[str, str]:
        named = self._credentials("consumer_key", "consumer_secret")
        return {"grant_type": "client_credentials", **named}

    def _refresh(self) -> dict[str, str]:
        named = self._credentials("consumer_key", "refresh_token")
        if "consumer_secret" in self._config.secrets:  # public clients have none
            named |= self._credentials("consumer_secret")
        if self._rotated:
            named["refresh_token"] = self._rotated
        return {"grant_type": "refresh_token", **named}

    def _jwt(self) -> dict[str, str]:
        now = self._calls.vendor_time.now() or self._clock.now()
        claims = {
            "iss": self._secret("consumer_key"),
            "sub": self._config.username,
            "aud": self._config.audience,
            "exp": int((now + JWT_LIFE).timestamp()),
        }
        try:
            assertion = jwt.encode(claims, self._secret("private_key"), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise Stopped("the private key of salesforce is not an RSA key in PEM form") from error
        return {"grant_type": JWT_GRANT, "assertion": assertion}

    def _read(self, answer: httpx.Response) -> Token:
        if self._by_soap:
            log.warning(login_soap.ENDS)
            session, url, org, user = login_soap.session_of(login_soap.told(answer))
            return Token(session, self._trusted(url), org, user)
        body = _json(answer)
        if answer.status_code >= CLIENT_ERROR:
            told = complaint_of(body, answer.status_code)
            words = f"Salesforce gives no token: {told.code}: {told.message}"
            raise Stopped(mended(words, self._remedy(told.code)))
        try:
            org, user = str(body["id"]).rstrip("/").split("/")[-2:]
            url = self._trusted(str(body["instance_url"]))
            self._keep_rotated(body.get("refresh_token"))
            return Token(Secret(str(body["access_token"])), url, to18(org), to18(user))
        except (KeyError, TypeError, ValueError) as error:
            raise TryLater("the answer of the token endpoint is not one") from error

    def _remedy(self, code: str) -> str:
        return GRANTS[self._config.login] if code == "invalid_grant" else OF_THE_APP

    def _keep_rotated(self, refresh_token: str | None) -> None:
        """Take the refresh token that replaces the one shown: an app may be set to exchange it."""
        shown = self._rotated or self._config.secrets.get("refresh_token")
        known = shown.reveal() if isinstance(shown, Secret) else shown
        if self._config.login is Login.REFRESH_TOKEN and refresh_token not in {None, "", known}:
            self._rotated = refresh_token
            log.warning(
                "Salesforce exchanges the refresh token, and after a restart the old one is shown:"
                " switch refresh token rotation off in the app"
            )

    def _trusted(self, instance_url: str) -> str:
        """Return the URL's origin if the token may be sent there. Raises Stopped otherwise."""
        given, configured = urlsplit(instance_url), urlsplit(self._config.url)
        host = given.hostname or ""
        if configured.hostname in LOOPBACK:
            trusted = host in LOOPBACK or host.endswith(VENDOR_DOMAINS)
        else:
            ours = host == configured.hostname or host.endswith(VENDOR_DOMAINS)
            trusted = ours and given.scheme == "https"
        if not trusted:
            raise Stopped(f"the token names an instance that is not Salesforce: {host!r}")
        return f"{given.scheme}://{given.netloc}"

    def _pinned(self, token: Token) -> Token:
        if self._org_id not in {None, token.org_id}:
            raise Stopped(f"the token is for organisation {token.org_id}, not {self._org_id}")
        self._org_id = token.org_id
        return token


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


FORMS: dict[Login, Callable[[Tokens], dict[str, str]]] = {
    Login.CLIENT_CREDENTIALS: Tokens._client_credentials,  # noqa: SLF001 - of this module
    Login.JWT: Tokens._jwt,  # noqa: SLF001 - of this module
    Login.REFRESH_TOKEN: Tokens._refresh,  # noqa: SLF001 - of this module
}
