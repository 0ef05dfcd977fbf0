"""What log lines never tell."""

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from slasync.logs import configure, redacted, scrub
from tests.connectors.hubspot.bench import MONDAY, DrivenClock
from tests.faults.marks import fault

PLAIN = [
    "",
    "12 leads read",
    "hubspot:contact:90000000001",
    "00Q000000000001AAA",
    "2026-03-02T09:00:00.123456+00:00",
    "2026-03-02T09:00:00+01:00",
    "2026-11-21",
    "POST /crm/v3/objects/contacts/search",
    "salesforce.lead_history",
    "ab12" * 10,
    "1772442000000",
    "10.0.0.1:5432",
    "correlation id 69ba8443-0000-0000-0000-000000000000",
    "version 1.20.1",
]


@fault("S10")
@pytest.mark.parametrize(
    "url",
    ["https://hooks.slack.com/services/T0/B0/hidden", "https://chat.acme.example/hooks/hidden"],
)
def test_a_webhook_s_address_is_a_secret(url: str) -> None:
    assert "hidden" not in scrub(f"cannot reach {url}")


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert scrub(text) == text


@fault("S10", "S11")
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("to ana.abel+x@mail.example.com now", "ana"),
        ("?email=ana%40example.com&x=1", "ana"),
        ("<Ana@Example.COM>", "Ana"),
        ("call +49 821 1234567 today", "1234567"),
        ("+4917612345678", "4917612345678"),
        ("0821 / 123456", "123456"),
        ("0821-1234567", "1234567"),
        ("(089) 1234-567", "1234"),
        ("555-123-4567", "4567"),
        ("(415) 555-0100", "0100"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh"),
        ("pat-na1-0a1b2c3d-aaaa-bbbb", "0a1b2c3d"),
        ("sid 00D000000000001AAA!AQ8AQFxyz.123456", "AQ8AQF"),
        ("eyJhbGciOiJ.eyJzdWIiOiIx.c2lnbmF0dXJl", "eyJzdWIi"),
        ("postgresql://slasync:hunter2@db/slasync", "hunter2"),
        ("grant_type=x&client_secret=s3cr3t&y=1", "s3cr3t"),
        ("refresh_token=abc.def", "abc.def"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nxyz\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE"),
    ],
)
def test_secrets_and_personal_data_are_taken_out(text: str, secret: str) -> None:
    assert secret not in scrub(text)


@pytest.mark.parametrize(
    "key",
    [
        "access_token", "client_secret", "Authorization", "password", "private_key", "api_key",
        "X-HubSpot-Signature-v3", "Set-Cookie", "session_id", "assertion",
    ],
)  # fmt: skip
def test_what_a_secrets_name_stands_for_is_not_told(key: str) -> None:
    assert said({key: "plain words"}) == {key: "****"}
    assert said({"headers": {key: ["plain", "words"]}}) == {"headers": {key: "****"}}


@pytest.mark.parametrize("key", ["email", "Email", "e_mail", "phone", "MobilePhone", "first_name"])
def test_persons_are_not_told(key: str) -> None:
    assert said({"lead": [{key: "Ana"}]}) == {"lead": [{key: "[personal]"}]}


def test_values_that_are_no_json_are_told_as_text_without_their_insides() -> None:
    class Odd:
        def __str__(self) -> str:
            return "odd ana@example.com"

    told = said(
        {"odd": Odd(), "at": MONDAY, "raw": b"token", "big": 2**70, "set": {1}, "ana@x.de": 1}
    )

    assert told == {
        "odd": "odd [email]",
        "at": "2026-03-02T09:00:00+00:00",
        "raw": "[5 bytes]",
        "big": str(2**70),
        "set": [1],
        "ana@x.de": 1,
    }


@fault("S9")
def test_deep_and_long_values_are_cut() -> None:
    deep: Any = "bottom"
    for _ in range(50):
        deep = [deep]

    assert said({"deep": deep})["deep"] == [[[[[[[["..."]]]]]]]]
    assert len(said({"text": "x" * 10_000})["text"]) < 5_000
    assert len(said({"rows": list(range(10_000))})["rows"]) < 1_000


@fault("S9")
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_every_value_can_be_logged(value: object) -> None:
    orjson.dumps(said({"value": value}))


@pytest.fixture
def out() -> Iterator[io.BytesIO]:
    """Log lines as they are written; afterwards everything is as before."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    level = logging.root.level
    stream = io.BytesIO()
    configure(DrivenClock(), out=stream)
    yield stream
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def lines(out: io.BytesIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in out.getvalue().splitlines()]


@fault("S9")
def test_a_line_is_one_json_object_with_time_level_and_words(out: io.BytesIO) -> None:
    structlog.get_logger().info("read", stream="hubspot.contacts", rows=3)
    structlog.get_logger().debug("not shown")

    assert lines(out) == [
        {
            "event": "read",
            "stream": "hubspot.contacts",
            "rows": 3,
            "level": "info",
            "at": datetime(2026, 3, 2, 9, tzinfo=UTC).isoformat(),
        }
    ]


@fault("S10")
def test_an_exception_is_told_without_the_values_of_its_frames(out: io.BytesIO) -> None:
    def failing() -> None:
        hidden = "value-of-a-local"
        raise ValueError(f"no such lead: ana@example.com ({len(hidden)})")

    try:
        failing()
    except ValueError:
        structlog.get_logger().exception("step failed")

    text = out.getvalue().decode()
    (line,) = lines(out)
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert "failing" in text
    assert "value-of-a-local" not in text
    assert "ana@example.com" not in text


def test_lines_of_libraries_are_redacted_as_well(out: io.BytesIO) -> None:
    logging.getLogger("urllib3").warning("retrying /contacts?email=%s", "ana@example.com")
    logging.getLogger("urllib3").info("not shown")

    (line,) = lines(out)
    assert (line["logger"], line["level"]) == ("urllib3", "warning")
    assert "ana" not in line["event"]


def said(line: dict[str, Any]) -> dict[str, Any]:
    return dict(redacted(None, "", line))
