import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from slasync.sandbox.http import Request, Response, TimedOut
from slasync.sandbox.hubspot import Delivery, signing
from slasync.sandbox.hubspot.errors import Problem
from tests.sandbox.hubspot.account import Account

URL = "https://slasync.example.com/hooks/hubspot?team=a%2Fb%20c"
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
ALL = tuple(
    f"contact.{event}"
    for event in ("creation", "deletion", "merge", "restore", "propertyChange", "privacyDeletion")
)


class Receiver:
    """Keeps what it is sent, and answers with the given statuses, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[Request] = []
        self._statuses = chain(statuses)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        status = next(self._statuses, 200)
        if status == 0:
            raise TimedOut
        return Response(status)

    def batches(self) -> list[list[dict[str, Any]]]:
        return [request.json() for request in self.requests]

    def events(self) -> Iterator[dict[str, Any]]:
        return chain.from_iterable(self.batches())


def listening(receiver: Receiver, *types: str, **options: Any) -> Account:
    account = Account(deliver=receiver, **options)
    account.hubspot.subscribe(URL, types or ALL, ("email", "lastname"), SECRET)
    return account


def test_a_change_is_told_to_who_subscribed_to_its_property() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.propertyChange")
    one = account.contact("ana")
    account.wait(minutes=1)
    receiver.requests.clear()
    account.hubspot.update("contacts", one, {"lastname": "B", "company": "Acme"}, by="7")
    account.wait(minutes=1)
    (event,) = receiver.events()
    assert event["subscriptionType"] == "contact.propertyChange"
    assert (event["objectId"], event["attemptNumber"]) == (int(one), 0)
    assert (event["propertyName"], event["propertyValue"]) == ("lastname", "B")
    assert event["occurredAt"] == 1_772_442_060_000
    assert (event["changeSource"], event["sourceId"]) == ("CRM_UI", "userId:7")


def test_an_apps_own_write_can_be_told_by_its_source() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.creation")
    account.contact("ana")
    account.wait(minutes=1)
    (event,) = receiver.events()
    assert event["changeSource"] == "INTEGRATION"
    assert event["sourceId"] == account.hubspot.credentials()["app_id"] == str(event["appId"])


def test_each_thing_that_happens_to_a_contact_has_its_event() -> None:
    receiver = Receiver()
    account = listening(receiver, *(t for t in ALL if t != "contact.propertyChange"))
    people = account.hubspot
    one, two, three = (account.contact(name) for name in ("ana", "ben", "cleo"))
    people.archive("contacts", three, by="7")
    people.restore("contacts", three, by="7")
    merged = people.merge("contacts", one, two, by="7")
    people.gdpr_delete("contacts", merged, by="7")
    account.wait(minutes=1)
    told = [event["subscriptionType"].removeprefix("contact.") for event in receiver.events()]
    assert told == [
        "creation", "creation", "creation", "deletion", "restore", "merge", "privacyDeletion",
        "deletion",
    ]  # fmt: skip
    (event,) = (e for e in receiver.events() if e["subscriptionType"] == "contact.merge")
    assert (event["primaryObjectId"], event["mergedObjectIds"]) == (int(one), [int(two)])
    assert event["newObjectId"] == int(merged)


def test_a_link_is_told_from_both_sides_and_the_contact_shows_its_company() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.associationChange", "company.associationChange")
    people, ana = account.hubspot, account.contact("ana")
    acme = people.create("companies", {"name": "Acme"}, by="7")
    people.tie("contacts", ana, "companies", acme)
    assert people.get("contacts", ana)["associatedcompanyid"] == acme
    people.untie("contacts", ana, "companies", acme)
    assert "associatedcompanyid" not in people.get("contacts", ana)
    account.wait(minutes=1)
    told = [
        (e["associationType"], e["fromObjectId"], e["toObjectId"], e["associationRemoved"])
        for e in receiver.events()
    ]
    ends = [
        ("CONTACT_TO_COMPANY", int(ana), int(acme)),
        ("COMPANY_TO_CONTACT", int(acme), int(ana)),
    ]
    assert sorted(told) == sorted((*end, removed) for end in ends for removed in (False, True))
    assert not any("objectId" in event for event in receiver.events())


def test_a_batch_holds_at_most_100_events() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.creation")
    for n in range(250):
        account.hubspot.create("contacts", {"email": f"c{n}@example.com"}, by="7")
    account.wait(minutes=1)
    assert [len(batch) for batch in receiver.batches()] == [100, 100, 50]


@pytest.mark.parametrize("status", [0, 302, 404, 500])
def test_what_is_not_taken_is_sent_again_with_its_attempt_number(status: int) -> None:
    receiver = Receiver(status)
    account = listening(receiver, "contact.creation")
    account.contact("ana")
    account.wait(hours=1)
    assert [event["attemptNumber"] for event in receiver.events()] == [0, 1]
    assert account.hubspot.webhooks.sent == {"failed": 1, "taken": 1}


def test_after_ten_retries_within_a_day_it_is_given_up() -> None:
    receiver = Receiver(*[500] * 99)
    account = listening(receiver, "contact.creation")
    account.contact("ana")
    account.wait(hours=24, seconds=1)
    assert [event["attemptNumber"] for event in receiver.events()] == list(range(11))
    assert account.hubspot.webhooks.sent["given_up"] == 1
    account.wait(hours=24)
    assert len(receiver.requests) == 11


def test_an_answer_after_five_seconds_is_none() -> None:
    requests: list[Request] = []

    def slow(request: Request) -> Response:
        requests.append(request)
        account.clock.advance_to(account.clock.now() + timedelta(seconds=6))
        return Response(200)

    account = Account(deliver=slow)
    account.hubspot.subscribe(URL, ("contact.creation",), (), SECRET)
    account.contact("ana")
    account.wait(minutes=4)
    assert len(requests) > 1
    assert account.hubspot.webhooks.sent["taken"] == 0


def test_events_can_come_twice() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.creation", delivery=Delivery(duplicated=1.0))
    account.contact("ana")
    account.wait(minutes=1)
    first, second = receiver.events()
    assert first == second


def test_events_can_come_out_of_order() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.creation", delivery=Delivery(reordered=0.5))
    made = [int(account.contact(f"c{n}")) for n in range(30)]
    account.wait(minutes=1)
    told = [event["objectId"] for event in receiver.events()]
    assert told != made
    assert sorted(told) == made


def test_event_ids_are_not_unique() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.creation")
    for n in range(500):
        account.hubspot.create("contacts", {"email": f"c{n}@example.com"}, by="7")
    account.wait(minutes=1)
    assert len({event["eventId"] for event in receiver.events()}) < 500


def test_deliveries_carry_the_signature_of_the_bytes_sent() -> None:
    receiver = Receiver()
    account = listening(receiver, "contact.creation")
    account.contact("ana")
    account.wait(minutes=1)
    (request,) = receiver.requests
    timestamp = request.headers["X-HubSpot-Request-Timestamp"]
    signed = signing.version_3(SECRET, "POST", URL, request.body, timestamp=timestamp)
    assert request.headers["X-HubSpot-Signature-v3"] == signed
    assert timestamp == "1772442001000"
    assert request.url == URL


def test_only_events_that_exist_can_be_subscribed_to() -> None:
    hubspot = Account().hubspot
    for types, names in (
        (("contact.formSubmission",), ()),
        (("contact.propertyChange",), ("num_unique_conversion_events",)),
    ):
        with pytest.raises(Problem):
            hubspot.subscribe(URL, types, names)


def test_an_app_configures_its_webhooks_with_the_developers_key() -> None:
    receiver = Receiver()
    account = Account(deliver=receiver)
    known = account.hubspot.credentials()
    path, key = f"/webhooks/v3/{known['app_id']}", f"?hapikey={known['developer_key']}"
    assert account.call("PUT", f"{path}/settings{key}", {"targetUrl": URL}).status == 200
    assert account.call("GET", f"{path}/settings").status == 401
    body = {"eventType": "contact.creation", "active": False}
    made = account.post(f"{path}/subscriptions{key}", body, status=201)
    account.contact("ana")
    one = f"{path}/subscriptions/{made['id']}{key}"
    assert account.call("PATCH", one, {"active": True}).json()["active"] is True
    account.contact("ben")
    account.wait(minutes=1)
    assert len(list(receiver.events())) == 1
    assert account.call("DELETE", one).status == 204
    assert account.get(f"{path}/subscriptions{key}")["results"] == []


def test_signature_version_1_is_as_published() -> None:
    event = {
        "eventId": 1, "subscriptionId": 12345, "portalId": 62515, "occurredAt": 1564113600000,
        "subscriptionType": "contact.creation", "attemptNumber": 0, "objectId": 123,
        "changeSource": "CRM", "changeFlag": "NEW", "appId": 54321,
    }  # fmt: skip
    body = json.dumps([event], separators=(",", ":")).encode()
    expected = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    assert signing.version_1(SECRET, body) == expected


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("GET", b"", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
        (
            "POST",
            b'{"example_field":"example_value"}',
            "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
        ),
    ],
)
def test_signature_version_2_is_as_published(method: str, body: bytes, expected: str) -> None:
    url = "https://www.example.com/webhook_uri"
    assert signing.version_2(SECRET, method, url, body) == expected


def test_signature_version_3_is_as_published() -> None:
    url, body = "https://www.example.com/webhook_uri", b"{'example_field':'example_value'}"
    signed = signing.version_3(SECRET, "POST", url, body, timestamp="1693657560000")
    assert signed == "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="


def test_only_some_escapes_of_the_address_are_undone_before_signing() -> None:
    sent = "https://e.com/%3A%2F%3F%40%21%24%27%28%29%2A%2C%3b?a=%20%26%3D%25%23"
    assert signing.plain_url(sent) == "https://e.com/:/?@!$'()*,;?a=%20%26%3D%25%23"
