"""Whenever the connection to PostgreSQL ends, nothing is lost and nothing is done twice."""

from itertools import count

import pytest

from tests.faults.marks import fault
from tests.postgres import TempPostgres
from tests.store.mishaps import at_statement, killed_by
from tests.store.proxy import Cut, Line
from tests.store.rounds import ROUNDS, begun, opened, persist, untroubled

pytestmark = pytest.mark.postgres


@fault("L14")
@pytest.mark.parametrize("where", Cut)
@pytest.mark.parametrize("name", ROUNDS)
def test_a_connection_lost_at_any_commit_changes_no_outcome(
    postgres_server: TempPostgres, postgres_url: str, name: str, where: Cut
) -> None:
    with (
        opened(postgres_url) as engine,
        Line(str(postgres_server.folder)) as line,
        opened(line.url(postgres_url)) as through,
    ):
        expected = untroubled(engine, name)
        for number in count(1):
            work = begun(engine, name)
            line.cut_at(number, where)
            persist(work, through)
            assert work.outcome() == expected, f"cut {where} commit {number}"
            if not line.cut:
                break
    assert number > 1


@fault("L13")
@pytest.mark.parametrize("name", ROUNDS)
def test_a_connection_killed_at_any_statement_changes_no_outcome(
    postgres_url: str, name: str
) -> None:
    with opened(postgres_url) as engine, opened(postgres_url) as mortal:
        expected = untroubled(engine, name)
        for number in count(1):
            work = begun(engine, name)
            with at_statement(mortal, number, killed_by(engine)) as killed:
                persist(work, mortal)
            assert work.outcome() == expected, f"killed at statement {number}"
            if not killed.yes:
                break
    assert number > 1
