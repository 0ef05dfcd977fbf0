"""The example's CRM as a system that is written to: one batch, an outcome for each row."""

from collections.abc import Mapping, Sequence
from typing import Any

from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from tests.connectors.example.source import SYSTEM, instant, stamp
from tests.connectors.example.wire import Wire

BATCH = 50
LANES = {
    Action.CREATE_LEAD: "leads", Action.OWNER: "owners", Action.STATUS: "owners",
    Action.TASK: "tasks", Action.CLOSE_TASK: "tasks",
    Action.FLAG_STALE: "flags", Action.CLEAR_STALE: "flags",
}  # fmt: skip
STATUSES = {
    200: Outcome.APPLIED, 201: Outcome.APPLIED, 404: Outcome.GONE, 410: Outcome.GONE,
    409: Outcome.OVERTAKEN, 412: Outcome.OVERTAKEN,
}  # fmt: skip
AGAIN = Receipt(Outcome.TRY_LATER, message="it did not take effect")
Json = dict[str, Any]


class ExampleSink:
    """Exactly once by keys that the CRM holds unique; a person wins by a precondition."""

    system = SYSTEM

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def lanes(self) -> Mapping[str, int]:
        return dict.fromkeys(dict.fromkeys(LANES.values()), BATCH)

    def lane(self, write: Write) -> str:
        return LANES[write.action]

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        try:
            told = self._wire.post("/batch", [operation(write) for write in writes])
        except TryLater as error:
            if not error.unknown:
                raise  # nothing was sent
            return [Receipt(Outcome.UNKNOWN, message=str(error)) for _ in writes]
        if len(told) != len(writes):  # it cannot be matched: all is unknown
            return [Receipt(Outcome.UNKNOWN, message="not an answer each") for _ in writes]
        return [_receipt(write, each) for write, each in zip(writes, told, strict=True)]

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        asked = {
            f"{kind}s": [ref.id for ref in refs if ref.kind == kind] for kind in ("lead", "task")
        }
        rows = self._wire.post("/find", asked)
        found = {(kind, row["id"]): row for kind in asked for row in rows[kind] if row}
        return {ref: _snapshot(ref, found.get((f"{ref.kind}s", ref.id))) for ref in refs}

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Read each record again, the one that the write names or the one that bears its key."""
        told = [self._there(write) for write in writes]
        return [_became(write, row) for write, row in zip(writes, told, strict=True)]

    def _there(self, write: Write) -> Json | None:
        name, wanted = "leads", write.target.id if write.target else ""
        if write.action in {Action.TASK, Action.CLOSE_TASK}:
            name, wanted = "task_keys", str(write.task_key)
        elif write.action is Action.CREATE_LEAD:
            name, wanted = "lead_keys", _lead_key(write)
        rows: list[Json | None] = self._wire.post("/find", {name: [wanted]})[name]
        return rows[0]


def operation(write: Write) -> Json:
    """Say a write as the CRM's batch does. What changes a record's owner names what was judged."""
    values, target = _values(write), write.target.id if write.target else ""
    if write.action is Action.CREATE_LEAD:
        what = {"do": "put", "kind": "leads", "key": _lead_key(write), "only_new": True}
    elif _only_changes_a_task(write):
        what = {"do": "patch", "kind": "tasks", "key": write.task_key, "only_open": True}
    elif write.action is Action.TASK:
        what = {"do": "put", "kind": "tasks", "key": write.task_key}
        values |= {"about": target}
    else:
        what = {"do": "patch", "kind": "leads", "id": target}
        if write.judged and write.judged.modified_at:
            what["if_unmodified_since"] = stamp(write.judged.modified_at)
    return what | {"values": values}


def _values(write: Write) -> Json:
    """Return the fields that a write leaves in its record."""
    values = dict(write.values)
    match write.action:
        case Action.CREATE_LEAD:
            return {k: v for k, v in values.items() if k != "lead_key"} | {"status": "New"}
        case Action.CLOSE_TASK:
            return {"closed": True, "note": values["text"]}
        case Action.TASK:
            return {**values.pop("words", {}), **values}
        case Action.FLAG_STALE:
            return {"stale": True, "stale_since": values["since"], "why": values["why"]}
        case Action.CLEAR_STALE:
            return {"stale": False, "stale_since": None}
    return values


def _receipt(write: Write, told: Json) -> Receipt:
    status = told["status"]
    outcome = STATUSES.get(status, Outcome.REFUSED)
    if status == 409 and write.action is Action.CLOSE_TASK:
        outcome = Outcome.ALREADY
    kind = "task" if write.action in {Action.TASK, Action.CLOSE_TASK} else "lead"
    ref = Ref(SYSTEM, kind, told["id"]) if told.get("id") else None
    return Receipt(outcome, ref, created=status == 201, message=f"the CRM answered {status}")


def _became(write: Write, row: Json | None) -> Receipt:
    """Tell what became of a write whose outcome is not known."""
    if row is None:  # nothing was made; what only changes a record found none
        makes = write.action in {Action.CREATE_LEAD, Action.TASK}
        again = makes and not _only_changes_a_task(write)
        return AGAIN if again else Receipt(Outcome.OVERTAKEN, message="the record is gone")
    kind = "task" if row.get("about") else "lead"
    there = Receipt(Outcome.APPLIED, Ref(SYSTEM, kind, row["id"]))
    lost = Receipt(Outcome.OVERTAKEN, there.ref, message="somebody changed it since")
    if row["deleted"]:
        return lost
    wanted = _values(write)
    if write.action is Action.CREATE_LEAD or all(row.get(k) == v for k, v in wanted.items()):
        return there
    if write.judged is not None:
        judged = write.judged.owner if write.action is Action.OWNER else write.judged.status
        same = row.get("owner" if write.action is Action.OWNER else "status") == judged
        return AGAIN if same else lost
    return lost if row.get("closed") else AGAIN


def _snapshot(ref: Ref, row: Json | None) -> Snapshot | None:
    if row is None or row["deleted"]:
        return None
    owner = UserKey(row["owner"]) if row.get("owner") else None
    return Snapshot(
        ref, owner, row.get("status"), instant(row["modified"]),
        bool(row.get("converted")), bool(row.get("closed")),
    )  # fmt: skip


def _only_changes_a_task(write: Write) -> bool:
    """Tell whether a task is closed or changes hands: it is changed where it stands, never made."""
    moves = write.action is Action.TASK and "subject" not in write.values
    return moves or write.action is Action.CLOSE_TASK


def _lead_key(write: Write) -> str:
    return str(write.values.get("lead_key") or write.lead)
