"""A Slack-compatible webhook: what is posted, what its answers mean, and its address kept quiet."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import orjson
import pytest
import respx
import structlog

from slasync import logs
from slasync.clock import Seams
from slasync.connectors.http import Call
from slasync.connectors.notify import WebhookMessenger
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.ports import Message, Outcome
from slasync.systems import Secret, WebhookConfig
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault

URL = "https://hooks.slack.com/services/T0/B0/veryhidden"
MESSAGE = Message(
    key="ab12",
    to="inbound",
    subject="SLA: 1 notice",
    text="- <!channel> Tom & *Jerry*\n",
    at=datetime(2026, 3, 2, 8, tzinfo=UTC),
)


@pytest.fixture
def out() -> Iterator[BytesIO]:
    """Everything that is logged, down to the last detail."""
    handlers, level, stream = logging.root.handlers[:], logging.root.level, BytesIO()
    logs.configure(DrivenClock(), level="debug", out=stream)
    yield stream
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def messenger(clock: DrivenClock | None = None, **more: Any) -> WebhookMessenger:
    seams = Seams(clock=clock or DrivenClock())
    return WebhookMessenger(WebhookConfig(url=Secret(URL)), seams, **more)


def failure(sender: WebhookMessenger) -> SlasyncError:
    with pytest.raises(SlasyncError) as raised:
        sender.send(MESSAGE)
    chain = f"{raised.value!r} {raised.value.__cause__!r}"
    assert "hidden" not in chain
    return raised.value


@respx.mock
def test_a_message_is_posted_as_plain_text_in_which_nobody_is_called() -> None:
    route = respx.post(URL).respond(200, text="ok")

    assert messenger().send(MESSAGE).outcome == Outcome.APPLIED
    assert orjson.loads(route.calls.last.request.content) == {
        "text": "SLA: 1 notice\n\n- &lt;!channel&gt; Tom &amp; *Jerry*",
        "mrkdwn": False,
    }


@respx.mock
@pytest.mark.parametrize(
    ("status", "text", "kind", "words", "unknown"),
    [
        (400, "invalid_payload", Refused, "HTTP 400 (invalid_payload)", False),
        (413, "", Refused, "HTTP 413", False),
        (403, "action_prohibited", Stopped, "make a new webhook", False),
        (404, "no_service", Stopped, "HTTP 404 (no_service)", False),
        (410, "channel_is_archived", Stopped, "make a new webhook", False),
        (429, "rate_limited", TryLater, "HTTP 429", False),
        (503, "<html>veryhidden</html>", TryLater, "HTTP 503", False),
        (500, "rollup_error", TryLater, "HTTP 500 (rollup_error)", True),
        (502, "", TryLater, "HTTP 502", True),
    ],
)
def test_an_answer_tells_what_to_do_next(
    status: int,
    text: str,
    kind: type[SlasyncError],
    words: str,
    unknown: bool,  # noqa: FBT001
) -> None:
    respx.post(URL).respond(status, text=text)
    error = failure(messenger())

    assert type(error) is kind
    assert words in str(error)
    assert getattr(error, "unknown", False) is unknown


@fault("V1")
@respx.mock
def test_it_waits_as_long_as_it_is_asked_to() -> None:
    clock = DrivenClock()
    route = respx.post(URL).respond(429, headers={"Retry-After": "90"})
    sender = messenger(clock)

    first = failure(sender)
    second = failure(sender)
    assert isinstance(first, TryLater)
    assert first.after == timedelta(seconds=90)
    assert "asked to be left alone" in str(second)
    assert route.call_count == 1
    clock.advance(91)
    route.respond(200)
    sender.send(MESSAGE)


@respx.mock
def test_it_posts_once_a_second_at_most() -> None:
    route = respx.post(URL).respond(200)
    clock = DrivenClock()
    sender = messenger(clock)
    sender.send(MESSAGE)

    assert isinstance(failure(sender), TryLater)
    clock.advance(10)
    sender.send(MESSAGE)
    assert route.call_count == 2


@fault("V38")
@respx.mock
def test_nobody_is_followed_to_another_address() -> None:
    elsewhere = respx.post("https://elsewhere.example/").respond(200)
    respx.post(URL).respond(307, headers={"Location": "https://elsewhere.example/"})

    assert isinstance(failure(messenger()), Stopped)
    assert not elsewhere.called


@fault("V6", "V40")
@respx.mock
@pytest.mark.parametrize(
    ("broken", "unknown"),
    [
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (httpx.ReadTimeout, True),
        (httpx.WriteError, True),
        (httpx.RemoteProtocolError, True),
    ],
)
def test_without_an_answer_only_a_connection_never_made_is_known_not_to_have_posted(
    broken: type[httpx.TransportError],
    unknown: bool,  # noqa: FBT001
) -> None:
    respx.post(URL).mock(side_effect=broken(f"cannot reach {URL}"))
    error = failure(messenger())

    assert isinstance(error, TryLater)
    assert error.unknown is unknown
    assert broken.__name__ in str(error)


@fault("V42")
def test_only_the_beginning_of_an_answer_is_read() -> None:
    read = []

    def endless() -> Any:
        for _ in range(1000):
            read.append(1)
            yield b"x" * 4096

    transport = httpx.MockTransport(lambda _: httpx.Response(400, content=endless()))

    assert isinstance(failure(messenger(transport=transport)), Refused)
    assert len(read) < 5


@respx.mock
def test_those_who_watch_calls_see_no_address() -> None:
    seen: list[Call] = []
    respx.post(URL).respond(200)
    messenger(observers=(seen.append,)).send(MESSAGE)

    assert [(call.system, call.operation, call.status) for call in seen] == [
        ("webhook", "POST webhook", 200)
    ]


def test_there_is_nothing_to_probe() -> None:
    assert messenger().probe() == []


@fault("S10")
@respx.mock
def test_the_log_does_not_tell_the_address(out: BytesIO) -> None:
    clock = DrivenClock()
    sender = messenger(clock)
    for answer in (httpx.Response(200), httpx.Response(404), httpx.ReadTimeout(f"on {URL}")):
        clock.advance(60)
        respx.post(URL).mock(side_effect=[answer])
        try:
            sender.send(MESSAGE)
        except SlasyncError:
            structlog.get_logger().exception("not sent", url=URL)

    text = out.getvalue().decode()
    assert len(text.splitlines()) >= 5
    assert "hidden" not in text
