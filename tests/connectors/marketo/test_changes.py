"""What the activity log tells: who is read again, since when a field says so, who is gone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from slasync.connectors.marketo import CONTACTS
from slasync.domain.lead import Ref
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import ActivityReading, Ask, PersonReading
from slasync.rehearsal.driver import DrivenClock
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.marketo import Lateness, Order
from slasync.systems import Behaviour, FieldMapping, FieldType
from tests.connectors.marketo.bench import BEHAVIOURS, MAPPED, MONDAY, Bench
from tests.faults.marks import fault

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
FEED, LEADS = "GET /rest/v1/activities.json", "GET /rest/v1/leads.json"


def begun(**what: object) -> Bench:
    """A bench some minutes after it was made, so that a pass has something behind it."""
    bench = Bench(**what)  # type: ignore[arg-type] # its own fields
    bench.wait(minutes=5)
    return bench


def test_a_new_lead_is_read_by_the_field_map_with_its_values_typed() -> None:
    bench = begun()
    made = bench.driven.now()
    number = bench.lead(lastName="Abel", leadScore=42)
    bench.marketo.update(number, {"email": "Ana@Example.COM"})
    bench.wait(seconds=30)

    [person] = bench.people(MONDAY).values()

    assert person.ref == Ref("marketo", "contact", number)
    assert person.email == "ana@example.com"
    assert (person.fields["last_name"], person.fields["score"]) == ("Abel", 42)
    assert "told" not in person.fields  # is only written
    assert (person.created_at, person.since) == (made, made)
    assert not person.deleted


def test_a_lead_that_nothing_happened_to_is_not_read() -> None:
    bench = begun()
    bench.lead("old")
    since = bench.wait(minutes=10)
    new = bench.lead("new")

    assert list(bench.people(since)) == [new]


def test_what_was_changed_is_told_with_its_time_and_its_value() -> None:
    bench = begun()
    number = bench.lead(leadScore=10)
    since = bench.wait(minutes=1)
    bench.marketo.score(number, 70, part="behaviourScore")
    first = bench.driven.now()
    bench.wait(minutes=1)
    bench.marketo.update(number, {"lastName": "Abel"})
    bench.wait(minutes=1)

    told = bench.told(since)

    assert told == [
        (number, first, {"behaviour_score": 70}),
        (number, first, {"score": 80}),
        (number, first + MINUTE, {"last_name": "Abel"}),
    ]


def test_a_record_leaves_to_the_log_what_the_log_tells() -> None:
    bench = begun()
    number = bench.lead(leadScore=10)
    since = bench.wait(minutes=1)
    bench.marketo.score(number, 70)

    person = bench.people(since)[number]

    assert person.fields["score"] == 80
    assert "score" in person.logged


def test_a_value_that_is_newer_than_the_log_is_told_by_the_record() -> None:
    bench = begun(options={"lateness": Lateness(MINUTE, MINUTE)})
    number = bench.lead(leadScore=10)
    since = bench.wait(minutes=2)
    bench.marketo.score(number, 70)
    bench.wait(minutes=1)
    bench.marketo.score(number, 5)  # the log does not tell of it yet

    readings = bench.readings(since)

    [person] = [r for r in readings if isinstance(r, PersonReading)]
    [change] = [r for r in readings if isinstance(r, ActivityReading)]
    assert (change.data, person.fields["score"]) == ({"score": 80}, 85)
    assert "score" not in person.logged


@pytest.mark.parametrize("custom", [True, False])
def test_a_later_reading_is_a_later_version_though_marketo_may_not_say_so(custom: bool) -> None:  # noqa: FBT001
    bench = begun()
    number = bench.lead(lastName="Abel")
    since = bench.wait(minutes=1)
    [before] = bench.source.fetch([Ref("marketo", "contact", number)])
    bench.wait(minutes=1)
    bench.marketo.update(number, {"reply": "yes"} if custom else {"lastName": "Adler"})
    bench.wait(seconds=2)

    after = bench.people(since)[number]

    assert isinstance(before, PersonReading)
    assert after.modified_at > before.modified_at


def test_our_own_writes_are_not_read_again() -> None:
    bench = begun()
    number = bench.lead()
    since = bench.wait(minutes=10)
    bench.marketo.update(number, {"slasyncStage": "MQL"}, by="api-user@example.com")
    bench.wait(minutes=1)

    assert bench.people(since) == {}
    assert bench.marketo.calls[LEADS] == 0


# behaviour


def test_a_form_that_is_sent_becomes_a_field_with_its_time() -> None:
    bench = begun()
    since = bench.driven.now()
    number = bench.marketo.fill_form("Demo request", {"email": "ana@example.com"})
    bench.wait(seconds=10)

    person = bench.people(since)[number]

    expected = {"form": "Demo request", "form_at": since.isoformat()}
    assert bench.told(since) == [(number, since, expected)]
    assert {n: person.fields[n] for n in expected} == expected
    assert expected.keys() <= person.logged


def test_an_interesting_moment_is_told_by_the_attribute_that_was_mapped() -> None:
    bench = begun()
    number = bench.lead()
    since = bench.wait(minutes=1)
    bench.marketo.moment(number, "Milestone", "Watched the weekly demo")

    [(_, at, values)] = bench.told(since)

    assert values == {"moment": "Watched the weekly demo", "moment_at": at.isoformat()}


def test_a_record_says_nothing_of_behaviour_that_its_page_does_not_tell() -> None:
    bench = begun()
    number = bench.marketo.fill_form("Demo request", {"email": "ana@example.com"})
    since = bench.wait(minutes=10)
    bench.marketo.update(number, {"lastName": "Abel"})

    person = bench.people(since)[number]

    assert "form" not in person.fields
    assert "form" in person.logged  # so that what is known of it stays


def test_two_forms_on_one_page_are_two_things_that_happened() -> None:
    bench = begun()
    since = bench.driven.now()
    number = bench.marketo.fill_form("Newsletter", {"email": "ana@example.com"})
    bench.wait(seconds=5)
    bench.marketo.fill_form("Demo request", {"email": "ana@example.com"})

    forms = [values["form"] for _, _, values in bench.told(since)]
    person = bench.people(since)[number]

    assert forms == ["Newsletter", "Demo request"]
    assert person.fields["form"] == "Demo request"


def test_a_type_of_activity_that_the_instance_does_not_have_keeps_nothing_from_being_read() -> None:
    odd = (*BEHAVIOURS, Behaviour("webinar", "Attend Webinar"))
    bench = begun(changes={"behaviours": odd})
    number = bench.lead()

    assert list(bench.people(MONDAY)) == [number]


# gone


def test_a_lead_that_was_deleted_is_read_as_gone_and_says_nothing_else() -> None:
    bench = begun()
    number = bench.lead()
    since = bench.wait(minutes=1)
    bench.marketo.delete(number)
    bench.wait(seconds=1)

    gone = bench.people(since)[number]

    assert gone.deleted
    assert gone.fields == {}
    assert gone.modified_at > since


@fault("V29")
@pytest.mark.parametrize("among_deleted", [0.0, 1.0])
def test_merged_leads_are_gone_and_the_winner_names_them(among_deleted: float) -> None:
    bench = begun(options={"losers_among_deleted": among_deleted})
    winner, *losers = [bench.lead(name) for name in ("ana", "ann", "anna")]
    since = bench.wait(minutes=1)
    bench.marketo.merge(winner, losers)

    people = bench.people(since)

    assert people[winner].merged == tuple(losers)
    assert not people[winner].deleted
    assert [people[each].deleted for each in losers] == [True, True]


def test_what_the_winner_of_a_merge_says_is_no_older_than_the_merge() -> None:
    bench = begun()
    winner, loser = bench.lead("ana", leadScore=80), bench.lead("ann", leadScore=40)
    since = bench.wait(minutes=30)
    bench.marketo.merge(winner, [loser])
    bench.wait(minutes=1)

    person = bench.people(since)[winner]

    assert (person.merged, person.since) == ((loser,), since)
    assert person.created_at < since


@fault("V29")
def test_a_merge_is_told_though_the_winner_was_deleted_before_anybody_read_it() -> None:
    bench = begun(options={"losers_among_deleted": 0.0})
    winner, *losers = [bench.lead(name) for name in ("ana", "ann", "anna")]
    since = bench.wait(minutes=1)
    bench.marketo.merge(winner, losers)
    bench.wait(minutes=1)
    bench.marketo.delete(winner)
    bench.wait(seconds=1)

    people = bench.people(since)

    assert all(person.deleted for person in people.values())
    assert [people[each].merged_into for each in losers] == [Ref("marketo", "contact", winner)] * 2
    assert people[winner].merged_into is None


# pages


@fault("V20", "V21")
def test_everybody_is_read_over_short_and_empty_pages() -> None:
    bench = begun(options={"short_pages": 0.7, "scan": 7}, changes={"page_size": 10})
    leads = [bench.lead(f"p{n}") for n in range(60)]

    assert sorted(bench.people(MONDAY)) == sorted(leads)


@fault("V22")
def test_hundreds_of_leads_of_one_moment_are_each_read() -> None:
    bench = begun()
    leads = [bench.lead(f"p{n}") for n in range(700)]

    assert sorted(bench.people(MONDAY)) == sorted(leads)
    assert bench.marketo.calls[FEED] == 3


@fault("V20")
def test_a_position_that_is_accepted_no_more_begins_the_pass_again() -> None:
    bench = begun(changes={"page_size": 10})
    leads = [bench.lead(f"p{n}") for n in range(30)]
    ask = Ask(CONTACTS, bench.driven.now(), MONDAY)
    position = bench.page(ask).position
    bench.marketo.expire_paging_tokens()

    again = bench.page(Ask(CONTACTS, ask.upto, MONDAY, position))

    assert [r.ref.id for r in again.readings if isinstance(r, PersonReading)] == leads[:10]
    assert again.position not in {position, None}


@fault("V25")
@pytest.mark.parametrize("order", Order)
def test_what_the_log_tells_late_is_read_by_a_later_pass(order: Order) -> None:
    late = Lateness(timedelta(seconds=80), timedelta(seconds=90))
    bench = begun(options={"lateness": late, "order": order})
    bench.lead("early")
    bench.wait(minutes=3)
    number = bench.lead("late")
    upto = bench.wait(minutes=1)
    assert number not in bench.people(upto - 2 * MINUTE)

    bench.wait(minutes=2)

    assert number in bench.people(upto - 7 * MINUTE)


def test_a_pass_ends_although_something_happens_all_the_time() -> None:
    bench = begun(changes={"page_size": 5})
    for n in range(20):
        bench.lead(f"p{n}")
    ask, pages = Ask(CONTACTS, bench.driven.now(), MONDAY), 0
    while pages < 50:
        bench.wait(seconds=2)
        for n in range(10):  # twice as many as a page holds
            bench.lead(f"q{pages}-{n}")
        answer = bench.page(ask)
        pages += 1
        if answer.position is None:
            break
        ask = Ask(CONTACTS, ask.upto, ask.since, answer.position)

    assert pages < 10


# trouble


@fault("V16", "V17")
@pytest.mark.parametrize(
    "kind", [Kind.HTML, Kind.TRUNCATED, Kind.SERVER_ERROR, Kind.TIMEOUT_BEFORE]
)
def test_no_answer_is_never_taken_for_an_empty_one(kind: Kind) -> None:
    bench = begun()
    bench.lead()
    bench.world.faults.switch_on(Rule(kind, path="activities"))

    with pytest.raises(TryLater):
        bench.source.read([Ask(CONTACTS, bench.driven.now(), MONDAY)])


def test_a_field_that_is_gone_stops_the_stream_and_is_named() -> None:
    gone = (*MAPPED, FieldMapping("size", "companySize"))
    bench = begun(changes={"contact_fields": gone})
    bench.lead()

    [answer] = bench.source.read([Ask(CONTACTS, bench.driven.now(), MONDAY)])

    assert isinstance(answer.error, Refused)
    assert "Field 'companySize' not found" in str(answer.error)
    assert "connectors/marketo/connector.yaml" in str(answer.error)


@fault("V42")
def test_a_broken_record_is_set_aside_and_the_others_go_on() -> None:
    bench = begun(
        changes={"contact_fields": (FieldMapping("n", "lastName", type=FieldType.NUMBER),)}
    )
    good, bad = bench.lead("good", lastName="7"), bench.lead("bad", lastName="seven")

    pages = bench.whole(MONDAY)

    people = [r for page in pages for r in page.readings if isinstance(r, PersonReading)]
    [rejected] = [each for page in pages for each in page.rejected]
    assert [(p.ref.id, p.fields["n"]) for p in people] == [(good, 7)]
    assert (rejected.id, rejected.reason) == (
        bad,
        "lastName: could not convert string to float: 'seven'",
    )


def test_a_row_of_the_log_that_is_broken_is_passed_over() -> None:
    bench = begun()
    number = bench.lead()

    def spoil(request: Request, answer: Response) -> Response:
        if not request.path.endswith("activities.json"):
            return answer
        body = answer.json()
        body["result"].insert(0, {"id": 1, "activityTypeId": 12, "leadId": None})
        return json_response(200, body)

    bench.tamper = spoil

    assert list(bench.people(MONDAY)) == [number]


def test_without_the_permission_slasync_stops_and_says_what_to_do() -> None:
    bench = begun()

    def deny(request: Request, answer: Response) -> Response:
        denied = {
            "requestId": "e#1",
            "success": False,
            "errors": [{"code": "603", "message": "Access denied"}],
        }
        return json_response(200, denied) if "activities" in request.path else answer

    bench.tamper = deny

    with pytest.raises(Stopped, match=r"permissions of connectors/marketo/setup\.md"):
        bench.source.read([Ask(CONTACTS, bench.driven.now(), MONDAY)])


@fault("V43")
def test_ids_of_salesforce_become_links_whatever_their_length() -> None:
    bench = begun(options={"native_sync": True})
    one = bench.lead("a", sfdcLeadId="00QxE000001aBcD")
    two = bench.lead("b", sfdcContactId="003xE000001aBcDUAU")
    odd = bench.lead("c", sfdcLeadId="not an id")

    people = bench.people(MONDAY)

    assert people[one].links == (Ref("salesforce", "lead", "00QxE000001aBcDUAU"),)
    assert people[two].links == (Ref("salesforce", "contact", "003xE000001aBcDUAU"),)
    assert people[odd].links == ()


def test_an_instance_without_the_sync_is_not_asked_for_its_fields() -> None:
    bench = begun()
    bench.lead()
    bench.whole(MONDAY)

    assert not [r for r in bench.requests if "sfdc" in r.url]


# fetching


def test_leads_are_fetched_with_what_the_log_tells_of_them_by_then() -> None:
    bench = begun()
    number = bench.marketo.fill_form("Demo request", {"email": "ana@example.com"})
    other, sent = bench.lead("other"), bench.driven.now()
    bench.wait(seconds=20)

    refs = [Ref("marketo", "log", each) for each in (number, "999999", "odd")]
    readings = bench.source.fetch(refs)

    person, form = readings
    assert isinstance(person, PersonReading)
    assert isinstance(form, ActivityReading)
    assert (person.ref.id, form.about.id) == (number, number) != (other, other)
    assert form.data["form_at"] == sent.isoformat()


class Sleeper(DrivenClock):
    """A machine's clock whose steady seconds stand still while it sleeps."""

    asleep = 0.0

    def mono(self) -> float:
        return super().mono() - self.asleep


@pytest.mark.parametrize("seconds", [20 * 60, 21])
def test_what_a_machine_reads_when_it_wakes_up_is_not_dated_by_when_it_fell_asleep(
    seconds: int,
) -> None:
    bench = begun()
    clock = Sleeper(bench.driven)
    bench.clock = clock
    bench.restart()
    number = bench.lead(leadScore=10)
    bench.source.fetch([Ref("marketo", "contact", number)])
    bench.wait(seconds=seconds)
    clock.asleep = seconds
    bench.marketo.update(number, {"leadScore": 90})
    scored = bench.driven.now()
    bench.wait(seconds=2)

    [person] = bench.source.fetch([Ref("marketo", "contact", number)])

    assert isinstance(person, PersonReading)
    assert scored <= person.modified_at <= bench.driven.now()
    assert person.since == scored


def test_a_lead_that_claims_to_be_from_tomorrow_is_read_all_the_same() -> None:
    def ahead(request: Request, answer: Response) -> Response:
        tomorrow = answer.body.replace(b"2026-03-02T", b"2026-03-03T")
        return replace(answer, body=tomorrow) if request.path.endswith("/leads.json") else answer

    bench = begun(tamper=ahead)
    number = bench.lead()

    [person] = bench.source.fetch([Ref("marketo", "contact", number)])

    assert isinstance(person, PersonReading)
    assert person.modified_at <= bench.driven.now()


def test_many_leads_are_fetched_three_hundred_a_call() -> None:
    bench = begun()
    refs = [Ref("marketo", "contact", bench.lead(f"p{n}")) for n in range(1_000)]

    found = bench.source.fetch(refs)

    assert len(found) == 1_000
    assert bench.marketo.calls[LEADS] == 4
    assert bench.marketo.calls[FEED] == 0


@pytest.mark.parametrize("stream", ["marketo.leads", "hubspot.contacts"])
def test_a_stream_that_is_not_there_is_an_error_of_that_ask_alone(stream: str) -> None:
    bench = begun()
    now: datetime = bench.driven.now()

    here, other = bench.source.read([Ask(CONTACTS, now, MONDAY), Ask(stream, now, MONDAY)])

    assert here.error is None
    assert isinstance(other.error, Refused)
