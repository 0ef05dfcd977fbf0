"""The dashboard's application: who a request is from, whether they may, and what is answered."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from slasync.domain.access import Rank
from slasync.errors import SlasyncError, TryLater
from slasync.store.unit import reading
from slasync.web.dashboard.front import Front
from slasync.web.dashboard.guard import SAFE, Guard
from slasync.web.dashboard.routes import ROUTES, Open, Route
from slasync.web.dashboard.tokens import same
from slasync.web.dashboard.visit import TOKEN_FIELD, Visit, visit_of

log = structlog.get_logger()

LARGEST = 64 * 1024  # bytes of a form
AT_ONCE = 8  # pages that are made: the daemon needs connections to the database as well
PATIENCE = 10.0  # seconds that a page waits for its turn
_TURNS = threading.BoundedSemaphore(AT_ONCE)
BUSY = "Too many people look at once, or the database is out of reach; try again in a moment.\n"


def dashboard_app(front: Front) -> FastAPI:
    """Return the application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for route in ROUTES:
        app.add_api_route(
            route.path, _endpoint(front, route), methods=[route.method], response_model=None
        )
    app.add_exception_handler(Exception, _failed)
    app.add_exception_handler(HTTPException, _no_such(front))
    app.add_middleware(Guard, access=front.access)
    return app


def _endpoint(front: Front, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("this form is too large\n", 413)
        return await run_in_threadpool(answered, front, route, request, body)

    return endpoint


async def _body(request: Request) -> bytes | None:
    """Read a form; None when it is larger than any of ours."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def answered(front: Front, route: Route, request: Request, body: bytes) -> Response:
    """Answer one request: first who it is, then whether they may, then the page itself."""
    if route.open is Open.ALWAYS:
        return route.answer_file(request.path_params)
    try:
        with _turn():
            visit = visit_of(front, request, body)
            if _nobody_yet(front):
                return visit.page("first_user.html", 503)
            return _refusal(visit, route) or route.answer(visit, **request.path_params)
    except TryLater as error:
        log.warning("the dashboard cannot answer", error=str(error))
        return PlainTextResponse(BUSY, 503, headers={"Retry-After": "5"})


@contextmanager
def _turn() -> Iterator[None]:
    """Make so many pages at once and no more. Raises TryLater."""
    if not _TURNS.acquire(timeout=PATIENCE):
        raise TryLater(f"{AT_ONCE} pages have been made for {PATIENCE:.0f} s")
    try:
        yield
    finally:
        _TURNS.release()


def _nobody_yet(front: Front) -> bool:
    """Tell whether nobody could log in: then nothing is shown but how to change that."""
    if front.access.oidc is not None:
        return False
    with reading(front.engine) as unit:
        return not unit.access.any_users()


def _refusal(visit: Visit, route: Route) -> Response | None:
    """Say no to those who may not, and to forms that are not of this visit."""
    needed = route.rank
    if needed is not None and visit.person is None:
        if route.method not in SAFE or visit.live:
            return visit.page("login_needed.html", 401)
        then = visit.path if visit.path != "/" else ""
        return visit.go("/login", **{"then": then} if then else {})
    if needed is not None and visit.person and not visit.person.may(needed):
        return visit.page("forbidden.html", 403, needed=needed.value)
    if route.method not in SAFE and not same(visit.form.get(TOKEN_FIELD, ""), visit.form_token):
        return visit.page("stale_form.html", 403)
    return None


def _no_such(front: Front) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def no_such(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        headers = getattr(error, "headers", None)
        if status != 404:  # noqa: PLR2004 - "there is no such page"
            return PlainTextResponse("that cannot be done here\n", status, headers=headers)
        missing = Route("GET", request.url.path, Rank.VIEWER, _missing)
        return await run_in_threadpool(answered, front, missing, request, b"")

    return no_such


def _missing(visit: Visit, **_: Any) -> Response:
    return visit.page("missing.html", 404)


async def _failed(_: Request, error: Exception) -> Response:
    """Answer for a page that failed; the error itself goes to the log."""
    told = str(error) if isinstance(error, SlasyncError) else type(error).__name__
    log.error("a page of the dashboard failed", error=told)
    return PlainTextResponse("This page failed; the log tells why.\n", 500)
