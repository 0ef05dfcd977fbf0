"""What every request passes and every answer carries: hosts, proxies, origins, sizes, headers."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slasync.settings.access import Dashboard

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NO_STORE = {"Cache-Control": "no-store"}
TRANSPORT = "max-age=31536000"
SAFE = frozenset({"GET", "HEAD"})
OTHER_HOST = "This is not the host you asked for. See listeners.dashboard.hosts in slasync.yaml.\n"
IN_CLEAR = "Only TLS is spoken here: come by the address under listeners.dashboard.public_url.\n"
OTHER_SITE = "This was sent by a page of another site and was not done.\n"


@dataclass(frozen=True, slots=True)
class Came:
    """How a request came, the proxy's word included where there is one that is trusted."""

    address: str
    scheme: str
    by_proxy: bool


def came(scope: Scope, access: Dashboard) -> Came:
    """Tell who sent a request, and whether over TLS."""
    sender = (scope.get("client") or ("", 0))[0]
    scheme = str(scope.get("scheme", "http"))
    if not access.trusts(sender):
        return Came(sender, scheme, by_proxy=False)
    headers = Headers(scope=scope)
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    strangers = [hop for hop in hops if not access.trusts(hop)]
    told = headers.get("x-forwarded-proto", scheme).strip().lower()
    address = strangers[-1] if strangers else sender
    return Came(address[:64], told if told in {"http", "https"} else scheme, by_proxy=True)


class Guard:
    """Turns away what is not for this host, not over TLS where it has to be, or forged."""

    def __init__(self, app: ASGIApp, access: Dashboard) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        how = came(scope, self._access)
        scope["slasync.came"] = how

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if "cache-control" not in headers:
                    headers.update(NO_STORE)
                if how.scheme == "https":
                    headers["Strict-Transport-Security"] = TRANSPORT
            await send(message)

        refused = self._refusal(scope, how)
        await (refused or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope, how: Came) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or _host(headers["host"]) not in self._access.names:
            return PlainTextResponse(OTHER_HOST, 421)
        outside = self._access.public or how.by_proxy
        if outside and how.scheme != "https":
            return PlainTextResponse(IN_CLEAR, 403)
        if scope["method"] not in SAFE and not _own(headers, how, self._access):
            return PlainTextResponse(OTHER_SITE, 403)
        return None


def _host(header: str) -> str:
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _own(headers: Headers, how: Came, access: Dashboard) -> bool:
    """Tell whether a form was sent by a page of ours.

    Pages send no referrer, so a browser calls their origin `null`, and tells by Sec-Fetch-Site
    where they are from. One that tells neither is not believed.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None or origin == "null":
        return site == "same-origin"
    ours = {f"{how.scheme}://{headers['host']}", access.public_url} - {""}
    return origin.lower() in {each.lower() for each in ours}
