"""The first Bulk API as far as it speaks JSON: jobs, their batches, and what became of each row.

A batch is worked off as soon as it comes; whoever asks finds it completed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.salesforce import bulk_ingest, times
from slasync.sandbox.salesforce.asking import Ask
from slasync.sandbox.salesforce.auth import Auth
from slasync.sandbox.salesforce.errors import Trouble, answered, not_found
from slasync.sandbox.salesforce.limits import Limits
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.querying import Asker, Queries
from slasync.sandbox.salesforce.schema import Row
from slasync.sandbox.salesforce.unit import Unit

MOST = 10_000  # records of a batch
PATH = re.compile(r"/services/async/(\d{2}\.0)/job(?:/(\w+)(?:/batch(?:/(\w+)(/.*)?)?)?)?/?")
BATCHES = re.compile(r"/batch/?$")
QUERIES = ("query", "queryAll")
WORDS = {  # the second API's codes in the first one's spelling
    "API_ERROR": "InvalidJob", "INVALIDJOB": "InvalidJob", "INVALIDENTITY": "InvalidEntity",
    "FEATURENOTENABLED": "FeatureNotEnabled", "JSON_PARSER_ERROR": "InvalidBatch",
    "REQUEST_LIMIT_EXCEEDED": "ExceededQuota",
}  # fmt: skip
Json = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """One request's worth of a job: what was asked, and the results row by row."""

    id: str
    request: Any
    results: list[Json] = field(default_factory=list)
    message: str | None = None  # why all of it failed

    @property
    def failed(self) -> int:
        return sum(1 for each in self.results if each.get("success") is False)


@dataclass(slots=True)
class Job:
    """A job and its batches. `plan`: how rows are written; None for a query."""

    id: str
    operation: str
    object: str
    by: str
    at: datetime
    version: str
    plan: bulk_ingest.IngestJob | None
    state: str = "Open"
    batches: dict[str, Batch] = field(default_factory=dict)


class FirstBulk:
    """What lies below /services/async."""

    def __init__(self, org: Org, auth: Auth, limits: Limits) -> None:
        self._org, self._auth, self._limits = org, auth, limits
        self._jobs: dict[str, Job] = {}
        self._queries = Queries(org)

    def answer(self, request: Request) -> Response:
        match = PATH.fullmatch(request.path)
        if match is None:
            return answered(not_found())
        try:
            ask = self._ask(request, match[1])
            self._limits.count(f"{ask.method} async", ask.now)
            status, value = self._routed(ask, match[2], match[3], match[4] or "")
        except Trouble as trouble:
            code = WORDS.get(trouble.code, trouble.code)
            told = {"exceptionCode": code, "exceptionMessage": trouble.message}
            return json_response(trouble.status, told)
        return json_response(status, value)

    def _ask(self, request: Request, version: str) -> Ask:
        user = self._auth.user_of_token(request.header("X-SFDC-Session") or "")
        if user is None:
            raise Trouble("InvalidSessionId", "Invalid session id")
        unit = Unit(self._org.world, user, self._org.world.now())
        headers = {name.lower(): value for name, value in request.headers.items()}
        way = ("batch",) if BATCHES.search(request.path) else ()
        return Ask(request.method, f"v{version}", way, {}, headers, request.body, unit)

    def _routed(
        self, ask: Ask, job_id: str | None, batch_id: str | None, more: str
    ) -> tuple[int, Any]:
        if job_id is None:
            return 201, self._shown(self._created(ask))
        job = self._jobs.get(job_id)
        if job is None:
            raise Trouble("InvalidJob", f"Unable to find object: {job_id}")
        if batch_id is not None:
            return 200, _of_batch(job, batch_id, more)
        if ask.path and ask.method == "POST":
            return 201, _batch_shown(job, self._taken(ask, job))
        if ask.path:
            shown = [_batch_shown(job, each) for each in job.batches.values()]
            return 200, {"batchInfo": shown}
        if ask.method == "POST":
            self._switched(job, ask.object_body().get("state"))
        return 200, self._shown(job)

    def _created(self, ask: Ask) -> Job:
        if ask.method != "POST":
            raise Trouble("InvalidJob", "A job is made by POST")
        body = ask.object_body()
        if body.get("contentType") != "JSON":
            raise Trouble("InvalidJob", "This organisation takes contentType JSON only")
        operation, plan = str(body.get("operation")), None
        type_ = self._org.schema.find(str(body.get("object")))
        if operation not in QUERIES:
            named = ("operation", "object", "externalIdFieldName", "assignmentRuleId")
            plan = bulk_ingest.created(
                self._org, replace(ask, value={n: body.get(n) for n in named})
            )
        elif type_ is None:
            raise Trouble("InvalidEntity", f"Unable to find object: {body.get('object')}")
        job_id = plan.id if plan else self._org.new_id("750")
        name = plan.object if plan else str(type_ and type_.name)
        made = Job(job_id, operation, name, ask.unit.by, ask.now, ask.version, plan)
        self._jobs[made.id] = made
        return made

    def _switched(self, job: Job, state: object) -> None:
        if state not in {"Closed", "Aborted"} or job.state != "Open":
            raise Trouble("InvalidJobState", f"Job is {job.state}, not to be {state}")
        job.state = str(state)

    def _taken(self, ask: Ask, job: Job) -> Batch:
        """Work off one batch: records, or the text of a query."""
        if job.state != "Open":
            raise Trouble("InvalidJobState", f"Job state is {job.state}")
        made = Batch(self._org.new_id("751"), None)
        if job.plan is None:
            made.request = ask.raw.decode(errors="replace")
            asker = Asker(ask.unit.by, ask.now, ask.base, 1 << 31)
            deleted = job.operation == "queryAll"
            try:
                found = self._queries.run(made.request, asker, deleted=deleted)
                made.results = [_spoken(each) for each in found["records"]]
            except Trouble as trouble:
                made.message = f"InvalidBatch : {trouble.message}"
        else:
            made.request = _rows(ask.body())
            made.results = [*self._written(job.plan, made.request, ask.now)]
        job.batches[made.id] = made
        return made

    def _written(
        self, plan: bulk_ingest.IngestJob, rows: list[Row], now: datetime
    ) -> Iterator[Json]:
        type_ = self._org.schema[plan.object]
        writing = bulk_ingest.Writing(self._org, plan, now)
        for row in rows:
            named = {(known.name if (known := type_.find(k)) else k): v for k, v in row.items()}
            try:
                made, created = writing.put(named)
            except Trouble as trouble:
                error = {"extendedErrorDetails": None, **trouble.in_result()}
                yield {"success": False, "created": False, "id": None, "errors": [error]}
            else:
                yield {"success": True, "created": created, "id": made, "errors": []}
        writing.keep()

    def _shown(self, job: Job) -> Json:
        batches = job.batches.values()
        key, rule = (job.plan.key, job.plan.rule) if job.plan else (None, None)
        return {
            "apexProcessingTime": 0, "apiActiveProcessingTime": 0,
            "apiVersion": float(job.version.lstrip("v")), "assignmentRuleId": rule,
            "concurrencyMode": "Parallel", "contentType": "JSON", "createdById": job.by,
            "createdDate": times.stamp(job.at), "externalIdFieldName": key,
            "fastPathEnabled": False, "id": job.id,
            "numberBatchesCompleted": sum(1 for b in batches if b.message is None),
            "numberBatchesFailed": sum(1 for b in batches if b.message is not None),
            "numberBatchesInProgress": 0, "numberBatchesQueued": 0,
            "numberBatchesTotal": len(batches),
            "numberRecordsFailed": sum(b.failed for b in batches),
            "numberRecordsProcessed": sum(len(b.results) for b in batches),
            "numberRetries": 0, "object": job.object, "operation": job.operation,
            "state": job.state, "systemModstamp": times.stamp(job.at), "totalProcessingTime": 0,
        }  # fmt: skip


def _of_batch(job: Job, batch_id: str, more: str) -> Any:
    batch = job.batches.get(batch_id)
    if batch is None:
        raise Trouble("InvalidBatch", f"Unable to find batch: {batch_id}")
    part, _, result = more.strip("/").partition("/")
    match part:
        case "":
            return _batch_shown(job, batch)
        case "request":
            return batch.request
        case "result" if job.plan is None and not result:
            return [f"752{batch.id[3:]}"]
        case "result":
            return batch.results
    raise Trouble("InvalidUrl", f"Unknown part of a batch: {part}")


def _batch_shown(job: Job, batch: Batch) -> Json:
    return {
        "apexProcessingTime": 0, "apiActiveProcessingTime": 0, "createdDate": times.stamp(job.at),
        "id": batch.id, "jobId": job.id, "numberRecordsFailed": batch.failed,
        "numberRecordsProcessed": len(batch.results),
        "state": "Completed" if batch.message is None else "Failed",
        "stateMessage": batch.message, "systemModstamp": times.stamp(job.at),
        "totalProcessingTime": 0,
    }  # fmt: skip


def _rows(value: Any) -> list[Row]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Trouble("InvalidBatch", "A batch is a list of records")
    if not 0 < len(value) <= MOST:
        raise Trouble("InvalidBatch", f"A batch has from 1 to {MOST} records")
    return value


def _spoken(value: Any) -> Any:
    """Return a record as this API has it: instants are milliseconds."""
    if isinstance(value, dict):
        return {name: _spoken(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_spoken(each) for each in value]
    if isinstance(value, str) and times.ZONED.fullmatch(value):
        return int(times.instant(value).timestamp() * 1000)
    return value
