"""The way to Salesforce: one requests session for all threads, under simple-salesforce.

Sessions end without notice. The first request that is told so renews the token once and is sent
again unchanged, headers included: the library's own repetition would drop them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError
from urllib3.util.retry import Retry

from slasync.connectors.deadline import watched
from slasync.connectors.http import Calls, Lane, Quota, on_lane
from slasync.connectors.salesforce.errors import SECONDS, complaint_of, failure, translate
from slasync.connectors.salesforce.token import LOOPBACK, Token, Tokens
from slasync.errors import Stopped, TryLater
from slasync.systems import SalesforceConfig

UNAUTHORIZED = 401
NEVER_RENEWED = (  # re-authentication would loop for ever
    "not valid for use with the REST API",
    "Connected app is not attached to Agent",
)
STANDING_HEADERS = {
    "Sforce-Auto-Assign": "FALSE",
    "Sforce-Call-Options": "client=slasync/1.0",
    "Sforce-Mru": "updateMru=false",
    "X-PrettyPrint": "0",
}
CONNECT_RETRIES = 1


class Wire(HTTPAdapter):
    """Time-outs on every request; a sandbox on plain HTTP is reached under its https name."""

    def __init__(self, config: SalesforceConfig) -> None:
        self._timeout = (
            config.connect_timeout.total_seconds(),
            config.read_timeout.total_seconds(),
        )
        url = urlsplit(config.url)
        self._plain = url if url.scheme == "http" and url.hostname in LOOPBACK else None
        retry = Retry(
            total=None, connect=CONNECT_RETRIES, read=False, redirect=0, status=0, other=0
        )
        super().__init__(pool_connections=4, pool_maxsize=32, max_retries=retry)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        watched(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(*args, **named)
        watched(manager)
        return manager

    def send(  # type: ignore[override] # the rest of the parameters pass through by name
        self, request: requests.PreparedRequest, **given: Any
    ) -> requests.Response:
        given["timeout"] = given.get("timeout") or self._timeout
        if self._plain and request.url:
            path, query = urlsplit(request.url)[2:4]
            request.url = urlunsplit((self._plain.scheme, self._plain.netloc, path, query, ""))
            given["proxies"] = {}
        return super().send(request, **given)


class OrgSession(requests.Session):
    """A session that shows the current token, and counts every request."""

    def __init__(self, tokens: Tokens, calls: Calls, adapter: BaseAdapter) -> None:
        super().__init__()
        # proxies are for the real way out; looking for them costs more than a rehearsal's answer
        self.trust_env = isinstance(adapter, Wire)
        self._tokens = tokens
        self._calls = calls
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # shared by threads
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Write a request out: with no cookies, and with no token before it is sent.

        The library's own way looks for both in many places, at twice the cost.
        """
        made = requests.PreparedRequest()
        made.prepare_method(request.method)
        made.prepare_url(request.url, request.params or None)
        made.prepare_headers({**self.headers, **request.headers, **STANDING_HEADERS})
        made.prepare_cookies({})
        made.prepare_body(request.data, None, request.json)
        return made

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:
        """Send `request`; once more, unchanged, when the session has ended."""
        token = self._tokens.current()
        answer = self._sent(request, token, given)
        if _session_ended(answer):
            answer = self._sent(request, self._tokens.renew(token), given)
        return answer

    def _sent(
        self, request: requests.PreparedRequest, token: Token, given: Mapping[str, Any]
    ) -> requests.Response:
        shown = request.copy()
        shown.url = _at(token.instance_url, request.url or "")
        shown.headers["Authorization"] = f"Bearer {token.access.reveal()}"
        path = urlsplit(shown.url).path
        with self._calls.one(f"{request.method} {path}") as exchange:
            answer = super().send(shown, **{**given, "allow_redirects": False})
            exchange.answered(answer.status_code, answer.headers)
        self._learn_quota(answer.headers.get("Sforce-Limit-Info"))
        return answer

    def _learn_quota(self, header: str | None) -> None:
        usage: Any = Salesforce.parse_api_usage(header or "").get("api-usage")
        if usage:
            self._calls.quota = Quota(usage.used, usage.total)


def _at(origin: str, url: str) -> str:
    """Return `url` moved to `origin`: an organisation may move to another host."""
    base, (path, query) = urlsplit(origin), urlsplit(url)[2:4]
    return urlunsplit((base.scheme, base.netloc, path, query, ""))


def _session_ended(answer: requests.Response) -> bool:
    if answer.status_code != UNAUTHORIZED:
        return False
    told = complaint_of(_json(answer), UNAUTHORIZED)
    final = any(text in told.message for text in NEVER_RENEWED)
    return told.code == "INVALID_SESSION_ID" and not final


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


class Transport:
    """REST calls as values in, values out, and slasync's errors.

    Every method raises Stopped or Refused as Salesforce says, and TryLater with `unknown` set
    when the request may have taken effect although no usable answer came.
    """

    def __init__(
        self,
        config: SalesforceConfig,
        tokens: Tokens,
        calls: Calls,
        client: httpx.Client,
        adapter: BaseAdapter,
    ) -> None:
        self.tokens = tokens
        self.calls = calls
        self._config = config
        self._client = client
        self._session = OrgSession(tokens, calls, adapter)
        self._streams = isinstance(adapter, Wire)  # others bring an answer as a whole
        self._api = Salesforce(
            session_id="shown by the session",
            instance_url=config.url,
            session=self._session,
            version=config.api_version,
            object_pairs_hook=None,  # plain dicts, made by the decoder itself
        )

    def close(self) -> None:
        self._session.close()
        self._client.close()

    def call(self, lane: Lane, method: str, path: str, json: Any = None) -> Any:
        """Make one REST call; `path` is relative to /services/data/vNN.N/."""
        with on_lane(lane):
            try:
                return self._api.restful(path, method=method, json=json)
            except (requests.RequestException, SalesforceError, ValueError) as error:
                raise failure(error, effect=lane is Lane.WRITE) from error

    def answer(self, lane: Lane, method: str, path: str, json: Any = None) -> requests.Response:
        """Make one REST call and return its answer whatever its status.

        The body is read as it comes, and the caller closes the answer. Raises what `call` does
        where there is none.
        """
        with on_lane(lane):
            try:
                address = f"{self._config.url}{self.url(path)}"
                return self._session.request(method, address, json=json, stream=self._streams)
            except requests.RequestException as error:
                raise failure(error, effect=lane is Lane.WRITE) from error

    def upload(self, lane: Lane, path: str, file: bytes) -> requests.Response:
        """Put a CSV file and return the answer whatever its status."""
        headers = {"Content-Type": "text/csv; charset=UTF-8"}
        with on_lane(lane):
            try:
                address = f"{self._config.url}{self.url(path)}"
                return self._session.request("PUT", address, data=file, headers=headers)
            except requests.RequestException as error:
                raise failure(error, effect=lane is Lane.WRITE) from error

    def post_xml(self, lane: Lane, path: str, action: str, text: str) -> requests.Response:
        """Post to a SOAP resource and return its answer whatever its status."""
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": action}
        with on_lane(lane):
            try:
                address = f"{self._config.url}{path}"
                return self._session.request("POST", address, data=text.encode(), headers=headers)
            except requests.RequestException as error:
                raise failure(error, effect=lane is Lane.WRITE) from error

    def identity(self) -> Mapping[str, Any]:
        """Ask whose session it is: `{"organization_id", "user_id", ...}`."""
        with on_lane(Lane.LOGIN):
            try:
                answer = self._session.get(f"{self._config.url}/services/oauth2/userinfo")
            except requests.RequestException as error:
                raise failure(error, effect=False) from error
        told = _json(answer)
        if answer.status_code >= requests.codes.bad_request or not isinstance(told, Mapping):
            raise translate(complaint_of(told, answer.status_code)).error()
        return told

    def acting_by(self, tokens: Tokens) -> "Transport":
        """Return the same way out with other sessions."""
        adapter = self._session.get_adapter("https://")
        return Transport(self._config, tokens, self.calls, self._client, adapter)

    def rows(self, lane: Lane, method: str, path: str, json: Any, expected: int) -> list[Any]:
        """Make a call whose answer is a list, one item for each of the `expected` rows.

        Raises TryLater(unknown) for an answer of any other length: it cannot be matched.
        """
        answer = self.call(lane, method, path, json) or []
        if not isinstance(answer, list) or len(answer) != expected:
            raise TryLater(f"the answer has not {expected} rows", SECONDS, unknown=True)
        return answer

    def composite(self, lane: Lane, parts: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Send up to 25 parts in one call; return their answers in order.

        A part is {"method", "path", "body"?, "httpHeaders"?}.
        """
        requested = [
            {"url": self.url(part["path"]), "referenceId": f"r{n}"}
            | {name: value for name, value in part.items() if name != "path"}
            for n, part in enumerate(parts)
        ]
        body = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": requested}
        answer = self.call(lane, "POST", "composite", body)
        answers = answer.get("compositeResponse") if isinstance(answer, dict) else None
        wanted = [each["referenceId"] for each in requested]
        if not isinstance(answers, list) or [a.get("referenceId") for a in answers] != wanted:
            raise TryLater("the parts of the answer do not match", SECONDS, unknown=True)
        return answers

    def url(self, path: str) -> str:
        """Return the path of a resource as parts of a composite name it."""
        return f"/services/data/v{self._config.api_version}/{path}"

    def vendor_now(self) -> datetime:
        """Return Salesforce's time, asking for it when no answer told it yet."""
        return self.calls.vendor_time.now() or self._probed()

    def _probed(self) -> datetime:
        with on_lane(Lane.LOGIN), self.calls.one("GET /services/data") as exchange:
            try:
                answer = self._client.get(f"{self._config.url}/services/data")
            except httpx.TransportError as error:
                raise TryLater("Salesforce cannot be reached", SECONDS) from error
            exchange.answered(answer.status_code, answer.headers)
        if not answer.is_success:
            raise translate(complaint_of(answer.text, answer.status_code)).error()
        now = self.calls.vendor_time.now()
        if now is None:
            raise Stopped("Salesforce does not tell its time: a proxy removes the Date header")
        return now
