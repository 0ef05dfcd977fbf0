"""The leads that are there already: bulk extracts, a month of their making each, read in parts.

A position names the jobs under way, so that a load goes on after a kill at any point: a job that
was made and forgotten costs nothing, for it does not run before it is queued. A file is read in
parts of whole rows and checked by its sum at the end; after a restart in its middle it is begun
again, for the sum cannot be carried over.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from slasync.connectors.marketo.contact import Contacts
from slasync.connectors.marketo.errors import AlreadyQueued
from slasync.connectors.marketo.extract_rows import header, records, whole_rows
from slasync.connectors.marketo.positions import SPAN, Job, Loading, at, beginning, encode
from slasync.connectors.marketo.transport import Json, Transport
from slasync.connectors.marketo.values import instant
from slasync.connectors.receipts import Missing
from slasync.errors import Refused, TryLater
from slasync.ports import Answer, Ask, Rejected
from slasync.systems import MarketoConfig

log = structlog.get_logger(__name__)

LOOK = timedelta(seconds=60)  # Marketo itself looks no more often
FILE_SOON = timedelta(seconds=10)  # a job may be done before its file is there
KEPT = timedelta(days=6)  # of the seven that a file is kept
TRIES = 3

Fields = Callable[[], Sequence[str]]


class FirstLoad:
    """Reads everybody who is there, one step a call."""

    def __init__(
        self, transport: Transport, config: MarketoConfig, contacts: Contacts, fields: Fields
    ) -> None:
        self._transport = transport
        self._config = config
        self._contacts = contacts
        self._fields = fields
        self._sums: dict[str, dict[int, Any]] = {}  # of each file, up to where it was read

    def begin(self) -> Loading:
        return Loading(beginning(self._config.oldest).isoformat())

    def step(self, ask: Ask, place: Loading) -> Answer:
        """Do the next thing; what Marketo prepares is waited for without being a failure."""
        idle = next((job for job in place.jobs if not job.queued), None)
        if idle is not None:
            return self._enqueue(ask, place, idle)
        if place.following and len(place.jobs) < self._config.jobs:
            return self._create(ask, place)
        if not place.jobs:
            return Answer(ask.stream)
        job = place.jobs[0]
        return self._part(ask, place, job) if job.ready else self._look(ask, place, job)

    def _create(self, ask: Ask, place: Loading) -> Answer:
        start = at(place.following)
        end = min(start + SPAN, ask.upto)
        following = end.isoformat() if end < ask.upto else ""
        try:
            made = self._transport.create_export(self._fields(), start, end)
        except TryLater as error:
            return _later(ask, place, error)
        job = Job(str(made["exportId"]), start.isoformat(), end.isoformat())
        return _on(ask, Loading(following, (*place.jobs, job)))

    def _enqueue(self, ask: Ask, place: Loading, job: Job) -> Answer:
        try:
            self._transport.enqueue_export(job.id)
        except AlreadyQueued:
            pass
        except Missing:
            return self._again(ask, place, job, "it is gone")
        except TryLater as error:
            return _later(ask, place, error)
        except Refused:
            if self._transport.export_status(job.id).get("status") == "Created":
                raise  # else an answer was lost, and it has run since
        queued = replace(job, queued=True)
        return _on(ask, replace(place, jobs=tuple(queued if j is job else j for j in place.jobs)))

    def _look(self, ask: Ask, place: Loading, job: Job) -> Answer:
        try:
            told = self._transport.export_status(job.id)
        except Missing:
            return self._again(ask, place, job, "it is gone")
        status = str(told.get("status"))
        if status in {"Created", "Queued", "Processing"}:
            return Answer(ask.stream, position=encode(place), wait=LOOK)
        if status != "Completed":
            return self._again(ask, place, job, f"{status}: {told.get('errorMsg') or 'no reason'}")
        if _age(told, ask) > KEPT:
            return self._again(ask, place, job, "its file is kept no longer")
        if not told.get("numberOfRecords"):
            return _on(ask, place.rest())
        return _on(ask, place.first(_ready(job, told)))

    def _part(self, ask: Ask, place: Loading, job: Job) -> Answer:
        """Read the next rows of a file that is ready."""
        if job.read not in self._sums.get(job.id, {0: None}):
            return _on(ask, place.first(replace(job, read=0)))
        try:
            part = self._bytes(job)
            answer, length = self._rows(ask, job, part)
        except Missing:
            waiting = place.first(replace(job, ready=False))
            return Answer(ask.stream, position=encode(waiting), wait=FILE_SOON)
        except ValueError as error:
            return self._again(ask, place, job, str(error))
        digest = self._sum(job, part[:length])
        read = replace(job, read=job.read + length)
        if read.read < job.size:
            return replace(answer, position=encode(place.first(read)))
        self._sums.pop(job.id, None)
        if job.checksum and digest != job.checksum.rpartition(":")[2]:
            return self._again(ask, place, job, "its file does not have the sum that was told")
        return replace(answer, position=encode(place.rest()))

    def _bytes(self, job: Job) -> bytes:
        """Return bytes that hold at least one complete row."""
        wanted = self._config.part
        while True:
            last = min(job.read + wanted, job.size) - 1
            part = self._transport.export_part(job.id, job.read, last)
            if len(part) != last + 1 - job.read:
                raise TryLater(f"a part of extract {job.id} was cut short")
            ends = last + 1 == job.size
            if length := whole_rows(part, last=ends):
                return part[:length]
            wanted *= 2

    def _rows(self, ask: Ask, job: Job, part: bytes) -> tuple[Answer, int]:
        columns, begin = list(self._fields()), 0
        if job.read == 0:
            names, begin = header(part)
            if names != columns:
                raise ValueError(f"its columns are {', '.join(names)[:200]}")
        stamp = min(at(job.began), ask.upto) if job.began else ask.upto
        results = [self._contacts.read(row, stamp) for row in records(part[begin:], columns)]
        answer = Answer(
            ask.stream,
            readings=tuple(r for r in results if not isinstance(r, Rejected)),
            rejected=tuple(r for r in results if isinstance(r, Rejected)),
        )
        return answer, len(part)

    def _sum(self, job: Job, part: bytes) -> str:
        """Add a part to the sum of its file. The part before can be read once more."""
        sums = self._sums.setdefault(job.id, {})
        known = sums.get(job.read)
        digest = known.copy() if known is not None else hashlib.sha256()
        digest.update(part)
        self._sums[job.id] = {job.read: known, job.read + len(part): digest}
        return str(digest.hexdigest())

    def _again(self, ask: Ask, place: Loading, job: Job, why: str) -> Answer:
        """Make a job again for the same leads."""
        log.warning("extract made again", job=job.id, start=job.start, end=job.end, why=why)
        if job.tries >= TRIES:
            words = f"Marketo's extract of the leads made from {job.start} to {job.end} failed"
            return Answer(ask.stream, error=TryLater(f"{words} {TRIES + 1} times: {why}", LOOK))
        try:
            made = self._transport.create_export(self._fields(), at(job.start), at(job.end))
        except TryLater as error:
            return _later(ask, place, error)
        anew = Job(str(made["exportId"]), job.start, job.end, tries=job.tries + 1)
        return _on(ask, replace(place, jobs=tuple(anew if j == job else j for j in place.jobs)))


def _on(ask: Ask, place: Loading) -> Answer:
    return Answer(ask.stream, position=encode(place))


def _later(ask: Ask, place: Loading, error: TryLater) -> Answer:
    """Wait where Marketo named a time, as for the quota of the day; else it is a failure."""
    if error.after is None or error.unknown:
        raise error
    log.info("first load waits", why=str(error), seconds=round(error.after.total_seconds()))
    return Answer(ask.stream, position=encode(place), wait=error.after)


def _ready(job: Job, told: Json) -> Job:
    began = instant(str(told["startedAt"])).isoformat() if told.get("startedAt") else ""
    size, rows = int(told.get("fileSize") or 0), int(told.get("numberOfRecords") or 0)
    if not size:
        raise TryLater(f"extract {job.id} is complete and tells no size")
    checksum = str(told.get("fileChecksum") or "")
    return replace(job, ready=True, began=began, size=size, rows=rows, checksum=checksum, read=0)


def _age(told: Json, ask: Ask) -> timedelta:
    finished = told.get("finishedAt")
    return ask.upto - instant(str(finished)) if finished else timedelta(0)
