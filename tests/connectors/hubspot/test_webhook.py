"""What the body of a webhook is taken for."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.hubspot.webhook import LARGEST_BODY, MOST_EVENTS, Delivery, Event, parse
from slasync.domain.lead import Ref
from slasync.errors import Refused
from tests.connectors.hubspot.bench import MONDAY
from tests.faults.marks import fault

STAMP = 1772442000000


def told(**changes: Any) -> dict[str, Any]:
    ordinary = {
        "eventId": 3816279340,
        "subscriptionId": 25,
        "portalId": 33,
        "appId": 1160452,
        "occurredAt": STAMP,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": 1246965,
        "changeSource": "CRM_UI",
        "sourceId": "userId:123",
        "propertyName": "lifecyclestage",
        "propertyValue": "lead",
    }
    return {k: v for k, v in (ordinary | changes).items() if v is not ...}


def parsed(*events: Any) -> Delivery:
    return parse(orjson.dumps(list(events)))


def one(**changes: Any) -> Event:
    (event,) = parsed(told(**changes)).events
    return event


def contacts(*numbers: int) -> tuple[Ref, ...]:
    return tuple(Ref("hubspot", "contact", str(number)) for number in numbers)


def test_an_event_names_the_contact_to_fetch_and_who_changed_it() -> None:
    event = one()

    assert event.refs == contacts(1246965)
    assert event.occurred_at == MONDAY
    assert (event.kind, event.source, event.source_id, event.gone) == (
        "contact.propertyChange", "CRM_UI", "userId:123", False,
    )  # fmt: skip


@fault("W1")
@pytest.mark.parametrize("again", [
    {"attemptNumber": 3}, {"eventId": 1}, {"changeSource": "X"}, {"appId": 1},
])  # fmt: skip
def test_an_event_delivered_again_has_the_same_key(again: dict[str, Any]) -> None:
    assert one(**again).key == one().key


@fault("W1")
@pytest.mark.parametrize("other", [
    {"portalId": 34}, {"subscriptionId": 26}, {"objectId": 2}, {"propertyName": "email"},
    {"occurredAt": STAMP + 1}, {"propertyValue": "customer"}, {"propertyValue": None},
])  # fmt: skip
def test_another_event_has_another_key_though_its_number_is_the_same(other: dict[str, Any]) -> None:
    assert one(**other).key != one().key


def test_two_merges_of_one_moment_are_two_events() -> None:
    merge = {"subscriptionType": "contact.merge", "objectId": ..., "primaryObjectId": 1}

    first = one(**merge, mergedObjectIds=[2], newObjectId=9)
    second = one(**merge, mergedObjectIds=[3], newObjectId=9)

    assert first.key != second.key
    assert first.refs == contacts(1, 9, 2)


@fault("W13")
@pytest.mark.parametrize(
    ("changes", "refs"),
    [
        ({"subscriptionType": "object.creation", "objectTypeId": "0-1"}, contacts(1246965)),
        ({"subscriptionType": "object.creation", "objectTypeId": "0-2"}, ()),
        ({"subscriptionType": "company.creation"}, ()),
        ({"subscriptionType": "contact.creation", "objectId": "77"}, contacts(77)),
        (
            {"subscriptionType": "contact.associationChange", "objectId": ..., "fromObjectId": 5},
            contacts(5),
        ),
        (
            {
                "subscriptionType": "contact.associationChange",
                "objectId": ...,
                "associationType": "CONTACT_TO_COMPANY",
                "fromObjectId": 5,
                "toObjectId": 9,
            },
            contacts(5),
        ),
        (
            {
                "subscriptionType": "company.associationChange",
                "objectId": ...,
                "associationType": "COMPANY_TO_CONTACT",
                "fromObjectId": 9,
                "toObjectId": 5,
            },
            contacts(5),
        ),
        (
            {
                "subscriptionType": "contact.associationChange",
                "objectId": ...,
                "associationType": "CONTACT_TO_CONTACT",
                "fromObjectId": 5,
                "toObjectId": 6,
            },
            contacts(5, 6),
        ),
        (
            {
                "subscriptionType": "deal.associationChange",
                "objectId": ...,
                "associationType": "DEAL_TO_COMPANY",
                "fromObjectId": 1,
                "toObjectId": 2,
            },
            (),
        ),
        ({"subscriptionType": "contact.restore", "changeFlag": "RESTORED"}, contacts(1246965)),
        ({"subscriptionType": "object.restore", "objectTypeId": "0-1"}, contacts(1246965)),
    ],
)
def test_only_contacts_are_fetched(changes: dict[str, Any], refs: tuple[Ref, ...]) -> None:
    assert one(**changes).refs == refs


@pytest.mark.parametrize("kind", ["contact.deletion", "contact.privacyDeletion"])
def test_a_deletion_says_that_the_contact_is_gone(kind: str) -> None:
    assert one(subscriptionType=kind).gone


@fault("W9")
@pytest.mark.parametrize("broken", [
    7, None, [], "text", {}, told(objectId=...), told(objectId=-1), told(objectId=1.5),
    told(objectId=True), told(objectId="12x"), told(objectId="9" * 30), told(occurredAt=...),
    told(occurredAt="yesterday"), told(occurredAt=10**18), told(subscriptionType=...),
    told(subscriptionType=""), told(subscriptionType=["contact"]),
    told(propertyValue=[[[[[[[[1]]]]]]]]),
    told(subscriptionType="contact.merge", mergedObjectIds="12"),
])  # fmt: skip
def test_a_malformed_event_is_set_aside_and_the_good_ones_go_on(broken: Any) -> None:
    delivery = parsed(told(objectId=1), broken, told(objectId=2))

    assert [event.refs for event in delivery.events] == [contacts(1), contacts(2)]
    assert len(delivery.rejected) == 1
    assert delivery.rejected[0].reason


@fault("W9")
def test_events_set_aside_are_told_apart() -> None:
    delivery = parsed(told(objectId=...), told(objectId=..., portalId=1), {})

    assert len({rejected.id for rejected in delivery.rejected}) == 3


@fault("W9", "S14")
@pytest.mark.parametrize("body", [
    b"", b"{}", b"null", b"[", b"\xff", b"7", b'"x"', b"[" * 5000,
    orjson.dumps([told()] * (MOST_EVENTS + 1)),
    b"[" + b" " * LARGEST_BODY + b"]",
])  # fmt: skip
def test_a_body_that_is_no_list_of_a_hundred_events_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        parse(body)


def test_an_empty_delivery_is_fine() -> None:
    assert parse(b"[]") == Delivery()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(sorted(told())), inner, max_size=8),
    max_leaves=20,
)  # fmt: skip


@fault("W9", "W13")
@given(st.lists(JSON | st.builds(lambda changes: told(**changes), st.dictionaries(
    st.sampled_from(sorted(told())), JSON, max_size=3)), max_size=8))  # fmt: skip
def test_whatever_a_list_holds_each_item_is_an_event_or_set_aside(items: list[Any]) -> None:
    delivery = parse(orjson.dumps(items))

    assert len(delivery.events) + len(delivery.rejected) == len(items)
    assert all(ref.id.isdigit() for event in delivery.events for ref in event.refs)


@fault("S14")
@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_nothing_but_refused_is_raised(body: bytes) -> None:
    try:
        parse(body)
    except Refused:
        return
