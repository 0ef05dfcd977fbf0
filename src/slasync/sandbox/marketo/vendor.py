"""The simulated Marketo: a request in, a response out, on an instance in memory.

Guessed: in which order a call is checked (token, path, limits, permission), and that an outage is
a 608, a 611 or a page of the edge's own with 502.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from slasync.sandbox.faults import VendorAnswers
from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.marketo import routes, stamps
from slasync.sandbox.marketo.automation import Automation
from slasync.sandbox.marketo.call import Answer, Call, Services
from slasync.sandbox.marketo.failures import Failure, Json, denied, unknown_path, wrong_method
from slasync.sandbox.marketo.identity import EVERY, Identity, Service
from slasync.sandbox.marketo.instance import Instance
from slasync.sandbox.marketo.jobs import Jobs
from slasync.sandbox.marketo.limits import Meter
from slasync.sandbox.marketo.options import Options
from slasync.sandbox.marketo.overlaps import Overlaps
from slasync.sandbox.marketo.people import People
from slasync.sandbox.marketo.webhooks import Deliver, unreachable
from slasync.sandbox.world import World

_FORM = "application/x-www-form-urlencoded"
_EDGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_ASSETS = "/rest/asset/"


class Marketo(People):
    """One instance. Keyword arguments are the fields of `Options`.

    `calls` counts the calls that were let in, by method and path template; `refused` those that a
    limit turned away.
    """

    def __init__(self, world: World, *, deliver: Deliver = unreachable, **options: Any) -> None:
        settings = Options(**options)
        instance = Instance(world, settings)
        automation = Automation(instance, deliver)
        super().__init__(instance, automation)
        instance.heard = automation.heard
        self._world = world
        self._lock = instance.lock
        self._options = settings
        self._identity = Identity(world, stamps.length(settings.token_life))
        self._service = self._identity.add(settings.user)
        self._meter = Meter(world, settings.limits, settings.zone)
        self._overlaps = Overlaps()
        jobs = Jobs(world, settings.extract, self._lock, self._meter.today)
        self._services = Services(instance, self._meter, automation, jobs, self._overlaps)
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._answers = VendorAnswers(
            self._too_many, self._server_error, self._identity.expire, self._later
        )

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises NoAnswer where a fault keeps the answer back."""
        turn, under_way = self._overlaps.enter()
        try:
            with self._lock:
                chance = self._world.chance("marketo.faults")

                def answer(passed: Request) -> Response:
                    return self._handle(passed, turn, under_way)

                return self._world.faults.around(request, answer, self._answers, chance)
        finally:
            self._overlaps.leave()

    def credentials(self) -> dict[str, str]:
        """Return everything a client needs to know to be let in."""
        return {
            "client_id": self._service.client_id,
            "client_secret": self._service.client_secret,
            "user": self._service.user,
            "munchkin_id": self._options.munchkin_id,
        }

    @property
    def calls_under_way(self) -> int:
        """How many calls are being answered, or wait for it."""
        return self._overlaps.under_way

    def add_service(self, user: str, permissions: frozenset[str] = EVERY) -> Service:
        """Make a further custom service; the permissions are those of the user's role."""
        with self._lock:
            return self._identity.add(user, permissions)

    def others_call(self, calls: int, under_way: int = 0) -> None:
        """Have other integrations have made so many calls today, and so many under way now."""
        with self._lock:
            self._meter.others(calls, under_way)

    def others_leave(self, calls: int) -> None:
        """Have other integrations use up all but so many of today's calls."""
        with self._lock:
            self._meter.leave(calls)

    def _handle(self, request: Request, turn: int, under_way: int) -> Response:
        if len(request.body) > self._options.limits.body:
            return self._plain(Response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
        parts, (method, query) = urlsplit(request.url), _meant(request)
        if len(f"{parts.path}?{parts.query}") > self._options.limits.address:
            return self._plain(Response(HTTPStatus.REQUEST_URI_TOO_LONG))
        if parts.path == routes.TOKEN_PATH and request.method in {"GET", "POST"}:
            return self._plain(self._identity.grant(query))
        try:
            service = self._identity.service(request)
            return self._answer_counted(request, method, query, service, (turn, under_way))
        except Failure as failure:
            self._meter.failed(failure)
            return self._failed(request, failure)

    def _answer_counted(
        self,
        request: Request,
        method: str,
        query: dict[str, list[str]],
        service: Service,
        turn: tuple[int, int],
    ) -> Response:
        """Count a call that has a token, and answer it. Raises Failure for a wrong method."""
        path = urlsplit(request.url).path
        found = routes.find(method, path)
        if found is None and routes.known(path):
            raise wrong_method()
        name = found[0].name if found else f"{method} {path}"
        try:
            self._count(service, turn[1], name)
            if found is None:
                raise unknown_path()
            route, params = found
            if not route.allows(service.permissions):
                raise denied()
            call = Call(self._services, request, params, query, service, turn[0])
            return self._answered(request, route.handler(call))
        except Failure as failure:
            self._meter.failed(failure)
            return self._failed(request, failure)
        finally:
            self._overlaps.settle()

    def _count(self, service: Service, under_way: int, name: str) -> None:
        try:
            self._meter.count(service.user, under_way)
        except Failure:
            self.refused[name] += 1
            raise
        self.calls[name] += 1

    def _answered(self, request: Request, answer: Answer) -> Response:
        if answer.raw is not None:
            return self._plain(answer.raw)
        given = {} if answer.result is None else {"result": answer.result}
        if urlsplit(request.url).path.startswith(_ASSETS):
            return self._json(self._asset(success=True, warnings=list(answer.warnings)) | given)
        head: Json = {"requestId": self._request_id()}
        return self._json(head | given | {"success": True} | dict(answer.more))

    def _failed(self, request: Request, failure: Failure) -> Response:
        if urlsplit(request.url).path.startswith(_ASSETS):
            return self._json(self._asset(success=False, errors=[failure.entry]))
        failed = {"requestId": self._request_id(), "success": False, "errors": [failure.entry]}
        return self._json(failed)

    def _asset(
        self, *, success: bool, errors: list[Json] | None = None, warnings: list[str] | None = None
    ) -> Json:
        """Return the members that asset answers always have, in their order."""
        return {
            "success": success,
            "errors": errors or [],
            "requestId": self._request_id(),
            "warnings": warnings or [],
        }

    def _request_id(self) -> str:
        number = self._world.chance("marketo.requests").randrange(0xEF, 0x16FFF)
        return f"{number:x}#{stamps.millis(self._world.now()):x}"

    def _json(self, body: Json) -> Response:
        return self._plain(json_response(HTTPStatus.OK, body))

    def _plain(self, answer: Response) -> Response:
        dated = ("Date", format_datetime(self._world.now().astimezone(UTC), usegmt=True))
        return Response(answer.status, (("Server", "nginx"), dated, *answer.headers), answer.body)

    def _too_many(self, request: Request) -> Response:
        return self._failed(request, self._meter.too_fast())

    def _server_error(self, request: Request) -> Response:
        match self._world.chance("marketo.outages").randrange(3):
            case 0:
                return self._failed(request, Failure("608", "API Temporarily Unavailable"))
            case 1:
                return self._failed(request, Failure("611", "System error"))
            case _:
                headers = (("Content-Type", "text/html"),)
                return self._plain(Response(HTTPStatus.BAD_GATEWAY, headers, _EDGE))

    def _later(self, delay: timedelta, action: Callable[[], None]) -> None:
        """Do what a client gave up waiting for; until then the call is under way."""
        self._overlaps.enter()

        def locked() -> None:
            with self._lock:
                action()
            self._overlaps.leave()

        self._world.agenda.add(self._world.now() + delay, "marketo.late", locked)


def _meant(request: Request) -> tuple[str, dict[str, list[str]]]:
    """Return the method that is meant, and the parameters of address and form together."""
    query = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    media = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media == _FORM:
        form = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
        query = {n: [*query.get(n, []), *form.get(n, [])] for n in {**query, **form}}
    given = query.pop("_method", [])
    method = given[-1].upper() if given and request.method == "POST" else request.method
    return method, query
