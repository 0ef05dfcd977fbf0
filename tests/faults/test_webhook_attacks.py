"""Those who pretend to be HubSpot, and what HubSpot itself may send by mistake."""

import gzip
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from slasync.connectors.hubspot.signature import Verdict, Verifier
from slasync.connectors.hubspot.webhook import parse
from slasync.errors import Refused
from slasync.sandbox.hubspot.signing import version_1, version_2
from slasync.store.unit import reading
from slasync.systems import Secret
from slasync.web.keeping import keeper
from tests.connectors.hubspot.bench import MONDAY, DrivenClock
from tests.faults.marks import fault
from tests.web.asgi import Answer, Sent, calls
from tests.web.test_webhooks import SECRET, URL, Kept, a_delivery, an_app, an_event, unsigned

HEADERS = ("X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp")
broken: st.SearchStrategy[object] = st.sampled_from(
    [None, 7, "x", [], {}, {"subscriptionType": "contact.creation"}]
)
bodies = st.binary(max_size=200) | st.lists(broken, max_size=5).map(orjson.dumps)


def answered(sent: Sent, kept: Kept | None = None) -> Answer:
    return calls(an_app(kept or Kept()), sent)[0]


def inbox_rows(engine: Engine) -> int:
    with reading(engine) as unit:
        return sum(unit.inbox.counts().values())


@fault("W4", "S22")
@given(
    signature=st.text(max_size=80), stamp=st.text(max_size=20) | st.integers().map(str), body=bodies
)
def test_no_signature_that_is_made_up_is_genuine(signature: str, stamp: str, body: bytes) -> None:
    verifier = Verifier(URL, [Secret(SECRET)], DrivenClock())
    headers = list(zip(HEADERS, (signature, stamp), strict=True))

    assert verifier.check("POST", "", headers, body) is not Verdict.GENUINE


@fault("W4")
@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signature_of_an_older_version_opens_nothing(version: str) -> None:
    body = orjson.dumps([an_event()])
    old = version_1(SECRET, body) if version == "1" else version_2(SECRET, "POST", URL, body)
    named = [("X-HubSpot-Signature", old), ("X-HubSpot-Signature-Version", f"v{version}")]
    as_new = [("X-HubSpot-Signature-v3", old), a_delivery(body=body).headers[1]]
    kept = Kept()

    assert answered(unsigned((body,), *named), kept).status == 401
    assert answered(unsigned((body,), *as_new), kept).status == 401
    assert kept.deliveries == []


@fault("W6")
@pytest.mark.parametrize("minutes", [-6, -4, 0, 4, 6])
def test_a_request_played_again_adds_nothing(engine: Engine, minutes: int) -> None:
    clock = DrivenClock()
    keep = keeper(engine, clock)
    genuine = a_delivery(an_event(1), an_event(2))
    assert calls(an_app(keep, clock=clock), genuine)[0].status == 204

    clock.advance(timedelta(minutes=minutes))
    again = calls(an_app(keep, clock=clock), genuine, genuine)

    assert {answer.status for answer in again} == ({401} if abs(minutes) > 5 else {204})
    assert inbox_rows(engine) == 2


@fault("W1")
@given(copies=st.lists(st.integers(0, 4), min_size=1, max_size=12), number=st.integers(0, 9))
def test_an_event_is_one_event_whatever_number_and_attempt_it_comes_with(
    copies: list[int], number: int
) -> None:
    told = [
        an_event(n) | {"eventId": number + at, "attemptNumber": at} for at, n in enumerate(copies)
    ]

    keys = {event.key for event in parse(orjson.dumps(told)).events}

    assert len(keys) == len(set(copies))


@fault("W9")
@given(
    good=st.lists(st.integers(1, 10**6), unique=True, max_size=8),
    bad=st.lists(broken, max_size=8),
    chance=st.randoms(),
)
def test_good_events_are_kept_whatever_they_come_with(
    good: list[int], bad: list[object], chance: object
) -> None:
    events: list[object] = [*map(an_event, good), *bad]
    chance.shuffle(events)  # type: ignore[attr-defined] # a random.Random
    kept = Kept()

    assert answered(a_delivery(*events), kept).status == 204
    found = {event.refs[0].id for delivery in kept.deliveries for event in delivery.events}
    assert found == {str(number) for number in good}
    assert sum(len(d.rejected) for d in kept.deliveries) == len(bad)


@fault("W9", "S14")
@pytest.mark.parametrize("depth", [10, 200])
def test_an_event_that_is_nested_deeply_is_set_aside(depth: int) -> None:
    body = b'[{"a":' + b"[" * depth + b"]" * depth + b"}]"

    assert len(parse(body).rejected) == 1


@fault("W9", "S14")
def test_an_event_that_is_nested_too_deeply_to_be_written_is_set_aside() -> None:
    body = b'[{"a":' + b"[" * 500 + b"]" * 500 + b"}]"

    assert len(parse(body).rejected) == 1


@fault("S14")
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'[{"objectId":' + b"9" * 500_000 + b"}]",
        b'[{"a":1,"a":2}]',
        b'["\\ud83d"]',
        b"[1e999]",
    ],
    ids=["deep", "long number", "twice", "half", "infinite"],
)
def test_a_body_meant_to_blow_up_is_refused_or_set_aside(body: bytes) -> None:
    try:
        delivery = parse(body)
    except Refused:
        return
    assert delivery.events == ()


@fault("W8")
def test_a_packed_body_is_not_unpacked() -> None:
    bomb = gzip.compress(b"[" + b" " * 10_000_000 + b"]")
    packed = a_delivery(body=bomb)
    sent = Sent(
        "POST", packed.path, "", [*packed.headers, ("Content-Encoding", "gzip")], packed.chunks
    )

    assert answered(sent).status == 400


@fault("W13")
@pytest.mark.parametrize(
    "event",
    [
        an_event() | {"subscriptionType": "invoice.creation"},
        an_event() | {"subscriptionType": "object.creation", "objectTypeId": "2-4711"},
        an_event() | {"subscriptionType": "contact.newKindOfChange", "unheardOf": {"x": [1]}},
        an_event() | {"portalId": 999, "subscriptionType": "company.deletion"},
    ],
)
def test_what_slasync_does_not_know_is_acknowledged_and_brings_nothing_about(
    engine: Engine, event: dict[str, object]
) -> None:
    app = an_app(keeper(engine, DrivenClock()))

    assert calls(app, a_delivery(event))[0].status == 204
    known = event["subscriptionType"] == "contact.newKindOfChange"
    assert inbox_rows(engine) == int(known)  # read again, whatever the change was


@fault("W14")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_ping_is_no_delivery(method: str) -> None:
    genuine = a_delivery(an_event())
    kept = Kept()

    answer = answered(Sent(method, genuine.path, "", genuine.headers, genuine.chunks), kept)

    assert answer.status == 405
    assert kept.deliveries == []


@fault("W14")
@pytest.mark.parametrize("spelt", [str.upper, str.lower, str.title])
def test_a_header_may_be_spelt_in_any_case(spelt: object) -> None:
    genuine = a_delivery(an_event())
    headers = [(spelt(name), value) for name, value in genuine.headers]  # type: ignore[operator] # a function

    assert answered(Sent("POST", genuine.path, "", headers, genuine.chunks)).status == 204


@fault("W14")
@pytest.mark.parametrize("number", [0, 1])
def test_a_header_that_comes_twice_is_refused_even_where_both_are_alike(number: int) -> None:
    genuine = a_delivery(an_event())
    headers = [*genuine.headers, genuine.headers[number]]

    assert answered(Sent("POST", genuine.path, "", headers, genuine.chunks)).status == 401


@fault("S20", "W7")
@pytest.mark.parametrize(
    "claimed",
    [
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "host=evil.example;proto=http"),
        ("X-Original-URL", "/readyz"),
    ],
)
def test_what_a_header_claims_about_host_or_sender_changes_nothing(
    claimed: tuple[str, str],
) -> None:
    genuine = a_delivery(an_event())
    forged = unsigned((b"[]",), claimed)
    with_claim = Sent("POST", genuine.path, "", [*genuine.headers, claimed], genuine.chunks)

    assert answered(with_claim).status == 204
    assert answered(forged).status == 401


def test_the_deliveries_of_these_tests_are_of_monday() -> None:
    assert DrivenClock().now() == MONDAY
