"""What Marketo, and whoever pretends to be Marketo, gets from the webhook receiver."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from slasync.connectors.marketo.webhook import LARGEST_BODY, SecretHeader
from slasync.errors import Stopped, TryLater
from slasync.serving import marketo_sender
from slasync.store.unit import transaction
from slasync.systems import Secret
from slasync.web.marketo_webhooks import KEPT, LATER, PATH, accept, keeper
from slasync.web.metrics import Metrics
from slasync.web.plain import plain_app
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.web.asgi import NEVER, Answer, Sent, call

SECRET = "a-secret-of-some-length"
BODY = orjson.dumps({"id": 318592, "event": "New lead", "at": "2026-03-02 09:00:00"})
SIGNED = (("X-Slasync-Secret", SECRET),)
QUICK = timedelta(milliseconds=50)


def an_app(keep: Callable[[bytes], bool], patience: timedelta = timedelta(seconds=5)) -> FastAPI:
    app = plain_app()
    sender = SecretHeader({"webhook_secret": Secret(SECRET)})
    accept(app, keep, sender, Metrics(), patience=patience)
    return app


def answer(app: FastAPI, *chunks: object, headers: tuple[tuple[str, str], ...] = SIGNED) -> Answer:
    sent = Sent(path=PATH, headers=headers, chunks=chunks or (BODY,))
    return asyncio.run(call(app, sent))


def unkept(_: bytes) -> bool:
    raise AssertionError("nothing may be stored")


def test_a_lead_is_fetched_at_once_and_again_when_the_log_tells(engine: Engine) -> None:
    clock = DrivenClock()
    app = an_app(keeper(engine, clock))

    told = answer(app)

    now = clock.now()
    with transaction(engine) as unit:
        first = unit.inbox.claim("me", now, now + LATER, 10)
        later = unit.inbox.claim("me", now + LATER, now + 2 * LATER, 10)
    assert (told.status, told.body) == (200, KEPT)
    assert [(e.payload["kind"], e.payload["id"]) for e in first] == [("contact", "318592")]
    assert {(e.payload["kind"], e.payload["id"]) for e in later} >= {("log", "318592")}


@fault("W1", "W11")
def test_the_same_call_twice_is_one(engine: Engine) -> None:
    clock = DrivenClock()
    app = an_app(keeper(engine, clock))

    assert [answer(app).status, answer(app).status] == [200, 200]
    with transaction(engine) as unit:
        assert len(unit.inbox.claim("me", clock.now(), clock.now() + LATER, 10)) == 1


@fault("W4")
@pytest.mark.parametrize("headers", [(), (("X-Slasync-Secret", "wrong"),), (*SIGNED, *SIGNED)])
def test_who_does_not_send_the_secret_once_is_refused_and_nothing_read(
    headers: tuple[tuple[str, str], ...],
) -> None:
    told = answer(an_app(unkept), BODY, headers=headers)

    assert told.status == 401
    assert told.chunks_read == 0


@fault("W8")
def test_a_body_that_is_too_large_is_refused_by_what_it_announces_or_by_reading() -> None:
    announced = (*SIGNED, ("Content-Length", str(LARGEST_BODY + 1)))

    assert answer(an_app(unkept), BODY, headers=announced).status == 413
    assert answer(an_app(unkept), *[b"x" * LARGEST_BODY] * 3).status == 413


@fault("W8")
def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    assert answer(an_app(unkept, QUICK), b"{", NEVER).status == 408


@fault("W13")
@pytest.mark.parametrize("body", [b"", b"[]", b'{"id": "x"}'])
def test_what_is_no_call_is_refused(engine: Engine, body: bytes) -> None:
    assert answer(an_app(keeper(engine, DrivenClock())), body).status == 400


@fault("W10")
@pytest.mark.parametrize("error", [OperationalError("", {}, Exception()), OSError(), TryLater("x")])
def test_what_is_not_on_disk_is_not_acknowledged(error: Exception) -> None:
    def failing(_: bytes) -> bool:
        raise error

    told = answer(an_app(failing))

    assert told.status == 503
    assert told.headers["retry-after"] == "30"


def test_a_secret_that_is_too_short_stops_slasync_with_the_way_to_make_one() -> None:
    with pytest.raises(Stopped, match="openssl rand"):
        marketo_sender({"webhook_secret": Secret("short")})
