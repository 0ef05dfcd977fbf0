"""First loads by Bulk API 2.0: a query job, and its result read part by part, page by page.

How far a load has come is a value (`Place`): the job, the part by its locator, the rows taken of
it, the highest id reached. A part that is still coming in is kept open between two pages; losing
it costs one call. A job that is gone is replaced by one for the rows above the id reached.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import requests

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.bulk_rows import LAST, Kinds, NotYet, Part
from slasync.connectors.salesforce.errors import (
    MINUTE,
    QUARTER,
    SECONDS,
    Complaint,
    complaint_of,
    translate,
)
from slasync.connectors.salesforce.people import Context, Row
from slasync.connectors.salesforce.soql import Table, quoted, stamp
from slasync.connectors.salesforce.streams import Stream, understood
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, SlasyncError, TryLater
from slasync.ports import Answer, Ask, Outcome, Position, Rejected
from slasync.systems import SalesforceConfig

ROWS_A_CALL = 10_000
OK, WRONG, MISSING = 200, 400, 404
COMPLETE, ENDED_BADLY = "JobComplete", {"Failed", "Aborted"}
STILL = timedelta(seconds=5)  # before a job that is not complete is looked at again, at least
LONGEST = timedelta(hours=6)  # until a job that failed is begun once more
MOST_TRIES = 8  # what further tries add to the wait


@dataclass(frozen=True, slots=True)
class Place:
    """How far a load has come. Without a job, one is to be begun for the rows above `reached`."""

    job: str = ""
    begun: str = ""  # vendor time
    above: str = ""  # the job reads the rows whose id is above this
    ready: bool = False  # the job was seen to be complete
    locator: str = ""  # of the part; empty: the first
    row: int = 0  # rows taken of the part
    reached: str = ""  # the highest id taken
    ordered: bool = True  # the rows came in the order of their ids
    tries: int = 0  # jobs in a row that gave nothing

    def position(self) -> Position:
        return json.dumps({"bulk": asdict(self)})


def is_place(position: Position | None) -> bool:
    """Tell whether a position is one of a load by Bulk."""
    return position is not None and place(position) is not None


def place(position: Position | None) -> Place | None:
    """Read a position: None stands for one of a reading by REST."""
    told = json.loads(position).get("bulk") if position else {}
    return None if told is None else Place(**told)


class BulkReader:
    """Reads whole streams of one organisation, several at a time, each from its own place."""

    def __init__(
        self, config: SalesforceConfig, transport: Transport, *, rows_a_call: int = ROWS_A_CALL
    ) -> None:
        self._config = config
        self._transport = transport
        self._rows_a_call = rows_a_call
        self._kinds: dict[str, Kinds] = {}  # by object
        self._open: dict[str, tuple[Place, Part]] = {}  # by stream: what comes in, from where

    def read(self, ask: Ask, stream: Stream) -> Answer:
        """Return the next page of a full reading; one that waits while the job is at work.

        The answer's error tells what concerns this stream alone. Raises TryLater or Stopped as
        every call does.
        """
        at = place(ask.position)
        if at is None or ask.since is not None:
            raise ValueError(f"{ask.stream}: this reading was begun by REST, or is not a full one")
        if not at.job:
            return self._begin(ask, stream, at)
        return self._page(ask, stream, at) if at.ready else self._look(ask, stream, at)

    def close(self) -> None:
        """Let go of what is still coming in."""
        for _, part in self._open.values():
            part.close()
        self._open.clear()

    # a job

    def _begin(self, ask: Ask, stream: Stream, at: Place) -> Answer:
        try:
            query = first_load(stream.table, self._columns(stream), ask, at.reached)
            body = {"operation": "queryAll", "query": query}
            answer = self._call("POST", "jobs/query", body)
            told = _object(answer)
        except (Refused, NotYet) as error:
            self._kinds.pop(stream.table.object, None)  # what is there may have changed
            return Answer(ask.stream, error=error)
        begun = self._transport.vendor_now().isoformat()
        fresh = Place(str(told["id"]), begun, at.reached, reached=at.reached, tries=at.tries)
        return Answer(ask.stream, position=fresh.position())

    def _look(self, ask: Ask, stream: Stream, at: Place) -> Answer:
        age = self._transport.vendor_now() - datetime.fromisoformat(at.begun)
        if age < STILL:  # none is complete so soon
            return _waiting(ask, age)
        answer = self._call("GET", f"jobs/query/{at.job}", accepted={OK, MISSING})
        if answer.status_code == MISSING:
            answer.close()
            return self._again(ask, at, "is gone")
        told = _object(answer)
        if told.get("state") == COMPLETE:
            return self._page(ask, stream, replace(at, ready=True))
        if told.get("state") in ENDED_BADLY:
            why = told.get("errorMessage") or "no reason given"
            return self._again(ask, at, f"ended as {told['state']}: {why}")
        return _waiting(ask, age)

    def _again(self, ask: Ask, at: Place, why: str) -> Answer:
        """Leave a job that gives nothing more: at once the first time, then ever more slowly."""
        self._dropped(ask.stream)
        wait = MINUTE * 4 ** min(at.tries - 1, MOST_TRIES) if at.tries else timedelta(0)
        due = datetime.fromisoformat(at.begun) + min(wait, LONGEST)
        left = due - self._transport.vendor_now()
        if left > timedelta(0):
            text = f"{ask.stream}: the job {at.job} {why}; another is begun at {due:%H:%M} UTC"
            return Answer(ask.stream, error=TryLater(text, left))
        reached = at.reached if at.ordered else at.above
        return Answer(ask.stream, position=Place(reached=reached, tries=at.tries + 1).position())

    # its result

    def _page(self, ask: Ask, stream: Stream, at: Place) -> Answer:
        try:
            part = self._part(ask, stream, at)
            if isinstance(part, Answer):
                return part
            rows = part.take(self._config.page_size)
        except NotYet as error:
            return Answer(ask.stream, error=error)
        following = _following(at, part, rows)
        if following == at:
            return self._again(ask, at, "does not advance")
        if following is not None and not part.ended:
            self._open[ask.stream] = following, part
        context = Context(self._config, self._transport.tokens.current().user_id, ask.upto)
        told = [*understood(stream, rows, context)]
        return Answer(
            stream=ask.stream,
            readings=tuple(each for each in told if not isinstance(each, Rejected)),
            rejected=tuple(each for each in told if isinstance(each, Rejected)),
            position=following.position() if following else None,
        )

    def _part(self, ask: Ask, stream: Stream, at: Place) -> Part | Answer:
        """Return the part that comes in at this place, or what is answered without one."""
        place_of_open, part = self._open.pop(ask.stream, (None, None))
        if part and place_of_open == at:
            return part
        if part:
            part.close()
        kinds = self._described(stream.table.object)
        path = f"jobs/query/{at.job}/results?maxRecords={self._rows_a_call}"
        if at.locator:
            path += f"&locator={at.locator}"
        answer = self._call("GET", path, accepted={OK, WRONG, MISSING})
        if answer.status_code != OK:
            told = _complaint(answer)
            return self._again(ask, at, f"gives no rows ({told.code}: {told.message})")
        part = Part(answer, kinds)
        part.skip(at.row, self._config.page_size)
        return part

    def _dropped(self, stream: str) -> None:
        _, part = self._open.pop(stream, (None, None))
        if part:
            part.close()

    # what is there

    def _columns(self, stream: Stream) -> tuple[str, ...]:
        """Return the stream's columns without the optional ones that are not there."""
        known = self._described(stream.table.object)
        optional = stream.optional
        return tuple(n for n in stream.columns if n not in optional or n.lower() in known)

    def _described(self, name: str) -> Kinds:
        """Return the types of an object's fields; asked for once a process."""
        if name not in self._kinds:
            told = _object(self._call("GET", f"sobjects/{name}/describe"))
            self._kinds[name] = {f["name"].lower(): f["type"] for f in told.get("fields", ())}
        return self._kinds[name]

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        accepted: set[int] | None = None,
    ) -> requests.Response:
        """Make a call whose answer has one of the `accepted` statuses, or raise what it means."""
        answer = self._transport.answer(Lane.READ, method, path, body)
        if answer.status_code not in (accepted or {OK}):
            raise _error(_complaint(answer))
        return answer


def first_load(table: Table, columns: Sequence[str], ask: Ask, above: str) -> str:
    """Return the query for all rows up to the start of the pass whose id is above this one."""
    parts = [table.condition, _up_to(table, ask.upto), f"Id > {quoted(above)}" if above else ""]
    where = " AND ".join(filter(None, parts))
    return (
        f"SELECT {','.join(columns)} FROM {table.object}"  # noqa: S608 - literals are quoted
        f"{' WHERE ' + where if where else ''} ORDER BY Id"
    )


def _up_to(table: Table, upto: datetime) -> str:
    """Say the end of the pass as REST's pages do: what comes later is the next pass's."""
    if not table.bounded:
        return ""
    limits = [f"{name} <= {stamp(upto)}" for name in (table.stamp, table.also) if name]
    return limits[0] if len(limits) == 1 else f"({' OR '.join(limits)})"


def _following(at: Place, part: Part, rows: Sequence[Row]) -> Place | None:
    """Return where the load goes on after these rows, None where it is complete."""
    ids = [at.reached, *(row["Id"] for row in rows)]
    ordered = at.ordered and all(one < two for one, two in pairwise(ids))
    further = replace(at, reached=ids[-1], ordered=ordered, tries=0 if rows else at.tries)
    if not part.ended:
        return replace(further, row=part.read)
    return None if part.next == LAST else replace(further, locator=part.next, row=0)


def _waiting(ask: Ask, age: timedelta) -> Answer:
    """Say that the job is still at work; an old one is looked at more seldom."""
    after = min(max(age / 2, STILL - age, STILL / 2), MINUTE)
    return Answer(ask.stream, position=ask.position, wait=after)


def _object(answer: requests.Response) -> dict[str, Any]:
    """Read an answer's body. Raises TryLater where it is no JSON object."""
    try:
        told = answer.json()
    except (ValueError, requests.RequestException) as error:
        raise TryLater(f"no usable answer: {type(error).__name__}", SECONDS) from error
    if not isinstance(told, dict):
        raise TryLater("no usable answer: it is no object", SECONDS)
    return told


def _complaint(answer: requests.Response) -> Complaint:
    try:
        body: Any = answer.json()
    except (ValueError, requests.RequestException):
        body = None
    answer.close()
    return complaint_of(body, answer.status_code)


def _error(told: Complaint) -> SlasyncError:
    """Return what a refused call means; nothing that is only read can have been applied."""
    if told.code == "LIMIT_EXCEEDED":
        return NotYet(f"{told.code}: {told.message}", QUARTER)
    verdict = translate(told)
    if verdict.outcome is Outcome.UNKNOWN:
        return TryLater(verdict.message, verdict.after)
    return verdict.error()
