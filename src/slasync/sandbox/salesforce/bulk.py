"""Bulk API 2.0: query and ingest jobs of one org, which go on by the world's clock."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.salesforce import bulk_ingest, bulk_query
from slasync.sandbox.salesforce.asking import Ask, Reply
from slasync.sandbox.salesforce.bulk_ingest import IngestJob
from slasync.sandbox.salesforce.bulk_jobs import SETTLED, Job, State, unexpected, wrong_state
from slasync.sandbox.salesforce.bulk_query import QueryJob
from slasync.sandbox.salesforce.errors import Trouble, not_allowed, not_found
from slasync.sandbox.salesforce.org import Org

OLDEST = {"query": 47.0, "ingest": 41.0}  # API versions that have the resource
DAY = timedelta(hours=24)
LISTED = 1_000  # jobs in one answer
FILES = {"successfulresults", "failedresults", "unprocessedrecords"}
SHORT = 15  # characters of an id without its checksum
Later = Callable[[timedelta, Callable[[], None]], None]


class Daily:
    """How much of a day's allocation is used. `most` may be changed while the org runs."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._used: deque[tuple[datetime, int]] = deque()

    def take(self, count: int, now: datetime) -> bool:
        """Use up so many; False, with nothing used, where so many are not left."""
        if count > self.left(now):
            return False
        self._used.append((now, count))
        return True

    def left(self, now: datetime) -> int:
        while self._used and self._used[0][0] <= now - DAY:
            self._used.popleft()
        return max(0, self.most - sum(count for _, count in self._used))

    def listed(self, now: datetime) -> dict[str, int]:
        return {"Max": self.most, "Remaining": self.left(now)}


class Bulk:
    """The jobs of an org. `later` has an action done after a while, under the org's lock."""

    def __init__(self, org: Org, later: Later) -> None:
        self.batches = Daily(15_000)  # shared by all ingest jobs
        self.queries = Daily(10_000)
        self._org = org
        self._later = later
        self._extract = bulk_query.Extract(org)
        self._jobs: dict[str, Job] = {}

    def limits(self, now: datetime) -> dict[str, dict[str, int]]:
        """Return the part of GET /limits that is about jobs."""
        return {
            "DailyBulkApiBatches": self.batches.listed(now),
            "DailyBulkV2QueryJobs": self.queries.listed(now),
        }

    def answer(self, ask: Ask, way: list[str]) -> Reply:
        """Answer what lies below /jobs. Raises Trouble."""
        self.advance()
        kind = way[0] if way else ""
        if float(ask.version.lstrip("v")) < OLDEST.get(kind, float("inf")):
            raise not_found()
        if len(way) == 1:
            return self._all(ask, kind)
        job = self._job(way[1], kind)
        match job, way[2:]:
            case _, []:
                return self._one(ask, job)
            case QueryJob(), ["results"]:
                _only(ask, "GET")
                return job.results(ask)
            case IngestJob(), ["batches"]:
                _only(ask, "PUT")
                return job.upload(ask)
            case IngestJob(), [name] if name.lower() in FILES:
                _only(ask, "GET")
                return job.file(name.lower(), ask)
        raise not_found()

    def advance(self) -> None:
        """Do everything that is due by now, the earliest first, and forget what is long over."""
        now = self._org.world.now()
        while True:
            due = [job for job in self._jobs.values() if job.due is not None and job.due <= now]
            if not due:
                break
            self._go_on(min(due, key=lambda job: (job.due or now, job.id)), now)
        self._jobs = {name: job for name, job in self._jobs.items() if not job.expired(now)}

    def _go_on(self, job: Job, now: datetime) -> None:
        fresh = job.state is State.UPLOADED
        job.advance(self._org, now)
        if fresh and isinstance(job, IngestJob) and not self.batches.take(job.batches, now):
            job.state, job.due = State.FAILED, None
            job.message = "ExceededQuota : ApiBatchItems Limit exceeded."
        self._arrange(job)

    def _arrange(self, job: Job) -> None:
        """Have the job go on in time though nobody asks about it."""
        if job.due is not None:
            wait = job.due - self._org.world.now()
            self._later(max(wait, timedelta(0)), self.advance)

    def _job(self, text: str, kind: str) -> Job:
        job = self._jobs.get(text) or next(
            (j for name, j in self._jobs.items() if name.startswith(text) and len(text) == SHORT),
            None,
        )
        if job is None or isinstance(job, QueryJob) != (kind == "query"):
            raise not_found()
        return job

    def _all(self, ask: Ask, kind: str) -> Reply:
        _only(ask, "GET", "POST")
        if ask.method == "GET":
            return self._listed(ask, kind)
        job = self._queried(ask) if kind == "query" else self._opened(ask)
        self._jobs[job.id] = job
        self._arrange(job)
        return Reply(200, job.made())

    def _queried(self, ask: Ask) -> Job:
        job = bulk_query.created(self._org, self._extract, ask)
        if not self.queries.take(1, ask.now):
            text = f"Max bulk v2 query jobs ({self.queries.most}) per 24 hrs has been reached"
            raise Trouble("LIMIT_EXCEEDED", text)
        return job

    def _opened(self, ask: Ask) -> Job:
        if not self.batches.left(ask.now):
            raise Trouble("EXCEEDEDQUOTA", "ApiBatchItems Limit exceeded.")
        return bulk_ingest.created(self._org, ask)

    def _listed(self, ask: Ask, kind: str) -> Reply:
        """Answer all jobs of a kind, a thousand at a time, the newest first."""
        wanted = ask.params.get("jobType")
        jobs = [j for j in self._jobs.values() if isinstance(j, QueryJob) == (kind == "query")]
        jobs = [j for j in reversed(jobs) if wanted in {None, j.type}]
        start = ask.params.get("queryLocator", "0")
        if not is_number(start):
            raise Trouble("INVALID_QUERY_LOCATOR", "invalid query locator")
        end = int(start) + LISTED
        further = f"{ask.base}/jobs/{kind}?queryLocator={end}" if end < len(jobs) else None
        records = [job.info() for job in jobs[int(start) : end]]
        done = further is None
        return Reply(200, {"done": done, "records": records, "nextRecordsUrl": further})

    def _one(self, ask: Ask, job: Job) -> Reply:
        _only(ask, "GET", "PATCH", "DELETE")
        if ask.method == "GET":
            return Reply(200, job.info())
        if ask.method == "PATCH":
            return Reply(200, self._changed(ask, job))
        if job.state not in SETTLED:
            raise wrong_state(f"Deleting a job that is {job.state} not allowed")
        del self._jobs[job.id]
        return Reply(204)

    def _changed(self, ask: Ask, job: Job) -> dict[str, Any]:
        state = ask.object_body().get("state")
        if state == State.ABORTED:
            job.abort(ask.now)
        elif state == State.UPLOADED and isinstance(job, IngestJob):
            job.close(ask.now)
            self._arrange(job)
        else:
            raise unexpected("state", state)
        return job.made()


def _only(ask: Ask, *methods: str) -> None:
    if ask.method not in methods:
        raise not_allowed(ask.method, methods)
