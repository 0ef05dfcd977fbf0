"""Readings that tell a record in part, and changes that activities tell."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Fields, Ref, Value
from slasync.ports import ActivityReading, PersonReading
from slasync.store.records import StoredRecord
from slasync.workers.pulling.changes import facts_of
from slasync.workers.pulling.completing import completed, watched
from tests.builders import MINUTE, MONDAY

REF = Ref("marketo", "contact", "7")
FORM = frozenset({"form", "form_at"})


def a_reading(fields: Fields, **more: Any) -> PersonReading:
    values: dict[str, Any] = {"modified_at": MONDAY, "created_at": MONDAY, "fields": fields}
    return PersonReading(ref=REF, **values | more)


def stored(fields: Fields, **more: Any) -> StoredRecord:
    values: dict[str, Any] = {
        "ref": REF, "modified_at": MONDAY - MINUTE, "deleted": False, "email": "a@x.example",
        "owner": None, "status": None, "fields": fields,
    }  # fmt: skip
    return StoredRecord(**values | more)


def test_what_the_log_told_earlier_stays_when_a_record_says_nothing_of_it() -> None:
    reading = a_reading({"score": 5}, logged=FORM)

    found = completed(reading, stored({"score": 1, "form": "Demo request", "form_at": "then"}))

    assert found
    assert found.fields == {"score": 5, "form": "Demo request", "form_at": "then"}


def test_what_the_log_tells_anew_takes_the_place_of_what_it_told() -> None:
    reading = a_reading({"form": "Newsletter"}, logged=FORM)

    found = completed(reading, stored({"form": "Demo request"}))

    assert found
    assert found.fields == {"form": "Newsletter"}


def test_a_record_that_is_told_as_a_whole_loses_what_it_does_not_say() -> None:
    reading = a_reading({"score": 5})

    assert completed(reading, stored({"form": "Demo request"})) is reading


def test_a_record_of_which_is_known_only_that_it_is_gone_stays_as_it_was() -> None:
    gone = a_reading({}, deleted=True)

    found = completed(gone, stored({"score": 5}, status="Open"))

    assert found
    assert (found.deleted, found.fields, found.email, found.status) == (
        True, {"score": 5}, "a@x.example", "Open"
    )  # fmt: skip


def test_one_that_is_gone_and_was_never_known_leaves_nothing_behind() -> None:
    assert completed(a_reading({}, deleted=True), None) is None


def made(
    reading: PersonReading, before: StoredRecord | None, *, baseline: bool = False
) -> list[Fact]:
    names = {"score", "form"}
    return facts_of(
        reading, before, names, (), MONDAY + MINUTE, baseline=baseline, crm="salesforce"
    )


def the_change(facts: list[Fact]) -> Mapping[str, Value] | None:
    return next((fact.data for fact in facts if fact.kind is FactKind.CHANGED), None)


def test_comparing_makes_no_fact_of_what_the_log_tells() -> None:
    reading = a_reading({"score": 5, "form": "Demo request"}, logged=FORM)

    assert the_change(made(reading, stored({"score": 1, "form": None}))) == {"score": 5}


@pytest.mark.parametrize(
    ("since", "baseline", "at"),
    [
        (MONDAY - MINUTE, False, MONDAY - MINUTE),
        (None, False, MONDAY),
        (MONDAY - MINUTE, True, MONDAY - timedelta(days=9)),
    ],
)
def test_a_record_not_seen_before_says_what_it_says_since_it_began_to(
    since: Any, at: Any, *, baseline: bool
) -> None:
    created = MONDAY - timedelta(days=9)
    reading = a_reading({"score": 5}, since=since, created_at=created)

    [change] = [f for f in made(reading, None, baseline=baseline) if f.kind is FactKind.CHANGED]

    assert change.occurred_at == at


def test_of_a_record_seen_before_a_change_is_dated_by_when_it_was_read() -> None:
    reading = a_reading({"score": 5}, since=MONDAY - timedelta(days=9))

    [change] = made(reading, stored({"score": 1}))

    assert change.occurred_at == MONDAY
    assert change.at_latest


def an_activity(kind: FactKind, **data: Any) -> ActivityReading:
    return ActivityReading(
        ref=Ref("marketo", "activity", "1"), about=REF, kind=kind, occurred_at=MONDAY,
        modified_at=MONDAY, data=data,
    )  # fmt: skip


def test_of_changes_those_are_kept_that_something_reads() -> None:
    changes = [
        an_activity(FactKind.CHANGED, score=5, phone="1"),
        an_activity(FactKind.CHANGED, phone="2"),
        an_activity(FactKind.TOUCH, channel="call"),
    ]

    kept = watched(changes, {"score"})

    assert [each.data for each in kept] == [{"score": 5}, {"channel": "call"}]
