"""The simulated HubSpot: a request in, a response out, on an account in memory."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from slasync.sandbox.faults import VendorAnswers
from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.hubspot import limits, routes
from slasync.sandbox.hubspot.call import Answer, Call, Services
from slasync.sandbox.hubspot.errors import Problem, missing_scopes, unauthenticated
from slasync.sandbox.hubspot.limits import Headers, Meter
from slasync.sandbox.hubspot.oauth import Access, Tokens, dashed
from slasync.sandbox.hubspot.options import Options
from slasync.sandbox.hubspot.people import People
from slasync.sandbox.hubspot.portal import Portal
from slasync.sandbox.hubspot.record import Origin
from slasync.sandbox.hubspot.routes import ANY, OPEN, Route
from slasync.sandbox.hubspot.webhooks import Deliver, Target, Webhooks, unreachable
from slasync.sandbox.world import World

MEDIA = "application/json;charset=utf-8"
NOBODY = Access(frozenset(), oauth=True)  # calls without a token have no limits' headers


class HubSpot(People):
    """One account and one app in it. Keyword arguments are the fields of `Options`.

    `calls` counts the API calls that were let in, by method and path template; `refused` those
    that a limit turned away.
    """

    def __init__(self, world: World, *, deliver: Deliver = unreachable, **options: Any) -> None:
        settings = Options(**options)
        super().__init__(Portal(world, settings))
        self._world = world
        self._lock = self.portal.lock
        self._options = settings
        self._tokens = Tokens(world, settings)
        self._meter = Meter(world, settings.limits, zone=settings.zone, app_id=settings.app_id)
        self.webhooks = Webhooks(world, settings, self._lock, deliver)
        self.portal.tell = self.webhooks.tell
        self._services = Services(self.portal, self._tokens, self._meter, self.webhooks)
        self._app = Origin("INTEGRATION", str(settings.app_id), str(settings.app_id))
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._answers = VendorAnswers(
            self._too_many, self._server_error, self._tokens.expire, self._later
        )

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises NoAnswer where a fault keeps the answer back."""
        with self._lock:
            chance = self._world.chance("hubspot.faults")
            return self._world.faults.around(request, self._handle, self._answers, chance)

    def credentials(self) -> dict[str, str]:
        """Return everything a client needs to know to be let in."""
        return {
            "access_token": self._tokens.static,
            "refresh_token": self._tokens.refresh_token,
            "client_id": self._tokens.client_id,
            "client_secret": self._tokens.client_secret,
            "code": self._tokens.code,
            "developer_key": self._tokens.developer_key,
            "app_id": str(self._options.app_id),
            "portal_id": str(self._options.portal_id),
            "webhook_secret": self._tokens.client_secret,
        }

    def others_call(self, calls: int) -> None:
        """Count so many calls of other apps against the day's limit, in place of those before."""
        with self._lock:
            self._meter.others = calls

    def others_leave(self, calls: int) -> None:
        """Have other apps use up all but so many calls of the day's limit."""
        with self._lock:
            self._meter.leave(calls)

    def subscribe(
        self,
        target_url: str,
        event_types: Iterable[str],
        properties: Collection[str] = (),
        secret: str | None = None,
    ) -> Target:
        """Have events of these types sent to an address; `properties` are for propertyChange."""
        key = self._tokens.client_secret if secret is None else secret
        with self._lock:
            return self.webhooks.subscribe(target_url, event_types, properties, key)

    def _handle(self, request: Request) -> Response:
        # the server leaves a HEAD's body out
        method, path = request.method.replace("HEAD", "GET"), urlsplit(request.url).path
        found = routes.find(method, path)
        if found is None:
            return self._error(routes.lost(path), ())
        route, params = found
        access = NOBODY
        headers: Headers = ()
        try:
            access = self._access(request, route)
            self._count(route, params, access)
            headers = self._limit_headers(route, access)
            call = Call(self._services, request, params, _query(request), self._app)
            self._allow(call, route, access)
            return self._answer(route.handler(call), headers)
        except Problem as problem:
            return self._error(problem, headers or self._limit_headers(route, access))

    def _access(self, request: Request, route: Route) -> Access:
        if route.scope == OPEN:
            return NOBODY
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated()
        return self._tokens.access(token.strip())

    def _count(self, route: Route, params: dict[str, str], access: Access) -> None:
        """Count the call against its limits. Raises 429."""
        object_name = params.get("object", "{object}").lower()
        name = f"{route.method} {route.template.replace('{object}', object_name)}"
        if route.scope != OPEN:
            count = self._meter.count_search if route.search else self._meter.count_call
            try:
                count(oauth=access.oauth)
            except Problem:
                self.refused[name] += 1
                raise
        self.calls[name] += 1

    def _allow(self, call: Call, route: Route, access: Access) -> None:
        if route.scope in {OPEN, ANY}:
            return
        scope = route.scope_for(call.kind if "object" in call.params else None)
        if scope not in access.scopes:
            raise missing_scopes(scope)

    def _limit_headers(self, route: Route, access: Access) -> Headers:
        if access is NOBODY:
            return ()
        return self._meter.headers(oauth=access.oauth, search=route.search)

    def _answer(self, answer: Answer, headers: Headers, correlation: str | None = None) -> Response:
        dated = ("Date", format_datetime(self._world.now().astimezone(UTC), usegmt=True))
        identified = ("X-HubSpot-Correlation-Id", correlation or self._correlation())
        more = (identified, *headers, ("Server", "cloudflare"))
        if answer.value is None:
            return Response(answer.status, (dated, *more))
        plain = json_response(answer.status, answer.value, more, media=MEDIA)
        return Response(plain.status, (dated, *plain.headers), plain.body)

    def _error(self, problem: Problem, headers: Headers) -> Response:
        correlation = self._correlation()
        if problem.status == HTTPStatus.NOT_FOUND:
            headers = (("X-HubSpot-NotFound", "true"), *headers)
        body = problem.body(correlation)
        return self._answer(Answer(problem.status, body), headers, correlation)

    def _correlation(self) -> str:
        return dashed(self._world.chance("hubspot.correlation").getrandbits)

    def _too_many(self, request: Request) -> Response:
        found = routes.find(request.method, urlsplit(request.url).path)
        if found and found[0].search:
            return self._error(limits.secondly(), ())
        return self._error(limits.ten_secondly(self._options.app_id), ())

    def _server_error(self, _: Request) -> Response:
        words = "Service temporarily unavailable. Please try again later."
        return self._error(Problem(HTTPStatus.SERVICE_UNAVAILABLE, words), ())

    def _later(self, delay: timedelta, action: Callable[[], None]) -> None:
        def locked() -> None:
            with self._lock:
                action()

        self._world.agenda.add(self._world.now() + delay, "hubspot.late", locked)


def _query(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query, keep_blank_values=True)
