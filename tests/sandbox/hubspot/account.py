"""One simulated account on a driven clock, and calls to it in a line each."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from slasync.sandbox.http import Request, Response
from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.world import World

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOST = "https://api.hubapi.com"
CONTACTS, TASKS = "/crm/v3/objects/contacts", "/crm/v3/objects/tasks"
NO_LAG = timedelta(0)


class Account:
    """A HubSpot account with its world. Options as `HubSpot` takes them."""

    def __init__(self, **options: Any) -> None:
        self.clock = Driven(MONDAY)
        self.world = World(self.clock.now)
        self.hubspot = HubSpot(self.world, **options)
        self.token = self.hubspot.credentials()["access_token"]

    def call(self, method: str, path: str, body: Any = None) -> Response:
        """Call the API with the account's token."""
        headers = {"authorization": f"Bearer {self.token}"}
        data = b""
        if body is not None:
            headers["content-type"] = "application/json"
            data = json.dumps(body).encode()
        return self.hubspot.handle(Request(method, HOST + path, headers, data))

    def get(self, path: str) -> Any:
        """Return the body of a GET that must succeed."""
        answer = self.call("GET", path)
        assert answer.status == 200, answer.body
        return answer.json()

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        """Return the body of a POST that must end with this status."""
        answer = self.call("POST", path, body)
        assert answer.status == status, answer.body
        return answer.json()

    def search(self, *filters: dict[str, Any], **more: Any) -> Any:
        """Return what a search of contacts finds."""
        return self.post(f"{CONTACTS}/search", {"filterGroups": [{"filters": filters}], **more})

    def emails(self, *filters: dict[str, Any], **more: Any) -> list[str]:
        """Return the addresses a search finds, without their domain."""
        more.setdefault("properties", ["email"])
        rows = self.search(*filters, **more)["results"]
        return [row["properties"]["email"].partition("@")[0] for row in rows]

    def contact(self, name: str, **properties: Any) -> str:
        """Have the API make a contact with an address of that name; return its id."""
        given = {"email": f"{name}@example.com", **properties}
        created = self.post(CONTACTS, {"properties": given}, status=201)
        return str(created["id"])

    def task(self, subject: str = "call back", **properties: Any) -> str:
        given = {"hs_task_subject": subject, "hs_timestamp": "2026-03-03T09:00:00Z", **properties}
        return str(self.post(TASKS, {"properties": given}, status=201)["id"])

    def wait(self, **duration: float) -> None:
        """Let time pass; what is on the agenda happens."""
        pass_time(self.clock, self.world.agenda, self.clock.now() + timedelta(**duration))


def is_(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    """Return one filter of a search."""
    given = {"propertyName": name, "operator": operator, **more}
    return given if value is None else given | {"value": value}


def ms(at: datetime) -> str:
    """Return an instant as searches take it."""
    return str(round(at.timestamp() * 1000))
