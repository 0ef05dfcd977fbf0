"""The only way out to Marketo: one httpx client for all threads, every call counted.

Marketo answers with HTTP 200 whether or not it did what it was asked; here that becomes slasync's
errors. A token that has ended is renewed once, by the first who learns of it, and the call made
again unchanged.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import structlog

from slasync.clock import Seams
from slasync.connectors.deadline import watched_client
from slasync.connectors.http import Calls, Observer
from slasync.connectors.marketo.errors import (
    EDGE_PAUSE,
    QUOTA_ZONE,
    TOKEN_CODES,
    of_status,
    told_of,
    translate,
    unreachable,
    unreadable,
)
from slasync.connectors.marketo.token import Token, Tokens
from slasync.connectors.marketo.usage import Usage
from slasync.domain.budgets import Day
from slasync.errors import SlasyncError, TryLater
from slasync.systems import MarketoConfig

log = structlog.get_logger(__name__)

Json = dict[str, Any]

LEADS, ACTIVITIES = "/rest/v1/leads", "/rest/v1/activities"
LISTS, CAMPAIGNS = "/rest/v1/lists", "/rest/v1/campaigns"
EXPORT = "/bulk/v1/leads/export"
USAGE = "/rest/v1/stats/usage.json"
LONGEST_ADDRESS = 6_000  # Marketo refuses more than 8 KB: then the query goes into the body
SHORT_ANSWER = 4_000  # bytes
FILES = ("csv", "octet-stream", "text/plain")
FORM = "application/x-www-form-urlencoded"


class Transport:
    """Calls by name. Each raises TryLater, Refused or Stopped, and nothing else."""

    def __init__(
        self,
        config: MarketoConfig,
        seams: Seams,
        *,
        httpx_transport: httpx.BaseTransport | None = None,
        observers: tuple[Observer, ...] = (),
    ) -> None:
        self.calls = Calls(
            "marketo", seams.clock, config.budget, observers,
            abreast=seams.abreast(config.budget.concurrency), day=Day(QUOTA_ZONE.key),
            deadline=config.total_timeout,
        )  # fmt: skip
        self._config = config
        self._clock = seams.clock
        timeout = httpx.Timeout(
            config.read_timeout.total_seconds(), connect=config.connect_timeout.total_seconds()
        )
        client = httpx.Client(
            transport=httpx_transport, timeout=timeout, trust_env=httpx_transport is None
        )
        self._client = watched_client(client)
        self.tokens = Tokens(config, seams.clock, self._client, self.calls)
        self._usage = Usage(self.calls, seams.clock, config.budget.daily_calls)

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def now(self) -> datetime:
        """Return Marketo's time, asking for it when no answer has told it yet."""
        if self.calls.vendor_time.now() is None:
            self.usage()
        told = self.calls.vendor_time.now()
        if told is None:
            raise TryLater("Marketo's answers carry no Date: its time is not known")
        return told

    # leads

    def leads(self, ids: Sequence[str], fields: Sequence[str]) -> list[Json]:
        """Read up to 300 leads by id; those that are gone are left out."""
        query = {"filterType": "id", "filterValues": ",".join(ids), "fields": ",".join(fields)}
        return rows(self._call("GET", f"{LEADS}.json", query | {"batchSize": "300"}))

    def sync(self, inputs: Sequence[Mapping[str, Any]]) -> list[Json]:
        """Write up to 300 leads that are there; one outcome each, in their order."""
        body = {"action": "updateOnly", "lookupField": "id", "input": [dict(row) for row in inputs]}
        return rows(self._call("POST", f"{LEADS}.json", json=body, writes=True))

    def describe(self) -> Json:
        """Return `{"searchableFields": [...], "fields": [{"name", "displayName", ...}]}`."""
        found = rows(self._call("GET", f"{LEADS}/describe2.json"))
        if not found:
            raise TryLater("Marketo describes no leads")
        return found[0]

    def create_fields(self, inputs: Sequence[Mapping[str, Any]]) -> list[Json]:
        """Make fields of leads; one outcome each, in their order."""
        body = {"input": [dict(row) for row in inputs]}
        return rows(self._call("POST", f"{LEADS}/schema/fields.json", json=body, writes=True))

    # activities

    def paging_token(self, since: datetime) -> str:
        """Return the token that begins at a time."""
        stamp = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        return _token(self._call("GET", f"{ACTIVITIES}/pagingtoken.json", {"sinceDatetime": stamp}))

    def activities(
        self, token: str, types: Sequence[int], size: int, leads: Sequence[str] = ()
    ) -> "Feed":
        """Read one page of what happened to leads."""
        query = {"nextPageToken": token, "batchSize": str(size)}
        query["activityTypeIds"] = ",".join(map(str, types))
        if leads:
            query["leadIds"] = ",".join(leads)
        return Feed(self._call("GET", f"{ACTIVITIES}.json", query))

    def deleted(self, token: str, size: int) -> "Feed":
        """Read one page of the leads that were deleted in the last two weeks."""
        query = {"nextPageToken": token, "batchSize": str(size)}
        return Feed(self._call("GET", f"{ACTIVITIES}/deletedleads.json", query))

    def activity_types(self) -> list[Json]:
        """List the types: `[{"id", "name", ...}]`."""
        return rows(self._call("GET", f"{ACTIVITIES}/types.json"))

    # lists and campaigns

    def change_list(self, number: str, change: str, ids: Sequence[str]) -> list[Json]:
        """Put leads on a list (add) or take them off (remove): one outcome each."""
        path = f"{LISTS}/{number}/leads.json"
        if change == "add":
            body = {"input": [{"id": int(each)} for each in ids]}
            return rows(self._call("POST", path, json=body, writes=True))
        return rows(self._call("DELETE", path, {"id": ",".join(ids)}, writes=True))

    def members(self, number: str, ids: Sequence[str]) -> list[Json]:
        """Tell of each lead whether it is on a list: `status` memberof, notmemberof, skipped."""
        query = {"id": ",".join(ids)}
        return rows(self._call("GET", f"{LISTS}/{number}/leads/ismember.json", query))

    def list_named(self, number: str) -> list[Json]:
        """Read one list."""
        return rows(self._call("GET", f"{LISTS}/{number}.json"))

    def request_campaign(
        self, number: str, ids: Sequence[str], tokens: Mapping[str, str]
    ) -> list[Json]:
        """Have a trigger campaign run for up to 100 leads. `input` is an object here."""
        given = [{"name": f"{{{{my.{name}}}}}", "value": value} for name, value in tokens.items()]
        wanted: Json = {"leads": [{"id": int(each)} for each in ids]}
        body = {"input": wanted | ({"tokens": given} if given else {})}
        return rows(
            self._call("POST", f"{CAMPAIGNS}/{number}/trigger.json", json=body, writes=True)
        )

    def campaign(self, number: str) -> list[Json]:
        """Read one campaign: `{"id", "name", "type", "active", ...}`."""
        return rows(self._call("GET", f"{CAMPAIGNS}/{number}.json"))

    # bulk extract

    def create_export(self, fields: Sequence[str], start: datetime, end: datetime) -> Json:
        """Make a job for the leads that were made between two times; it does not run yet."""
        made = {"startAt": _iso(start), "endAt": _iso(end)}
        body = {"fields": list(fields), "format": "CSV", "filter": {"createdAt": made}}
        return _one(rows(self._call("POST", f"{EXPORT}/create.json", json=body)))

    def enqueue_export(self, job: str) -> Json:
        """Have a job run when its turn comes."""
        return _one(rows(self._call("POST", f"{EXPORT}/{job}/enqueue.json")))

    def export_status(self, job: str) -> Json:
        """Tell how far a job is; Marketo itself looks once a minute."""
        return _one(rows(self._call("GET", f"{EXPORT}/{job}/status.json")))

    def export_part(self, job: str, first: int, last: int) -> bytes:
        """Read the bytes from `first` to `last`, both included, of a job's file."""
        operation = "GET /bulk/v1/leads/export/file"
        how = {"headers": {"Range": f"bytes={first}-{last}"}}
        answer = self._authorised(operation, "GET", f"{EXPORT}/{job}/file.json", how, writes=False)
        if answer.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            raise of_status(answer.status_code, operation, writes=False)
        if not any(kind in _media(answer) for kind in FILES):
            self._body(answer, operation, writes=False)  # raises what Marketo complains of
            raise unreadable(operation, writes=False)
        whole = answer.content
        return whole[first : last + 1] if answer.status_code == HTTPStatus.OK else whole

    # the instance

    def usage(self) -> list[Json]:
        """Read how many calls were made today, by all integrations."""
        self._usage.due()  # it is asked now
        found = rows(self._call("GET", USAGE))
        self._usage.learn(found)
        return found

    def _know_usage(self) -> None:
        """Ask for the day's count now and then; one that is not told keeps nobody from calling."""
        if self._usage.due():
            try:
                self.usage()
            except SlasyncError as error:
                log.warning("what others use is not known", system="marketo", error=str(error))

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        json: Any = None,
        writes: bool = False,
    ) -> Json:
        """Make one call and return its body, which says success."""
        if path != USAGE:
            self._know_usage()
        operation = f"{method} {path}"
        sent_as, address, how = _request(method, path, query or {}, json)
        answer = self._authorised(operation, sent_as, address, how, writes=writes)
        if answer.status_code != HTTPStatus.OK:
            raise of_status(answer.status_code, operation, writes=writes)
        return self._body(answer, operation, writes=writes)

    def _authorised(
        self, operation: str, method: str, address: str, how: Json, *, writes: bool
    ) -> httpx.Response:
        """Make a call; when its token is not accepted, once more with another."""
        token = self.tokens.current()
        answer = self._once(operation, method, address, how, token, writes=writes)
        if not _refuses_token(answer):
            return answer
        token = self.tokens.renew(token)
        answer = self._once(operation, method, address, how, token, writes=writes)
        if _refuses_token(answer):
            raise TryLater(f"{_nameless(operation)}: a new token was not accepted", EDGE_PAUSE)
        return answer

    def _once(  # noqa: PLR0913 - what a call is made of
        self, operation: str, method: str, address: str, how: Json, token: Token, *, writes: bool
    ) -> httpx.Response:
        shown = {"Authorization": f"Bearer {token.access.reveal()}", **how.get("headers", {})}
        given = {**how, "headers": shown}
        with self.calls.one(_nameless(operation)) as exchange:
            try:
                answer = self._client.request(method, self._config.url + address, **given)
            except httpx.TransportError as error:
                raise unreachable(error, _nameless(operation), writes=writes) from error
            except httpx.DecodingError as error:
                raise unreadable(_nameless(operation), writes=writes) from error
            exchange.answered(answer.status_code, answer.headers)
        self._usage.made()
        return answer

    def _body(self, answer: httpx.Response, operation: str, *, writes: bool) -> Json:
        """Return the body of an answer that says success. Raises what it says instead."""
        try:
            body = orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise unreadable(_nameless(operation), writes=writes) from error
        if not isinstance(body, dict) or not isinstance(body.get("success"), bool):
            raise unreadable(_nameless(operation), writes=writes)
        if not body["success"]:
            now = self.calls.vendor_time.now() or self._clock.now()
            raise translate(told_of(body), _nameless(operation), now, writes=writes)
        return body


class Feed:
    """One page of the change feed. It may be empty while more is to come."""

    def __init__(self, body: Json) -> None:
        self.rows = rows(body)
        self.token = _token(body)
        self.more = body.get("moreResult") is True


def rows(body: Json) -> list[Json]:
    """Return the rows of an answer; without any there need be no `result`."""
    result = body.get("result", [])
    if not isinstance(result, list) or not all(isinstance(row, dict) for row in result):
        raise TryLater("Marketo answered a result that is no list of rows")
    return result


def _one(found: list[Json]) -> Json:
    if len(found) != 1:
        raise TryLater(f"Marketo answered {len(found)} rows where one was expected")
    return found[0]


def _token(body: Json) -> str:
    token = body.get("nextPageToken")
    if not isinstance(token, str) or not token:
        raise TryLater("Marketo answered without a nextPageToken")
    return token


def _request(method: str, path: str, query: Mapping[str, str], json: Any) -> tuple[str, str, Json]:
    """Return how a call is sent: method, address and the rest.

    A query that is too long for an address goes as a form.
    """
    if json is not None:
        content = orjson.dumps(json)
        return method, path, {"content": content, "headers": {"Content-Type": "application/json"}}
    encoded = urlencode(query)
    if method == "GET" and len(encoded) > LONGEST_ADDRESS:
        form = {"content": encoded.encode(), "headers": {"Content-Type": FORM}}
        return "POST", f"{path}?_method=GET", form
    return method, f"{path}?{encoded}" if query else path, {}


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_json(answer: httpx.Response) -> bool:
    return "json" in _media(answer)


def _media(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", "")).lower()


def _refuses_token(answer: httpx.Response) -> bool:
    """Tell whether an answer, which is short then, says nothing but that the token is no good."""
    if len(answer.content) > SHORT_ANSWER or not _is_json(answer):
        return False
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return False
    failed = isinstance(body, dict) and body.get("success") is False
    return failed and told_of(body).code in TOKEN_CODES


def _nameless(operation: str) -> str:
    """Leave out ids: a name of an operation is a label of metrics."""
    return "/".join("{id}" if _is_id(part) else part for part in operation.split("/"))


def _is_id(part: str) -> bool:
    text = part.removesuffix(".json")
    return text.isdigit() or (len(text) == _UUID and text.count("-") == _DASHES)


_UUID, _DASHES = 36, 4
