"""A contact that others were merged into names them."""

import pytest

from slasync.connectors.hubspot.contact import known_ids
from slasync.domain.lead import Ref
from slasync.ports import PersonReading
from tests.connectors.hubspot.bench import Bench


def test_a_contact_names_those_that_were_merged_into_it() -> None:
    bench = Bench()
    kept, lost = bench.contact(email="a@example.com"), bench.contact(email="b@example.com")
    alone = bench.contact(email="c@example.com")
    survivor = bench.hubspot.merge("contacts", kept, lost, "1")

    found = bench.source.fetch([Ref("hubspot", "contact", n) for n in (survivor, alone)])

    merged = {r.ref.id: set(r.merged) for r in found if isinstance(r, PersonReading)}
    assert merged == {survivor: {kept, lost} - {survivor}, alone: set()}


def test_the_contact_that_remains_is_found_by_the_ids_it_had_before() -> None:
    bench = Bench()
    kept, lost = bench.contact(email="a@example.com"), bench.contact(email="b@example.com")
    survivor = bench.hubspot.merge("contacts", kept, lost, "1")

    (found,) = bench.source.fetch(
        [Ref("hubspot", "contact", kept), Ref("hubspot", "contact", lost)]
    )

    assert isinstance(found, PersonReading)
    assert (found.ref.id, set(found.merged)) == (survivor, {kept, lost} - {survivor})


@pytest.mark.parametrize(
    ("properties", "ids"),
    [
        ({"hs_merged_object_ids": "7;8"}, ("9", "7", "8")),
        ({"hs_calculated_merged_vids": "7:1640995200000;9:1640995200001"}, ("9", "7")),
        (
            {"hs_merged_object_ids": "7", "hs_calculated_merged_vids": "7:1640995200000; 6:5"},
            ("9", "7", "6"),
        ),
        ({}, ("9",)),
    ],
)
def test_merges_of_all_years_are_told_each_record_once(
    properties: dict[str, str], ids: tuple[str, ...]
) -> None:
    assert known_ids({"id": "9", "properties": properties}) == ids
