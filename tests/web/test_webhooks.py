"""What HubSpot, and whoever pretends to be HubSpot, gets from the webhook receiver."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from slasync.connectors.hubspot.signature import Verifier
from slasync.connectors.hubspot.values import to_ms
from slasync.connectors.hubspot.webhook import LARGEST_BODY, Delivery
from slasync.domain.lead import Ref
from slasync.errors import TryLater
from slasync.sandbox.http import Request, Response
from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.hubspot.options import Delivery as Sending
from slasync.sandbox.hubspot.signing import version_3
from slasync.sandbox.world import World
from slasync.store.unit import reading, transaction
from slasync.systems import Secret
from slasync.web.keeping import keeper
from slasync.web.metrics import Metrics
from slasync.web.webhooks import webhook_app
from tests.connectors.hubspot.bench import MONDAY, DrivenClock
from tests.faults.marks import fault
from tests.web.asgi import NEVER, Answer, Sent, call, calls, started

URL = "https://hooks.example.com/webhooks/hubspot"
SECRET = "throw-away"
QUICK = timedelta(milliseconds=50)


def an_app(
    keep: Callable[[Delivery], int],
    *,
    metrics: Metrics | None = None,
    clock: DrivenClock | None = None,
    **limits: object,
) -> FastAPI:
    verifier = Verifier(URL, [Secret(SECRET)], clock or DrivenClock())
    return webhook_app(keep, verifier, metrics or Metrics(), **limits)  # type: ignore[arg-type] # limits of either type


def an_event(number: int = 1) -> dict[str, object]:
    return {
        "portalId": 33,
        "subscriptionId": 25,
        "objectId": number,
        "subscriptionType": "contact.creation",
        "occurredAt": to_ms(MONDAY),
        "eventId": 1,
    }


def a_delivery(*events: object, body: bytes | None = None, query: str = "") -> Sent:
    body = orjson.dumps(list(events)) if body is None else body
    stamp = str(to_ms(MONDAY))
    url = f"{URL}?{query}" if query else URL
    signed = version_3(SECRET, "POST", url, body, timestamp=stamp)
    headers = [("X-HubSpot-Signature-v3", signed), ("X-HubSpot-Request-Timestamp", stamp)]
    return Sent("POST", "/webhooks/hubspot", query, headers, (body,))


def unsigned(chunks: Sequence[object] = (b"[]",), *headers: tuple[str, str]) -> Sent:
    return Sent("POST", "/webhooks/hubspot", "", headers, chunks)


class Kept:
    """A store that remembers what it was given."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []

    def __call__(self, delivery: Delivery) -> int:
        self.deliveries.append(delivery)
        return len(delivery.events)


@fault("crash/acknowledged")
def test_a_genuine_delivery_is_stored_before_it_is_acknowledged() -> None:
    kept = Kept()

    answer = calls(an_app(kept), a_delivery(an_event(1), an_event(2), query="a=%40"))[0]

    assert answer.status == 204
    assert [len(d.events) for d in kept.deliveries] == [2]


@fault("W10", "crash/inbox-commit")
@pytest.mark.parametrize(
    "failure",
    [TryLater("the database is busy"), OSError("disk full"), OperationalError("x", {}, OSError())],
)
def test_what_is_not_stored_is_not_acknowledged(failure: Exception) -> None:
    def keep(_: Delivery) -> int:
        raise failure

    answer = calls(an_app(keep), a_delivery(an_event()))[0]

    assert answer.status == 503
    assert answer.headers["retry-after"]


@fault("W10", "L19")
def test_a_store_that_takes_too_long_is_not_waited_for() -> None:
    release = threading.Event()

    def keep(_: Delivery) -> int:
        release.wait(10)
        return 1

    async def delivered() -> int:
        async with started(an_app(keep, storing=QUICK)) as app:
            answer = await call(app, a_delivery(an_event()))
            release.set()
            return answer.status

    assert asyncio.run(delivered()) == 503


@fault("W8", "W12")
def test_while_too_many_are_under_way_more_are_turned_away_at_once() -> None:
    release = threading.Event()
    entered = threading.Event()

    def keep(_: Delivery) -> int:
        entered.set()
        release.wait(10)
        return 1

    async def delivered() -> tuple[int, int]:
        async with started(an_app(keep, most_at_once=1)) as app:
            first = asyncio.create_task(call(app, a_delivery(an_event())))
            await asyncio.to_thread(entered.wait)
            second = await call(app, a_delivery(an_event()))
            release.set()
            return (await first).status, second.status

    assert asyncio.run(delivered()) == (204, 503)


@fault("W4")
def test_an_unsigned_request_is_refused_without_reading_its_body() -> None:
    kept = Kept()

    answer = calls(an_app(kept), unsigned([b"x"] * 10))[0]

    assert (answer.status, answer.chunks_read) == (401, 0)
    assert not kept.deliveries


@fault("W4")
def test_a_forged_request_is_refused() -> None:
    genuine = a_delivery(an_event(1))
    forged = Sent("POST", genuine.path, "", genuine.headers, (orjson.dumps([an_event(2)]),))
    elsewhere = Sent("POST", genuine.path, "x=1", genuine.headers, genuine.chunks)
    kept = Kept()

    assert [a.status for a in calls(an_app(kept), forged, elsewhere)] == [401, 401]
    assert not kept.deliveries


@fault("W6")
def test_an_old_request_is_refused_when_it_is_replayed() -> None:
    clock = DrivenClock(MONDAY + timedelta(minutes=6))

    assert calls(an_app(Kept(), clock=clock), a_delivery(an_event()))[0].status == 401


@fault("W8")
def test_a_body_announced_as_too_large_is_not_read() -> None:
    length = ("Content-Length", str(LARGEST_BODY + 1))
    genuine = a_delivery(an_event())
    announced = Sent("POST", genuine.path, "", [*genuine.headers, length], genuine.chunks)

    answer = calls(an_app(Kept()), announced)[0]

    assert (answer.status, answer.chunks_read) == (413, 0)


@fault("W8")
def test_a_body_that_grows_too_large_is_read_no_further() -> None:
    genuine = a_delivery(an_event())
    growing = Sent("POST", genuine.path, "", genuine.headers, [b"x" * 400_000] * 50)

    answer = calls(an_app(Kept()), growing)[0]

    assert (answer.status, answer.chunks_read) == (413, 3)


@fault("W8")
def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    genuine = a_delivery(an_event())
    slow = Sent("POST", genuine.path, "", genuine.headers, [b"[", NEVER])

    assert calls(an_app(Kept(), reading=QUICK), slow)[0].status == 408


def test_a_client_that_goes_away_leaves_nothing_behind() -> None:
    genuine = a_delivery(an_event())
    cut = Sent("POST", genuine.path, "", genuine.headers, [b"[", None])
    kept = Kept()

    calls(an_app(kept), cut)

    assert not kept.deliveries


@pytest.mark.parametrize("body", [b"", b"{}", b"no json", orjson.dumps([{}] * 101)])
def test_a_signed_body_that_is_no_delivery_is_malformed(body: bytes) -> None:
    kept = Kept()

    assert calls(an_app(kept), a_delivery(body=body))[0].status == 400
    assert not kept.deliveries


@fault("W14")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_is_answered(method: str) -> None:
    answer = calls(an_app(Kept()), Sent(method, "/webhooks/hubspot"))[0]

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@fault("S19")
@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/webhooks/hubspot/"])
def test_there_is_nothing_else(path: str) -> None:
    assert calls(an_app(Kept()), Sent("GET", path))[0].status == 404


@fault("S18")
def test_every_answer_has_strict_headers() -> None:
    def broken(_: Delivery) -> int:
        raise KeyError("a mistake in the code")

    fine, refused, absent = calls(
        an_app(Kept()), a_delivery(an_event()), unsigned(), Sent("GET", "/")
    )
    answers = [fine, refused, absent, _failing(an_app(broken))]

    assert [a.status for a in answers] == [204, 401, 404, 500]
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def _failing(app: FastAPI) -> Answer:
    """Make a call that fails; the error goes on to the server, after the answer."""
    answers: list[Answer] = []

    async def attempted() -> None:
        async with started(app) as ready:
            wrapped = _Remembering(ready, answers)
            with pytest.raises(KeyError):
                await call(wrapped, a_delivery(an_event()))

    asyncio.run(attempted())
    return answers[0]


class _Remembering:
    """Keeps the answer of a call that raises in the end."""

    def __init__(self, app: object, answers: list[Answer]) -> None:
        self._app, self._answers = app, answers

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        answer = Answer()
        self._answers.append(answer)

        async def keep(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                answer.status = int(str(message["status"]))
                pairs: list[tuple[bytes, bytes]] = message["headers"]  # type: ignore[assignment] # by ASGI
                answer.headers = {k.decode(): v.decode() for k, v in pairs}
            await send(message)  # type: ignore[operator] # by ASGI

        await self._app(scope, receive, keep)  # type: ignore[operator] # by ASGI


@fault("S30")
def test_outcomes_are_counted_by_few_words() -> None:
    metrics = Metrics()

    calls(
        an_app(Kept(), metrics=metrics),
        a_delivery(an_event(), {}),
        unsigned(),
        a_delivery(body=b""),
    )

    page = metrics.page({}).decode()
    assert 'slasync_webhook_requests_total{outcome="stored"} 1.0' in page
    assert 'slasync_webhook_requests_total{outcome="unsigned"} 1.0' in page
    assert 'slasync_webhook_requests_total{outcome="malformed"} 1.0' in page
    assert 'slasync_webhook_events_total{outcome="new"} 1.0' in page
    assert 'slasync_webhook_events_total{outcome="malformed"} 1.0' in page


@fault("W1", "W11", "crash/inbox-insert")
def test_an_event_is_in_the_inbox_once_however_often_it_comes(engine: Engine) -> None:
    clock = DrivenClock()
    app = an_app(keeper(engine, clock), clock=clock)
    delivery = a_delivery(an_event(1), an_event(2), {"broken": True})

    assert [a.status for a in calls(app, delivery, delivery)] == [204, 204]

    with transaction(engine) as unit:
        events = unit.inbox.claim("me", clock.now(), clock.now() + timedelta(minutes=1), 10)
        refs = {Ref(e.system, e.payload["kind"], e.payload["id"]) for e in events}
        assert refs == {Ref("hubspot", "contact", "1"), Ref("hubspot", "contact", "2")}
        assert len(events) == 2
    with reading(engine) as unit:
        assert [r.stream for r in unit.quarantine.list()] == ["hubspot.webhooks"]


@fault("W13", "S31")
def test_an_event_of_another_account_is_set_aside_and_the_others_are_kept(engine: Engine) -> None:
    clock = DrivenClock()
    app = an_app(keeper(engine, clock), clock=clock)
    with transaction(engine) as unit:
        unit.meta.put_new("hubspot.account", "33")
    delivery = a_delivery(an_event(1), an_event(2) | {"portalId": 34})

    assert [a.status for a in calls(app, delivery)] == [204]

    with transaction(engine) as unit:
        events = unit.inbox.claim("me", clock.now(), clock.now() + timedelta(minutes=1), 10)
        assert [each.payload["id"] for each in events] == ["1"]
        [aside] = unit.quarantine.list()
        assert "of HubSpot account 34, this database belongs to 33" in aside.reason


def test_deliveries_of_the_simulated_hubspot_are_stored_each_event_once() -> None:
    clock, kept = DrivenClock(), Kept()
    app = an_app(kept, clock=clock)
    world = World(clock.now)

    def deliver(request: Request) -> Response:
        headers = list(request.headers.items())
        sent = Sent(request.method, "/webhooks/hubspot", "", headers, (request.body,))

        async def one() -> Answer:
            return await call(app, sent)

        return Response(asyncio.run(one()).status)

    sending = Sending(duplicated=0.5, reordered=0.5)
    hubspot = HubSpot(world, deliver=deliver, delivery=sending)
    hubspot.subscribe(URL, ("contact.creation", "contact.deletion"), (), SECRET)
    numbers = [hubspot.create("contacts", {"email": f"p{n}@example.com"}, "1") for n in range(30)]
    for _ in range(40):
        clock.advance(timedelta(seconds=5))
        world.agenda.run_due(clock.now())

    events = [event for delivery in kept.deliveries for event in delivery.events]
    assert {event.refs[0].id for event in events} == set(numbers)
    assert len({event.key for event in events}) == 30 < len(events)
