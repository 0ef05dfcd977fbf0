"""A simulated org with a clock in hand, and a bare HTTP client logged in to it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from slasync.sandbox.http import Request, Response
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.world import World

HOST = "https://acme.my.salesforce.com"
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
Headers = dict[str, str]


@dataclass
class Clock:
    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Desk:
    """`call` answers with the response; `query` with the body of a query that must succeed."""

    clock: Clock = field(default_factory=Clock)
    version: str = "v62.0"

    def __post_init__(self) -> None:
        self.world = World(self.clock)
        self.sf = Salesforce(self.world, session_lifetime=timedelta(days=400))
        self.rep = self.sf.add_user("Rita Rep", "rita@acme.example")
        self.headers = {"Authorization": f"Bearer {self.log_in()}"}

    def log_in(self) -> str:
        known = self.sf.credentials()
        answer = self.token(
            grant_type="client_credentials",
            client_id=known["client_id"],
            client_secret=known["client_secret"],
        )
        return str(answer.json()["access_token"])

    def token(self, host: str = HOST, basic: str | None = None, **form: str) -> Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if basic:
            headers["Authorization"] = f"Basic {basic}"
        body = urlencode(form).encode()
        return self.sf.handle(Request("POST", f"{host}/services/oauth2/token", headers, body))

    def call(
        self, method: str, way: str, body: Any = None, headers: Headers | None = None
    ) -> Response:
        url = f"{HOST}/services/data/{self.version}/{way}"
        raw = b"" if body is None else json.dumps(body).encode()
        return self.sf.handle(Request(method, url, self.headers | (headers or {}), raw))

    def query(self, soql: str, resource: str = "query", **headers: str) -> Any:
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.call("GET", f"{resource}?q={quote(soql)}", headers=named)
        assert answer.status == 200, answer.body
        return answer.json()

    def refused(self, soql: str) -> dict[str, Any]:
        """Return the one error of a query that must fail."""
        answer = self.call("GET", f"query?q={quote(soql)}")
        assert answer.status == 400, answer.body
        (error,) = answer.json()
        return dict(error)

    def lead(self, name: str = "Doe", **fields: Any) -> str:
        """Have a person create a lead; return its id."""
        whole = {"LastName": name, "Company": "Initech", "OwnerId": self.rep} | fields
        return self.sf.create("Lead", whole, self.rep)

    def task(self, who: str, **fields: Any) -> str:
        whole = {"WhoId": who, "Subject": "Call", "OwnerId": self.rep} | fields
        return self.sf.create("Task", whole, self.rep)


def names(answer: Any, field_name: str = "Name") -> list[Any]:
    """Return one column of a query's records."""
    return [record[field_name] for record in answer["records"]]


def error(answer: Response) -> tuple[int, str]:
    """Return status and code of an answer with one error."""
    (found,) = answer.json()
    return answer.status, found["errorCode"]
