"""HubSpot's three signatures of a webhook request."""

import base64
import hashlib
import hmac
import re
from urllib.parse import unquote

# the only escapes that are undone before an address is signed
_UNDONE = re.compile("%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def version_1(secret: str, body: bytes) -> str:
    return hashlib.sha256(secret.encode() + body).hexdigest()


def version_2(secret: str, method: str, url: str, body: bytes) -> str:
    return hashlib.sha256(f"{secret}{method}{url}".encode() + body).hexdigest()


def version_3(secret: str, method: str, url: str, body: bytes, *, timestamp: str) -> str:
    """Sign with a timestamp (milliseconds), over the address with some escapes undone."""
    signed = f"{method}{plain_url(url)}".encode() + body + timestamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def plain_url(url: str) -> str:
    """Undo the escapes that HubSpot undoes, and no others."""
    return _UNDONE.sub(lambda escape: unquote(escape.group()), url)
