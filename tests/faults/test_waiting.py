"""Whatever a vendor or a proxy puts into the headers that tell a time, slasync goes on."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slasync.connectors.http import LONGEST_WAIT, VendorTime, retry_after
from slasync.errors import SlasyncError
from slasync.sandbox.http import Response
from tests.builders import MONDAY
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.faults.tampered import Line, told

DIGITS = "9" * 5_000
EDGES = ("Fri, 31 Dec 9999 23:59:59 -2359", "Fri, 31 Dec 9999 23:59:59 GMT", DIGITS)
dates = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001 - bounds are naive
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - bounds are naive
    timezones=st.just(UTC),
)
headers = (
    st.text(max_size=60)
    | st.from_regex(r"[+-]?[0-9]{1,30}(\.[0-9]+)?", fullmatch=True)
    | dates.map(lambda at: format_datetime(at, usegmt=True))
    | st.from_regex(
        r"(Mon|Fri), [0-9]{1,3} (Jan|Dec|Foo) [0-9]{1,6} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4,9}",
        fullmatch=True,
    )
)


@fault("V1")
@given(seconds=st.integers(min_value=0, max_value=10**20))
def test_so_many_seconds_are_waited_for_but_never_more_than_a_day(seconds: int) -> None:
    expected = min(timedelta(seconds=min(seconds, 10**6)), LONGEST_WAIT)

    assert retry_after(str(seconds), MONDAY) == expected
    assert retry_after(f" {seconds:025d} ", MONDAY) == expected


@fault("V1")
@given(at=dates)
def test_a_date_to_wait_for_is_never_taken_for_a_time_gone_by(at: datetime) -> None:
    wait = retry_after(format_datetime(at, usegmt=True), MONDAY)

    assert wait == min(max(at.replace(microsecond=0) - MONDAY, timedelta(0)), LONGEST_WAIT)


@fault("V1")
def test_thousands_of_digits_are_a_day() -> None:
    assert retry_after(DIGITS, MONDAY) == LONGEST_WAIT


@fault("V1")
@given(header=headers)
def test_any_header_is_a_wait_of_up_to_a_day_or_unusable(header: str) -> None:
    wait = retry_after(header, MONDAY)

    assert wait is None or timedelta(0) <= wait <= LONGEST_WAIT


@fault("V1")
@given(header=headers)
def test_a_call_that_is_to_wait_is_never_anything_but_one_of_our_errors(header: str) -> None:
    line = Line()
    contact = line.bench.contact(email="a@example.com")
    line.change = lambda _: Response(429, (("Retry-After", header),), b"{}")

    with pytest.raises(SlasyncError):
        line.connector.sink.apply([told(contact)])


@fault("V26")
@given(header=headers)
def test_any_date_header_is_a_time_or_passed_over(header: str) -> None:
    clock = DrivenClock()
    vendor = VendorTime(clock)

    vendor.learn(header)
    clock.advance(5)
    told_now = vendor.now()

    assert told_now is None or told_now.tzinfo is UTC


@fault("V26")
@pytest.mark.parametrize("header", EDGES[:2])
def test_a_date_at_the_end_of_time_does_not_end_the_connector(header: str) -> None:
    clock = DrivenClock()
    vendor = VendorTime(clock)

    vendor.learn(header)
    clock.advance(5)

    vendor.now()


@fault("V26")
def test_one_answer_with_a_wrong_date_does_not_move_the_vendors_time() -> None:
    clock = DrivenClock()
    vendor = VendorTime(clock)
    for ahead in (timedelta(0), timedelta(days=1), timedelta(0)):
        clock.advance(30)
        vendor.learn(format_datetime(clock.now() + ahead, usegmt=True))

    now = vendor.now()

    assert now is not None
    assert now <= clock.now()


@fault("V1")
@example(DIGITS[:4_000])
@given(digits=st.from_regex(r"[0-9]{1,400}", fullmatch=True))
def test_digits_of_any_length_are_read(digits: str) -> None:
    wait = retry_after(digits, MONDAY)

    assert wait is not None
    assert wait <= LONGEST_WAIT
