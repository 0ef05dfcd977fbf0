"""Ingest jobs: a CSV file written row by row under the rules of the org, each with its result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from slasync.sandbox.salesforce import ids, writes
from slasync.sandbox.salesforce.asking import Ask, Reply
from slasync.sandbox.salesforce.bulk_csv import MEDIA, Cells, invalid, meant, parsed, written
from slasync.sandbox.salesforce.bulk_jobs import (
    ENDED,
    QUEUED,
    Job,
    State,
    style_of,
    unexpected,
    wrong_state,
)
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import ObjectType, Row
from slasync.sandbox.salesforce.unit import Options, Unit

BATCH = 10_000  # rows; what a day's batches are counted in
CHUNK = 200  # rows that are saved together
LARGEST = 150 * 1024 * 1024  # bytes, counted as base64 makes of them
MOST_FIELDS, MOST_OF_FIELD, MOST_OF_ROW = 5_000, 32_000, 400_000  # characters
ROWS_A_SECOND = 1_000
OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
RULES = "01Q"  # prefix of assignment rules


@dataclass(frozen=True, slots=True)
class Result:
    """How one row ended. `error` is empty for one that was written."""

    cells: Cells
    id: str = ""
    created: bool = False
    error: str = ""


@dataclass(slots=True, kw_only=True)
class IngestJob(Job):
    """One file: uploaded once, closed, then worked off batch by batch."""

    type: ClassVar[str] = "V2Ingest"
    key: str | None = None  # externalIdFieldName
    rule: str | None = None  # assignmentRuleId
    data: bytes | None = None
    header: Cells = field(default_factory=list)
    waiting: Sequence[Cells] = ()
    results: list[Result] = field(default_factory=list)

    def made(self) -> dict[str, Any]:
        told = Job.made(self)
        told["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        if self.key:
            told["externalIdFieldName"] = self.key
        return told | ({"assignmentRuleId": self.rule} if self.rule else {})

    def info(self) -> dict[str, Any]:
        return Job.info(self) | {
            "numberRecordsFailed": sum(1 for each in self.results if each.error),
            "apexProcessingTime": 0,
            "apiActiveProcessingTime": self.spent // timedelta(milliseconds=1),
        }

    def upload(self, ask: Ask) -> Reply:
        """Take the file; a job takes one."""
        if MEDIA not in ask.headers.get("content-type", ""):
            raise Trouble("UNSUPPORTED_MEDIA_TYPE", f"The content type of a file is {MEDIA}")
        if self.data is not None:
            text = f"Found multiple contents for job: <{self.id}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job."  # noqa: E501 - the vendor's sentence
            raise Trouble("CLIENTINPUTERROR", text)
        if self.state is not State.OPEN:
            raise wrong_state(f"Uploading to a job that is {self.state} not allowed")
        if len(ask.raw) * 4 // 3 > LARGEST:
            text = "The file is larger than 150 MB when encoded in base64"
            raise Trouble("REQUEST_TOO_LARGE", text, status=413)
        self.data, self.changed_at = ask.raw, ask.now
        return Reply(201)

    def close(self, now: datetime) -> None:
        if self.state is not State.OPEN:
            raise wrong_state(f"Closing a job that is {self.state} not allowed")
        self.state, self.changed_at, self.due = State.UPLOADED, now, now + QUEUED

    @property
    def batches(self) -> int:
        """How many batches the rows not yet worked off make."""
        return -(-len(self.waiting) // BATCH)

    def go_on(self, org: Org, now: datetime) -> timedelta | None:
        if self.state is State.UPLOADED:
            self.header, self.waiting = parsed(self.style, self.data or b"")
            _check(self, org.schema[self.object])
            self.state = State.RUNNING
        else:
            batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
            Writing(org, self, now).all(batch)
            self.processed = len(self.results)
        if self.waiting:
            rows = min(len(self.waiting), BATCH)
            return timedelta(seconds=1 + rows / ROWS_A_SECOND)
        self.state = State.COMPLETE
        return None

    def file(self, which: str, ask: Ask) -> Reply:
        """Answer successfulResults, failedResults or unprocessedrecords."""
        del ask
        if self.state not in ENDED:
            raise wrong_state(f"Results are not available: the job is {self.state}")
        if not self.header and self.data:  # it ended before its file was read
            self.header, self.waiting = parsed(self.style, self.data)
        rows: list[Cells]
        if which == "unprocessedrecords":
            own, rows = [], list(self.waiting)
        elif which == "failedresults":
            own = ["sf__Id", "sf__Error"]
            rows = [[r.id, r.error, *r.cells] for r in self.results if r.error]
        else:
            own = ["sf__Id", "sf__Created"]
            good = (r for r in self.results if not r.error)
            rows = [[r.id, str(r.created).lower(), *r.cells] for r in good]
        return Reply(200, written(self.style, [*own, *self.header], rows), {"Content-Type": MEDIA})


def _check(job: IngestJob, type_: ObjectType) -> None:
    """Raise where the file as a whole cannot be worked off."""
    seen: set[str] = set()
    for title in job.header:
        if title.lower() in seen:
            raise invalid(f"Field name provided more than once : {title}")
        seen.add(title.lower())
        if type_.find(title) is None and _parent(type_, title) is None:
            raise invalid(f"Field name not found : {title}")
    if job.operation in {"delete", "hardDelete"} and seen != {"id"}:
        raise invalid("Delete batches must only contain ids")
    if len(job.header) > MOST_FIELDS:
        raise invalid(f"A row has more than {MOST_FIELDS} fields")
    for row in job.waiting:
        if sum(map(len, row)) > MOST_OF_ROW or any(len(cell) > MOST_OF_FIELD for cell in row):
            raise invalid(
                f"A row has more than {MOST_OF_ROW} characters, or a field {MOST_OF_FIELD}"
            )


def _parent(type_: ObjectType, title: str) -> tuple[str, str, str] | None:
    """Read Account.Key__c or Lead:Who.Key__c as (relation, type, field); None for another title."""
    left, dot, name = title.rpartition(".")
    kind, _, relation = left.rpartition(":")
    link = type_.relation(relation) if dot else None
    if link is None or link.polymorphic != bool(kind):
        return None
    return link.relation or relation, kind or link.refers_to[0], name


class Writing:
    """The rows of one batch, saved 200 together, in an order that is not the file's."""

    def __init__(self, org: Org, job: IngestJob, now: datetime) -> None:
        options = Options(auto_assign=job.rule is not None, through_api=True)
        self._org, self._job = org, job
        self._type = org.schema[job.object]
        self._unit = Unit(org.world, job.by, now, options)
        self._seen: set[str] = set()
        self._write: Callable[[Row], tuple[str, bool]] = {
            "insert": self._insert, "update": self._update, "upsert": self._upsert,
            "delete": self._delete,
        }[job.operation]  # fmt: skip

    def put(self, row: Row) -> tuple[str, bool]:
        """Save one row. Return its id, and whether it was made. Raises Trouble, undone."""
        mark = self._unit.mark()
        try:
            return self._write(row)
        except Trouble:
            self._unit.rollback(mark)
            raise

    def keep(self) -> None:
        """Have what was saved stay."""
        self._unit.keep()

    def all(self, batch: Sequence[Cells]) -> None:
        chunks = [batch[n : n + CHUNK] for n in range(0, len(batch), CHUNK)]
        self._org.world.chance("salesforce.bulk").shuffle(chunks)  # worked off side by side
        for chunk in chunks:
            self._job.results += [self._one(cells) for cells in chunk]
        self.keep()

    def _one(self, cells: Cells) -> Result:
        row: Row = {}
        try:
            row = self._row(cells)
            record_id, created = self.put(row)
        except Trouble as trouble:
            fields = ",".join(trouble.fields or ())
            text = f"{trouble.code}:{trouble.message}:{fields and fields + ' '}--"
            known = ids.normal(str(row.get("Id", ""))) or ""
            return Result(cells, known, error=text)
        return Result(cells, record_id, created)

    def _row(self, cells: Cells) -> Row:
        """Return what a line says of fields: an empty cell says nothing."""
        if len(cells) != len(self._job.header):
            text = f"The row has {len(cells)} fields, the header {len(self._job.header)}"
            raise Trouble("INVALID_CSV_ROW", text)
        row: Row = {}
        for title, cell in zip(self._job.header, cells, strict=True):
            if not cell:
                continue
            field = self._type.find(title)
            if field is None:
                relation, kind, name = _parent(self._type, title) or ("", "", "")
                row[relation] = {"attributes": {"type": kind}, name: cell}
            else:
                row[field.name] = meant(field, cell)
        return row

    def _insert(self, row: Row) -> tuple[str, bool]:
        return writes.create(self._org, self._unit, self._type, row), True

    def _update(self, row: Row) -> tuple[str, bool]:
        record_id = self._id(row, "an update")
        fields = {name: value for name, value in row.items() if name != "Id"}
        writes.update(self._org, self._unit, self._type, record_id, fields)
        return record_id, False

    def _delete(self, row: Row) -> tuple[str, bool]:
        record_id = self._id(row, "a delete")
        writes.delete(self._org, self._unit, self._type, record_id)
        return record_id, False

    def _id(self, row: Row, call: str) -> str:
        if not row.get("Id"):
            raise Trouble("MISSING_ARGUMENT", f"Id not specified in {call} call", ())
        return ids.required(row["Id"], f"{self._type.label} ID", "Id")

    def _upsert(self, row: Row) -> tuple[str, bool]:
        key = self._job.key or "Id"
        value = row.get(key)
        if value is None and key != "Id":
            raise Trouble("MISSING_ARGUMENT", f"{key} not specified", ())
        found = [] if value is None else self._found(key, str(value))
        fields = {name: each for name, each in row.items() if name != key}
        if found:
            writes.update(self._org, self._unit, self._type, found[0]["Id"], fields)
            return found[0]["Id"], False
        own = {} if value is None else {key: value}
        return writes.create(self._org, self._unit, self._type, fields | own), True

    def _found(self, key: str, value: str) -> list[Row]:
        if value.lower() in self._seen:
            raise Trouble("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", ())
        self._seen.add(value.lower())
        rows = writes.named(self._org, self._type, key, value)
        if len(rows) > 1:
            text = f"{key}: more than one record found for external id field: {[r['Id'] for r in rows]}"  # noqa: E501 - the vendor's sentence
            raise Trouble("DUPLICATE_EXTERNAL_ID", text, ())
        if not rows and key == "Id":
            raise Trouble("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
        return rows


def created(org: Org, ask: Ask) -> IngestJob:
    """Check what POST /jobs/ingest asks for and return the new job. Raises Trouble."""
    body = ask.object_body()
    operation, type_ = body.get("operation"), org.schema.find(str(body.get("object")))
    if operation not in OPERATIONS:
        raise unexpected("operation", operation)
    if operation == "hardDelete":
        text = "hardDelete operation requires special user profile permission, please contact your system administrator"  # noqa: E501 - the vendor's sentence
        raise Trouble("FEATURENOTENABLED", text)
    if type_ is None or not type_.writable:
        text = f"Entity '{body.get('object')}' is not supported by the Bulk API."
        raise Trouble("INVALIDENTITY", text)
    return IngestJob(
        id=org.new_id("750"),
        operation=operation,
        object=type_.name,
        by=ask.unit.by,
        at=ask.now,
        version=float(ask.version.lstrip("v")),
        style=style_of(body),
        state=State.OPEN,
        key=_key(type_, operation, body.get("externalIdFieldName")),
        rule=_rule(body.get("assignmentRuleId")),
    )


def _key(type_: ObjectType, operation: str, name: object) -> str | None:
    if operation != "upsert":
        return None
    if not isinstance(name, str):
        raise Trouble("INVALIDJOB", "InvalidJob : Must specify valid external id field name")
    found = type_.find(name)
    if found is None or not (found.id_lookup or found.external_id):
        text = f"InvalidJob : Field name provided, {name} does not match an External ID for {type_.name}"  # noqa: E501 - the vendor's sentence
        raise Trouble("INVALIDJOB", text)
    return found.name


def _rule(text: object) -> str | None:
    if text is None:
        return None
    found = ids.normal(text) if isinstance(text, str) else None
    if found is None or not found.startswith(RULES):
        raise Trouble("INVALIDJOB", f"InvalidJob : Invalid assignment rule id: {text}")
    return found
