"""The simulated Salesforce: `handle(request) -> response`, and the people who work in it."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from slasync.sandbox.faults import VendorAnswers
from slasync.sandbox.http import MEDIA_JSON, Request, Response, json_response
from slasync.sandbox.salesforce import rest, soap, times
from slasync.sandbox.salesforce.asking import Ask, Reply, options, split
from slasync.sandbox.salesforce.auth import Auth, Client
from slasync.sandbox.salesforce.errors import (
    Trouble,
    answered,
    not_allowed,
    not_found,
    over_limit,
    unavailable,
)
from slasync.sandbox.salesforce.limits import Limits
from slasync.sandbox.salesforce.metadata_api import MetadataApi
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.outbound import OutboundMessages
from slasync.sandbox.salesforce.people import People
from slasync.sandbox.salesforce.setup import set_up
from slasync.sandbox.salesforce.unit import Unit
from slasync.sandbox.world import World

ORG_ID = "00Dg50000000001EAA"
LONGEST_URI = 16_384
DAILY = 100_000
ALWAYS = (
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-XSS-Protection", "1; mode=block"),
    ("X-Robots-Tag", "none"),
    ("Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private"),
)
WITH_BODY = {"POST", "PATCH", "PUT"}


class Salesforce(People):
    """One org behind its HTTP API. Paths decide, whatever the host."""

    def __init__(  # noqa: PLR0913 - each names one property of the org
        self,
        world: World,
        *,
        org_id: str = ORG_ID,
        domain: str = "acme",
        user: str = "integration@acme.example",
        zone: str = "Europe/Berlin",
        daily_limit: int = DAILY,
        instance_url: str | None = None,
        session_lifetime: timedelta = timedelta(hours=2),
    ) -> None:
        org = Org(world)
        super().__init__(org, set_up(org, org_id, user, zone))
        chance = world.chance("salesforce.credentials")
        self.world = world
        self.org_id = org_id
        self.limits = Limits(daily_limit)
        self.client = Client(
            key=f"3MVG9{chance.getrandbits(128):032x}",
            secret=f"{chance.getrandbits(128):032X}",
            username=user,
            password=f"{chance.getrandbits(64):016x}",
            refresh_token=f"5Aep{chance.getrandbits(128):032x}",
            domain=domain,
            instance_url=instance_url or f"https://{domain}.my.salesforce.com",
            run_as=self.integration_user_id,
            lifetime=session_lifetime,
            security_token=f"{chance.getrandbits(96):024x}",
        )
        self.auth = Auth(org, org_id, self.client)
        self.assign_leads_to(self.inbox_queue_id)
        self._rest = rest.Rest(org, self.limits, self._later)
        self.bulk = self._rest.bulk
        self.outbound = OutboundMessages(org, org_id, self._later)
        self.metadata = MetadataApi(self)
        self._answers = VendorAnswers(over_limit, unavailable, self.expire_sessions, self._later)

    @property
    def calls(self) -> Counter[str]:
        """Counted API calls by "METHOD resource"; a composite is one, tokens are none."""
        return self.limits.calls

    def credentials(self) -> dict[str, str]:
        """Return what a client needs to log in."""
        return {
            "instance_url": self.client.instance_url,
            "domain": f"{self.client.domain}.my",
            "client_id": self.client.key,
            "client_secret": self.client.secret,
            "username": self.client.username,
            "password": self.client.password,
            "security_token": self.client.security_token,
            "refresh_token": self.client.refresh_token,
            "organization_id": self.org_id,
            "user_id": self.integration_user_id,
        }

    def served_at(self, instance_url: str) -> None:
        """Tell clients from now on to send their calls there."""
        self.client.instance_url = instance_url.rstrip("/")

    def register_public_key(self, pem: str) -> None:
        """Accept JWTs signed with the private half; a certificate does as well."""
        self.client.public_key = pem

    def expire_sessions(self) -> None:
        """End all sessions: the next call of each client is answered by 401."""
        with self.lock:
            self.auth.sessions.clear()

    def others_call(self, calls: int) -> None:
        """Count so many calls of other apps against the day's limit, in place of those before."""
        with self.lock:
            self.limits.others = calls

    def others_leave(self, calls: int) -> None:
        """Have other apps use up all but so many calls of the day's limit."""
        with self.lock:
            now = self.world.now()
            ours = self.limits.used(now) - self.limits.others
            self.limits.others = max(0, self.limits.daily - ours - calls)

    def handle(self, request: Request) -> Response:
        """Answer a request. Raises NoAnswer where a fault leaves the client without one."""
        with self.lock:
            chance = self.world.chance("salesforce.faults")
            response = self.world.faults.around(request, self._answer, self._answers, chance)
            date = ("Date", times.http_date(self.world.now()))
            return Response(response.status, (date, *response.headers), response.body)

    def _later(self, delay: timedelta, action: Callable[[], None]) -> None:
        def locked() -> None:
            with self.lock:
                action()

        self.world.agenda.add(self.world.now() + delay, "salesforce: a write done late", locked)

    def _answer(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if len(request.url) > LONGEST_URI:
            return answered(Trouble("URI_TOO_LONG", "URI too long"))
        if path == "/services/data":
            allowed = request.method in {"GET", "HEAD"}
            known = json_response(200, rest.versions())
            return known if allowed else answered(not_allowed(request.method, ("GET", "HEAD")))
        routes: dict[str, Callable[[Request], Response]] = {
            "/services/data/": self._below_data,
            "/services/oauth2/": self.auth.answer,
            "/services/Soap/m/": self.metadata.answer,
            "/services/Soap/": partial(soap.answer, self),
            "/id/": self.auth.identity,  # the identity URL of a token answer
        }
        for start, route in routes.items():
            if path.startswith(start):
                return route(request)
        apex = path.startswith("/services/apexrest")  # there is no Apex: no class has a URL
        return answered(not_found("Could not find a match for URL") if apex else not_found())

    def _below_data(self, request: Request) -> Response:
        version, way, params = split(request.url)
        headers = {k.lower(): v for k, v in request.headers.items()}
        pretty = headers.get("x-prettyprint") in {"1", "true"}
        try:
            rest.known_version(version)
            user = self._user(request)
            unit = Unit(self.world, user, self.world.now(), options(headers))
            method = params.pop("_HttpMethod", request.method).upper()
            method = "GET" if method == "HEAD" else method  # the server leaves the body out
            ask = Ask(method, version, way, params, headers, _unpacked(request), unit)
            _check_media(ask)
            self.limits.count(rest.kind(ask), ask.now)
        except Trouble as trouble:
            known = trouble.code != "INVALID_SESSION_ID"
            reply = Reply(trouble.status, trouble.body())
            return self._encoded(reply, pretty=pretty) if known else answered(trouble)
        reply = self._rest.answer(ask)
        unit.keep()
        return self._encoded(reply, pretty=pretty)

    def _user(self, request: Request) -> str:
        user = self.auth.user_of(request)
        if user is None:
            raise Trouble("INVALID_SESSION_ID", "Session expired or invalid")
        if not (self.org.row(user) or {}).get("IsActive"):
            raise Trouble("INVALID_SESSION_ID", "Session expired or invalid")
        return user

    def _encoded(self, reply: Reply, *, pretty: bool) -> Response:
        info = ("Sforce-Limit-Info", self.limits.info(self.world.now()))
        headers = (*ALWAYS, info, *reply.headers.items())
        if reply.body is None:
            return Response(reply.status, headers)
        if isinstance(reply.body, bytes):  # a file of the Bulk API, which names its own type
            return Response(reply.status, headers, reply.body)
        indent, marks = (2, (",", " : ")) if pretty else (None, (",", ":"))
        text = json.dumps(reply.body, indent=indent, separators=marks, ensure_ascii=False)
        media = (("Content-Type", MEDIA_JSON), ("Vary", "Accept-Encoding"))
        return Response(reply.status, (*headers, *media), text.encode())


def _unpacked(request: Request) -> bytes:
    """Return the body as it was before the client compressed it. Raises Trouble."""
    if (request.header("Content-Encoding") or "").strip().lower() != "gzip":
        return request.body
    try:
        return gzip.decompress(request.body)
    except (OSError, EOFError, zlib.error):
        raise Trouble("JSON_PARSER_ERROR", "Not in GZIP format") from None


def _check_media(ask: Ask) -> None:
    media = ask.headers.get("content-type", "application/json")
    is_file = ask.path[:1] == ("jobs",) and "text/csv" in media.lower()
    if ask.method in WITH_BODY and ask.raw and "json" not in media.lower() and not is_file:
        text = f"content type not supported: {media}"
        raise Trouble("UNSUPPORTED_MEDIA_TYPE", text)
