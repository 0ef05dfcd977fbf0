"""Values that no field should hold: the record steps aside or is kept, the page goes on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from slasync.connectors.hubspot.contact import Contacts
from slasync.connectors.hubspot.values import READ_AS, instant, salesforce_id
from slasync.connectors.salesforce import ids
from slasync.connectors.salesforce.soql import quoted
from slasync.domain.lead import Ref
from slasync.ports import PersonReading, Rejected
from slasync.store.engine import from_json, to_json
from slasync.systems import FieldType
from tests.connectors.hubspot.bench import a_config
from tests.faults.marks import fault
from tests.workers.mirror import Mirror

HUGE = ("99999999999999999999", "1e300", "-1e300", "18446744073709551616")
STAMP = "2026-03-02T08:00:00Z"
BEYOND = ("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00")


def a_contact(**properties: Any) -> dict[str, Any]:
    told = {"createdate": STAMP, "lastmodifieddate": STAMP, "email": "a@example.com"}
    return {"id": "1", "properties": told | properties, "archived": False}


def read(record: dict[str, Any]) -> PersonReading | Rejected:
    return Contacts(a_config("token")).read("hubspot.contacts", record)


@fault("V42")
@given(text=st.text(max_size=40) | st.floats().map(str) | st.integers().map(str))
def test_whatever_a_number_holds_the_contact_is_read_or_set_aside(text: str) -> None:
    assert isinstance(read(a_contact(hubspotscore=text)), PersonReading | Rejected)


@fault("V42")
@given(text=st.text(max_size=40) | st.integers().map(str))
def test_whatever_a_time_holds_the_contact_is_read_or_set_aside(text: str) -> None:
    reading = read(a_contact(recent_conversion_date=text, lastmodifieddate=STAMP))

    assert isinstance(reading, PersonReading | Rejected)


@fault("T16", "V42")
@pytest.mark.parametrize("text", BEYOND)
def test_a_time_that_utc_cannot_hold_is_no_time(text: str) -> None:
    for reader in (instant, ids.instant):
        with pytest.raises(ValueError, match="range"):
            reader(text)


@fault("V42")
@pytest.mark.parametrize("number", HUGE)
def test_a_number_beyond_64_bits_does_not_stop_a_page(number: str) -> None:
    reading = read(a_contact(hubspotscore=number))

    assert isinstance(reading, Rejected) or to_json(dict(reading.fields))


@fault("V42")
@pytest.mark.parametrize("number", ["0", "-5", "75.5", "1e3", "9007199254740993", "0.1"])
def test_an_ordinary_number_is_read_and_kept_as_it_is(number: str) -> None:
    value = READ_AS[FieldType.NUMBER](number)

    assert value == float(number) or value == int(number)
    assert from_json(to_json(value)) == value


@fault("V42")
@pytest.mark.parametrize(
    "odd",
    [
        "half \ud83d",
        "nul \x00",
        "bell \x07",
        "\uffff",
        "\U0001d518\u0301" * 99,
    ],
    ids=["half", "nul", "bell", "no character", "wide"],
)
def test_a_text_with_odd_characters_does_not_stop_a_page(engine: Engine, odd: str) -> None:
    mirror = Mirror(engine)
    good, bad = mirror.lead(fields={"name": "Ada"}), mirror.lead(fields={"name": odd})

    mirror.read()

    assert mirror.lead_of(good)
    assert mirror.lead_of(bad)


@fault("V43")
@given(short=st.from_regex(r"[a-zA-Z0-9]{15}", fullmatch=True))
def test_an_id_of_15_characters_has_one_form_of_18(short: str) -> None:
    long = ids.to18(short)

    assert (len(long), long[:15]) == (18, short)
    assert ids.to18(long) == long
    assert salesforce_id(short) == salesforce_id(long) == long
    assert Ref("salesforce", "lead", ids.to18(short)) == Ref("salesforce", "lead", long)


@fault("V43")
@given(pair=st.from_regex(r"[a-z]{15}", fullmatch=True), upper=st.sets(st.integers(0, 14)))
def test_ids_that_differ_only_in_case_stay_apart_where_case_is_ignored(
    pair: str, upper: set[int]
) -> None:
    other = "".join(c.upper() if n in upper else c for n, c in enumerate(pair))

    assert (ids.to18(pair).lower() == ids.to18(other).lower()) == (not upper)


@fault("V43")
@given(text=st.text(max_size=25))
def test_what_is_no_id_is_never_taken_for_one(text: str) -> None:
    try:
        known = ids.to18(text)
    except ValueError:
        return
    assert text.isascii()
    assert text.isalnum()
    assert len(text) in {15, 18}
    assert quoted(known) == f"'{known}'"


@fault("T16")
@given(
    at=st.datetimes(
        min_value=datetime(1700, 1, 1),  # noqa: DTZ001 - bounds are naive
        max_value=datetime(4000, 12, 31),  # noqa: DTZ001 - bounds are naive
        timezones=st.just(UTC),
    )
)
def test_a_time_long_ago_or_far_ahead_is_the_same_in_every_form(at: datetime) -> None:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    vendors = at.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    ms = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    assert ids.instant(vendors) == at
    assert instant(vendors) == at
    assert instant(vendors.replace("+0000", "Z")) == at
    assert instant(str(ms)) == at
