"""One job of the Bulk API: its states, and when it goes on."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from slasync.sandbox.salesforce import times
from slasync.sandbox.salesforce.bulk_csv import DELIMITERS, ENDINGS, Style
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org

QUEUED = timedelta(seconds=2)  # from the request until a job is taken up
KEPT = timedelta(days=7)


class State(StrEnum):
    OPEN = "Open"
    UPLOADED = "UploadComplete"
    RUNNING = "InProgress"
    COMPLETE = "JobComplete"
    ABORTED = "Aborted"
    FAILED = "Failed"


ENDED = {State.COMPLETE, State.ABORTED, State.FAILED}
SETTLED = {*ENDED, State.UPLOADED}  # a job in such a state may be deleted


@dataclass(slots=True, kw_only=True)
class Job(ABC):
    """What query and ingest jobs have in common. `due`: when something next happens to it."""

    id: str
    operation: str
    object: str
    by: str
    at: datetime
    version: float
    style: Style
    state: State
    due: datetime | None = None
    changed_at: datetime = field(init=False)
    message: str = ""
    processed: int = 0
    spent: timedelta = timedelta(0)

    type: ClassVar[str]

    def __post_init__(self) -> None:
        self.changed_at = self.at

    @abstractmethod
    def go_on(self, org: Org, now: datetime) -> timedelta | None:
        """Do what is due. Return how long the next step takes, None when there is none.

        Raises Trouble where the whole job fails.
        """

    def advance(self, org: Org, now: datetime) -> None:
        """Do what is due, and set the time of the next step. A job that fails says why."""
        due = self.due or now
        try:
            takes = self.go_on(org, now)
        except Trouble as trouble:
            takes, self.message = None, f"{trouble.code} : {trouble.message}"
            self.state = State.FAILED
        self.changed_at = due
        self.due = None if takes is None else due + takes
        self.spent += takes or timedelta(0)

    def abort(self, now: datetime) -> None:
        if self.state in ENDED:
            raise wrong_state("Aborting already Completed Job not allowed")
        self.state, self.due, self.changed_at = State.ABORTED, None, now

    def expired(self, now: datetime) -> bool:
        return now - self.changed_at > KEPT

    def made(self) -> dict[str, Any]:
        """Return the body of the answer that creates the job."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": self.by,
            "createdDate": times.stamp(self.at),
            "systemModstamp": times.stamp(self.changed_at),
            "state": self.state.value,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": self.version,
            "lineEnding": self.style.ending,
            "columnDelimiter": self.style.delimiter,
        }

    def info(self) -> dict[str, Any]:
        """Return the body of GET on the job."""
        told = self.made() | {
            "jobType": self.type,
            "numberRecordsProcessed": self.processed,
            "retries": 0,
            "totalProcessingTime": self.spent // timedelta(milliseconds=1),
        }
        return told | ({"errorMessage": self.message} if self.message else {})


def style_of(body: dict[str, Any]) -> Style:
    """Read how the files of a new job are written. Raises API_ERROR."""
    if body.get("contentType", "CSV") != "CSV":
        raise unexpected("contentType", body["contentType"])
    delimiter, ending = body.get("columnDelimiter", "COMMA"), body.get("lineEnding", "LF")
    for name, value, known in (
        ("columnDelimiter", delimiter, DELIMITERS), ("lineEnding", ending, ENDINGS)
    ):  # fmt: skip
        if value not in known:
            raise unexpected(name, value)
    return Style(delimiter, ending)


def unexpected(name: str, value: object) -> Trouble:
    return Trouble("API_ERROR", f"Value does not match expected type: {name} '{value}'")


def wrong_state(text: str) -> Trouble:
    return Trouble("INVALIDJOBSTATE", text)
