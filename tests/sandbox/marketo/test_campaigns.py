import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from slasync.sandbox.http import Request, Reset, Response, TimedOut
from slasync.sandbox.marketo import (
    CallWebhook,
    Encoding,
    Event,
    Moment,
    PutOnList,
    Score,
    SetValue,
    When,
)
from tests.sandbox.marketo.office import Office

REQUESTED = When(Event.REQUESTED)
URL = "http://127.0.0.1/hooks/marketo"
TEMPLATE = (
    '{"id": {{lead.Id}}, "email": {{lead.Email Address}}, "name": {{lead.First Name}}, '
    '"score": {{lead.Lead Score}}, "of": {{campaign.name}}, "why": {{trigger.Name}}, '
    '"at": {{system.dateTime}}, "note": {{my.note:default=none}}}'
)


class Receiver:
    """Takes webhooks and answers as it is told."""

    def __init__(self, answer: Callable[[Request], Response] | None = None) -> None:
        self.got: list[Request] = []
        self._answer = answer or (lambda _: Response(200, (), b"{}"))

    def __call__(self, request: Request) -> Response:
        self.got.append(request)
        return self._answer(request)


def request(office: Office, number: int, *leads: int, **more: Any) -> Any:
    body = {"input": {"leads": [{"id": each} for each in leads], **more}}
    return office.post(f"/rest/v1/campaigns/{number}/trigger.json", body)


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in row["attributes"]}


def test_campaigns_are_listed_with_what_can_be_requested() -> None:
    office = Office()
    asked = office.marketo.add_campaign("Alert owner", when=REQUESTED)
    office.marketo.add_campaign("Nightly")
    office.marketo.add_campaign("On form", when=When(Event.FORM))
    rows = office.get("/rest/v1/campaigns.json")
    assert [(row["name"], row["type"]) for row in rows] == [
        ("Alert owner", "trigger"),
        ("Nightly", "batch"),
        ("On form", "trigger"),
    ]
    (row,) = office.get("/rest/v1/campaigns.json", isTriggerable=1)
    assert (row["id"], row["active"]) == (asked.id, True)
    assert office.get(f"/rest/v1/campaigns/{asked.id}.json") == [row]


def test_a_requested_campaign_is_queued_and_does_its_steps() -> None:
    office = Office()
    office.marketo.add_field("slaState")
    office.marketo.make_list("Breached")
    steps = (
        Moment("Milestone", "SLA: {{my.message}}"),
        Score("leadScore", 5),
        SetValue("slaState", "{{campaign.name}}"),
        PutOnList("Breached"),
    )
    campaign = office.marketo.add_campaign(
        "Breach", when=REQUESTED, steps=steps, tokens={"message": "late"}
    )
    one, token = office.lead("ana"), office.since()
    tokens = [{"name": "{{my.message}}", "value": "2 hours late"}]
    assert request(office, campaign.id, one, tokens=tokens) == [{"id": campaign.id}]
    assert "leadScore" not in office.marketo.get(str(one))
    office.wait(seconds=5)
    after = office.marketo.get(str(one))
    assert (after["leadScore"], after["slaState"]) == (5, "Breach")
    rows, _ = office.read(token, activityTypeIds="46,47,22,24")
    assert [row["activityTypeId"] for row in rows] == [47, 46, 22, 24]
    assert rows[1]["primaryAttributeValue"] == "Milestone"
    assert rows[1]["campaignId"] == campaign.id
    assert told(rows[1])["Description"] == "SLA: 2 hours late"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "1002"),
        ({"input": [{"leads": [{"id": 1}]}]}, "1001"),
        ({"input": {"leads": []}}, "1002"),
        ({"input": {"leads": [{"id": 1}]}}, "1004"),
        ({"input": {"leads": [{"id": 1}] * 101}}, "1003"),
        ({"input": {"leads": [{"id": 1}], "tokens": [{"name": "{{my.no}}"}]}}, "1003"),
    ],
)
def test_a_request_for_the_impossible_fails(body: dict[str, Any], code: str) -> None:
    office = Office()
    campaign = office.marketo.add_campaign("Alert", when=REQUESTED)
    path = f"/rest/v1/campaigns/{campaign.id}/trigger.json"
    assert office.failure("POST", path, body)[0] == code


def test_only_an_active_campaign_that_waits_for_requests_can_be_requested() -> None:
    office = Office()
    batch = office.marketo.add_campaign("Nightly")
    form = office.marketo.add_campaign("On form", when=When(Event.FORM))
    off = office.marketo.add_campaign("Off", when=REQUESTED)
    office.marketo.switch_campaign(off.id, active=False)
    body = {"input": {"leads": [{"id": office.lead("ana")}]}}
    for number in (batch.id, form.id, off.id):
        path = f"/rest/v1/campaigns/{number}/trigger.json"
        assert office.failure("POST", path, body)[0] == "1003"
    assert office.failure("POST", "/rest/v1/campaigns/1/trigger.json", body)[0] == "1013"


def with_hook(office: Office, receiver: Receiver, when: When, **what: Any) -> None:
    """Have the office call the receiver in a campaign."""
    office.marketo.send_webhooks_by(receiver)
    what = {"headers": {"X-Secret": "s3cret"}, **what}
    office.marketo.add_webhook("slasync", URL, what.pop("template", TEMPLATE), **what)
    office.marketo.add_campaign("Tell", when=when, steps=(CallWebhook("slasync"),))


def test_a_webhook_is_sent_when_a_score_comes_to_a_value_from_below() -> None:
    office, receiver = Office(), Receiver()
    with_hook(office, receiver, When(Event.SCORED, "Lead Score", at_least=50))
    one = office.lead("ana", firstName='A "quick" one')
    for by in (30, 25, 10):
        office.marketo.score(str(one), by)
        office.wait(seconds=5)
    (sent,) = receiver.got
    assert (sent.method, sent.url, sent.header("x-secret")) == ("POST", URL, "s3cret")
    assert sent.json() == {
        "id": one,
        "email": "ana@example.com",
        "name": 'A "quick" one',
        "score": 55,
        "of": "Tell",
        "why": "Score is Changed",
        "at": "2026-03-02 03:00:07",
        "note": "none",
    }


@pytest.mark.parametrize(
    ("encoding", "media", "body"),
    [
        (Encoding.FORM, "application/x-www-form-urlencoded", "e=ana%40example.com&n="),
        (Encoding.NONE, "text/plain", "e=ana@example.com&n="),
    ],
)
def test_a_payload_can_be_written_in_other_ways(encoding: Encoding, media: str, body: str) -> None:
    office, receiver = Office(), Receiver()
    template = "e={{lead.Email Address}}&n={{lead.First Name}}"
    with_hook(office, receiver, When(Event.CREATED), template=template, encoding=encoding)
    office.lead("ana")
    office.wait(seconds=5)
    assert receiver.got[0].body.decode() == body
    assert receiver.got[0].header("Content-Type") == media


def test_an_answer_is_kept_in_fields_where_it_fits() -> None:
    answer = Response(200, (), json.dumps({"sla": {"due": ["x", "Tuesday"]}, "n": "no"}).encode())
    office, receiver = Office(), Receiver(lambda _: answer)
    office.marketo.add_field("slaDue")
    answers = {"sla.due[1]": "slaDue", "n": "numberOfEmployees", "nothing": "title"}
    with_hook(office, receiver, When(Event.CREATED), answers=answers)
    one = str(office.lead("ana"))
    office.wait(seconds=5)
    assert office.marketo.get(one)["slaDue"] == "Tuesday"
    assert not {"numberOfEmployees", "title"} & set(office.marketo.get(one))


def raise_timeout(_: Request) -> Response:
    raise TimedOut


def raise_reset(_: Request) -> Response:
    raise Reset


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: Response(503, (), b'{"slaDue": "never"}'), "Service Unavailable"),
        (raise_timeout, "timeout"),
        (raise_reset, "connection reset"),
    ],
)
def test_a_failed_webhook_is_told_of_and_never_sent_again(
    answer: Callable[[Request], Response], error: str
) -> None:
    office, receiver = Office(), Receiver(answer)
    office.marketo.add_field("slaDue")
    with_hook(office, receiver, When(Event.CREATED), answers={"slaDue": "slaDue"})
    one, token = str(office.lead("ana")), office.since()
    office.wait(hours=1)
    office.token = office.new_token()["access_token"]
    ((row,), _) = office.read(token, activityTypeIds=110)
    assert (row["primaryAttributeValue"], told(row)["Error Type"]) == ("slasync", error)
    assert len(receiver.got) == 1
    assert office.marketo.automation.sent == {"failed": 1}
    assert "slaDue" not in office.marketo.get(one)


def test_an_answer_after_half_a_minute_is_no_answer() -> None:
    office = Office()

    def slow(_: Request) -> Response:
        office.clock.advance_to(office.clock.now() + timedelta(seconds=31))
        return Response(200, (), b'{"slaDue": "Tuesday"}')

    office.marketo.add_field("slaDue")
    with_hook(office, Receiver(slow), When(Event.CREATED), answers={"slaDue": "slaDue"})
    one = str(office.lead("ana"))
    office.wait(minutes=1)
    assert "slaDue" not in office.marketo.get(one)
    assert office.marketo.automation.sent == {"failed": 1}


def test_a_campaign_is_not_started_by_what_it_did_itself() -> None:
    office = Office()
    steps = (Score("leadScore", 5),)
    office.marketo.add_campaign("More", when=When(Event.SCORED), steps=steps)
    one = str(office.lead("ana"))
    office.marketo.score(one, 10)
    office.wait(minutes=5)
    assert office.marketo.get(one)["leadScore"] == 15


def test_leads_are_taken_through_a_campaign_one_after_the_other() -> None:
    office, receiver = Office(), Receiver()
    with_hook(office, receiver, When(Event.CREATED), template="{{lead.Id}}")
    ids = [office.lead(name) for name in ("ana", "ben", "chi")]
    office.marketo.delete(str(ids[1]))
    office.wait(seconds=5)
    assert [int(sent.body) for sent in receiver.got] == [ids[0], ids[2]]
