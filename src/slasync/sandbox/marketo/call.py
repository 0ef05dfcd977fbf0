"""One call as its handler sees it, and the answer the handler gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slasync.sandbox.http import Request, Response, decoded, is_number
from slasync.sandbox.marketo.automation import Automation
from slasync.sandbox.marketo.failures import Failure, Json, invalid, missing, wrong_type
from slasync.sandbox.marketo.identity import Service
from slasync.sandbox.marketo.instance import Instance, Source
from slasync.sandbox.marketo.jobs import Jobs
from slasync.sandbox.marketo.limits import Meter
from slasync.sandbox.marketo.overlaps import Overlaps

PAGE = 300
API = "Web service API"


@dataclass(frozen=True, slots=True)
class Answer:
    """The members of a body that tell something; `raw` is an answer of another kind."""

    result: list[Any] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    raw: Response | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """All that handlers work on."""

    instance: Instance
    meter: Meter
    automation: Automation
    jobs: Jobs
    overlaps: Overlaps


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was let in. `params` come from the path, `query` from address and form.

    `number` is the call's turn: calls that ended after it began were under way at its side.
    """

    services: Services
    request: Request
    params: Mapping[str, str]
    query: Mapping[str, list[str]]
    service: Service
    number: int

    @property
    def instance(self) -> Instance:
        return self.services.instance

    @property
    def source(self) -> Source:
        return Source(API, API, self.service.user)

    def path_id(self, name: str = "id") -> int:
        """Return a number that the path names. Raises Failure 1001."""
        return whole(self.params[name])

    def text(self, name: str, otherwise: str = "") -> str:
        """Return a parameter; of one given twice, the last."""
        return self.query[name][-1] if name in self.query else otherwise

    def need(self, name: str) -> str:
        """Return a parameter that must not be empty. Raises Failure 1002."""
        text = self.text(name)
        if not text:
            raise missing(name)
        return text

    def names(self, name: str) -> list[str]:
        """Return a list, given by commas, by repetition, or both."""
        found = (part for text in self.query.get(name, []) for part in text.split(","))
        return [part.strip() for part in found if part.strip()]

    def ids(self, name: str) -> list[int]:
        """Return a list of numbers. Raises Failure 1001."""
        return [whole(part) for part in self.names(name)]

    def size(self, name: str = "batchSize", most: int = PAGE) -> int:
        """Return how many rows are asked for. Raises Failure 1001, 1003."""
        size = whole(self.text(name) or str(most))
        if not 0 < size <= most:
            raise invalid(f"{name} must be between 1 and {most}")
        return size

    def after(self, kind: str, name: str = "nextPageToken") -> int:
        """Return the key that a page begins after; 0 for the first. Raises Failure 1003."""
        token = self.text(name)
        return self.instance.tokens.read(kind, token)[0] if token else 0

    def paged(self, kind: str, after: int) -> Json:
        """Return the member that leads to the next page, if there is one."""
        return {"nextPageToken": self.instance.tokens.write(kind, after)} if after else {}

    def body(self) -> Json:
        """Return the body, which must be a JSON object. Raises Failure 609, 612."""
        media = (self.request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if media != "application/json":
            raise Failure("612", "Invalid Content Type")
        try:
            value = decoded(self.request.body)
        except ValueError:
            raise Failure("609", "Invalid JSON") from None
        if not isinstance(value, dict):
            raise Failure("609", "Invalid JSON")
        return value

    def inputs(self, most: int = PAGE) -> list[Json]:
        """Return the rows of the body. Raises Failure 609, 612, 1002, 1003."""
        rows = self.body().get("input")
        if not rows:
            raise missing("input")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise wrong_type(type(rows).__name__, "array of objects")
        if len(rows) > most:
            raise invalid(f"Max number of inputs '{most}' exceeded")
        return rows


Handler = Callable[[Call], Answer]


def whole(value: Any) -> int:
    """Read a number. Raises Failure 1001."""
    text = str(value)
    if not is_number(text):
        raise wrong_type(value, "Integer")
    return int(text)
