"""Calls of an ASGI application as a server makes them, chunk by chunk."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Scope

NEVER = object()  # in place of a chunk: the client sends nothing more, and waits


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunks_read: int = 0


@dataclass(frozen=True)
class Sent:
    """One request; `chunks` are its body as it arrives."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    chunks: Iterable[object] = (b"",)


async def call(app: ASGIApp, sent: Sent) -> Answer:
    """Make one request."""
    answer, chunks = Answer(), list(sent.chunks)

    async def receive() -> Message:
        if answer.chunks_read >= len(chunks):
            await asyncio.Event().wait()  # the client is connected and silent
        chunk = chunks[answer.chunks_read]
        if chunk is NEVER:
            await asyncio.Event().wait()
        answer.chunks_read += 1
        if not isinstance(chunk, bytes):
            return {"type": "http.disconnect"}
        more = answer.chunks_read < len(chunks)
        return {"type": "http.request", "body": chunk, "more_body": more}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode() for k, v in message.get("headers", [])}
        else:
            answer.body += message.get("body", b"")

    await app(_scope(sent), receive, send)
    return answer


def _scope(sent: Sent) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": sent.path,
        "raw_path": sent.path.encode(),
        "query_string": sent.query.encode(),
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in sent.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


@asynccontextmanager
async def started(app: ASGIApp) -> AsyncIterator[ASGIApp]:
    """Run the application's start and its end."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}}

    async def run() -> None:
        await app(scope, inbox.get, outbox.put)

    running = asyncio.create_task(run())
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    try:
        yield app
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
        await running


def calls(app: ASGIApp, *requests: Sent) -> list[Answer]:
    """Make requests one after another, on an application that is started and ended."""

    async def all_of_them() -> list[Answer]:
        async with started(app) as ready:
            return [await call(ready, sent) for sent in requests]

    return asyncio.run(all_of_them())
