"""One simulated instance on a driven clock, and calls to it in a line each."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from slasync.sandbox.http import Request, Response
from slasync.sandbox.marketo import AT_ONCE, Marketo
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.world import World

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOST = "https://123-abc-456.mktorest.com"
LEADS, CHANGES = "/rest/v1/leads.json", "/rest/v1/activities"
Json = dict[str, Any]


class Office:
    """An instance with its world. Options as `Marketo` takes them; activities come at once."""

    def __init__(self, start: datetime = MONDAY, **options: Any) -> None:
        self.clock = Driven(start)
        self.world = World(self.clock.now)
        options = {"lateness": AT_ONCE, "short_pages": 0.0, **options}
        self.marketo = Marketo(self.world, **options)
        self.token = self.new_token()["access_token"]

    def new_token(self, **changed: str) -> Json:
        """Return what the identity endpoint grants."""
        answer = self.ask_token(**changed)
        assert answer.status == 200, answer.body
        granted: Json = answer.json()
        return granted

    def ask_token(self, **changed: str) -> Response:
        known = self.marketo.credentials()
        query = {"grant_type": "client_credentials"}
        query |= {name: known[name] for name in ("client_id", "client_secret")} | changed
        return self.marketo.handle(
            Request("GET", f"{HOST}/identity/oauth/token?{urlencode(query)}")
        )

    def call(
        self, method: str, path: str, body: Any = None, headers: Json | None = None, **query: Any
    ) -> Response:
        """Call with the office's token; query parameters by name."""
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        data = b""
        if isinstance(body, str):
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            data = body.encode()
        elif body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        asked = f"{path}{'&' if '?' in path else '?'}{urlencode(query)}" if query else path
        return self.marketo.handle(Request(method, HOST + asked, sent, data))

    def body(self, method: str, path: str, body: Any = None, **query: Any) -> Json:
        """Return the body of a call that must succeed."""
        answer = self.call(method, path, body, **query)
        assert answer.status == 200, answer.body
        told: Json = answer.json()
        assert told["success"] is True, told
        return told

    def get(self, path: str, **query: Any) -> Any:
        """Return the `result` of a GET."""
        return self.body("GET", path, **query)["result"]

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.body("POST", path, body, **query)["result"]

    def failure(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[str, str]:
        """Return code and message of a call that must fail with HTTP 200."""
        answer = self.call(method, path, body, **query)
        assert answer.status == 200
        told = answer.json()
        assert told["success"] is False, told
        (error,) = told["errors"]
        return error["code"], error["message"]

    def sync(self, *rows: Json, **mode: Any) -> list[Json]:
        """Return the outcomes of rows that are written."""
        result: list[Json] = self.post(LEADS, {"input": list(rows), **mode})
        return result

    def lead(self, name: str, **values: Any) -> int:
        """Have the API make a lead with an address of that name; return its id."""
        (row,) = self.sync({"email": f"{name}@example.com", **values}, action="createOnly")
        return int(row["id"])

    def since(self, at: datetime = MONDAY) -> str:
        """Return a paging token."""
        stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        token = self.body("GET", f"{CHANGES}/pagingtoken.json", sinceDatetime=stamp)
        return str(token["nextPageToken"])

    def read(
        self, token: str, path: str = f"{CHANGES}.json", **query: Any
    ) -> tuple[list[Json], str]:
        """Read on until there is no more; return the rows and the token for the next time."""
        rows: list[Json] = []
        while True:
            page = self.body("GET", path, nextPageToken=token, **query)
            rows += page.get("result", [])
            token = page["nextPageToken"]
            if not page["moreResult"]:
                return rows, token

    def wait(self, **duration: float) -> None:
        """Let time pass; what is on the agenda happens."""
        pass_time(self.clock, self.world.agenda, self.clock.now() + timedelta(**duration))


def reason(row: Json) -> tuple[str, str]:
    """Return code and message of a row that was skipped."""
    assert row["status"] == "skipped", row
    (told,) = row["reasons"]
    return told["code"], told["message"]
