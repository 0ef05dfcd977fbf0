"""The example's CRM as a system that is read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, User, UserKey, UserKind
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import (
    ActivityReading,
    Answer,
    Ask,
    PersonReading,
    Reading,
    Rejected,
    UserReading,
)
from tests.connectors.example.wire import Wire

SYSTEM = "example"
Row = Mapping[str, Any]
BROKEN_ROW = (KeyError, TypeError, ValueError)


class ExampleSource:
    """Pages by stamp and id: many rows of one stamp, and edits meanwhile, do no harm."""

    system = SYSTEM

    def __init__(self, wire: Wire, page_size: int = 100) -> None:
        self._wire = wire
        self._page_size = page_size

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(f"{SYSTEM}.{name}" for name in READ)  # people before what is about them

    def vendor_now(self) -> datetime:
        known = self._wire.calls.vendor_time.now()
        if known is None:
            self._wire.get("/queues", limit="1")  # any answer tells it in its Date header
            known = self._wire.calls.vendor_time.now()
        if known is None:
            raise Stopped("the CRM does not tell its time")
        return known

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        answers = [self._answer(ask) for ask in asks]
        failed = [each.error for each in answers if isinstance(each.error, TryLater | Stopped)]
        if failed and len(failed) == len(asks):
            raise failed[0]
        return answers

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        leads = [ref.id for ref in refs if ref.kind == "lead"]
        rows = self._wire.post("/find", {"leads": leads})["leads"] if leads else []
        return [lead(row) for row in rows if row and not row["deleted"]]

    def _answer(self, ask: Ask) -> Answer:
        name = ask.stream.removeprefix(f"{SYSTEM}.")
        query = {"upto": stamp(ask.upto), "limit": str(self._page_size)}
        if ask.since is not None:
            query["since"] = stamp(ask.since)
        if ask.position is not None:
            query["after"] = ask.position
        try:
            page = self._wire.get(f"/{name}", **query)
            rows = page["rows"]
            position = f"{rows[-1]['modified']},{rows[-1]['id']}" if page["more"] else None
        except SlasyncError as error:  # of this stream alone
            return Answer(ask.stream, error=error)
        except (*BROKEN_ROW, IndexError) as error:
            return Answer(ask.stream, error=Refused(f"not a page: {type(error).__name__}"))
        told = list(understood(ask.stream, rows, READ[name]))
        return Answer(
            ask.stream,
            tuple(each for each in told if not isinstance(each, Rejected)),
            tuple(each for each in told if isinstance(each, Rejected)),
            position,
        )


def understood(
    stream: str, rows: Sequence[Row], read: Callable[[Row], Reading]
) -> Iterator[Reading | Rejected]:
    """Translate rows; one that cannot be is set aside, and the rest goes on."""
    for row in rows:
        try:
            yield read(row)
        except BROKEN_ROW as error:
            why = f"{type(error).__name__}: {error}"
            yield Rejected(stream, str(row.get("id", "")), why, dict(row))


def lead(row: Row) -> PersonReading:
    contact = row.get("converted")
    return PersonReading(
        ref=Ref(SYSTEM, "lead", row["id"]),
        modified_at=instant(row["modified"]),
        created_at=instant(row["created"]),
        fields={"email": row.get("email"), "company": row.get("company")},
        modified_by=UserKey(row["modified_by"]) if row.get("modified_by") else None,
        email=row.get("email"),
        lead_key=row.get("key"),
        owner=UserKey(row["owner"]) if row.get("owner") else None,
        status=row.get("status"),
        deleted=row["deleted"],
        converted={"contact": contact} if contact else None,
        raw=row,
    )


def _task(row: Row) -> ActivityReading:
    """Read what a person did; that a task of ours came to its end is told as such."""
    ours = row.get("key") is not None
    kind = FactKind.TASK_ENDED if ours else FactKind.TOUCH
    data = {"task_key": row["key"], "how": "closed", "id": row["id"]} if ours else {
        "channel": row["channel"], "grade": "strong", "subject": row["subject"],
    }  # fmt: skip
    return ActivityReading(
        ref=Ref(SYSTEM, "task", row["id"]),
        about=Ref(SYSTEM, "lead", row["about"]),
        kind=kind,
        occurred_at=instant(row["ended"]),
        modified_at=instant(row["modified"]),
        by=UserKey(row["owner"]),
        data=data,
        raw=row,
    )


def _user(row: Row) -> UserReading:
    machine = UserKind.AUTOMATION if row.get("machine") else UserKind.PERSON
    kind = UserKind.QUEUE if row.get("queue") else machine
    user = User(UserKey(row["id"]), row["name"], row.get("email"), kind, not row["deleted"])
    return UserReading(
        ref=Ref(SYSTEM, "user", row["id"]), user=user, modified_at=instant(row["modified"]), raw=row
    )


READ: Mapping[str, Callable[[Row], Reading]] = {
    "users": _user, "queues": _user, "leads": lead, "tasks": _task,
}  # fmt: skip


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return at
