"""The calls of the day: what other integrations use is known, and the urgent ones have the rest."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.connectors.http import Lane, on_lane
from slasync.connectors.marketo.usage import EVERY_CALLS
from slasync.errors import OutOfCalls
from slasync.reports.calls import outlooks
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response
from slasync.store.ledger import CallLedger
from slasync.store.unit import reading
from slasync.systems import Budget
from tests.connectors.marketo.bench import Bench
from tests.faults.marks import fault

USAGE = "GET /rest/v1/stats/usage.json"
DAILY = 1_000


def a_bench(daily: int = DAILY, share: float = 0.5) -> Bench:
    return Bench(changes={"budget": Budget(daily_calls=daily, share=share)})


def asked(bench: Bench) -> int:
    return bench.marketo.calls[USAGE]


def call(bench: Bench, times: int = 1) -> None:
    for _ in range(times):
        bench.wait(seconds=0.3)  # lest the instance's burst be used up
        bench.connector.transport.describe()


@fault("V4")
def test_what_other_integrations_use_is_taken_from_what_is_left() -> None:
    bench = a_bench()
    bench.marketo.others_call(700)
    call(bench)
    quota = bench.connector.calls.quota
    assert quota is not None
    assert (quota.allowed, quota.used) == (DAILY, 702)  # the question itself counts too


@fault("V4")
def test_our_own_calls_are_counted_on_until_it_is_asked_again() -> None:
    bench = a_bench()
    call(bench)
    before = bench.connector.calls.quota
    call(bench, 10)
    after = bench.connector.calls.quota
    assert before is not None
    assert after is not None
    assert (after.used - before.used, asked(bench)) == (10, 1)


@fault("V3", "V4")
def test_where_others_leave_little_first_loads_wait_and_escalations_go() -> None:
    bench = a_bench()
    bench.marketo.others_call(DAILY - 30)
    with on_lane(Lane.ESCALATION):
        call(bench)
    with on_lane(Lane.BACKFILL), pytest.raises(OutOfCalls, match="other programs have left"):
        call(bench)
    with on_lane(Lane.ESCALATION):
        call(bench)


def test_it_is_asked_for_by_the_hour_and_by_the_call_and_not_more_often() -> None:
    bench = a_bench(daily=1_000_000)
    call(bench, EVERY_CALLS - 1)
    assert asked(bench) == 1
    call(bench, 2)
    assert asked(bench) == 2
    bench.wait(minutes=14)
    call(bench)
    assert asked(bench) == 2
    bench.wait(minutes=2)
    call(bench)
    assert asked(bench) == 3


def test_a_new_day_begins_without_the_calls_of_the_day_before() -> None:
    bench = a_bench()
    bench.marketo.others_call(600)
    call(bench)
    bench.wait(hours=24)
    call(bench, 2)
    quota = bench.connector.calls.quota
    assert quota is not None
    assert quota.used < 10


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.HTML, Kind.TIMEOUT_BEFORE])
def test_a_count_that_is_not_told_keeps_nobody_from_calling(kind: Kind) -> None:
    bench = a_bench()
    bench.world.faults.switch_on(Rule(kind, "stats/usage", times=1))
    call(bench, 3)
    assert bench.connector.calls.quota is None
    bench.wait(seconds=timedelta(minutes=16).total_seconds())
    call(bench)
    assert bench.connector.calls.quota is not None


@pytest.mark.parametrize("total", [b'"many"', b"-1", b"true", b"null"])
def test_a_count_that_is_no_number_is_passed_over(total: bytes) -> None:
    def tamper(request: Request, answer: Response) -> Response:
        if "usage" not in request.url:
            return answer
        body = answer.body.replace(b'"total":', b'"total":' + total + b',"x":')
        return Response(answer.status, answer.headers, body)

    bench = Bench(tamper=tamper)
    call(bench, 2)
    assert bench.connector.calls.quota is None


def test_who_may_not_see_the_count_is_not_asked_again_at_every_call() -> None:
    bench = a_bench()
    refused = b'{"requestId":"a#1","success":false,"errors":[{"code":"603","message":"denied"}]}'

    def tamper(request: Request, answer: Response) -> Response:
        return Response(200, answer.headers, refused) if "usage" in request.url else answer

    bench.tamper = tamper
    call(bench, 5)
    assert asked(bench) == 1


@fault("V4")
def test_status_and_forecast_know_what_others_used(sqlite_engine: Engine) -> None:
    bench = a_bench(daily=50_000)
    bench.connector.calls.allowance.keep_in(CallLedger(sqlite_engine))
    call(bench, 5)
    bench.marketo.others_call(4_000)
    bench.wait(minutes=16)
    call(bench, 5)
    bench.connector.calls.allowance.settle()
    with reading(sqlite_engine) as unit:
        budget = Budget(daily_calls=50_000, share=0.5)
        [outlook] = outlooks({"marketo": budget}, unit, bench.clock.now())
    assert (outlook.others, outlook.spent) == (4_000, 12)  # the count is asked for by a call, too


def test_the_live_check_says_that_others_leave_little() -> None:
    bench = a_bench(share=1.0)
    assert not [each for each in bench.connector.probe() if "are left" in each]
    bench.marketo.others_call(920)
    with on_lane(Lane.ESCALATION):
        [told] = [each for each in bench.connector.probe() if "are left" in each]
    assert "of 1000 calls of the day are left: see which integration takes them" in told
