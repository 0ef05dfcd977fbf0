"""Histories kept in memory are always those of the database."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from slasync.domain.facts import Fact
from slasync.domain.lead import LeadKey
from slasync.store.engine import open_engine
from slasync.store.facts import Facts
from slasync.store.histories import Histories
from slasync.store.unit import reading, transaction
from tests.store.given import a_fact, lead

LEADS = [lead(n) for n in range(4)]


def same(engine: Engine, histories: Histories, keys: list[LeadKey]) -> bool:
    """Tell whether memory and database have the same facts of each lead."""
    with reading(engine) as unit:
        return ids(histories.of(unit.facts, keys)) == ids(unit.facts.of(keys))


def ids(found: Mapping[LeadKey, list[Fact]]) -> dict[LeadKey, list[str]]:
    return {key: sorted(fact.source_id for fact in facts) for key, facts in found.items()}


def learn(engine: Engine, key: LeadKey, *names: str) -> None:
    with transaction(engine) as unit:
        unit.facts.add({key: [a_fact(name) for name in names]})


def test_a_history_read_again_has_what_was_added_since(engine: Engine) -> None:
    histories = Histories()
    learn(engine, LEADS[0], "a", "b")
    assert same(engine, histories, LEADS)
    learn(engine, LEADS[0], "c")
    learn(engine, LEADS[1], "d")
    assert same(engine, histories, LEADS)
    assert same(engine, histories, LEADS)


def test_only_what_was_added_is_fetched(sqlite_engine: Engine) -> None:
    histories = Histories()
    learn(sqlite_engine, LEADS[0], *(f"fact-{n}" for n in range(50)))
    assert same(sqlite_engine, histories, LEADS)
    learn(sqlite_engine, LEADS[0], "new")
    with reading(sqlite_engine) as unit:
        facts = Fetched(unit.facts)
        assert len(histories.of(facts, LEADS)[LEADS[0]]) == 51
    assert facts.fetched == ["new"]


class Fetched(Facts):
    """Notes which facts were read."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts._db)  # noqa: SLF001 - the same connection
        self.fetched: list[str] = []

    def of(self, keys: Collection[LeadKey]) -> dict[LeadKey, list[Fact]]:
        return self._noted(super().of(keys))

    def added(self, since: Mapping[LeadKey, int]) -> dict[LeadKey, list[Fact]]:
        return self._noted(super().added(since))

    def _noted(self, found: dict[LeadKey, list[Fact]]) -> dict[LeadKey, list[Fact]]:
        self.fetched += [fact.source_id for facts in found.values() for fact in facts]
        return found


@pytest.mark.postgres
def test_a_fact_committed_late_under_a_lower_number_is_found(postgres_url: str) -> None:
    engine, histories = open_engine(postgres_url, durable=False), Histories()
    with transaction(engine) as slow:
        slow.facts.add({LEADS[0]: [a_fact("slow")]})  # takes its number first
        learn(engine, LEADS[0], "quick")
        assert same(engine, histories, LEADS)
    assert same(engine, histories, LEADS)
    engine.dispose()


def test_what_a_transaction_took_back_was_never_known(engine: Engine) -> None:
    histories = Histories()
    learn(engine, LEADS[0], "a")
    with suppress(ZeroDivisionError), transaction(engine) as unit:
        histories.of(unit.facts, LEADS)
        unit.facts.add({LEADS[0]: [a_fact("taken back")]})
        raise ZeroDivisionError
    learn(engine, LEADS[0], "b")
    assert same(engine, histories, LEADS)


@given(
    most=st.integers(0, 12),
    moves=st.lists(st.tuples(st.sampled_from(["add", "look"]), st.sets(st.integers(0, 3)))),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_let_go_the_answer_is_the_same(
    new_sqlite: Callable[[], Engine], most: int, moves: list[tuple[str, set[int]]]
) -> None:
    engine, histories, numbers = new_sqlite(), Histories(most), count()
    for move, chosen in moves:
        keys = [LEADS[n] for n in sorted(chosen)]
        if move == "look":
            assert same(engine, histories, keys)
            continue
        for key in keys:
            learn(engine, key, f"fact-{next(numbers)}")
    assert same(engine, histories, LEADS)
