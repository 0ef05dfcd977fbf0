"""Who may call, and what a call is understood to say."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.marketo.webhook import LARGEST_BODY, SecretHeader, parse
from slasync.domain.lead import Ref
from slasync.errors import Refused
from slasync.systems import Secret
from tests.connectors.marketo.bench import MONDAY
from tests.faults.marks import fault

NOW, NEXT = "a-secret-of-some-length", "another-of-that-length"


def sender(**secrets: str) -> SecretHeader:
    return SecretHeader({name: Secret(value) for name, value in secrets.items()})


@fault("W4", "W14")
@pytest.mark.parametrize(
    ("headers", "fits"),
    [
        ([("X-Slasync-Secret", NOW)], True),
        ([("x-slasync-SECRET", f" {NOW} ")], True),
        ([("X-Slasync-Secret", NEXT)], True),  # while one replaces the other both are valid
        ([], False),
        ([("X-Slasync-Secret", "")], False),
        ([("X-Slasync-Secret", NOW[:-1])], False),
        ([("X-Slasync-Secret", NOW.upper())], False),
        ([("X-Slasync-Secret", NOW), ("X-Slasync-Secret", NOW)], False),
        ([("Authorization", NOW)], False),
        ([("X-Slasync-Secret", "ü" * 30)], False),
    ],
)
def test_who_sends_the_secret_once_may_call(headers: list[tuple[str, str]], *, fits: bool) -> None:
    assert sender(webhook_secret=NOW, webhook_secret_next=NEXT).fits(headers) == fits


@pytest.mark.parametrize("secrets", [{}, {"webhook_secret": "short"}, {"client_id": NOW}])
def test_a_secret_that_is_none_is_refused_with_the_way_to_make_one(secrets: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="openssl rand -hex 24"):
        sender(**secrets)


def test_a_call_names_a_lead_and_the_same_call_has_the_same_key() -> None:
    body = orjson.dumps({"id": 318592, "event": "New lead", "at": "2026-03-02 09:00:00"})

    event = parse(body, MONDAY)

    assert (event.ref, event.kind) == (Ref("marketo", "contact", "318592"), "New lead")
    assert parse(body, MONDAY.replace(hour=12)).key == event.key


@fault("W1")
@pytest.mark.parametrize("changed", [{"id": 2}, {"event": "x"}, {"at": "2026-03-02 09:00:01"}])
def test_another_call_has_another_key(changed: dict[str, Any]) -> None:
    told = {"id": 1, "event": "New lead", "at": "2026-03-02 09:00:00"}

    assert parse(orjson.dumps(told | changed), MONDAY).key != parse(orjson.dumps(told), MONDAY).key


def test_calls_without_a_time_are_one_within_a_minute_and_no_longer() -> None:
    body = b'{"id": "7"}'

    first = parse(body, MONDAY).key

    assert parse(body, MONDAY.replace(second=59)).key == first
    assert parse(body, MONDAY.replace(minute=1)).key != first


@fault("W8", "W13")
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"[1]", "no JSON object: its template is in setup.md"),
        (b"{}", 'the template needs "id": {{lead.Id}}'),
        (b'{"id": null}', "without a lead's id"),
        (b'{"id": true}', "without a lead's id"),
        (b'{"id": 1.5}', "without a lead's id"),
        (b'{"id": "{{lead.Id}}"}', "without a lead's id"),
        (b'{"id": -1}', "without a lead's id"),
        (b'{"id": "1; DROP"}', "without a lead's id"),
        (b'{"id": "' + b"9" * 19 + b'"}', "without a lead's id"),
        (b'{"id": 1, "event": "' + b"x" * LARGEST_BODY + b'"}', "more than 16384"),
    ],
)
def test_what_is_no_call_is_refused_and_says_why(body: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words.replace("{", r"\{")):
        parse(body, MONDAY)


@fault("W4")
@given(st.binary(max_size=200))
def test_no_body_does_any_harm(body: bytes) -> None:
    try:
        event = parse(body, MONDAY)
    except Refused:
        return
    assert event.ref.id.isdigit()
