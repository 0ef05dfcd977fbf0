"""Query jobs: a statement run once, its rows kept and handed out as CSV, part by part."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from slasync.sandbox.http import is_number
from slasync.sandbox.salesforce import aggregates, soql
from slasync.sandbox.salesforce.asking import Ask, Reply
from slasync.sandbox.salesforce.bulk_csv import MEDIA, shown, written
from slasync.sandbox.salesforce.bulk_jobs import QUEUED, Job, State, style_of, wrong_state
from slasync.sandbox.salesforce.compiling import Get, reached, trimmed
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.querying import Asker, Queries, found
from slasync.sandbox.salesforce.schema import Field, Row
from slasync.sandbox.salesforce.soql_ast import Call, Order, Path, Statement, TypeOf

OPERATIONS = ("query", "queryAll")
MOST_RECORDS = 50_000  # of one answer
ROWS_A_SECOND = 20_000
LEAST_TIME = timedelta(seconds=1)
LAST = "null"  # the locator of the last part
BY_KEY = (Order(Path(("Id",)), descending=False, nulls_last=False),)
SHOWN_AS = {"tolabel", "format", "convertcurrency"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result."""

    title: str
    field: Field
    get: Get


class Extract(Queries):
    """Statements as the Bulk API runs them: all rows at once, by columns, in order of the key."""

    def columns(self, query: Statement, asker: Asker) -> tuple[str, list[Column]]:
        """Return the object and what is selected of it. Raises Trouble for what is REST's alone."""
        _refuse(query)
        scope = self._scope(query, asker, deleted=True)
        made = []
        for item in query.select:
            path = item.path if isinstance(item, Call) else item
            if not isinstance(path, Path):
                raise _never("Nested and polymorphic selections are")
            last, get = reached(scope, path)
            if last.type == "address":
                raise _never("Selecting compound data")
            title = ".".join((*trimmed(scope, path)[:-1], last.name))
            made.append(Column(title, last, get))
        return scope.type.name, made

    def rows(self, query: Statement, asker: Asker, *, deleted: bool) -> list[Row]:
        """Return the rows found; without an order of its own, in that of the primary key."""
        scope = self._scope(query, asker, deleted=deleted)
        return list(found(scope, query if query.order else replace(query, order=BY_KEY)))


def _refuse(query: Statement) -> None:
    if aggregates.is_count(query) or aggregates.is_aggregate(query):
        raise _never("Aggregate Relationships")
    if query.offset:
        raise _never("OFFSET")
    for item in query.select:
        if isinstance(item, TypeOf):
            raise _never("TYPEOF")
        if isinstance(item, Statement):
            raise _never("Parent to child relationships")
        if isinstance(item, Call) and item.function not in SHOWN_AS:
            raise _never(f"{item.function.upper()}()")


def _never(what: str) -> Trouble:
    text = f"{what} not supported in Bulk V2 Query with CSV content type"
    return Trouble("FUNCTIONALITY_NOT_ENABLED", text)


@dataclass(slots=True, kw_only=True)
class QueryJob(Job):
    """One statement, and the rows it found when it was run."""

    type: ClassVar[str] = "V2Query"
    extract: Extract
    query: Statement
    columns: list[Column]
    rows: Sequence[Row] = field(default=())

    def go_on(self, org: Org, now: datetime) -> timedelta | None:
        del org
        if self.state is State.RUNNING:
            self.state, self.processed = State.COMPLETE, len(self.rows)
            return None
        asker = Asker(self.by, now, "")
        try:
            _, self.columns = self.extract.columns(self.query, asker)  # the schema may differ now
            deleted = self.operation == "queryAll"
            self.rows = self.extract.rows(self.query, asker, deleted=deleted)
        except Trouble as trouble:
            text = f"Failed to process query: {trouble.code}: {trouble.message}"
            raise Trouble("InvalidBatch", text) from None
        self.state = State.RUNNING
        return LEAST_TIME + timedelta(seconds=len(self.rows) / ROWS_A_SECOND)

    def info(self) -> dict[str, Any]:
        chunked = not self.query.order and self.query.limit is None
        return Job.info(self) | {"isPkChunkingSupported": chunked}

    def results(self, ask: Ask) -> Reply:
        """Answer one part of the result, with the locator of the next."""
        if ask.unit.by != self.by:
            raise Trouble("INSUFFICIENT_ACCESS", "Only the job's creator can get its results")
        if self.state is not State.COMPLETE:
            raise wrong_state(f"Results are not available: the job is {self.state}")
        start = _place(ask.params.get("locator"), len(self.rows))
        end = min(start + _most(ask.params.get("maxRecords")), len(self.rows))
        part = self.rows[start:end]
        lines = ([shown(c.field, c.get(row)) for c in self.columns] for row in part)
        headers = {
            "Content-Type": MEDIA,
            "Sforce-Locator": _locator(end) if end < len(self.rows) else LAST,
            "Sforce-NumberOfRecords": str(len(part)),
        }
        titles = [column.title for column in self.columns]
        return Reply(200, written(self.style, titles, lines), headers)


def _locator(place: int) -> str:
    return urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(locator: str | None, rows: int) -> int:
    """Return the row a locator leads to; without one, the first. Raises INVALID_QUERY_LOCATOR."""
    if not locator:
        return 0
    try:
        place = int(urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode())
    except ValueError:
        place = -1
    if not 0 < place < rows:
        raise Trouble("INVALID_QUERY_LOCATOR", "invalid query locator")
    return place


def _most(text: str | None) -> int:
    if text is None:
        return MOST_RECORDS
    if not is_number(text) or not int(text):
        raise Trouble("API_ERROR", f"maxRecords must be a number above 0: {text}")
    return min(int(text), MOST_RECORDS)


def created(org: Org, extract: Extract, ask: Ask) -> QueryJob:
    """Check what POST /jobs/query asks for and return the new job. Raises Trouble."""
    body = ask.object_body()
    operation, text = body.get("operation"), body.get("query")
    if operation not in OPERATIONS:
        raise Trouble("API_ERROR", f"The operation of a query job is {' or '.join(OPERATIONS)}")
    if not isinstance(text, str):
        raise Trouble("API_ERROR", "A query has to be specified")
    query, style = soql.parse(text), style_of(body)
    name, columns = extract.columns(query, Asker(ask.unit.by, ask.now, ask.base))
    return QueryJob(
        id=org.new_id("750"),
        operation=operation,
        object=name,
        by=ask.unit.by,
        at=ask.now,
        version=float(ask.version.lstrip("v")),
        style=style,
        state=State.UPLOADED,
        due=ask.now + QUEUED,
        extract=extract,
        query=query,
        columns=columns,
    )
