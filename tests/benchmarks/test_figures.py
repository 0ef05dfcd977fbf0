"""Each benchmark works, at a size at which its figures mean nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks import (
    changes_told,
    commands,
    first_load,
    first_load_memory,
    hubspot_calls,
    in_flight,
    marketo_calls,
    monthly_pack,
    salesforce_load,
    tick_scaling,
    what_if,
    write_back_calls,
)
from benchmarks.bare_load import bare_load
from benchmarks.contact_pages import ListedContacts, encoded
from benchmarks.contact_pages import first_load as real_load
from benchmarks.shipped import new_database, shipped

OUR_TIMES = {"id", "seen_at", "linked_at", "dirty_at", "created_at", "updated_at"}


def test_commands_are_measured_against_a_python_that_does_nothing() -> None:
    figures = {figure.name: figure for figure in commands.measure(runs=1)}

    assert set(figures) == {"command_help", "command_status"}
    assert all(figure.floor and figure.ratio for figure in figures.values())


def test_a_first_load_is_measured_against_a_bare_loop() -> None:
    load, calls = first_load.measure(contacts=250, runs=1)
    assert load.name == "first_load"
    assert load.floor is not None
    assert load.ratio == pytest.approx(load.value / load.floor)
    assert (calls.name, calls.value) == ("first_load_calls", 3 * 4)


def test_the_bare_loop_stores_the_very_rows_of_a_first_load(tmp_path: Path) -> None:
    settings, contacts = shipped(), ListedContacts(encoded(250))
    ours, bare = new_database(tmp_path / "ours.db"), new_database(tmp_path / "bare.db")
    assert real_load(ours, settings, contacts) == 3
    bare_load(bare, settings, contacts)
    for table, rows in (("record", 250), ("link", 313), ("lead", 250), ("fact", 500)):
        stored = _rows(tmp_path / "ours.db", table)
        assert len(stored) == rows
        assert stored == _rows(tmp_path / "bare.db", table)


def test_memory_is_taken_in_a_process_of_its_own() -> None:
    figures = list(first_load_memory.measure(contacts=120))
    assert [f.name for f in figures] in (["first_load_memory"], [])  # none but on Linux
    assert all(f.value > 10 for f in figures)


def test_a_first_load_of_salesforce_is_measured_by_bulk_and_by_rest() -> None:
    figures = list(salesforce_load.measure(leads=2_500))
    names = [f.name.removeprefix("salesforce_load_") for f in figures]
    assert names in (["memory", "calls_bulk", "calls_rest"], [])  # none but on Linux
    assert all(f.ratio and f.ratio > 1 for f in figures)


def test_calls_of_marketo_are_counted_for_leads_that_are_read_and_written() -> None:
    load, read, changes, write = marketo_calls.measure(leads=900, changed=600)

    assert load.value * 0.9 == pytest.approx(6)  # made, queued, looked at, read
    assert (read.value, write.value) == pytest.approx((3.3333, 3.3333), rel=0.01)
    assert read.value <= 3.4
    assert changes.value > read.value  # the log is read as well


def test_calls_of_hubspot_are_counted_for_contacts_that_are_listed_searched_and_written() -> None:
    figures = list(hubspot_calls.measure(leads=1_000))

    names = [f.name.removeprefix("hubspot_").removesuffix("_calls") for f in figures]
    assert names == ["first_load", "changes", "read", "write"]
    load, changes, read, write = (f.value for f in figures)
    assert load == read == write == 10
    assert 5 <= changes < 10  # pages of the search hold twice as many as those of the list


def test_calls_in_flight_are_measured_against_one() -> None:
    figures = list(in_flight.measure(flights=4, leads=450, writes=100, windows=0))
    names = [f.name.removesuffix("_in_flight") for f in figures]
    assert names == ["salesforce_reads", "salesforce_writes"]
    # How fast is for `make bench` to say: a busy machine must not make a test fail.
    assert all(f.ratio and f.ratio > 0 for f in figures)


def test_calls_are_counted_while_tasks_are_really_written() -> None:
    by_hand, decided, shown = write_back_calls.measure(tasks=20)
    assert [each.name for each in (by_hand, decided, shown)] == [
        "write_back_calls", "write_back_calls_decided", "write_back_calls_shown"
    ]  # fmt: skip
    assert shown.value > 0
    # one read and one write
    assert by_hand.value == decided.value == 2 * 1_000 / 20


def test_ticks_are_compared_once_the_rungs_of_each_have_fired() -> None:
    scaling, tick = tick_scaling.measure(many=120, few=40, due=10, ticks=2)
    assert (scaling.name, tick.name) == ("tick_scaling", "tick")
    assert scaling.value > 0


def test_changes_that_are_told_are_all_read_and_the_delay_of_one_is_measured() -> None:
    read, delay = changes_told.measure(events=300, single=2)
    assert (read.name, delay.name) == ("changes_read", "change_delay")
    assert min(read.value, delay.value) > 0


def test_a_year_is_played_by_both_agreements() -> None:
    (figure,) = what_if.measure(leads=20)
    assert (figure.name, figure.unit) == ("replay_year", "s")
    assert figure.value > 0


def test_a_month_is_measured_whole() -> None:
    figures = list(monthly_pack.measure(leads=40))
    assert [f.name for f in figures] in (["monthly_pack", "monthly_pack_memory"], [])
    assert all(f.value > 0 for f in figures)


def _rows(database: Path, table: str) -> list[dict[str, Any]]:
    """Return a table's rows without what is the time of storing, in an order of their own."""
    with closing(sqlite3.connect(database)) as db:
        db.row_factory = sqlite3.Row
        found = [dict(row) for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - a name of ours
    kept = [{k: v for k, v in row.items() if k not in OUR_TIMES} for row in found]
    return sorted(kept, key=lambda row: sorted(map(str, row.items())))
