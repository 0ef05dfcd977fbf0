"""Comparisons under way, those that ended last, and what finding them costs after years."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from slasync.domain.self_check import Comparison
from slasync.store.sweeps import Run
from slasync.store.unit import Unit, reading, transaction
from tests.builders import MINUTE
from tests.store.given import NOW, steps_of

STREAMS = ("salesforce", "salesforce.users", "salesforce.opportunities")


def run(unit: Unit, stream: str, begun: int, ended: int | None) -> None:
    """Have a second pass begin, and end; times are minutes before NOW."""
    at = NOW - begun * MINUTE
    unit.sweeps.begin(Run(kind=Comparison.AGAIN, system="salesforce", stream=stream,
                          began_at=at, upto=at, advanced_at=at))  # fmt: skip
    if ended is None:
        return
    (open_,) = [each for each in unit.sweeps.open("salesforce") if each.stream == stream]
    assert unit.sweeps.lease(open_, "me", NOW, NOW + MINUTE)
    at = NOW - ended * MINUTE
    assert unit.sweeps.settle(replace(open_, ended_at=at, advanced_at=at), "me")


def test_the_last_of_each_stream_is_the_one_that_ended_last(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.sweeps.last(Comparison.AGAIN) == {}
        for begun in (90, 60, 30):
            run(unit, STREAMS[0], begun, begun - 5)
        run(unit, STREAMS[1], 200, 190)
        run(unit, STREAMS[1], 20, None)
        run(unit, STREAMS[2], 10, None)

        last = unit.sweeps.last(Comparison.AGAIN)
        assert {stream: each.began_at for stream, each in last.items()} == {
            STREAMS[0]: NOW - 30 * MINUTE, STREAMS[1]: NOW - 200 * MINUTE,
        }  # fmt: skip
        assert unit.sweeps.last(Comparison.SWEEP) == {}
        assert [each.stream for each in unit.sweeps.open("salesforce")] == [*STREAMS[1:]]
        assert unit.sweeps.open("salesforce", (Comparison.SWEEP,)) == []
        assert unit.sweeps.open("hubspot") == []
        assert unit.sweeps.first("salesforce") == NOW - 200 * MINUTE
        newest = unit.sweeps.since(NOW - timedelta(hours=1))
        assert [each.began_at for each in newest] == [NOW - n * MINUTE for n in (10, 20, 30, 60)]


def test_a_look_costs_the_same_after_years_of_comparisons(sqlite_engine: Engine) -> None:
    def look() -> None:
        with reading(sqlite_engine) as unit:
            assert len(unit.sweeps.last(Comparison.AGAIN)) == len(STREAMS)
            assert len(unit.sweeps.open("salesforce")) == 1
            unit.sweeps.first("salesforce")
            unit.sweeps.since(NOW - 3 * MINUTE)

    with transaction(sqlite_engine) as unit:
        for minutes in range(5, 2, -1):
            for stream in STREAMS:
                run(unit, stream, minutes, minutes - 1)
        run(unit, STREAMS[0], 1, None)
    among_few = steps_of(sqlite_engine, look)
    with transaction(sqlite_engine) as unit:
        for minutes in range(1500, 1000, -1):
            for stream in STREAMS[1:]:
                run(unit, stream, minutes, minutes - 1)
    assert steps_of(sqlite_engine, look) <= 1.3 * among_few
