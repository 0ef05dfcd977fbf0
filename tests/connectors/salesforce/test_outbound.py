"""What an Outbound Message names: records of this organisation, and nothing it says of them."""

import pytest

from slasync.connectors.salesforce.outbound import (
    LARGEST_BODY,
    MOST_NOTIFICATIONS,
    Delivery,
    Stranger,
    parse,
)
from slasync.connectors.salesforce.soap_xml import MOST_ELEMENTS
from slasync.domain.lead import Ref
from slasync.errors import Refused
from tests.faults.marks import fault

ORG = "00Dg50000000001EAA"
LEAD, TASK = "00Qg50000000001AAA", "00Tg50000000001AAA"
SF = 'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"'


def note(number: int, record: str = LEAD, inside: str = "") -> str:
    return (
        f"<Notification><Id>04lg5000000{number:04}AAA</Id><sObject {SF}>"
        f"<sf:Id>{record}</sf:Id>{inside}</sObject></Notification>"
    )


def message(*notes: str, org: str = ORG, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{org}</OrganizationId><ActionId>04kg50000000001AAA</ActionId>"
        f"{''.join(notes)}</notifications></s:Body></s:Envelope>"
    ).encode()


def test_each_notification_names_one_record() -> None:
    delivery = parse(message(note(1), note(2, TASK)), ORG)
    assert [event.ref for event in delivery.events] == [
        Ref("salesforce", "lead", LEAD), Ref("salesforce", "task", TASK),
    ]  # fmt: skip
    assert (delivery.rejected, delivery.passed_over) == ((), 0)


@fault("W1")
def test_the_same_notification_has_the_same_key_whatever_the_record_says_by_then() -> None:
    first = parse(message(note(1, inside="<sf:Status>Open</sf:Status>")), ORG).events[0]
    again = parse(message(note(1, inside="<sf:Status>Closed</sf:Status>")), ORG).events[0]
    other = parse(message(note(2)), ORG).events[0]
    assert first == again
    assert other.key != first.key


@pytest.mark.parametrize("org", [ORG, ORG[:15]])
def test_the_organisation_is_known_by_either_form_of_its_id(org: str) -> None:
    assert parse(message(note(1), org=org), ORG).events


@fault("V45", "W4")
@pytest.mark.parametrize("org", ["00Dg50000000002EAA", "", "nonsense"])
def test_a_message_of_another_organisation_is_refused(org: str) -> None:
    with pytest.raises(Stranger):
        parse(message(note(1), org=org), ORG)


@fault("W9")
def test_one_malformed_notification_costs_the_others_nothing() -> None:
    notes = [note(n) for n in range(99)] + ["<Notification><Id>x</Id></Notification>"]
    delivery = parse(message(*notes), ORG)
    assert len(delivery.events) == 99
    [rejected] = delivery.rejected
    assert (rejected.stream, rejected.id) == ("salesforce.outbound_messages", "x")
    assert "no" in rejected.reason


@fault("W13")
def test_records_that_are_not_followed_are_passed_over() -> None:
    delivery = parse(message(note(1, "006g50000000001AAA"), note(2)), ORG)
    assert len(delivery.events) == delivery.passed_over == 1


@fault("W8")
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "that is none"),
        (b"{}", "that is none"),
        (b"<a/>", "without notifications"),
        (b"<notifications/>", "without notifications"),
        (message(note(1))[:-30], "that is none"),
        (message(*map(note, range(MOST_NOTIFICATIONS + 1))), "more than 100 notifications"),
        (b" " * (LARGEST_BODY + 1), "more than 1000000"),
        (b"<a>" * 60 + b"</a>" * 60, "nested too deep"),
        (b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>", "too many elements"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(body: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        parse(body, ORG)


@fault("W8")
@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>',
        "<!DOCTYPE a>",
    ],
)
def test_a_document_type_is_refused_before_any_entity_is_read(head: str) -> None:
    with pytest.raises(Refused, match="no document type"):
        parse(message(note(1, inside="<sf:Name>&y;</sf:Name>"), head=head), ORG)


def test_a_message_without_notifications_in_it_is_an_empty_delivery() -> None:
    assert parse(message(), ORG) == Delivery()
