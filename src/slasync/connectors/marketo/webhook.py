"""What Marketo's webhooks say: a lead that something happened to. It is followed, never believed.

Marketo signs nothing, numbers nothing and repeats nothing by itself: a secret header, set by the
admin, is all there is to know the sender by, and the payload is what the admin's template makes.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from slasync.connectors.marketo.contact import contact_ref
from slasync.domain.lead import Ref
from slasync.errors import Refused
from slasync.systems import Secret

HEADER = "x-slasync-secret"
SHORTEST = 16  # characters of a secret
LARGEST_BODY = 16_384  # bytes
LONGEST = 200  # characters of a campaign's name, and of a time
MOST_DIGITS = 18

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Event:
    """One call of a webhook."""

    key: str  # the same for the same call made again
    ref: Ref
    kind: str  # the campaign's name, as the template gives it


class SecretHeader:
    """Tells who may call. Two secrets are valid while one replaces the other."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        named = (secrets.get(name) for name in ("webhook_secret", "webhook_secret_next"))
        self._secrets = [secret.reveal().encode() for secret in named if secret]
        if not self._secrets or min(map(len, self._secrets)) < SHORTEST:
            raise ValueError(
                f"the webhook_secret of marketo has fewer than {SHORTEST} characters: make one"
                " with `openssl rand -hex 24` and set it in Marketo's webhook as well"
            )

    def fits(self, headers: Headers) -> bool:
        """Tell whether the header is there, once, with one of the secrets."""
        given = [value.strip().encode() for name, value in headers if name.lower() == HEADER]
        if len(given) != 1:
            return False
        # each is compared, whichever fits: the time taken tells nothing
        fits = [hmac.compare_digest(given[0], secret) for secret in self._secrets]
        return any(fits)


def parse(body: bytes, now: datetime) -> Event:
    """Read a body: `{"id": 318592, "event": "New lead", "at": "2026-03-02 09:00:00"}`.

    `event` and `at` may be left out; then calls within one minute are one. Raises Refused.
    """
    if len(body) > LARGEST_BODY:
        raise Refused(f"a webhook of {len(body)} bytes: more than {LARGEST_BODY}")
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(f"a webhook that is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise Refused("a webhook that is no JSON object: its template is in setup.md")
    number, kind = _number(told.get("id")), _text(told.get("event"))
    at = _text(told.get("at")) or now.strftime("%Y-%m-%dT%H:%M")
    key = hashlib.sha256(orjson.dumps([number, kind, at])).hexdigest()[:40]
    return Event(key, contact_ref(number), kind)


def _number(value: Any) -> str:
    text = "" if isinstance(value, bool | float) else str(value)
    if len(text) > MOST_DIGITS or not (text.isascii() and text.isdigit()):
        raise Refused('a webhook without a lead\'s id: the template needs "id": {{lead.Id}}')
    return str(int(text))


def _text(value: Any) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""
