"""The only way out to HubSpot: the vendor's client, held, timed, counted, its errors translated."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from hubspot.crm.associations.v4.exceptions import ApiException as AssociationsError
from hubspot.crm.contacts.exceptions import ApiException as ContactsError
from hubspot.crm.lists.exceptions import ApiException as ListsError
from hubspot.crm.objects.exceptions import ApiException as ObjectsError
from hubspot.crm.owners.exceptions import ApiException as OwnersError
from hubspot.crm.properties.exceptions import ApiException as PropertiesError
from hubspot.hubspot import HubSpot
from urllib3 import HTTPHeaderDict, Retry
from urllib3.exceptions import HTTPError

from slasync.clock import Seams
from slasync.connectors.deadline import watched
from slasync.connectors.http import Burst, Calls, Observer, Quota
from slasync.connectors.hubspot.errors import (
    Failure,
    Unauthorized,
    names_daily_limit,
    translate,
    unreachable,
    unreadable,
)
from slasync.domain.budgets import Day
from slasync.errors import SlasyncError, TryLater
from slasync.systems import HubSpotConfig

Json = dict[str, Any]

CONTACTS = "/crm/v3/objects/contacts"
OWNERS = "/crm/v3/owners"
PROPERTIES = "/crm/v3/properties/contacts"
LISTS = "/crm/v3/lists"
ACCOUNT = "/account-info/v3/details"
CONTACT_TYPE = "0-1"

SEARCHES_A_SECOND = 4  # HubSpot allows 5 to the whole account, in no header
SECOND = timedelta(seconds=1)
REFUSALS = (
    ContactsError, OwnersError, PropertiesError, ListsError, ObjectsError, AssociationsError,
)  # fmt: skip
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
        seconds = config.connect_timeout.total_seconds(), config.read_timeout.total_seconds()
        # rows are many and the library's models slow and forgetful: raw answers only
        self._how: Json = {"_request_timeout": seconds, "_preload_content": False}
        self._hold(pool_manager)

    def _hold(self, pool_manager: Any) -> None:
        """Keep one of each API object, all on one connection pool.

        Each access to `client.crm.contacts.basic_api` would make another pool.
        """
        token = self._config.secrets["access_token"].reveal()
        client: Any = HubSpot(access_token=token, host=self._config.url, retry=NO_RETRY)
        self._client = client
        contacts: Any = client.crm.contacts
        self._basic, self._batch = contacts.basic_api, contacts.batch_api
        self._search, self._owners = contacts.search_api, client.crm.owners.owners_api
        self._pool = pool_manager or self._basic.api_client.rest_client.pool_manager
        if pool_manager is None:
            watched(self._pool)
        self._core = client.crm.properties.core_api
        self._groups = client.crm.properties.groups_api
        self._lists, self._members = client.crm.lists.lists_api, client.crm.lists.memberships_api
        held = (self._basic, self._batch, self._search, self._owners, self._core)
        for api in (*held, self._lists, self._members, self._groups):
            api.api_client.rest_client.pool_manager = self._pool

    def close(self) -> None:
        """Close idle connections."""
        clear = getattr(self._pool, "clear", None)
        if clear:
            clear()

    def held(self, group: Callable[[Any], Any]) -> Any:
        """Return an API object of the client's, on the one pool: `lambda crm: crm.objects...`."""
        api = group(self._client.crm)
        api.api_client.rest_client.pool_manager = self._pool
        return api

    def ask(
        self, operation: str, ask: Callable[[Json], Any], *, writes: bool = False,
        searches: bool = False,
    ) -> Json:  # fmt: skip
        """Make a call of a held API object; `ask` is given how calls are made."""
        also = self._searches if searches else None
        return self._call(operation, lambda: ask(self._how), writes=writes, also=also)

    def contacts(
        self, properties: Sequence[str], after: str | None, *, archived: bool = False
    ) -> Json:
        """List one page of contacts by id: `{"results": [...], "paging"?}`."""
        asked = {"limit": self._config.page_size, "properties": list(properties)}
        if after is not None:
            asked["after"] = after
        return self._call(
            f"GET {CONTACTS}",
            lambda: self._basic.get_page(archived=archived, **asked, **self._how),
        )

    def search(self, request: Mapping[str, Any]) -> Json:
        """Search contacts: `{"total", "results": [...], "paging"?}`."""
        return self._call(
            f"POST {CONTACTS}/search",
            lambda: self._search.do_search(dict(request), **self._how),
            also=self._searches,
        )

    def read(self, ids: Sequence[str], properties: Sequence[str]) -> Json:
        """Read up to 100 contacts by id; those that are missing are in `errors` (207)."""
        asked = {
            "inputs": [{"id": i} for i in ids],
            "properties": list(properties),
            "propertiesWithHistory": [],
        }
        return self._call(
            f"POST {CONTACTS}/batch/read", lambda: self._batch.read(asked, **self._how)
        )

    def update(self, inputs: Sequence[Mapping[str, Any]]) -> Json:
        """Update up to 100 contacts; rows that failed are in `errors` (207)."""
        asked = {"inputs": [dict(row) for row in inputs]}
        return self._call(
            f"POST {CONTACTS}/batch/update",
            lambda: self._batch.update(asked, **self._how),
            writes=True,
        )

    def change_list(self, number: str, change: str, ids: Sequence[str]) -> Json:
        """Put contacts on a list (add) or take them off (remove): `{"recordsIdsAdded", ...}`."""
        ask = self._members.add if change == "add" else self._members.remove
        return self._call(
            f"PUT {LISTS}/memberships/{change}",
            lambda: ask(number, list(ids), **self._how),
            writes=True,
        )

    def lists_of(self, contact: str) -> Json:
        """Read which lists a contact is on: `{"results": [{"listId", ...}]}`."""
        return self._call(
            f"GET {LISTS}/records/memberships",
            lambda: self._members.get_lists(CONTACT_TYPE, contact, **self._how),
        )

    def list_named(self, number: str) -> Json:
        """Read one list: `{"list": {"listId", "processingType", "objectTypeId", ...}}`."""
        return self._call(f"GET {LISTS}", lambda: self._lists.get_by_id(number, **self._how))

    def owners(self, after: str | None, *, archived: bool = False) -> Json:
        """List one page of owners."""
        asked: Json = {"limit": self._config.page_size, "archived": archived}
        if after is not None:
            asked["after"] = after
        return self._call(f"GET {OWNERS}", lambda: self._owners.get_page(**asked, **self._how))

    def properties(self) -> Json:
        """List what properties contacts have: all on one page."""
        return self._call(f"GET {PROPERTIES}", lambda: self._core.get_all("contacts", **self._how))

    def property_groups(self) -> Json:
        """List the groups that contacts' properties stand in."""
        return self._call(
            f"GET {PROPERTIES}/groups", lambda: self._groups.get_all("contacts", **self._how)
        )

    def create_property(self, body: Mapping[str, Any]) -> Json:
        """Make a property of contacts."""
        return self._call(
            f"POST {PROPERTIES}",
            lambda: self._core.create("contacts", dict(body), **self._how),
            writes=True,
        )

    def create_group(self, body: Mapping[str, Any]) -> Json:
        """Make a group for properties of contacts."""
        return self._call(
            f"POST {PROPERTIES}/groups",
            lambda: self._groups.create("contacts", dict(body), **self._how),
            writes=True,
        )

    def account(self) -> Json:
        """Read the account's details: `{"portalId", "timeZone", ...}`. The client has no call."""
        answer = self._call(f"GET {ACCOUNT}", self._get_account)
        self._learn_zone(answer.get("timeZone"))
        return answer

    def now(self) -> datetime:
        """Return HubSpot's time, asking for it when no answer has told it yet."""
        if self.calls.vendor_time.now() is None:
            self.account()
        told = self.calls.vendor_time.now()
        if told is None:
            raise TryLater("HubSpot's answers carry no Date: its time is not known")
        return told

    def _get_account(self) -> Any:
        client = self._basic.api_client
        accept = {"Accept": "application/json"}
        return client.call_api(
            ACCOUNT, "GET", header_params=accept, auth_settings=["oauth2"], **self._how
        )

    def _learn_zone(self, name: object) -> None:
        try:
            self._zone = ZoneInfo(str(name))
            self.calls.allowance.day = Day(self._zone.key)
        except (ZoneInfoNotFoundError, ValueError):
            self._zone = None  # then a used-up day is asked about again each hour

    def _call(
        self,
        operation: str,
        ask: Callable[[], Any],
        *,
        writes: bool = False,
        also: Burst | None = None,
    ) -> Json:
        """Make a call; when its token is not accepted, once more, lest a blip end everything."""
        try:
            return self._once(operation, ask, also, writes=writes)
        except Unauthorized:
            return self._once(operation, ask, also, writes=writes)

    def _once(
        self, operation: str, ask: Callable[[], Any], also: Burst | None, *, writes: bool
    ) -> Json:
        """Make one call and return its JSON object; `also` is a limit of its own kind."""
        if also is not None and (wait := also.wait()) > 0:
            raise SearchesSpent("the searches of this second are used", timedelta(seconds=wait))
        with self.calls.one(operation, also) as exchange:
            try:
                answer = ask()
                data: bytes = answer.data
            except REFUSALS as error:
                headers = dict(error.headers or {})
                exchange.answered(error.status, headers)
                self._learn_quota(HTTPHeaderDict(headers))
                failure = Failure(error.status, operation, error.body or "", headers, writes)
                raise self._translated(failure) from error
            except HTTPError as error:
                raise unreachable(error, operation, writes=writes) from error
            except UnicodeDecodeError as error:  # an error page that is not UTF-8
                raise unreadable(operation, writes=writes) from error
            exchange.answered(answer.status, answer.headers)
        self._learn_quota(answer.headers)
        return _object(data, operation, writes=writes)

    def _translated(self, failure: Failure) -> SlasyncError:
        if self._zone is None and names_daily_limit(failure):
            self._try_account()
        return translate(failure, self.calls.vendor_time.now() or self._clock.now(), self._zone)

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
