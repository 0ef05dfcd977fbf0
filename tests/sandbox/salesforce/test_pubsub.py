"""The simulated Pub/Sub API answers as the real one does, whoever asks: here plain gRPC."""

import json
from collections.abc import Iterator
from contextlib import closing
from queue import SimpleQueue
from threading import Timer
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.message import Message

from slasync.sandbox.runner import Settings, Up
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.salesforce.pubsub import PubSub
from slasync.sandbox.salesforce.pubsub_messages import MESSAGES
from slasync.sandbox.world import World
from tests.connectors.in_process import DrivenClock

ALL, CUSTOM, EARLIEST = "/data/ChangeEvents", 2, 1


class Subscriber:
    """A client that knows nothing but the messages."""

    def __init__(self, url: str, session: str, org: str) -> None:
        self.channel = grpc.insecure_channel(url.removeprefix("http://"))
        self.shown = (("accesstoken", session), ("instanceurl", "https://x"), ("tenantid", org))
        self.requests: SimpleQueue[Any] = SimpleQueue()

    def subscribe(self, number: int = 100, **more: Any) -> Any:
        self.ask(number, topic_name=ALL, **more)
        call: Any = self.channel.stream_stream(
            "/eventbus.v1.PubSub/Subscribe",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=MESSAGES["FetchResponse"].FromString,
        )
        return call(iter(self.requests.get, None), metadata=self.shown)

    def ask(self, number: int, **more: Any) -> None:
        self.requests.put(MESSAGES["FetchRequest"](num_requested=number, **more))

    def schema(self, schema_id: str) -> Message:
        call: Any = self.channel.unary_unary(
            "/eventbus.v1.PubSub/GetSchema",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=MESSAGES["SchemaInfo"].FromString,
        )
        found: Message = call(
            MESSAGES["SchemaRequest"](schema_id=schema_id), metadata=self.shown, timeout=5
        )
        return found

    def close(self) -> None:
        self.requests.put(None)
        self.channel.close()


@pytest.fixture
def org() -> Salesforce:
    return Salesforce(World(DrivenClock().now))


@pytest.fixture
def server(org: Salesforce) -> Iterator[PubSub]:
    server = PubSub(org, idle=0.1)
    yield server
    server.stop()


@pytest.fixture
def subscriber(org: Salesforce, server: PubSub) -> Iterator[Subscriber]:
    session = org.auth.open(org.integration_user_id)
    with closing(Subscriber(server.url, session, org.org_id)) as made:
        yield made


def a_lead(org: Salesforce, name: str = "Lovelace") -> str:
    return org.create("Lead", {"LastName": name, "Company": "Engines"}, org.admin_id)


def refused(call: Any) -> tuple[grpc.StatusCode, str]:
    """Return status and own code of a call that is refused."""
    with pytest.raises(grpc.RpcError) as told:
        list(call)
    error: Any = told.value
    return error.code(), dict(error.trailing_metadata())["error-code"].split("grpc.")[1]


def test_no_more_events_come_than_were_asked_for(org: Salesforce, subscriber: Subscriber) -> None:
    stream = subscriber.subscribe(2, replay_preset=EARLIEST)
    for _ in range(5):
        a_lead(org)
    events = list(next(stream).events)
    while not events[1:]:
        events += next(stream).events
    quiet = next(stream)
    assert len(events) == 2
    assert not quiet.events
    assert quiet.pending_num_requested == 0
    subscriber.ask(3)
    assert len(next(stream).events) == 3


def test_an_idle_stream_shows_that_it_lives_and_where_it_is(
    org: Salesforce, subscriber: Subscriber
) -> None:
    stream = subscriber.subscribe()
    first = next(stream)
    assert not first.events
    assert first.pending_num_requested == 100
    a_lead(org)
    told = next(stream)
    assert told.latest_replay_id == told.events[-1].replay_id != first.latest_replay_id


@pytest.mark.parametrize("number", [0, -1, 101])
def test_asking_for_nothing_or_too_many_ends_the_stream(
    subscriber: Subscriber, number: int
) -> None:
    status, code = refused(subscriber.subscribe(number))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert code == "subscription.fetch.requested.events.invalid"


@pytest.mark.parametrize(
    ("replay_id", "code"), [(b"", "validation.failed"), (b"nonsense", "corrupted")]
)
def test_a_place_that_is_none_is_refused(
    subscriber: Subscriber, replay_id: bytes, code: str
) -> None:
    call = subscriber.subscribe(replay_preset=CUSTOM, replay_id=replay_id)
    assert refused(call)[1] == f"subscription.fetch.replayid.{code}"


def test_a_place_is_good_for_three_days(org: Salesforce, subscriber: Subscriber) -> None:
    stream = subscriber.subscribe()
    assert not next(stream).events
    a_lead(org)
    place = next(told for told in stream if told.events).latest_replay_id
    a_lead(org)
    subscriber.requests = SimpleQueue()
    again = subscriber.subscribe(replay_preset=CUSTOM, replay_id=place)
    assert len(next(again).events) == 1
    clock = org.world.now.__self__  # type: ignore[attr-defined] # the clock's own method
    clock.advance(72 * 3600 + 1)
    org.auth.sessions.clear()
    session = org.auth.open(org.integration_user_id)
    a_lead(org)
    subscriber.shown = (("accesstoken", session), *subscriber.shown[1:])
    subscriber.requests = SimpleQueue()
    call = subscriber.subscribe(replay_preset=CUSTOM, replay_id=place)
    assert refused(call)[1] == "subscription.fetch.replayid.corrupted"


def test_without_a_session_of_the_org_nothing_is_told(
    org: Salesforce, server: PubSub, subscriber: Subscriber
) -> None:
    subscriber.shown = (("accesstoken", "a guess"), *subscriber.shown[1:])
    assert refused(subscriber.subscribe()) == (
        grpc.StatusCode.UNAUTHENTICATED, "service.auth.error",
    )  # fmt: skip
    session = org.auth.open(org.integration_user_id)
    other = Subscriber(server.url, session, "00Dg50000000002EAA")
    assert refused(other.subscribe())[0] is grpc.StatusCode.UNAUTHENTICATED
    other.close()


def test_an_update_says_which_fields_changed_by_bits_of_the_schema(org: Salesforce) -> None:
    server = PubSub(org)
    lead = a_lead(org)
    org.update("Lead", lead, {"Company": "Looms"}, org.admin_id)
    created, updated = server.log.after(0, 10, "Lead")
    schema = server.log.schemas.text(updated.schema_id) or ""
    names = [field["name"] for field in json.loads(schema)["fields"]]
    assert names[0] == "ChangeEventHeader"
    assert created.schema_id == updated.schema_id
    assert f"0x{1 << names.index('Company'):X}".encode() in updated.payload
    assert b"Looms" in updated.payload
    server.stop()


def test_a_port_that_is_taken_is_named(org: Salesforce, server: PubSub) -> None:
    with pytest.raises(OSError, match=f"port {server.port} is taken"):
        PubSub(org, server.port)


def logged_in(up: Up) -> Subscriber:
    told = up.describe()["salesforce"]
    form = {name: told[name] for name in ("client_id", "client_secret")}
    answer = httpx.post(
        f"{told['url']}/services/oauth2/token",
        data=form | {"grant_type": "client_credentials"}, trust_env=False,
    )  # fmt: skip
    session = answer.json()["access_token"]
    return Subscriber(told["pubsub_url"], session, told["organization_id"])


def test_up_serves_it_where_it_is_asked_for() -> None:
    with Up(Settings(people=False, pubsub=True)) as up, closing(logged_in(up)) as made:
        stream = made.subscribe(replay_preset=EARLIEST)
        a_lead(up.town.salesforce)
        assert next(stream).events
    with Up(Settings(people=False)) as up:
        assert "pubsub_url" not in up.describe()["salesforce"]


def test_where_time_hurries_a_quiet_stream_shows_as_much_sooner_that_it_lives() -> None:
    settings = Settings(people=False, pubsub=True, speed=60)
    with Up(settings) as up, closing(logged_in(up)) as made:
        stream = made.subscribe()
        rescue = Timer(20, stream.cancel)  # else it takes 200 seconds
        rescue.start()

        quiet = next(stream)

        rescue.cancel()
        assert not quiet.events
