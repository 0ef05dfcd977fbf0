"""One call as its handler sees it, and the answer the handler gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from slasync.sandbox.http import Request, decoded, is_number
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Json, Problem, bad
from slasync.sandbox.hubspot.limits import Meter
from slasync.sandbox.hubspot.oauth import Tokens
from slasync.sandbox.hubspot.portal import Portal
from slasync.sandbox.hubspot.record import Origin
from slasync.sandbox.hubspot.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON value; None is an empty body."""

    status: int = HTTPStatus.OK
    value: Any = None


@dataclass(frozen=True, slots=True)
class Services:
    """All that handlers work on."""

    portal: Portal
    tokens: Tokens
    meter: Meter
    webhooks: Webhooks


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was routed and may pass. `params` come from the path."""

    services: Services
    request: Request
    params: Mapping[str, str]
    query: Mapping[str, list[str]]
    origin: Origin

    @property
    def portal(self) -> Portal:
        return self.services.portal

    @property
    def kind(self) -> Kind:
        """The object type of the path. Raises 400."""
        return self.portal.kind(self.params["object"])

    def text(self, name: str, otherwise: str = "") -> str:
        """Return a parameter of the query; of one given twice, the last."""
        return self.query[name][-1] if name in self.query else otherwise

    def truth(self, name: str) -> bool:
        return self.text(name).lower() == "true"

    def number(self, name: str, otherwise: int, most: int) -> int:
        """Return a number of the query, above 0 and at most `most`. Raises 400."""
        return bounded(name, self.text(name, str(otherwise)), most)

    def names(self, name: str) -> list[str]:
        """Return a list of the query, given by commas, by repetition, or both."""
        found = (part for text in self.query.get(name, []) for part in text.split(","))
        return [part.strip() for part in found if part.strip()]

    def json(self) -> Any:
        """Return the body. Raises 415 and 400."""
        media = (self.request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if media != "application/json":
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type")
        try:
            return decoded(self.request.body)
        except ValueError as error:
            raise bad(f"Invalid input JSON: {error}") from None

    def body(self) -> Json:
        """Return the body, which must be a JSON object. Raises 415 and 400."""
        value = self.json()
        if not isinstance(value, dict):
            raise bad("Invalid input JSON: an object is expected")
        return value


def bounded(name: str, text: str, most: int, least: int = 1) -> int:
    """Read a number from `least` to `most`. Raises 400."""
    if not is_number(text) or not least <= int(text) <= most:
        raise bad(f"{name} must be a number from {least} to {most}, not {text!r}")
    return int(text)


def objects_of(body: Mapping[str, Any], name: str) -> list[Json]:
    """Return a member that is a list of objects; none is an empty one. Raises 400."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise bad(f"Invalid input JSON: {name} must be a list of objects")
    return value


def texts_of(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a member that is a list of texts; none is an empty one. Raises 400."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise bad(f"Invalid input JSON: {name} must be a list of strings")
    return tuple(value)


def id_of(body: Mapping[str, Any], name: str) -> str:
    """Return the id inside a member that is an object: `{"to": {"id": "1"}}`. Raises 400."""
    value = body.get(name)
    if not isinstance(value, dict) or "id" not in value:
        raise bad(f"Invalid input JSON: {name} must be an object with an id")
    return str(value["id"])


def types_of(entries: Iterable[Mapping[str, Any]]) -> set[int]:
    """Return the association types that a body names. Raises 400."""
    numbers = [str(entry.get("associationTypeId", "")) for entry in entries]
    if not all(is_number(number) for number in numbers):
        raise bad("Invalid input JSON: associationTypeId must be a number")
    return {int(number) for number in numbers}
