"""Forms sent between two readings: each is told, not only the last."""

from datetime import datetime, timedelta

import pytest

from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.errors import TryLater
from slasync.ports import ActivityReading, Ask
from slasync.sandbox.faults import Kind, Rule
from slasync.systems import FieldMapping, FieldType
from tests.connectors.hubspot.bench import MONDAY, Bench
from tests.connectors.hubspot.portal import PortalRig

FIELDS = (
    FieldMapping("email", "email"),
    FieldMapping("form", "recent_conversion_event_name"),
    FieldMapping("form_at", "recent_conversion_date", type=FieldType.DATETIME),
)
HISTORY = "POST /crm/v3/objects/contacts/batch/read"
MINUTE = timedelta(minutes=1)


def a_bench(fields: tuple[FieldMapping, ...] = FIELDS) -> Bench:
    return Bench(changes={"contact_fields": fields})


def sent(bench: Bench, contact: str, *forms: str) -> None:
    for form in forms:
        bench.clock.advance(MINUTE)
        bench.hubspot.submit_form(contact, form)


def told(bench: Bench, since: datetime | None = MONDAY) -> list[ActivityReading]:
    bench.settle()
    pages = bench.whole(since=since)
    assert not [page.rejected for page in pages if page.rejected]
    return [r for page in pages for r in page.readings if isinstance(r, ActivityReading)]


def test_a_demo_request_before_a_newsletter_is_told_when_it_was_sent() -> None:
    bench = a_bench()
    contact = bench.contact(email="a@example.com")
    sent(bench, contact, "Demo request", "Newsletter")

    (first,) = told(bench)

    at = MONDAY + MINUTE
    assert (first.kind, first.about) == (FactKind.CHANGED, Ref("hubspot", "contact", contact))
    assert first.occurred_at == at
    assert first.data == {"form": "Demo request", "form_at": at.isoformat()}
    (person,) = bench.people(since=MONDAY)
    assert person.fields["form"] == "Newsletter"  # which the record itself shows


def test_the_same_form_sent_twice_is_told_twice_with_its_times() -> None:
    bench = a_bench()
    contact = bench.contact(email="a@example.com")
    sent(bench, contact, "Demo request", "Demo request", "Newsletter")

    data = [each.data for each in told(bench)]

    assert [each["form"] for each in data] == ["Demo request"] * 2
    assert len({each["form_at"] for each in data}) == 2


def test_read_again_it_is_the_same_event() -> None:
    bench = a_bench()
    sent(bench, bench.contact(email="a@example.com"), "Demo request", "Newsletter")
    assert {each.ref for each in told(bench)} == {each.ref for each in told(bench)}


def test_who_sent_one_form_costs_no_call() -> None:
    bench = a_bench()
    for number in range(60):
        sent(bench, bench.contact(email=f"p{number}@example.com"), "Demo request")
    assert told(bench) == []
    assert bench.hubspot.calls[HISTORY] == 0


def test_histories_are_read_fifty_a_call() -> None:
    bench = a_bench()
    for number in range(51):
        sent(bench, bench.contact(email=f"p{number}@example.com"), "Demo request", "Newsletter")
    assert len(told(bench)) == 51
    assert bench.hubspot.calls[HISTORY] == 2


def test_forms_of_before_the_interval_are_not_told_again() -> None:
    bench = a_bench()
    contact = bench.contact(email="a@example.com")
    sent(bench, contact, "Ebook")
    bench.clock.advance(timedelta(hours=1))
    since = bench.clock.now()
    sent(bench, contact, "Demo request", "Newsletter")
    assert [each.data["form"] for each in told(bench, since)] == ["Demo request"]


def test_a_first_load_tells_of_nothing_that_was_before() -> None:
    bench = a_bench()
    sent(bench, bench.contact(email="a@example.com"), "Demo request", "Newsletter")
    assert told(bench, None) == []


@pytest.mark.parametrize("fields", [FIELDS[:1], ()])
def test_where_no_form_is_mapped_no_history_is_read(fields: tuple[FieldMapping, ...]) -> None:
    bench = a_bench(fields)
    sent(bench, bench.contact(email="a@example.com"), "Demo request", "Newsletter")
    assert told(bench) == []
    assert bench.hubspot.calls[HISTORY] == 0


def test_a_history_that_cannot_be_read_keeps_the_page_for_another_try() -> None:
    bench = a_bench()
    sent(bench, bench.contact(email="a@example.com"), "Demo request", "Newsletter")
    since = bench.clock.now() - timedelta(hours=1)
    upto = bench.settle()
    bench.world.faults.switch_on(Rule(Kind.SERVER_ERROR, "batch/read", times=1))
    with pytest.raises(TryLater):
        bench.source.read([Ask("hubspot.contacts", upto, since)])
    (answer,) = bench.source.read([Ask("hubspot.contacts", upto, since)])
    assert any(isinstance(reading, ActivityReading) for reading in answer.readings)


def test_where_hubspot_is_the_crm_too_a_form_is_told_once_and_of_marketings_contact() -> None:
    rig = PortalRig(changed={"marketing": True, "contact_fields": FIELDS})
    since, lead = rig.source.vendor_now(), rig.lead()
    for form in ("Demo request", "Newsletter"):
        rig.clock.advance(60)
        rig.hubspot.submit_form(lead.id, form)
    rig.clock.advance(60)
    asks = [
        Ask(f"hubspot.{name}", rig.source.vendor_now(), since) for name in ("leads", "contacts")
    ]
    of_leads, of_contacts = rig.source.read(asks)
    assert not [r for r in of_leads.readings if isinstance(r, ActivityReading)]
    [sent] = [r for r in of_contacts.readings if isinstance(r, ActivityReading)]
    assert (sent.about, sent.data["form"]) == (Ref("hubspot", "contact", lead.id), "Demo request")
