"""One REST request below /services/data/vXX.X, and its answer: also one part of a composite."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from slasync.sandbox.http import decoded
from slasync.sandbox.salesforce import times
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.schema import Row
from slasync.sandbox.salesforce.unit import Options, Unit

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body as JSON value (None: empty) and the headers peculiar to the resource."""

    status: int = 200
    body: Any = None
    headers: Headers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, its path cut at slashes and decoded. Header names are in lower case."""

    method: str
    version: str  # "v59.0"
    path: tuple[str, ...]
    params: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    unit: Unit
    value: Any = None  # the body where it is known already (parts of a composite)

    @property
    def base(self) -> str:
        return f"/services/data/{self.version}"

    @property
    def now(self) -> datetime:
        return self.unit.at

    def body(self) -> Any:
        """Return the body as JSON value. Raises JSON_PARSER_ERROR."""
        if self.value is not None:
            return self.value
        try:
            return decoded(self.raw)
        except ValueError:
            first = self.raw[:1].decode(errors="replace")
            text = f"Unexpected character ('{first}') at [line:1, column:1]"
            raise Trouble(
                "JSON_PARSER_ERROR",
                text if first else "No content to map to Object due to end of input",
            ) from None

    def object_body(self) -> dict[str, Any]:
        found = self.body()
        if not isinstance(found, dict):
            text = "Cannot deserialize instance of object from START_ARRAY value [line:1, column:1]"
            raise Trouble("JSON_PARSER_ERROR", text)
        return found

    def part(self, method: str, url: str, headers: Mapping[str, str], value: Any) -> "Ask":
        """Return a request within this one, of the same user and unit."""
        version, path, params = split(url)
        lower = {k.lower(): str(v) for k, v in headers.items()}
        unit = replace(self.unit, options=options(lower))
        return Ask(method.upper(), version, path, params, lower, b"", unit, value)


def listed(value: Any, *texts: str) -> list[dict[str, Any]]:
    """Return a list of objects that all have these members as text. Raises JSON_PARSER_ERROR."""
    if not isinstance(value, list):
        raise Trouble("JSON_PARSER_ERROR", "Cannot deserialize: an array is expected")
    for each in value:
        if not isinstance(each, dict):
            raise Trouble("JSON_PARSER_ERROR", "Cannot deserialize: objects are expected")
        missing = [name for name in texts if not isinstance(each.get(name), str)]
        if missing:
            raise Trouble("JSON_PARSER_ERROR", f"Missing required field: {missing[0]}")
    return value


def split(url: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Cut a URL below /services/data into version, path segments and parameters.

    Of a parameter given twice, the last.
    """
    parts = urlsplit(url)
    return *_resource(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))


@lru_cache(maxsize=256)
def _resource(path: str) -> tuple[str, tuple[str, ...]]:
    """Return the version and what follows it: clients ask for the same ones again and again."""
    segments = [unquote(s) for s in path.split("/") if s]
    if segments[:2] == ["services", "data"]:
        segments = segments[2:]
    return (segments or [""])[0], tuple(segments[1:])


def options(headers: Mapping[str, str]) -> Options:
    """Read how writes are to be treated. Without the header the assignment rule is run."""
    assign = headers.get("sforce-auto-assign", "TRUE").strip().upper()
    duplicates = headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
    return Options(
        auto_assign=assign != "FALSE",
        allow_duplicates="allowsave=true" in duplicates,
        through_api=True,
    )


def unmodified(ask: Ask, row: Row) -> bool:
    """Tell whether the row is as old as If-Unmodified-Since demands (second resolution)."""
    since = times.from_http(ask.headers.get("if-unmodified-since", ""))
    return since is None or modified(row) <= since


def modified(row: Row) -> datetime:
    return times.instant(row.get("LastModifiedDate") or row["SystemModstamp"])
