"""A contact that others were merged into names them."""

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
