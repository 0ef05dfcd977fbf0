"""Very many new leads by Bulk API 2.0: handed over as one file, asked after until it is worked off.

Handing over does not wait: the rows' outcome is unknown until the job has ended, and looking tells
it, each row's by its key. After a crash nobody knows the job; then as long as one of ours is at
work on leads, a lead that is not there yet may still come.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
import structlog

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.bulk_rows import Torn
from slasync.connectors.salesforce.bulk_rows import records as rows_in
from slasync.connectors.salesforce.errors import Complaint, complaint_of, translate
from slasync.connectors.salesforce.ids import instant, to18
from slasync.connectors.salesforce.people import SYSTEM
from slasync.connectors.salesforce.records import REFUSED_ROW, Record
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref
from slasync.errors import Refused, TryLater
from slasync.ports import Outcome, Receipt

log = structlog.get_logger(__name__)

JOBS = "jobs/ingest"
CREATED, WRITTEN = {200, 201}, 201
AT_WORK, COMPLETE = {"UploadComplete", "InProgress"}, "JobComplete"
SOONEST, LATEST = timedelta(seconds=10), timedelta(minutes=30)
MOST_PAGES = 10  # of the list of jobs
Told = dict[str, Receipt]


@dataclass(slots=True)
class Job:
    """One file that was handed over: whose rows are in it, and since when."""

    id: str
    keys: frozenset[str]
    since: datetime  # vendor time


@dataclass(slots=True)
class BulkIngest:
    """New records of one object, told apart by a unique key field."""

    transport: Transport
    object: str
    key: str  # field
    kind: str  # of the records' refs
    own_keys: tuple[str, ...]
    refused: str = ""  # why it is not used any more in this process
    _jobs: dict[str, Job] = field(default_factory=dict)

    def send(self, rows: Sequence[Record]) -> list[Receipt]:
        """Hand over a file; its rows are to be asked after by `told`.

        Raises TryLater when nothing was handed over.
        """
        try:
            job = self._created()
            self._uploaded(job, rows)
        except Refused as error:  # once is enough: collections tell each row what is wrong
            raise TryLater(self._gone_off(str(error))) from error
        except TryLater as error:  # without its end a job does nothing
            raise TryLater(str(error), error.after) from error
        keys = frozenset(str(row[self.key]) for row in rows)
        self._jobs[job] = Job(job, keys, self.transport.vendor_now())
        text = f"handed over to Salesforce in the job {job}"
        try:
            self._call("PATCH", f"{JOBS}/{job}", {"state": "UploadComplete"})
        except TryLater as error:
            if not error.unknown:
                raise
        except Refused as error:
            raise TryLater(self._gone_off(str(error))) from error
        return [Receipt(Outcome.UNKNOWN, message=text, after=SOONEST)] * len(rows)

    def told(self, keys: Sequence[str]) -> Told:
        """Return what is known of these rows by jobs of this process; others are left out."""
        found: Told = {}
        for job in [j for j in self._jobs.values() if not j.keys.isdisjoint(keys)]:
            found |= self._of(job)
        return {key: found[key] for key in keys if key in found}

    def at_work(self) -> timedelta | None:
        """Return how long to wait where a job of ours is at work on this object, else None."""
        us = self.transport.tokens.current().user_id
        for told in self._listed():
            ours = told.get("object") == self.object and to18(str(told.get("createdById"))) == us
            if ours and told.get("state") in AT_WORK:
                age = self.transport.vendor_now() - instant(str(told.get("createdDate")))
                return _patience(age)
        return None

    # a job

    def _created(self) -> str:
        asked = {"object": self.object, "operation": "insert", "contentType": "CSV",
                 "lineEnding": "LF", "columnDelimiter": "COMMA"}  # fmt: skip
        made = self._call("POST", JOBS, asked)
        return str(made["id"])

    def _uploaded(self, job: str, rows: Sequence[Record]) -> None:
        answer = self.transport.upload(Lane.WRITE, f"{JOBS}/{job}/batches", file_of(rows))
        if answer.status_code != WRITTEN:
            raise translate(complaint_of(_json(answer), answer.status_code)).error()

    def _of(self, job: Job) -> Told:
        told = self._call("GET", f"{JOBS}/{job.id}")
        state = told.get("state")
        if state in AT_WORK:
            after = _patience(self.transport.vendor_now() - job.since)
            text = f"the job {job.id} is at work ({state})"
            waiting = Receipt(Outcome.UNKNOWN, message=text, after=after)
            return dict.fromkeys(job.keys, waiting)
        if state == "Open":  # its end was never told: it does nothing
            del self._jobs[job.id]
            return dict.fromkeys(job.keys, Receipt(Outcome.TRY_LATER, message="it was not begun"))
        if state != COMPLETE:
            self._gone_off(f"job {job.id} ended as {state}: {told.get('errorMessage')}")
        found = self._results(job)
        del self._jobs[job.id]
        return found

    def _results(self, job: Job) -> Told:
        """Join the three files of a job with its rows, by key; a row in none is not known."""
        found: Told = {}
        for row in self._file(job, "successfulResults"):
            ref = Ref(SYSTEM, self.kind, to18(row["sf__Id"]))
            made = row["sf__Created"] == "true"
            found[row[self.key]] = Receipt(Outcome.APPLIED, ref, created=made)
        for row in self._file(job, "failedResults"):
            complaint = complaint_in(str(row["sf__Error"]))
            found[row[self.key]] = translate(complaint, self.own_keys).receipt()
        for row in self._file(job, "unprocessedrecords"):
            text = f"the job {job.id} ended before it"
            found[row[self.key]] = Receipt(Outcome.TRY_LATER, message=text)
        lost = Receipt(Outcome.UNKNOWN, message=f"the job {job.id} tells nothing of this row")
        taken = {key for key, told in found.items() if told.outcome is Outcome.UNKNOWN}
        every = dict.fromkeys(job.keys, lost) | found  # a key that is taken has to be looked up
        return {key: told for key, told in every.items() if key in job.keys - taken}

    def _file(self, job: Job, which: str) -> Iterator[Mapping[str, Any]]:
        answer = self.transport.answer(Lane.REREAD, "GET", f"{JOBS}/{job.id}/{which}/")
        try:
            if answer.status_code not in CREATED:
                raise translate(complaint_of(_json(answer), answer.status_code)).error()
            if answer.content.strip():  # a job that ended before its file was read has no header
                yield from [*rows_in([answer.content], {})]
        except (Torn, Refused, requests.RequestException) as error:
            raise TryLater(
                f"{which} of the job {job.id} cannot be read: {error}", SOONEST
            ) from error
        finally:
            answer.close()

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        path = f"{JOBS}?jobType=V2Ingest"
        for _ in range(MOST_PAGES):
            told = self.transport.call(Lane.REREAD, "GET", path)
            yield from told.get("records", ())
            if told.get("done", True) or not told.get("nextRecordsUrl"):
                return
            path = str(told["nextRecordsUrl"]).partition("/jobs/")[2]
            path = f"jobs/{path}"

    def _call(self, method: str, path: str, body: Any = None) -> Mapping[str, Any]:
        told = self.transport.call(Lane.WRITE, method, path, body)
        if not isinstance(told, Mapping):
            raise TryLater("no usable answer: it is no object", SOONEST, unknown=True)
        return told

    def _gone_off(self, why: str) -> str:
        self.refused = f"not by Bulk any more until a restart: {why}"
        log.warning("leads are made by collections again", because=why)
        return self.refused


def file_of(rows: Sequence[Record]) -> bytes:
    """Write rows as a file; a value that a row has not says nothing."""
    names = [*dict.fromkeys(name for row in rows for name in row if name != "attributes")]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def complaint_in(text: str) -> Complaint:
    """Read "CODE:message:FIELD,FIELD --" as it stands in a file of failed rows."""
    code, _, rest = text.partition(":")
    message, _, names = rest.rstrip().removesuffix("--").rpartition(":")
    fields = tuple(filter(None, (name.strip() for name in names.split(","))))
    return Complaint(code.strip(), message or rest, REFUSED_ROW, fields)


def _patience(age: timedelta) -> timedelta:
    """Ask after an old job more seldom: each look counts as an attempt."""
    return min(max(age / 2, SOONEST), LATEST)


def _json(answer: Any) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text
