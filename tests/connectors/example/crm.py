"""The example's CRM: rows in memory behind `handle(request) -> response`, and people in it.

    GET  /users, /queues, /leads, /tasks  ?since=&upto=&after=STAMP,ID&limit=  by stamp and id
    POST /find   {"leads": [id], "lead_keys": [key], "tasks": [id], "task_keys": [key]}
    POST /batch  [{"do": "put" | "patch", "kind", "id" | "key", "values", "if_unmodified_since"?}]

A key is unique for ever, also among deleted tasks. Each operation of a batch has its own status.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from itertools import count
from typing import Any

from slasync.clock import Clock
from slasync.sandbox.http import NoAnswer, Request, Response, json_response

Row = dict[str, Any]
OURS = "U0"  # slasync's own user
MOST_OPERATIONS = 50


class ExampleCrm:
    """What the vendor would run. `faults` befall the next calls, one each."""

    def __init__(self, clock: Clock) -> None:
        self.rows: dict[str, dict[str, Row]] = {
            "users": {}, "queues": {}, "leads": {}, "tasks": {},
        }  # fmt: skip
        self.faults: deque[str] = deque()  # "request lost", "answer lost", "row lost", "down"
        self._clock = clock
        self._numbers = count(1)
        self.put("users", {"name": "slasync", "machine": True}, OURS)

    def put(self, kind: str, values: Mapping[str, Any], id_: str = "") -> str:
        """Store a new row and return its id."""
        id_ = id_ or f"{kind[0].upper()}{next(self._numbers)}"
        row = {"id": id_, "created": self._stamp(), "deleted": False, **values}
        self.rows[kind][id_] = row
        self.change(kind, id_)
        return id_

    def change(self, kind: str, id_: str, by: str = "", **values: Any) -> None:
        self.rows[kind][id_] |= {**values, "modified": self._stamp(), "modified_by": by}

    def by_key(self, kind: str, key: str) -> Row | None:
        return next((r for r in self.rows[kind].values() if r.get("key") == key), None)

    def handle(self, request: Request) -> Response:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "request lost":
            raise NoAnswer
        answer = self._answer(request) if fault != "down" else json_response(503, {})
        if fault == "answer lost":
            raise NoAnswer
        if fault == "row lost":
            answer = json_response(200, answer.json()[:-1])
        date = format_datetime(self._clock.now().replace(microsecond=0), usegmt=True)
        return Response(answer.status, (*answer.headers, ("Date", date)), answer.body)

    def _answer(self, request: Request) -> Response:
        if request.header("Authorization") != "Bearer secret":
            return json_response(401, {"error": "no such token"})
        kind = request.path.strip("/")
        if request.method == "GET" and kind in self.rows:
            return json_response(200, self._page(kind, request.query))
        if request.method == "POST" and kind in {"find", "batch"}:
            body = request.json()
            if kind == "find":
                return json_response(200, self._found(body))
            if len(body) > MOST_OPERATIONS:
                return json_response(422, {"error": f"more than {MOST_OPERATIONS} operations"})
            return json_response(200, [self._done(operation) for operation in body])
        return json_response(404, {"error": "no such resource"})

    def _page(self, kind: str, query: Mapping[str, str]) -> Row:
        since, upto = query.get("since", ""), query.get("upto", "9")
        place = tuple(query.get("after", ",").split(","))
        rows = sorted(self.rows[kind].values(), key=_place)
        found = [r for r in rows if since <= r["modified"] <= upto and _place(r) > place]
        limit = int(query["limit"])
        return {"rows": found[:limit], "more": len(found) > limit}

    def _found(self, asked: Mapping[str, list[str]]) -> dict[str, list[Row | None]]:
        get: dict[str, Callable[[str], Row | None]] = {
            "leads": self.rows["leads"].get,
            "tasks": self.rows["tasks"].get,
            "lead_keys": lambda key: self.by_key("leads", key),
            "task_keys": lambda key: self.by_key("tasks", key),
        }
        return {name: [get[name](each) for each in wanted] for name, wanted in asked.items()}

    def _done(self, operation: Row) -> Row:
        """Carry out one operation: 200 or 201, 404, 409 (state), 410 (gone), 412 (changed)."""
        kind, values = operation["kind"], operation["values"]
        row = (
            self.by_key(kind, operation["key"])
            if "key" in operation
            else self.rows[kind].get(operation["id"])
        )
        about = self.rows["leads"].get(values.get("about", ""))
        if about is not None and (about["deleted"] or about.get("converted")):
            return {"status": 410}
        if row is None:
            if operation["do"] == "patch":
                return {"status": 404}
            return {"status": 201, "id": self.put(kind, values | {"key": operation["key"]})}
        return {"status": self._changed(kind, row, operation), "id": row["id"]}

    def _changed(self, kind: str, row: Row, operation: Row) -> int:
        judged = operation.get("if_unmodified_since")
        if row["deleted"] or row.get("converted"):
            return 410
        if operation.get("only_new"):
            return 200
        if operation.get("only_open") and row.get("closed"):
            return 409
        if judged is not None and row["modified"] > judged:
            return 412
        self.change(kind, row["id"], OURS, **operation["values"])
        return 200

    def _stamp(self) -> str:
        return stamp(self._clock.now())


def stamp(at: datetime) -> str:
    """Write a time so that its text sorts as it does."""
    return at.isoformat(timespec="microseconds")


def _place(row: Row) -> tuple[str, ...]:
    return (row["modified"], row["id"])
