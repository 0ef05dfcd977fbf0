"""Which owed fields a record has is written down as it changes; what they hold is not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Ref
from slasync.ports import PersonReading
from tests.builders import DAY, HOUR
from tests.workers.mirror import RULES, Mirror

CONTACT = Ref("hubspot", "contact", "1")
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
OWED = replace(RULES, owed={"company": ALWAYS, "source": ALWAYS})


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def contact(mirror: Mirror, **more: Any) -> PersonReading:
    fields = more.pop("fields", {"company": "VU", "source": None})
    return mirror.person(ref=CONTACT, **{"fields": fields} | more)


def told(mirror: Mirror) -> list[dict[str, bool]]:
    facts = sorted(mirror.facts(FactKind.FILLED), key=lambda fact: fact.occurred_at)
    return [dict(fact.data["fields"]) for fact in facts]


def the_fact(mirror: Mirror) -> Fact:
    (fact,) = mirror.facts(FactKind.FILLED)
    return fact


def test_the_first_version_tells_of_each_field_whether_it_has_a_value(mirror: Mirror) -> None:
    mirror.take(contact(mirror), rules=OWED)

    assert told(mirror) == [{"company": True, "source": False}]
    assert the_fact(mirror).data["id"] == CONTACT.id


def test_the_values_are_not_kept(mirror: Mirror) -> None:
    mirror.take(contact(mirror), rules=OWED)

    assert "VU" not in str(the_fact(mirror).data)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_blank_is_no_value(mirror: Mirror, nothing: str | None) -> None:
    mirror.take(contact(mirror, fields={"company": nothing}), rules=OWED)

    assert told(mirror) == [{"company": False}]


@pytest.mark.parametrize("value", [0, False])
def test_nought_and_no_are_values(mirror: Mirror, value: Any) -> None:
    mirror.take(contact(mirror, fields={"company": value}), rules=OWED)

    assert told(mirror) == [{"company": True}]


def test_a_field_that_the_record_does_not_have_is_not_spoken_of(mirror: Mirror) -> None:
    mirror.take(contact(mirror, fields={"company": "VU"}), rules=OWED)

    assert told(mirror) == [{"company": True}]


def test_only_that_a_field_was_filled_or_emptied_is_news(mirror: Mirror) -> None:
    mirror.take(contact(mirror), rules=OWED)
    for company, source in (("Other", None), ("Other", "Fair"), ("", "Fair")):
        mirror.advance(HOUR)
        mirror.take(contact(mirror, fields={"company": company, "source": source}), rules=OWED)

    assert told(mirror) == [
        {"company": True, "source": False}, {"source": True}, {"company": False}
    ]  # fmt: skip


def test_a_version_read_twice_tells_nothing_new(mirror: Mirror) -> None:
    person = contact(mirror)
    mirror.take(person, rules=OWED)
    mirror.take(person, rules=OWED)

    assert len(told(mirror)) == 1


def test_it_has_been_so_since_the_version_was_made(mirror: Mirror) -> None:
    mirror.take(contact(mirror), rules=OWED)
    mirror.advance(DAY)
    changed = contact(mirror, fields={"company": "VU", "source": "Fair"})
    mirror.advance(HOUR)
    mirror.take(changed, rules=OWED)

    last = max(mirror.facts(FactKind.FILLED), key=lambda fact: fact.occurred_at)
    assert last.occurred_at == changed.modified_at


def test_in_a_first_load_a_record_has_been_so_since_it_was_created(mirror: Mirror) -> None:
    now = mirror.crm.now()
    person = contact(mirror, created_at=now - 9 * DAY, modified_at=now - DAY)

    mirror.take(person, rules=OWED, baseline=True)

    assert the_fact(mirror).occurred_at == now - 9 * DAY


def test_a_field_owed_from_now_on_is_told_with_the_next_change_as_it_was_before(
    mirror: Mirror,
) -> None:
    first = contact(mirror)
    mirror.take(first)  # nothing was owed then
    mirror.advance(DAY)
    since = replace(RULES, owed={"company": mirror.crm.now()})
    mirror.advance(DAY)
    mirror.take(contact(mirror, fields={"company": "VU", "source": None, "score": 80}), rules=since)

    assert told(mirror) == [{"company": True}]
    assert the_fact(mirror).occurred_at == first.modified_at


def test_where_nothing_is_owed_nothing_is_written_down(mirror: Mirror) -> None:
    mirror.take(contact(mirror))

    assert told(mirror) == []


def test_of_a_record_that_was_deleted_before_it_was_read_nothing_is_said(mirror: Mirror) -> None:
    mirror.take(contact(mirror, deleted=True), rules=OWED)

    assert told(mirror) == []
