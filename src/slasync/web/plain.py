"""An application without docs pages whose every answer carries strict headers."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STRICT = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class StrictHeaders:
    """Adds the headers to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(STRICT)
            await send(message)

        await self._app(scope, receive, send_strictly)


async def _failed(_: Request, __: Exception) -> Response:
    """Answer for a handler that raised; the error itself goes on to the server's log."""
    return PlainTextResponse("internal error\n", status_code=500, headers=STRICT)


def plain_app(lifespan: Lifespan | None = None) -> FastAPI:
    """Return an application with nothing in it yet."""
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=lifespan
    )
    app.add_middleware(StrictHeaders)
    app.add_exception_handler(Exception, _failed)
    return app
