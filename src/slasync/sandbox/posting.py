"""How webhooks leave the sandbox: a POST to a receiver on this machine."""

from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import urlsplit

from slasync.sandbox.http import Request, Reset, Response, TimedOut

ANSWER_WITHIN = 5.0  # seconds, as HubSpot waits


class NotHere(ValueError):
    """A receiver that is not on this machine."""


def local(url: str) -> str:
    """Return the address if it is http on this machine. Raises NotHere."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http" or not (host == "localhost" or _loopback(host)):
        raise NotHere(f"{url!r} is no http address of this machine")
    return url


def post(request: Request) -> Response:
    """Send a request and return the answer. Raises TimedOut, Reset."""
    parts = urlsplit(local(request.url))
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection = HTTPConnection(parts.netloc, timeout=ANSWER_WITHIN)
    try:
        connection.request(request.method, target or "/", request.body, dict(request.headers))
        answer = connection.getresponse()
        return Response(answer.status, tuple(answer.getheaders()), answer.read())
    except TimeoutError as error:
        raise TimedOut from error
    except (OSError, HTTPException) as error:
        raise Reset from error
    finally:
        connection.close()


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
