"""Ranks, passwords that are refused, waits, and the chain of the audit."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.access import (
    LONGEST_WAIT,
    Rank,
    highest,
    let_in_again,
    weak,
    wrong_name,
)
from slasync.domain.audit import BEGINNING, Deed, Entry, chained, checked
from tests.builders import MONDAY


def test_each_rank_may_what_those_below_may() -> None:
    assert [Rank.ADMIN.may(r) for r in Rank] == [True, True, True]
    assert [Rank.VIEWER.may(r) for r in Rank] == [True, False, False]
    assert highest(frozenset({Rank.VIEWER, Rank.OPERATOR})) is Rank.OPERATOR
    assert highest(frozenset()) is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 12 characters"),
        ("x" * 201, "at most 200 characters"),
        ("abababababab", "at least 5 different"),
        ("I am ana since 1990", "does not hold the user's name"),
        ("Password123456789", "first passwords anybody would try"),
        ("slasync-slasync!", "first passwords anybody would try"),
        ("Willkommen2026", "first passwords anybody would try"),
    ],
)
def test_a_weak_password_is_refused_and_why_is_told(password: str, said: str) -> None:
    assert said in (weak(password, "ana@acme.example") or "")


def test_four_words_make_a_password() -> None:
    assert weak("correct horse battery", "ana") is None


@pytest.mark.parametrize("name", ["", "Ana", "ana albers", "a\nb", "x" * 61])
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    assert wrong_name(name)


@pytest.mark.parametrize("name", ["ana", "ana@acme.example", "jörg"])
def test_an_ordinary_name_is_taken(name: str) -> None:
    assert wrong_name(name) is None


def test_each_failure_above_those_that_are_free_doubles_the_wait() -> None:
    waits = [let_in_again(n, 5, MONDAY) - MONDAY for n in (4, 5, 6, 7, 30)]

    assert waits == [timedelta(0), timedelta(seconds=30), timedelta(seconds=60),
                     timedelta(seconds=120), LONGEST_WAIT]  # fmt: skip


def a_chain(*whats: str) -> list[Entry]:
    entries, before = [], BEGINNING
    for number, what in enumerate(whats, 1):
        deed = Deed(at=MONDAY, who="ana", action=what)
        entries.append(Entry(number, deed, before, chained(before, number, deed)))
        before = entries[-1].hash
    return entries


def test_a_chain_that_nobody_touched_is_whole() -> None:
    chain = a_chain("a", "b", "c")

    assert not checked(chain, chain[-1].hash).problem
    assert checked([], BEGINNING).entries == 0


@given(
    st.integers(0, 3),
    st.sampled_from(["who", "action", "target", "outcome", "address", "detail", "at"]),
)
def test_whatever_is_changed_in_an_entry_breaks_the_chain_there(place: int, name: str) -> None:
    chain = a_chain("a", "b", "c", "d")
    other: object = {"why": "x"} if name == "detail" else "x"
    other = MONDAY + timedelta(microseconds=1) if name == "at" else other
    deed = replace(chain[place].deed, **{name: other})  # type: ignore[arg-type] # any field
    chain[place] = replace(chain[place], deed=deed)

    assert checked(chain).problem == f"entry {place + 1} is not what was written"


@given(st.integers(0, 2))
def test_an_entry_that_is_taken_out_is_missed(place: int) -> None:
    chain = a_chain("a", "b", "c", "d")
    del chain[place]

    assert checked(chain).problem == f"entry {place + 1} is missing: the next is {place + 2}"


def test_entries_taken_off_the_end_are_missed() -> None:
    chain = a_chain("a", "b", "c")

    assert checked(chain[:2], chain[2].hash).problem == "entries after 2 are missing"


def test_a_chain_made_anew_after_a_change_does_not_end_as_it_did() -> None:
    kept, made_anew = a_chain("a", "b", "c"), a_chain("a", "x", "c")

    assert checked(made_anew, kept[-1].hash).problem
