"""Requests and responses as plain values: what a simulated vendor takes and gives."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

MEDIA_JSON = "application/json;charset=UTF-8"


LONGEST_NUMBER = 18  # digits: what vendors keep in 64 bits


def is_number(text: str) -> bool:
    """Tell whether a client's text is a whole number as vendors read one: no sign, plain digits."""
    return len(text) <= LONGEST_NUMBER and text.isascii() and text.isdecimal()


def decoded(body: bytes) -> Any:
    """Return a body as JSON value. Raises ValueError, for one nested without end as well."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `url` is absolute; `headers` keep the case they came in."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the header of that name, whatever its case."""
        wanted = name.lower()
        return next((v for k, v in self.headers.items() if k.lower() == wanted), None)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return unquote(urlsplit(self.url).path)

    @property
    def raw_path(self) -> str:
        """The path as sent, still percent-encoded."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of one given twice, the last."""
        parsed = parse_qs(urlsplit(self.url).query, keep_blank_values=True)
        return {name: values[-1] for name, values in parsed.items()}

    def json(self) -> Any:
        """Decode the body. Raises ValueError when it is not JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; header names in the vendor's own case, repeats allowed."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), None)

    def json(self) -> Any:
        return json.loads(self.body)


Handle = Callable[[Request], Response]


class NoAnswer(Exception):
    """The client gets no response. The transport turns this into its library's own error."""


class TimedOut(NoAnswer):
    """The client waits until its own time-out ends the wait."""


class Reset(NoAnswer):
    """The connection is cut while the client waits."""


def json_response(
    status: int, value: Any, headers: tuple[tuple[str, str], ...] = (), *, media: str = MEDIA_JSON
) -> Response:
    """Encode `value` compactly, as the vendors do."""
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(status, (("Content-Type", media), *headers), body)
