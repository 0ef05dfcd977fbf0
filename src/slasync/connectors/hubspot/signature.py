"""Whether a webhook really comes from HubSpot: signature v3 over the bytes as they came."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from slasync.clock import Clock
from slasync.connectors.hubspot.values import to_ms
from slasync.systems import Secret

SIGNATURE = "x-hubspot-signature-v3"
TIMESTAMP = "x-hubspot-request-timestamp"
TOLERANCE = timedelta(minutes=5)  # HubSpot's own; towards the future as well

Headers = Iterable[tuple[str, str]]

# the only escapes that HubSpot decodes before it signs
_DECODED = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_STAMP = re.compile(r"[0-9]{1,15}", re.ASCII)


class Verdict(StrEnum):
    """What a request proved to be; few values, so that they can label a counter."""

    GENUINE = "genuine"
    UNSIGNED = "unsigned"  # a header is missing
    AMBIGUOUS = "ambiguous"  # a header came twice
    STALE = "stale"  # signed too long ago, in the future, or at no time at all
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Signed:
    """The two headers that a signed request carries, each exactly once."""

    signature: str
    timestamp: str


class Verifier:
    """Checks requests to one public URL. Two secrets are valid while one replaces the other."""

    def __init__(self, public_url: str, secrets: Iterable[Secret], clock: Clock) -> None:
        self._url = public_url
        self._secrets = [s.reveal().encode() for s in secrets if s.reveal()]
        if not self._secrets:
            raise ValueError("without a secret every webhook would be refused: set webhook_secret")
        self._clock = clock

    def before_body(self, headers: Headers) -> Verdict:
        """Judge by the headers alone, before a body is read. GENUINE: nothing is wrong so far."""
        found = _signed(headers)
        return found if isinstance(found, Verdict) else self._timely(found)

    def check(self, method: str, query: str, headers: Headers, body: bytes) -> Verdict:
        """Judge a whole request. `query` is as it came, still encoded, without the `?`."""
        found = _signed(headers)
        if isinstance(found, Verdict):
            return found
        timely = self._timely(found)
        if timely is not Verdict.GENUINE:
            return timely
        text = signed_text(method, self._uri(query), body, found.timestamp)
        given = found.signature.encode()
        # each is computed, whichever fits: the time taken tells nothing
        fits = [hmac.compare_digest(given, sign(secret, text)) for secret in self._secrets]
        return Verdict.GENUINE if any(fits) else Verdict.FORGED

    def _uri(self, query: str) -> str:
        return f"{self._url}?{query}" if query and "?" not in self._url else self._url

    def _timely(self, signed: Signed) -> Verdict:
        if not _STAMP.fullmatch(signed.timestamp):
            return Verdict.STALE
        off = abs(to_ms(self._clock.now()) - int(signed.timestamp))
        return Verdict.STALE if timedelta(milliseconds=off) > TOLERANCE else Verdict.GENUINE


def verifier(public_url: str, secrets: Mapping[str, Secret], clock: Clock) -> Verifier:
    """Return a verifier for the secrets of connector.yaml. Raises ValueError without any."""
    names = ("webhook_secret", "webhook_secret_next")
    return Verifier(public_url, [secrets[name] for name in names if name in secrets], clock)


def signed_text(method: str, uri: str, body: bytes, timestamp: str) -> bytes:
    """Return what is signed: method, URI with some escapes decoded, raw body, timestamp."""
    decoded = _DECODED.sub(lambda match: chr(int(match[1], 16)), uri)
    return f"{method.upper()}{decoded}".encode() + body + timestamp.encode()


def sign(secret: bytes, text: bytes) -> bytes:
    """Return the signature, base64, of what `signed_text` made."""
    return base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest())


def _signed(headers: Headers) -> Signed | Verdict:
    listed = [(name.lower(), value.strip()) for name, value in headers]
    signatures = [value for name, value in listed if name == SIGNATURE]
    timestamps = [value for name, value in listed if name == TIMESTAMP]
    if not signatures or not timestamps:
        return Verdict.UNSIGNED
    if len(signatures) > 1 or len(timestamps) > 1:
        return Verdict.AMBIGUOUS
    return Signed(signatures[0], timestamps[0])
