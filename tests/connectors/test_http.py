"""What all connectors share on their way out."""

from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import format_datetime

import pytest
from structlog.testing import capture_logs

from slasync.connectors.http import Call, Calls, Lane, VendorTime, on_lane, retry_after
from slasync.errors import TryLater
from slasync.systems import Budget
from tests.builders import MONDAY
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault


def header(clock: DrivenClock, ahead: float = 0) -> str:
    """Return a Date header of a vendor whose clock is `ahead` of ours, in seconds."""
    at = (clock.now() + timedelta(seconds=ahead)).replace(microsecond=0)
    return format_datetime(at.astimezone(UTC), usegmt=True)


@fault("V1")
@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", timedelta(0)),
        ("17", timedelta(seconds=17)),
        ("86400000", timedelta(hours=24)),
        (format_datetime(MONDAY + timedelta(seconds=90), usegmt=True), timedelta(seconds=90)),
        (format_datetime(MONDAY - timedelta(days=2), usegmt=True), timedelta(0)),
        (format_datetime(MONDAY + timedelta(days=9), usegmt=True), timedelta(hours=24)),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_kept_within_a_day(
    text: str | None, wait: timedelta | None
) -> None:
    assert retry_after(text, MONDAY) == wait


@fault("V26", "T2")
@pytest.mark.parametrize("ahead", [-7200, -0.4, 0, 0.4, 7200])
def test_the_vendors_time_is_a_close_lower_bound(ahead: float) -> None:
    clock = DrivenClock()
    vendor = VendorTime(clock)
    behind = []
    for _ in range(40):
        clock.advance(1.37)
        vendor.learn(header(clock, ahead))
        told = vendor.now()
        assert told
        behind.append(clock.now() + timedelta(seconds=ahead) - told)
    assert timedelta(0) <= min(behind) <= max(behind) <= timedelta(seconds=1)
    assert behind[-1] < timedelta(seconds=0.1)  # many headers tell more than one


@fault("V26")
def test_a_vendor_clock_that_was_set_back_is_followed() -> None:
    clock = DrivenClock()
    vendor = VendorTime(clock)
    vendor.learn(header(clock, 3600))
    for _ in range(20):
        clock.advance(1)
        vendor.learn(header(clock))
    assert vendor.now() == clock.now()


@fault("T2")
def test_without_a_header_nothing_is_known() -> None:
    vendor = VendorTime(DrivenClock())
    for unusable in (None, "", "yesterday"):
        vendor.learn(unusable)
    assert vendor.now() is None
    assert vendor.skew() is None


def test_calls_are_counted_by_lane_and_told_to_observers() -> None:
    clock = DrivenClock()
    seen: list[Call] = []
    calls = Calls("acme", clock, Budget(1000), (seen.append,))
    with on_lane(Lane.WRITE), calls.one("POST /tasks") as exchange:
        clock.advance(2)
        exchange.answered(201, {"Date": header(clock)})
    with calls.one("GET /leads") as exchange:
        exchange.answered(200, {})
    assert calls.by_lane() == {Lane.WRITE: 1, Lane.READ: 1}
    assert seen[0] == Call("acme", Lane.WRITE, "POST /tasks", 201, 2.0)
    assert calls.vendor_time.now() == clock.now()


def test_a_call_without_an_answer_is_counted_too() -> None:
    seen: list[Call] = []
    calls = Calls("acme", DrivenClock(), Budget(1000), (seen.append,))
    with pytest.raises(TimeoutError), calls.one("GET /leads"):
        raise TimeoutError
    assert calls.total() == 1
    assert seen[0].status is None


def test_logins_do_not_count_against_the_quota() -> None:
    calls = Calls("acme", DrivenClock(), Budget(daily_calls=0, burst=1))
    for _ in range(5):
        with on_lane(Lane.LOGIN), calls.one("POST /token") as exchange:
            exchange.answered(200, {})
    assert calls.total() == 0


def test_nothing_is_counted_when_nothing_may_be_sent() -> None:
    calls = Calls("acme", DrivenClock(), Budget(daily_calls=0))
    with pytest.raises(TryLater), calls.one("GET /leads"):
        raise AssertionError("the call was made")
    assert calls.total() == 0


@fault("V1", "V5")
@pytest.mark.parametrize("lane", [Lane.READ, Lane.WRITE, Lane.LOGIN])
def test_a_vendor_that_asks_to_wait_is_left_alone_by_everybody(lane: Lane) -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(1000))
    with calls.one("GET /leads") as exchange:
        exchange.answered(503, {"retry-after": "900"})
    clock.advance(890)
    with on_lane(lane), pytest.raises(TryLater) as told, calls.one("POST /tasks"):
        pytest.fail("the request was sent")
    assert told.value.after == timedelta(seconds=10)
    clock.advance(10)
    with on_lane(lane), calls.one("POST /tasks") as exchange:
        exchange.answered(200, {})


def test_an_earlier_answer_that_comes_late_does_not_shorten_the_wait() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(1000))
    with calls.one("GET /slow") as slow:
        with calls.one("GET /leads") as exchange:
            exchange.answered(429, {"Retry-After": "60"})
        slow.answered(429, {"Retry-After": "1"})
    clock.advance(59)
    with pytest.raises(TryLater), calls.one("GET /leads"):
        pytest.fail("the request was sent")


def fails(calls: Calls, status: int | None = 503) -> None:
    with calls.one("GET /leads") as exchange:
        if status is not None:
            exchange.answered(status, {})


@fault("V5", "V40")
@pytest.mark.parametrize("status", [None, 500, 503])
def test_a_system_that_does_not_answer_is_left_alone_longer_and_longer(status: int | None) -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(100_000))
    for _ in range(8 * 3600):
        with suppress(TryLater):
            fails(calls, status)
        clock.advance(1)
    assert 8 * 30 <= calls.total() <= 8 * 30 + 10  # every two minutes, more often at first


@fault("V5")
def test_when_it_answers_again_nothing_is_held_back() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(100_000))
    for _ in range(3):
        fails(calls)
    with pytest.raises(TryLater) as told:
        fails(calls)
    assert told.value.after
    clock.advance(told.value.after.total_seconds())
    for _ in range(20):
        fails(calls, 200)
    fails(calls)
    fails(calls, 200)


@fault("V5")
def test_a_call_that_the_budget_holds_back_does_not_try_it_out() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(100_000, burst=3, burst_window=timedelta(minutes=10)))
    for _ in range(3):
        fails(calls)
    clock.advance(60)
    with pytest.raises(TryLater, match="burst"):
        fails(calls)
    with on_lane(Lane.LOGIN):  # under no burst: it may try at once
        fails(calls, 200)


@fault("V5")
def test_while_one_call_tries_it_out_the_others_wait() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(100_000))
    for _ in range(4):
        with suppress(TryLater):
            fails(calls)
    clock.advance(60)
    with calls.one("GET /leads"), pytest.raises(TryLater), calls.one("GET /contacts"):
        pytest.fail("the request was sent")


# the end of an interface


@fault("V44")
@pytest.mark.parametrize(
    ("headers", "ends", "words"),
    [
        ({"Sunset": "Tue, 01 Jun 2027 00:00:00 GMT"}, "2027-06-01", "to be switched off"),
        ({"Deprecation": "@1688169599"}, None, "deprecated @1688169599"),
        ({"Deprecation": "true", "Sunset": "soon"}, None, "deprecated true"),
        (
            {"Sunset": "Tue, 01 Jun 2027 00:00:00 GMT", "Link": '<https://a>; rel="sunset"'},
            "2027-06-01",
            'to be switched off <https://a>; rel="sunset"',
        ),
    ],
)
def test_that_an_interface_is_about_to_end_is_kept(
    headers: dict[str, str], ends: str | None, words: str
) -> None:
    calls = Calls("acme", DrivenClock(), Budget(1000))
    with calls.one("GET /leads") as exchange:
        exchange.answered(200, headers)
    notice = calls.allowance.notice
    assert notice
    assert (notice.ends and f"{notice.ends:%Y-%m-%d}", notice.words) == (ends, words)


def test_an_interface_that_goes_on_says_nothing() -> None:
    calls = Calls("acme", DrivenClock(), Budget(1000))
    with calls.one("GET /leads") as exchange:
        exchange.answered(200, {"Link": '<https://a.example>; rel="next"'})
    assert calls.allowance.notice is None


@fault("V44")
def test_it_is_logged_once_a_day() -> None:
    clock = DrivenClock()
    calls = Calls("acme", clock, Budget(1000))
    with capture_logs() as logged:
        for _ in range(48):
            with calls.one("GET /leads") as exchange:
                exchange.answered(200, {"Sunset": "Tue, 01 Jun 2027 00:00:00 GMT"})
            clock.advance(3600)
    told = [line for line in logged if line["log_level"] == "warning"]
    assert [(line["system"], line["ends"]) for line in told] == [
        ("acme", "2027-06-01T00:00:00+00:00")
    ] * 2
