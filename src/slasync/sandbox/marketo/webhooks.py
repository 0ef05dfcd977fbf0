"""Webhooks out of Marketo: a template filled with tokens, sent once, with headers of one's own.

There is no signature, no id and no second attempt: a secret header is all a receiver has to know
the sender by. Guessed: that an empty text becomes `""` and any other empty value `null`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote_plus

from slasync.sandbox.http import Request, Response, TimedOut

Deliver = Callable[[Request], Response]
Value = Callable[[str, str], Any]  # of a token, by its two parts: "lead", "Email Address"

_TOKEN = re.compile(r"\{\{\s*(\w+)\.([^}:]+?)\s*(?::default=([^}]*))?\}\}")
_PATH = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class Encoding(StrEnum):
    """How a token's value is written into the payload."""

    JSON = "json"
    FORM = "form"
    NONE = "none"


_MEDIA = {
    Encoding.JSON: "application/json",
    Encoding.FORM: "application/x-www-form-urlencoded",
    Encoding.NONE: "text/plain",
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook. `answers`: path into the answer's JSON -> API name of the field it is put in.

    With JSON, texts get their quotes from Marketo: `{"email": {{lead.Email Address}}}`.
    """

    id: int
    name: str
    url: str
    template: str
    encoding: Encoding = Encoding.JSON
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    def request(self, value: Value) -> Request:
        """Return the call for one lead."""
        headers = {name: fill(text, value) for name, text in self.headers.items()}
        url = fill(self.url, value, Encoding.FORM)
        if self.method == "GET":
            return Request("GET", url, headers)
        body = fill(self.template, value, self.encoding)
        sent = {"Content-Type": _MEDIA[self.encoding], **headers}
        return Request(self.method, url, sent, body.encode())


def unreachable(_: Request) -> Response:
    """Stand for a receiver that is not there."""
    raise TimedOut


def fill(template: str, value: Value, encoding: Encoding = Encoding.NONE) -> str:
    """Put values in place of tokens; one that is not known becomes nothing."""

    def one(match: re.Match[str]) -> str:
        found = value(match[1], match[2])
        if found in (None, "") and match[3] is not None:
            found = match[3]
        return _encoded(found, encoding)

    return _TOKEN.sub(one, template)


def look_up(body: Any, path: str) -> Any:
    """Return what stands at a path like `a.b[0].c`; None when nothing does."""
    for name, position in _PATH.findall(path):
        try:
            body = body[int(position)] if position else body[name]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def _encoded(value: Any, encoding: Encoding) -> str:
    if encoding is Encoding.JSON:
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    return quote_plus(text) if encoding is Encoding.FORM else text
