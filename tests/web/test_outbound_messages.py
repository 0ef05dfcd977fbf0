"""What Salesforce, and whoever pretends to be Salesforce, gets for an Outbound Message."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from slasync.clock import Seams
from slasync.connectors.salesforce.outbound import LARGEST_BODY, Delivery
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.errors import Stopped, TryLater
from slasync.sandbox.http import Request, Response, TimedOut
from slasync.store.unit import reading, transaction
from slasync.systems import Secret
from slasync.web.metrics import Metrics
from slasync.web.outbound_messages import ORGANISATION, Sender, accept, keeper, organisation
from slasync.web.plain import plain_app
from slasync.workers.pulling.inbox import Inbox
from tests.connectors.in_process import DrivenClock
from tests.connectors.salesforce.org import OrgRig
from tests.connectors.salesforce.test_outbound import ORG, message, note
from tests.faults.marks import fault
from tests.web.asgi import NEVER, Answer, Sent, call, calls, started
from tests.workers.mirror import RULES, Mirror

WORD = "a-part-of-the-address-that-nobody-guesses"
PATH = f"/webhooks/salesforce/{WORD}"
QUICK = timedelta(milliseconds=50)


class Kept:
    """A store that remembers what it was given."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []

    def __call__(self, delivery: Delivery) -> int:
        self.deliveries.append(delivery)
        return len(delivery.events)


def an_app(
    keep: Callable[[Delivery], int],
    org: str | None = ORG,
    metrics: Metrics | None = None,
    **limits: timedelta,
) -> FastAPI:
    app = plain_app()
    accept(app, keep, Sender(lambda: org, Secret(WORD)), metrics or Metrics(), **limits)
    return app


def sent(body: bytes = b"", path: str = PATH, *headers: tuple[str, str]) -> Sent:
    return Sent("POST", path, "", headers, (body or message(note(1), note(2)),))


def acknowledged(answer: Answer) -> bool:
    return answer.status == 200 and b"<Ack>true</Ack>" in answer.body


@fault("W11")
def test_a_message_is_kept_before_it_is_acknowledged() -> None:
    kept = Kept()
    [answer] = calls(an_app(kept), sent())
    assert acknowledged(answer)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert [len(delivery.events) for delivery in kept.deliveries] == [2]


@fault("W10")
@pytest.mark.parametrize(
    "failure",
    [TryLater("the database is busy"), OSError("disk full"), OperationalError("x", {}, OSError())],
)
def test_what_is_not_kept_is_not_acknowledged(failure: Exception) -> None:
    def keep(_: Delivery) -> int:
        raise failure

    [answer] = calls(an_app(keep), sent())
    assert answer.status == 503
    assert b"Ack" not in answer.body
    assert answer.headers["retry-after"]


@fault("W10")
def test_a_store_that_takes_too_long_is_not_waited_for() -> None:
    release = threading.Event()

    def keep(_: Delivery) -> int:
        release.wait(0.5)
        return 1

    [answer] = calls(an_app(keep, patience=QUICK), sent())
    release.set()
    assert answer.status == 503


def test_before_the_organisation_is_known_nothing_is_acknowledged() -> None:
    kept = Kept()
    [answer] = calls(an_app(kept, org=None), sent())
    assert (answer.status, kept.deliveries) == (503, [])


@fault("V45", "W4")
def test_a_message_of_another_organisation_is_not_taken() -> None:
    kept, metrics = Kept(), Metrics()
    other = message(note(1), org="00Dg50000000002EAA")
    [answer] = calls(an_app(kept, metrics=metrics), sent(other))
    assert (answer.status, kept.deliveries) == (401, [])
    assert 'requests_total{outcome="unsigned"} 1.0' in metrics.page({}).decode()


@fault("W4")
@pytest.mark.parametrize("path", [WORD[:-1], WORD + "x", WORD.upper(), "x", "ä" * 40])
def test_who_does_not_know_the_address_finds_nothing_and_is_not_read(path: str) -> None:
    kept = Kept()
    [answer] = calls(an_app(kept), sent(path=f"/webhooks/salesforce/{path}"))
    assert (answer.status, answer.chunks_read, kept.deliveries) == (404, 0, [])


def test_an_address_that_can_be_guessed_is_refused_with_how_to_make_another() -> None:
    with pytest.raises(Stopped, match="openssl rand -hex 24"):
        accept(plain_app(), Kept(), Sender(lambda: ORG, Secret("x" * 31)), Metrics())


@fault("W8")
def test_a_body_that_is_too_large_or_does_not_come_is_not_read_further() -> None:
    kept = Kept()
    length = ("Content-Length", str(LARGEST_BODY + 1))
    growing = Sent("POST", PATH, "", (), [b"x" * 400_000] * 50)
    slow = Sent("POST", PATH, "", (), [b"<", NEVER])
    cut = Sent("POST", PATH, "", (), [b"<", None])
    app = an_app(kept, patience=QUICK)
    answers = calls(app, sent(b"", PATH, length), growing, slow, cut)
    assert [answer.status for answer in answers] == [413, 413, 408, 400]
    assert [answer.chunks_read for answer in answers[:2]] == [0, 3]
    assert not kept.deliveries


@fault("W14")
def test_what_is_no_message_is_malformed_and_only_post_is_answered() -> None:
    answers = calls(an_app(Kept()), sent(b"{}"), Sent("GET", PATH), Sent("HEAD", PATH))
    assert [answer.status for answer in answers] == [400, 405, 405]


@fault("W8", "W12")
def test_while_too_many_are_under_way_more_are_turned_away() -> None:
    release = threading.Event()

    def keep(_: Delivery) -> int:
        release.wait(10)
        return 1

    app = an_app(keep)

    async def storm() -> list[int]:
        async with started(app) as ready:
            waiting = [asyncio.create_task(call(ready, sent())) for _ in range(12)]
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            turned_away = [task.result().status for task in done]
            release.set()
            await asyncio.gather(*waiting)
            return turned_away

    assert set(asyncio.run(storm())) == {503}


# -- into the inbox, and what comes of it


@fault("W1", "W11")
def test_a_notification_is_in_the_inbox_once_however_often_it_comes(engine: Engine) -> None:
    clock = DrivenClock()
    app = an_app(keeper(engine, clock))
    broken = message(note(1), note(1), "<Notification/>")
    answers = calls(app, sent(), sent(), sent(broken))
    assert all(map(acknowledged, answers))
    with transaction(engine) as unit:
        events = unit.inbox.claim("me", clock.now(), clock.now() + timedelta(minutes=1), 10)
    assert len(events) == 2
    with reading(engine) as unit:
        assert [r.stream for r in unit.quarantine.list()] == ["salesforce.outbound_messages"]


def test_the_organisation_is_asked_of_the_database_until_it_is_known(engine: Engine) -> None:
    org = organisation(engine)
    assert org() is None
    with transaction(engine) as unit:
        unit.meta.put_new(ORGANISATION, ORG)
    assert org() == ORG


class Wired:
    """A simulated org whose messages come to the daemon's receiver."""

    def __init__(self, engine: Engine) -> None:
        self.rig = OrgRig()
        self.mirror = Mirror(engine, self.rig.clock)
        self.mirror.read(self.mirror.pull(self.rig.source))
        self.app = an_app(keeper(engine, self.rig.clock))
        self.refuses = 0
        fields = dict.fromkeys(("Lead",), ("LastName",)) | {"Task": ("Subject", "WhoId")}
        self.rig.org.outbound.subscribe(f"https://hooks.example{PATH}", fields, self._deliver)

    def _deliver(self, request: Request) -> Response:
        if self.refuses:
            self.refuses -= 1
            raise TimedOut
        [answer] = calls(self.app, Sent("POST", PATH, "", (), (request.body,)))
        return Response(answer.status, (), answer.body)

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.rig.clock.advance(1)
            self.rig.world.agenda.run_due(self.rig.clock.now())

    def works(self) -> None:
        sources = {"salesforce": self.rig.source}
        inbox = Inbox(self.mirror.engine, Seams(clock=self.rig.clock), sources, RULES, "one")
        while inbox.run():
            pass


@fault("W2", "W4")
def test_a_message_is_followed_and_what_it_says_is_not_believed(sqlite_engine: Engine) -> None:
    wired = Wired(sqlite_engine)
    lead = wired.rig.lead(email="true@prospect.example")
    forged = message(note(1, lead.id, "<sf:Email>forged@prospect.example</sf:Email>"))
    assert all(map(acknowledged, calls(wired.app, sent(forged))))
    wired.works()
    found = wired.mirror.lead_of(lead)
    assert found
    assert found.fields["email"] == "true@prospect.example"


def test_a_saved_lead_is_known_without_a_poll(sqlite_engine: Engine) -> None:
    wired = Wired(sqlite_engine)
    lead = wired.rig.lead()
    wired.passes(3)
    wired.works()
    assert wired.mirror.lead_of(lead)


def test_a_logged_call_is_known_without_a_poll(sqlite_engine: Engine) -> None:
    wired = Wired(sqlite_engine)
    lead = wired.rig.lead()
    wired.passes(3)
    wired.works()
    wired.rig.log_call(lead, wired.rig.rep())
    wired.passes(3)
    wired.works()
    [touch] = wired.mirror.facts(FactKind.TOUCH)
    assert touch.data["channel"] == "call"


@fault("W12")
def test_messages_of_an_outage_come_a_hundred_at_a_time_and_each_record_is_read(
    sqlite_engine: Engine,
) -> None:
    wired = Wired(sqlite_engine)
    wired.refuses = 4
    rows = [{"LastName": f"N{n}", "Company": "Initech"} for n in range(250)]
    ids = wired.rig.org.load("Lead", rows, wired.rig.org.admin_id)
    wired.passes(300)
    assert wired.rig.org.outbound.sent["failed"] == 4
    assert wired.rig.org.outbound.sent["taken"] >= 3
    wired.works()
    assert all(wired.mirror.lead_of(Ref("salesforce", "lead", id_)) for id_ in ids)
