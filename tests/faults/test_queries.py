"""A lead's own words in queries: they are compared, and never become part of the question."""

from collections.abc import Iterator
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.hubspot import CONTACTS
from slasync.connectors.salesforce.soql import by_keys, quoted
from slasync.errors import SlasyncError
from slasync.ports import Ask
from slasync.sandbox.http import Request
from slasync.sandbox.salesforce.soql import parse
from slasync.sandbox.salesforce.soql_ast import Compare, In
from tests.connectors.contract_sink import a_task
from tests.connectors.hubspot.bench import MONDAY, Bench
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault

NASTY = (
    "O'Brien", "' OR Id != null", "\\", "\\'", "'; DELETE", "%", "_", "x' OR Name LIKE '%",
    "\n' OR '", "\\\\' OR Id != null --", "a,b", "1') OR (Id != null",
)  # fmt: skip
words = st.sampled_from(NASTY) | st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40
)
odd = st.text("'\\%_\"()nrt \n\r\t", max_size=12)


@fault("S1")
@given(text=words | odd)
def test_a_literal_says_what_it_was_made_of_and_ends_where_it_ends(text: str) -> None:
    query = f"SELECT Id FROM Lead WHERE LastName = {quoted(text)} LIMIT 7"  # noqa: S608 - the point

    statement = parse(query)

    assert isinstance(statement.where, Compare)
    assert statement.where.value.value == text
    assert statement.limit == 7


@fault("S1")
@given(texts=st.lists(words | odd, min_size=1, max_size=8))
def test_keys_stay_as_many_as_they_were(texts: list[str]) -> None:
    (query,) = by_keys("Task", ["Id"], "Slasync_Key__c", texts)

    where = parse(query).where

    assert isinstance(where, In)
    assert isinstance(where.values, tuple)
    assert [value.value for value in where.values] == texts


@pytest.fixture(scope="module")
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    rig.sink.apply([a_task(rig.lead(), rig.rep(), "somebody elses")])
    yield rig
    rig.close()


@fault("S1")
@given(key=words | odd)
def test_looking_up_a_made_up_key_finds_nobody_elses_task(rig: OrgRig, key: str) -> None:
    write = a_task(rig.lead(), rig.rep(), key or "x")
    try:
        (receipt,) = rig.sink.look([write])
    except SlasyncError:
        return
    assert receipt.ref is None


@fault("S2")
@given(
    position=st.builds(
        lambda at, last: orjson.dumps({"at": at, "last": last}).decode(), words, words | st.none()
    )
    | st.builds(lambda low: orjson.dumps({"low": low}).decode(), words)
)
def test_what_goes_into_a_filter_of_hubspot_is_a_number(position: str) -> None:
    bench = Bench()

    with suppress(SlasyncError):
        bench.source.read([Ask(CONTACTS, bench.settle(), MONDAY, position)])
    assert all(_numbers_only(request) for request in bench.pool.requests)


def _numbers_only(request: Request) -> bool:
    groups = orjson.loads(request.body or b"{}").get("filterGroups", [])
    return all(str(f["value"]).isdecimal() for group in groups for f in group["filters"])
