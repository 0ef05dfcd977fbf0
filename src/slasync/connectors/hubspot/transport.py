"""The only way out to HubSpot: the vendor's client, held, timed, counted, its errors translated."""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from hubspot.crm.objects.exceptions import ApiException
from hubspot.hubspot import HubSpot
from urllib3 import HTTPHeaderDict, Retry
from urllib3.exceptions import HTTPError

from slasync.clock import Seams
from slasync.connectors.deadline import watched
from slasync.connectors.http import Burst, Calls, Observer, Quota
from slasync.connectors.hubspot import paths
from slasync.connectors.hubspot.errors import (
    Failure,
    Unauthorized,
    names_daily_limit,
    translate,
    unreachable,
    unreadable,
)
from slasync.connectors.hubspot.paths import Route
from slasync.connectors.hubspot.token import OAuth, Static, Token, Tokens
from slasync.domain.budgets import Day
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.systems import HubSpotConfig

Json = dict[str, Any]

CONTACTS = "contacts"
CONTACT_TYPE = "0-1"

SEARCHES_A_SECOND = 4  # HubSpot allows 5 to the whole account, in no header
SECOND = timedelta(seconds=1)
REPEATED = dict.fromkeys(("properties", "associations"), "multi")
TYPES = frozenset({"object", "to", "how", "change"})  # parts of a path that name no record
NO_RETRY = Retry(total=0, redirect=0)  # the library would repeat writes without asking us


class SearchesSpent(TryLater):
    """The searches of this second are used up: nothing was sent, and nothing is wrong."""


class Transport:
    """Calls by name. Each raises TryLater, Refused or Stopped, and nothing else."""

    def __init__(
        self,
        config: HubSpotConfig,
        seams: Seams,
        *,
        pool_manager: Any = None,
        observers: tuple[Observer, ...] = (),
    ) -> None:
        self.calls = Calls(
            "hubspot", seams.clock, config.budget, observers,
            abreast=seams.abreast(config.budget.concurrency), deadline=config.total_timeout,
        )  # fmt: skip
        self._config = config
        self._clock = seams.clock
        self._searches = Burst(SEARCHES_A_SECOND, SECOND, seams.clock)
        self._zone: ZoneInfo | None = None
        self._asked_zone = False
        self._locks = 0  # writes in a row that met locked records
        self._keep: Callable[[str], str] | None = None
        self._foreign = ""  # why no call is made: the token is another account's
        self._pinning = threading.RLock()  # asking for the account is a call as well
        self._seconds = config.connect_timeout.total_seconds(), config.read_timeout.total_seconds()
        self._hold(pool_manager)
        self._tokens: Tokens = Static(config)
        if "refresh_token" in config.secrets:
            self._tokens = OAuth(config, seams.clock, self._pool, self.calls)

    def _hold(self, pool_manager: Any) -> None:
        """Keep one client: each access to `crm.objects.basic_api` would make another pool."""
        client: Any = HubSpot(host=self._config.url, retry=NO_RETRY)
        self._client = client.crm.objects.basic_api.api_client
        self._pool = pool_manager or self._client.rest_client.pool_manager
        if pool_manager is None:
            watched(self._pool)
        self._client.rest_client.pool_manager = self._pool

    def close(self) -> None:
        """Close idle connections."""
        clear = getattr(self._pool, "clear", None)
        if clear:
            clear()

    def call(
        self,
        route: Route,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        writes: bool = False,
        **named: str,
    ) -> Json:
        """Make a call of the table; `named` fills its path, types of records and the rest.

        When the token is not accepted, once more: with another one where there is one, and else
        lest a blip end everything.
        """
        return self._answered(_Asked(route, named, query, body, writes=writes))

    def pin(self, keep: Callable[[str], str]) -> None:
        """Have the account compared with the one that is kept, before the first other call."""
        self._keep = keep

    def _answered(self, asked: "_Asked") -> Json:
        if asked.route is not paths.ACCOUNT:
            self._refuse_another_account()
        token = self._tokens.current()
        try:
            return self._once(asked, token)
        except Unauthorized:
            return self._once(asked, self._tokens.renew(token))

    def contacts(
        self, properties: Sequence[str], after: str | None, *, archived: bool = False
    ) -> Json:
        """List one page of contacts by id: `{"results": [...], "paging"?}`."""
        query = {"limit": self._config.page_size, "properties": list(properties)}
        return self.page(paths.PAGE, query, after, archived=archived, object=CONTACTS)

    def page(
        self,
        route: Route,
        query: Mapping[str, Any],
        after: str | None,
        *,
        archived: bool = False,
        **named: str,
    ) -> Json:
        """Read one page of a list, live records or archived ones."""
        onward = {} if after is None else {"after": after}
        asked = {**query, "archived": "true" if archived else "false", **onward}
        return self._answered(_Asked(route, named, asked))

    def search(self, request: Mapping[str, Any], kind: str = CONTACTS) -> Json:
        """Search records: `{"total", "results": [...], "paging"?}`."""
        return self.call(paths.SEARCH, body=dict(request), object=kind)

    def read(self, ids: Sequence[str], properties: Sequence[str]) -> Json:
        """Read up to 100 contacts by id; those that are missing are in `errors` (207)."""
        asked = {
            "inputs": [{"id": i} for i in ids],
            "properties": list(properties),
            "propertiesWithHistory": [],
        }
        return self.call(paths.BATCH, body=asked, object=CONTACTS, how="read")

    def update(self, inputs: Sequence[Mapping[str, Any]]) -> Json:
        """Update up to 100 contacts; rows that failed are in `errors` (207)."""
        asked = {"inputs": [dict(row) for row in inputs]}
        return self.call(paths.BATCH, body=asked, writes=True, object=CONTACTS, how="update")

    def change_list(self, number: str, change: str, ids: Sequence[str]) -> Json:
        """Put contacts on a list (add) or take them off (remove): `{"recordsIdsAdded", ...}`."""
        return self.call(paths.MEMBERS, body=list(ids), writes=True, list=number, change=change)

    def lists_of(self, contact: str) -> Json:
        """Read which lists a contact is on: `{"results": [{"listId", ...}]}`."""
        return self.call(paths.LISTS_OF, object=CONTACT_TYPE, id=contact)

    def list_named(self, number: str) -> Json:
        """Read one list: `{"list": {"listId", "processingType", "objectTypeId", ...}}`."""
        return self.call(paths.LIST, list=number)

    def owners(self, after: str | None, *, archived: bool = False) -> Json:
        """List one page of owners."""
        return self.page(paths.OWNERS, {"limit": self._config.page_size}, after, archived=archived)

    def properties(self, kind: str = CONTACTS) -> Json:
        """List what properties records of a type have: all on one page."""
        return self.call(paths.PROPERTIES, object=kind)

    def property_groups(self, kind: str = CONTACTS) -> Json:
        """List the groups that the properties of a type stand in."""
        return self.call(paths.GROUPS, object=kind)

    def create_property(self, body: Mapping[str, Any], kind: str = CONTACTS) -> Json:
        """Make a property of a type's records."""
        return self.call(paths.PROPERTY, body=dict(body), writes=True, object=kind)

    def create_group(self, body: Mapping[str, Any], kind: str = CONTACTS) -> Json:
        """Make a group for properties of a type's records."""
        return self.call(paths.GROUP, body=dict(body), writes=True, object=kind)

    def account(self) -> Json:
        """Read the account's details: `{"portalId", "timeZone", ...}`."""
        answer = self.call(paths.ACCOUNT)
        self._learn_zone(answer.get("timeZone"))
        self._compare(str(answer.get("portalId") or ""))
        return answer

    def scopes(self) -> frozenset[str] | None:
        """Return what the token allows; None where HubSpot does not tell."""
        return self._tokens.current().scopes

    def _refuse_another_account(self) -> None:
        """Raise Stopped where the token is for another account than the database's."""
        with self._pinning:
            if self._keep is not None:
                self.account()
            if self._foreign:
                raise Stopped(self._foreign)

    def _compare(self, number: str) -> None:
        with self._pinning:
            if self._keep is None:
                return
            if not number:
                raise TryLater("HubSpot does not tell which account this is")
            known, self._keep = self._keep(number), None
            if known != number:
                self._foreign = (
                    f"this database belongs to HubSpot account {known}, the token to {number}: use"
                    " another database, or the token of that account"
                )

    @property
    def zone(self) -> ZoneInfo | None:
        """The account's time zone, where it has been told."""
        return self._zone

    def now(self) -> datetime:
        """Return HubSpot's time, asking for it when no answer has told it yet."""
        if self.calls.vendor_time.now() is None:
            self.account()
        told = self.calls.vendor_time.now()
        if told is None:
            raise TryLater("HubSpot's answers carry no Date: its time is not known")
        return told

    def _learn_zone(self, name: object) -> None:
        try:
            self._zone = ZoneInfo(str(name))
            self.calls.allowance.day = Day(self._zone.key)
        except (ZoneInfoNotFoundError, ValueError):
            self._zone = None  # then a used-up day is asked about again each hour

    def _once(self, asked: "_Asked", token: Token) -> Json:
        """Make one call and return its JSON object; searches have a limit of their own."""
        operation = asked.operation(self._config.api_version)
        also = self._searches if asked.route is paths.SEARCH else None
        if also is not None and (wait := also.wait()) > 0:
            raise SearchesSpent("the searches of this second are used", timedelta(seconds=wait))
        with self.calls.one(operation, also) as exchange:
            try:
                answer = self._send(asked, token)
                data: bytes = answer.data
            except ApiException as error:
                headers = dict(error.headers or {})
                exchange.answered(error.status, headers)
                self._learn_quota(HTTPHeaderDict(headers))
                failure = Failure(error.status, operation, error.body or "", headers, asked.writes)
                raise self._translated(failure) from error
            except HTTPError as error:
                raise unreachable(error, operation, writes=asked.writes) from error
            except UnicodeDecodeError as error:  # an error page that is not UTF-8
                raise unreadable(operation, writes=asked.writes) from error
            exchange.answered(answer.status, answer.headers)
        self._learn_quota(answer.headers)
        self._locks = 0 if asked.writes else self._locks
        return _object(data, operation, writes=asked.writes)

    def _send(self, asked: "_Asked", token: Token) -> Any:
        """Send it by the client's low-level call, which knows no versions, and no token.

        Rows are many and the library's models slow and forgetful: raw answers only.
        """
        return self._client.call_api(
            asked.route.path(self._config.api_version),
            asked.route.method,
            path_params=asked.named,
            query_params=asked.query,
            header_params={
                "Accept": "application/json",
                "Authorization": f"Bearer {token.access.reveal()}",
            },
            body=asked.body,
            collection_formats=REPEATED,
            _preload_content=False,
            _request_timeout=self._seconds,
        )

    def _translated(self, failure: Failure) -> SlasyncError:
        if self._zone is None and names_daily_limit(failure):
            self._try_account()
        self._locks += failure.status == HTTPStatus.LOCKED
        now = self.calls.vendor_time.now() or self._clock.now()
        return translate(failure, now, self._zone, self._locks)

    def _try_account(self) -> None:
        """Ask for the zone of the account once; a used-up day may refuse this call as well."""
        if not self._asked_zone:
            self._asked_zone = True
            with contextlib.suppress(SlasyncError):
                self.account()

    def _learn_quota(self, headers: Mapping[str, str]) -> None:
        allowed = headers.get("X-HubSpot-RateLimit-Daily", "")
        left = headers.get("X-HubSpot-RateLimit-Daily-Remaining", "")
        if allowed.isdigit() and left.isdigit():
            self.calls.quota = Quota(int(allowed) - int(left), int(allowed))
        most = headers.get("X-HubSpot-RateLimit-Max", "")
        now_left = headers.get("X-HubSpot-RateLimit-Remaining", "")
        window = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
        if most.isdigit() and window.isdigit():
            span = timedelta(milliseconds=int(window))
            self.calls.permitted(int(most), span, int(now_left) if now_left.isdigit() else None)


def _object(data: bytes, operation: str, *, writes: bool) -> Json:
    try:
        decoded = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise unreadable(operation, writes=writes) from error
    if not isinstance(decoded, dict):
        raise unreadable(operation, writes=writes)
    return decoded


@dataclass(frozen=True, slots=True)
class _Asked:
    route: Route
    named: Mapping[str, str]
    query: Mapping[str, Any] | None = None
    body: Any = None
    writes: bool = False

    def operation(self, version: str) -> str:
        """Name the call by method and path, without any record's id."""
        types = {name: self.named[name] for name in TYPES & self.named.keys()}
        return self.route.operation(version, **types)
