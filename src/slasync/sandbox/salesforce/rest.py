"""Which resource answers a request below /services/data/vXX.X."""

import re
from collections.abc import Callable

from slasync.sandbox.http import is_number
from slasync.sandbox.salesforce import collections, composite, crud, describe, replication, tree
from slasync.sandbox.salesforce.asking import Ask, Reply
from slasync.sandbox.salesforce.bulk import Bulk, Later
from slasync.sandbox.salesforce.errors import Trouble, not_allowed, not_found
from slasync.sandbox.salesforce.limits import Limits
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.querying import LEAST_PAGE, MOST_PAGE, Asker, Queries
from slasync.sandbox.salesforce.schema import ObjectType

OLDEST, NEWEST = 31, 68
SEASONS = ("Spring", "Summer", "Winter")
RESOURCES = {
    "composite": "composite", "jobs": "jobs", "limits": "limits", "query": "query",
    "queryAll": "queryAll", "sobjects": "sobjects",
}  # fmt: skip


def versions() -> list[dict[str, str]]:
    """Return the body of GET /services/data: every version, oldest first."""
    made = []
    for number in range(OLDEST, NEWEST + 1):  # 31 is Summer '14, 33 Spring '15, three a year
        year = 14 + (number - 30) // 3
        season = SEASONS[(number - 30) % 3]
        url = f"/services/data/v{number}.0"
        label = f"{season} '{year + (season == 'Winter')}"
        made.append({"label": label, "url": url, "version": f"{number}.0"})
    return made


def known_version(text: str) -> None:
    """Raise for a version that is gone or was never there."""
    match = re.fullmatch(r"v(\d{1,3})\.0", text, re.ASCII)
    if match is None or int(match[1]) > NEWEST:
        raise not_found()
    if int(match[1]) < OLDEST:
        words = f"API version {match[1]}.0 is no longer supported"
        raise Trouble("UNSUPPORTED_API_VERSION", words)


def kind(ask: Ask) -> str:
    """Return under what name a call is counted: "GET query", "PATCH composite/sobjects"."""
    length = 2 if ask.path[:1] in {("sobjects",), ("composite",), ("jobs",)} else 1
    return f"{ask.method} {'/'.join(ask.path[:length])}"


class Rest:
    """The REST resources of one org."""

    def __init__(self, org: Org, limits: Limits, later: Later) -> None:
        self.bulk = Bulk(org, later)
        self._org = org
        self._limits = limits
        self._queries = Queries(org)

    def answer(self, ask: Ask) -> Reply:
        """Answer one request, or one part of a composite; refusals become bodies, undone."""
        mark = ask.unit.mark()
        try:
            return self._routed(ask)
        except Trouble as trouble:
            ask.unit.rollback(mark)
            return Reply(trouble.status, trouble.body())

    def _routed(self, ask: Ask) -> Reply:  # noqa: PLR0911 - a table of resources
        match ask.path:
            case ():
                base = ask.base
                return Reply(200, {name: f"{base}/{way}" for name, way in RESOURCES.items()})
            case ("query" | "queryAll", *rest):
                return self._query(ask, rest)
            case ("limits",):
                only(ask, "GET")
                return Reply(200, self._limits.listed(ask.now) | self.bulk.limits(ask.now))
            case ("jobs", *rest):
                return self.bulk.answer(ask, rest)
            case ("sobjects",):
                only(ask, "GET")
                return describe.conditional(self._org, ask, describe.overview(self._org, ask))
            case ("sobjects", name, *rest):
                return self._sobject(ask, self._type(name), rest)
            case ("composite", *rest):
                return self._composite(ask, rest)
        raise not_found()

    def _type(self, name: str) -> ObjectType:
        found = self._org.schema.find(name)
        if found is None:
            raise not_found()
        return found

    def _query(self, ask: Ask, rest: list[str]) -> Reply:
        only(ask, "GET")
        asker = Asker(ask.unit.by, ask.now, ask.base, page_size(ask))
        if rest:
            return Reply(200, self._queries.more(rest[0], asker))
        text = ask.params.get("q")
        if text is None:
            raise Trouble("MALFORMED_QUERY", "A query string has to be specified")
        deleted = ask.path[0] == "queryAll"
        return Reply(200, self._queries.run(text, asker, deleted=deleted))

    def _sobject(  # noqa: PLR0911 - a table of resources
        self, ask: Ask, type_: ObjectType, rest: list[str]
    ) -> Reply:
        match rest:
            case []:
                if ask.method == "POST":
                    return crud.create(self._org, ask, type_)
                only(ask, "GET", "POST")
                return Reply(200, describe.basic(ask, type_))
            case ["describe"]:
                only(ask, "GET")
                return describe.conditional(self._org, ask, describe.full(ask, type_))
            case ["updated"]:
                return replication.updated(self._org, ask, type_)
            case ["deleted"]:
                return replication.deleted(self._org, ask, type_)
            case [record]:
                return crud.by_id(self._org, ask, type_, record)
            case [field, value]:
                return crud.by_key(self._org, ask, type_, field, value)
        raise not_found()

    def _composite(self, ask: Ask, rest: list[str]) -> Reply:
        if rest[:1] == ["sobjects"]:
            return collections.answer(self._org, ask)
        if rest[:1] == ["tree"] and len(rest) > 1:
            only(ask, "POST")
            return tree.answer(self._org, ask, self._type(rest[1]))
        answers: dict[tuple[str, ...], Callable[[Ask, composite.Answer], Reply]] = {
            (): composite.composite, ("graph",): composite.graph, ("batch",): composite.batch,
        }  # fmt: skip
        found = answers.get(tuple(rest))
        if found is None:
            raise not_found()
        only(ask, "POST")
        inner = self._counted if rest == ["batch"] else self._part
        return found(ask, inner)

    def _part(self, ask: Ask) -> Reply:
        """Answer a part of a composite: it may not hold another one."""
        if ask.path[:1] == ("composite",) and ask.path[1:2] != ("sobjects",):
            return Reply(400, Trouble("INVALID_INPUT", "Composite cannot be nested").body())
        if ask.path[:1] == ("jobs",):
            return Reply(400, Trouble("INVALID_INPUT", "Jobs cannot be part of a composite").body())
        return self.answer(ask)

    def _counted(self, ask: Ask) -> Reply:
        """Answer a part of a batch, each of which counts as a call."""
        try:
            self._limits.count(kind(ask), ask.now)
        except Trouble as trouble:
            return Reply(trouble.status, trouble.body())
        return self._part(ask)


def only(ask: Ask, *methods: str) -> None:
    if ask.method not in methods:
        raise not_allowed(ask.method, methods)


def page_size(ask: Ask) -> int:
    """Read Sforce-Query-Options: batchSize=200..2000."""
    _, _, text = (
        ask.headers.get("sforce-query-options", "").replace(" ", "").partition("batchSize=")
    )
    digits = text.partition(",")[0]
    return min(MOST_PAGE, max(LEAST_PAGE, int(digits))) if is_number(digits) else MOST_PAGE
