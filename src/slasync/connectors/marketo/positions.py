"""How far a pass has read: a month of a first load, or a place in the log, as opaque text."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from slasync.errors import Refused
from slasync.ports import Position

SPAN = timedelta(days=30)  # of 31 that an extract may cover


@dataclass(frozen=True, slots=True)
class Job:
    """One bulk extract: the leads made in [start, end]."""

    id: str
    start: str  # ISO 8601
    end: str
    queued: bool = False
    ready: bool = False
    began: str = ""  # when Marketo began to write its file: what it says is no newer
    size: int = 0  # bytes of its file
    rows: int = 0
    checksum: str = ""
    read: int = 0  # bytes of whole rows that were read
    tries: int = 0  # how often it was made again


@dataclass(frozen=True, slots=True)
class Loading:
    """A first load: jobs under way, the next to be read first, and where the next one begins."""

    following: str  # ISO 8601; empty: all jobs are made
    jobs: tuple[Job, ...] = ()

    def first(self, job: Job) -> "Loading":
        """Replace the first job."""
        return replace(self, jobs=(job, *self.jobs[1:]))

    def rest(self) -> "Loading":
        return replace(self, jobs=self.jobs[1:])


@dataclass(frozen=True, slots=True)
class Changes:
    """The change feed has been read up to this token; the leads that were deleted come last."""

    token: str
    deleted: bool = False
    begin: str = ""  # the token that the pass began with


Place = Loading | Changes


def encode(place: Place) -> Position:
    return json.dumps(asdict(place), separators=(",", ":"))


def decode(position: Position) -> Place:
    """Read a position again. Raises Refused when no connector can have written it."""
    try:
        told = json.loads(position)
        if "token" in told:
            return Changes(**told)
        return Loading(told["following"], tuple(Job(**job) for job in told["jobs"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"a position of Marketo cannot be read: {position[:80]!r}") from error


def beginning(oldest: date) -> datetime:
    """Return the instant from which on leads are extracted."""
    return datetime.combine(oldest, time.min, UTC)


def extract_of(position: Position | None, oldest: date, upto: datetime) -> tuple[int, int]:
    """Return which extract of a first load up to `upto` is under way, from 1, and of how many.

    Raises Refused when no connector can have written the position.
    """
    begin = beginning(oldest)
    most = max(1, -((begin - upto) // SPAN))
    place = decode(position) if position else Loading(begin.isoformat())
    if not isinstance(place, Loading):
        return most, most
    start = place.jobs[0].start if place.jobs else place.following
    return (min((at(start) - begin) // SPAN + 1, most) if start else most), most


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
