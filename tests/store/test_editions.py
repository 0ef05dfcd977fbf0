"""The agreement's files are kept, from each change to the next."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from slasync.domain.agreement import OnChange
from slasync.domain.rulings import Change
from slasync.store.editions import Edition
from slasync.store.unit import transaction
from tests.store.given import HOUR, NOW

FIRST = Edition("a1", NOW, {"agreement": "name: Ümläut\n", "calendars": "", "teams": ""})
SECOND = Edition("b2", NOW + 2 * HOUR, {"agreement": "name: new\n"})


def test_the_edition_in_force_at_a_moment_is_the_last_that_had_begun(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.editions.keep(FIRST)
        assert unit.editions.keep(SECOND)

        assert unit.editions.at(NOW - HOUR) is None
        assert unit.editions.at(NOW) == FIRST
        assert unit.editions.at(NOW + HOUR) == FIRST
        assert unit.editions.at(NOW + 3 * HOUR) == SECOND
        assert unit.editions.of("a1") == FIRST
        assert unit.editions.of("c3") is None


def test_a_start_with_the_same_files_keeps_nothing_and_going_back_does(engine: Engine) -> None:
    again = Edition("a1", NOW + 4 * HOUR, FIRST.files)
    with transaction(engine) as unit:
        unit.editions.keep(FIRST)
        assert not unit.editions.keep(Edition("a1", NOW + HOUR, FIRST.files))
        unit.editions.keep(SECOND)
        assert unit.editions.keep(again)

        assert unit.editions.at(NOW + 5 * HOUR) == again


def test_each_edition_says_what_became_of_open_leads_and_what_was_agreed(engine: Engine) -> None:
    kept = Edition("b2", NOW + HOUR, {"agreement": "b"}, OnChange.KEEP, "values")
    with transaction(engine) as unit:
        unit.editions.keep(FIRST)
        unit.editions.keep(kept)

        assert unit.editions.last() == kept
        assert unit.editions.changes() == [
            Change("a1", NOW, OnChange.RECOMPUTE, "a1"),  # nothing else was kept of it
            Change("b2", NOW + HOUR, OnChange.KEEP, "values"),
        ]
        assert [change.hash for change in unit.editions.changes(NOW)] == ["a1"]


def test_an_edition_from_before_there_was_a_choice_had_leads_judged_anew(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.editions.keep(FIRST)
    with transaction(engine) as unit:
        columns = "at, hash, files, on_change, agreed"
        unit.db.execute(
            text(
                f"INSERT INTO edition ({columns}) SELECT at, 'z', files, 'a newer word', NULL"  # noqa: S608 - no input
                " FROM edition"
            )
        )
        unit.db.execute(
            text(f"INSERT INTO edition ({columns}) SELECT at, 'y', files, NULL, NULL FROM edition")  # noqa: S608 - no input
        )
    with transaction(engine) as unit:
        assert {change.choice for change in unit.editions.changes()} == {OnChange.RECOMPUTE}


@pytest.mark.parametrize("change", ["UPDATE edition SET hash = 'x'", "DELETE FROM edition"])
def test_an_edition_is_never_changed_or_removed(engine: Engine, change: str) -> None:
    with transaction(engine) as unit:
        unit.editions.keep(FIRST)
    with pytest.raises(DBAPIError, match="append-only"), transaction(engine) as unit:
        unit.db.execute(text(change))
