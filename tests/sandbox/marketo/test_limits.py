from threading import Thread

import pytest

from slasync.sandbox.marketo import Limits
from tests.sandbox.marketo.office import LEADS, MONDAY, Office

TYPES = "/rest/v1/activities/types.json"
USAGE = "/rest/v1/stats/usage.json"


def test_the_window_of_twenty_seconds_rolls() -> None:
    office = Office(limits=Limits(calls=2))
    office.get(TYPES)
    office.wait(seconds=12)
    office.get(TYPES)
    assert office.failure("GET", TYPES) == (
        "606",
        "Max rate limit '2' exceeded with in '20' secs",
    )
    office.wait(seconds=20)
    assert office.get(TYPES)


def test_refused_calls_keep_the_window_full() -> None:
    office = Office(limits=Limits(calls=1))
    office.get(TYPES)
    for _ in range(3):
        office.wait(seconds=19)
        assert office.failure("GET", TYPES)[0] == "606"
    office.wait(seconds=20)
    assert office.get(TYPES)
    assert office.marketo.refused.total() == 3
    assert office.marketo.calls == {f"GET {TYPES}": 2}


def test_the_daily_quota_ends_at_midnight_in_chicago() -> None:
    office = Office(limits=Limits(daily=100))
    office.marketo.others_call(100)
    assert office.failure("GET", TYPES) == ("607", "Daily quota reached")
    office.wait(hours=20, minutes=59)
    office.token = office.new_token()["access_token"]
    assert office.failure("GET", TYPES)[0] == "607"
    office.wait(minutes=1)  # 06:00 in London
    assert office.get(TYPES)


def test_calls_under_way_elsewhere_leave_less_room() -> None:
    office = Office()
    office.marketo.others_call(0, under_way=9)
    assert office.get(TYPES)
    office.marketo.others_call(0, under_way=10)
    assert office.failure("GET", TYPES) == ("615", "Concurrent access limit reached")


def test_the_eleventh_call_at_the_same_time_is_refused() -> None:
    office = Office()
    codes: list[bool] = []

    def ask() -> None:
        codes.append(office.call("GET", TYPES).json()["success"])

    threads = [Thread(target=ask) for _ in range(11)]
    with office.marketo.instance.lock:
        for thread in threads:
            thread.start()
        while office.marketo.calls_under_way < 11:
            pass
    for thread in threads:
        thread.join()
    assert sorted(codes) == [False] + [True] * 10


def test_usage_counts_calls_by_user_and_errors_by_code() -> None:
    office = Office()
    office.marketo.others_call(5)
    office.failure("GET", "/rest/v1/nothing.json")
    office.failure("GET", LEADS)
    (today,) = office.get(USAGE)
    assert (today["date"], today["total"]) == (MONDAY.date().isoformat(), 8)
    assert {"userId": "api-user@example.com", "count": 3} in today["users"]
    assert len(office.get("/rest/v1/stats/usage/last7days.json")) == 7
    (failed,) = office.get("/rest/v1/stats/errors.json")
    assert failed["errors"] == [{"errorCode": "1002", "count": 1}, {"errorCode": "610", "count": 1}]


def test_a_bad_token_counts_against_nothing() -> None:
    office = Office()
    good, office.token = office.token, "bad"
    for _ in range(200):
        assert office.failure("GET", TYPES)[0] == "601"
    office.token = good
    (today,) = office.get(USAGE)
    assert today["total"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{LEADS}?filterType=email&filterValues={'x' * 8200}", None, 414),
        (LEADS, {"input": [{"email": "x" * (1 << 20)}]}, 413),
    ],
)
def test_what_is_too_large_is_refused_by_http_status(path: str, body: object, status: int) -> None:
    assert Office().call("POST" if body else "GET", path, body).status == status
