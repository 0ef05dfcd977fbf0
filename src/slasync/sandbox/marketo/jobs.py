"""Bulk extract jobs: created, enqueued, run two at a time, their files kept for a week.

A job that is created does nothing until it is enqueued. What a status call says is refreshed once
a minute, counted from the job's queueing. Guessed: how long a job waits and runs, and that the
quota of bytes counts on the day a file is finished.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from threading import RLock

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.failures import Failure, Json, invalid, no_object
from slasync.sandbox.marketo.identity import dashed
from slasync.sandbox.marketo.instance import SYSTEM
from slasync.sandbox.marketo.options import Extract
from slasync.sandbox.world import World

Produce = Callable[[], tuple[int, bytes]]  # rows, file


class Status(StrEnum):
    CREATED = "Created"
    QUEUED = "Queued"
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"


_BY_HAND = {Status.CREATED, Status.QUEUED, Status.CANCELED}
_OPEN = {Status.CREATED, Status.QUEUED, Status.PROCESSING}


@dataclass(slots=True)
class Job:
    """One job, seen by the API user who made it only. Instants are milliseconds."""

    id: str
    kind: str
    user: str
    format: str
    produce: Produce
    created: int
    status: Status = Status.CREATED
    queued: int = 0
    started: int = 0
    finished: int = 0
    rows: int = 0
    file: bytes = b""
    past: list[tuple[int, Status]] = field(default_factory=list)

    def move(self, to: Status, now: int) -> None:
        self.status = to
        self.past.append((now, to))


class Jobs:
    """All jobs of the instance, of all kinds."""

    def __init__(
        self, world: World, rules: Extract, lock: RLock, today: Callable[[], date]
    ) -> None:
        self._world = world
        self._rules = rules
        self._lock = lock
        self._today = today
        self._all: dict[str, Job] = {}
        self._bytes: dict[date, int] = {}

    def create(self, kind: str, user: str, file_format: str, produce: Produce) -> Job:
        """Make a job. Raises Failure 1029."""
        self._refuse_above_quota()
        number = dashed(self._world.chance("marketo.jobs"))
        job = Job(number, kind, user, file_format, produce, self._now)
        job.move(Status.CREATED, self._now)
        self._all[job.id] = job
        return job

    def need(self, number: str, kind: str, user: str) -> Job:
        """Return a job of this user. Raises Failure 1013."""
        job = self._all.get(number)
        if job is None or (job.kind, job.user) != (kind, user):
            raise no_object("Export job")
        return job

    def of(self, kind: str, user: str, statuses: Iterable[str]) -> list[Job]:
        """Return a user's jobs, those with one of the statuses when any is given."""
        wanted = set(statuses)
        found = (job for job in self._all.values() if (job.kind, job.user) == (kind, user))
        return [job for job in found if not wanted or self.shown(job) in wanted]

    def enqueue(self, job: Job) -> None:
        """Queue a job that was created. Raises Failure 1029, 1003."""
        if job.status in {Status.QUEUED, Status.PROCESSING}:
            raise Failure("1029", "Job already queued")
        if job.status is not Status.CREATED:
            raise invalid(f"Export job is {job.status}")
        self._refuse_above_quota()
        queued = sum(each.status is Status.QUEUED for each in self._all.values())
        if queued >= self._rules.queued:
            raise Failure("1029", f"Too many jobs ({self._rules.queued}) in queue")
        job.queued = self._now
        job.move(Status.QUEUED, self._now)
        self._later(self._rules.starts_after, self._start_next)

    def cancel(self, job: Job) -> None:
        """End a job that is not done. Raises Failure 1003."""
        if job.status not in _OPEN:
            raise invalid(f"Export job is {job.status}")
        job.move(Status.CANCELED, self._now)
        self._start_next()

    def file(self, job: Job) -> bytes | None:
        """Return the file; None while it is not there, or no more. Raises Failure 1003."""
        if job.status is not Status.COMPLETED:
            raise invalid("Export job is not completed")
        age = self._now - job.finished
        here = stamps.length(self._rules.file_after) <= age < stamps.length(self._rules.kept)
        return job.file if here else None

    def shown(self, job: Job) -> Status:
        """Return the status as the API shows it: late, but for what was done by hand."""
        if job.status in _BY_HAND:
            return job.status
        every = stamps.length(self._rules.status_every)
        refreshed = job.queued + (self._now - job.queued) // every * every
        return [status for at, status in job.past if at <= refreshed][-1]

    def json(self, job: Job) -> Json:
        """Return a job as the API shows it."""
        status = self.shown(job)
        told: Json = {"exportId": job.id, "format": job.format, "status": status.value}
        told["createdAt"] = stamps.iso(job.created)
        if job.queued:
            told["queuedAt"] = stamps.iso(job.queued)
        if status in {Status.PROCESSING, Status.COMPLETED, Status.FAILED}:
            told["startedAt"] = stamps.iso(job.started)
        if status in {Status.COMPLETED, Status.FAILED}:
            told["finishedAt"] = stamps.iso(job.finished)
        if status is Status.COMPLETED:
            told["numberOfRecords"] = job.rows
            told["fileSize"] = len(job.file)
            told["fileChecksum"] = f"sha256:{sha256(job.file).hexdigest()}"
        if status is Status.FAILED:
            told["errorMsg"] = "Export failed. Create the job again."
        return told

    def _start_next(self) -> None:
        ready = stamps.length(self._rules.starts_after)
        for job in list(self._all.values()):
            running = sum(each.status is Status.PROCESSING for each in self._all.values())
            waited = self._now - job.queued
            if job.status is Status.QUEUED and waited >= ready and running < self._rules.running:
                self._start(job)

    def _start(self, job: Job) -> None:
        job.started = self._now
        job.move(Status.PROCESSING, self._now)
        job.rows, job.file = job.produce()
        takes = self._rules.takes + timedelta(seconds=job.rows / self._rules.rows_a_second)
        self._later(takes, partial(self._finish, job))

    def _finish(self, job: Job) -> None:
        if job.status is not Status.PROCESSING:
            return  # cancelled meanwhile
        job.finished = self._now
        struck = self._world.faults.row(SYSTEM, "export", self._world.chance("marketo.export"))
        job.move(Status.FAILED if struck else Status.COMPLETED, self._now)
        if not struck:
            today = self._today()
            self._bytes = {today: self._bytes.get(today, 0) + len(job.file)}
        self._start_next()

    def _refuse_above_quota(self) -> None:
        most = self._rules.daily_bytes
        if self._bytes.get(self._today(), 0) >= most:
            raise Failure("1029", f"Export daily quota {most >> 20}MB exceeded.")

    def _later(self, delay: timedelta, action: Callable[[], None]) -> None:
        def locked() -> None:
            with self._lock:
                action()

        self._world.agenda.add(self._world.now() + delay, "marketo.export", locked)

    @property
    def _now(self) -> int:
        return stamps.millis(self._world.now())
