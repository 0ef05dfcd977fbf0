"""Reading Salesforce: how streams become readings, and pages become passes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.salesforce.soql import Table, by_keys, page, quoted
from slasync.domain.facts import FactKind, Grade
from slasync.domain.languages import Language
from slasync.domain.lead import Ref, UserKey, UserKind
from slasync.domain.writes import Action
from slasync.errors import Refused, Stopped
from slasync.ports import ActivityReading, Ask, PersonReading, UserReading
from slasync.sandbox.http import Request, Response
from slasync.sandbox.salesforce import Field
from slasync.systems import CreateLeads
from tests.builders import DAY, MONDAY
from tests.connectors.contract_sink import KEY, a_task, a_write
from tests.connectors.contract_source import people, read_all
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.pains.marks import pain


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


def activities(rig: OrgRig, stream: str = "tasks", **since: Any) -> list[ActivityReading]:
    return [r for r in read_all(rig, stream, **since) if isinstance(r, ActivityReading)]


def kinds(readings: list[ActivityReading]) -> list[FactKind]:
    return [reading.kind for reading in readings]


def todo(rig: OrgRig, lead: Ref, by: UserKey, **fields: Any) -> str:
    return rig.org.create(
        "Task", {"WhoId": lead.id, "Subject": "Prepare", "OwnerId": by} | fields, by
    )


def changed_rows(stream: str, change: Callable[[dict[str, Any]], None]) -> Any:
    """Have `change` alter the body of the answers to queries on an object."""

    def tamper(request: Request, answer: Response) -> Response:
        if f"FROM%20{stream}" not in request.body.decode():
            return answer
        body = answer.json()
        for part in body["compositeResponse"]:
            change(part["body"])
        return Response(answer.status, answer.headers, json.dumps(body).encode())

    return tamper


# -- tasks


def test_a_rep_who_completes_our_task_made_a_weak_touch_and_ended_it(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep)])
    rig.clock.advance(600)
    rig.close_task(KEY, rep)
    touch, ended = activities(rig)
    assert (touch.kind, ended.kind) == (FactKind.TOUCH, FactKind.TASK_ENDED)
    assert touch.by == ended.by == rep
    assert touch.about == lead
    assert touch.occurred_at == rig.clock.now()
    assert touch.data["grade"] == Grade.WEAK
    assert touch.data["task_key"] == KEY
    what = {"task_key": KEY, "how": "closed", "id": ended.ref.id, "closed_last": True}
    assert ended.data == what


def test_a_call_result_on_our_task_makes_the_touch_strong(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep)])
    [task] = rig.org.rows("Task")
    fields = {"Status": "Completed", "CallDisposition": "Connected"}
    rig.org.update("Task", task["Id"], fields, rep)
    touch = activities(rig)[0]
    assert (touch.data["grade"], touch.data["channel"]) == (Grade.STRONG, "call")


@fault("V31")
def test_a_rep_who_closes_our_task_just_before_we_edit_it_made_a_touch(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep)])
    rig.clock.advance(600)
    rig.close_task(KEY, rep)
    closed = rig.clock.now()
    rig.clock.advance(5)
    rig.sink.apply([a_task(lead, rep)])
    touch, ended = activities(rig)
    assert (touch.kind, ended.kind) == (FactKind.TOUCH, FactKind.TASK_ENDED)
    assert touch.occurred_at == closed


@fault("V31")
def test_our_own_writing_of_tasks_tells_which_record_each_is_and_nothing_else(rig: OrgRig) -> None:
    rep = rig.rep()
    [told] = rig.sink.apply([a_task(rig.lead(), rep)])
    [reading] = activities(rig)
    assert (reading.kind, reading.ref) == (FactKind.REMADE, told.ref)
    assert reading.data == {"task_key": KEY, "id": reading.ref.id, "to": rep}


def test_who_closed_a_task_of_ours_is_known_as_long_as_nobody_changed_it_afterwards(
    rig: OrgRig,
) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep)])
    rig.close_task(KEY, rep)
    touch, ended = activities(rig)
    assert touch.data["closed_last"] is ended.data["closed_last"] is True
    rig.clock.advance(5)
    rig.sink.apply([a_task(lead, rep)])
    touch, ended = activities(rig)
    assert "closed_last" not in {*touch.data, *ended.data}


@fault("V31")
def test_our_own_closing_of_a_task_is_its_end_and_no_touch(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.sink.apply([a_task(lead, rig.rep())])
    rig.sink.apply([a_write(Action.CLOSE_TASK, lead, text="withdrawn")])
    [ended] = activities(rig)
    assert (ended.kind, ended.data["closed_last"]) == (FactKind.TASK_ENDED, True)


def test_a_deleted_task_of_ours_is_its_end_and_no_touch(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep)])
    rig.delete_task(KEY, rep)
    [ended] = activities(rig)
    assert (ended.kind, ended.data["how"]) == (FactKind.TASK_ENDED, "deleted")


@pain("P7")
@pytest.mark.parametrize(
    ("fields", "channel", "grade"),
    [
        ({"TaskSubtype": "Email"}, "email", Grade.STRONG),
        ({"TaskSubtype": "Call"}, "call", Grade.STRONG),
        ({"CallDurationInSeconds": 60}, "call", Grade.STRONG),
        ({"TaskSubtype": "ListEmail"}, "email", Grade.UNCLASSIFIED),
        ({}, "task", Grade.WEAK),
    ],
)
def test_what_people_log_is_graded_by_its_kind(
    rig: OrgRig, fields: dict[str, Any], channel: str, grade: Grade
) -> None:
    lead, rep = rig.lead(), rig.rep()
    todo(rig, lead, rep, Status="Completed", **fields)
    [touch] = activities(rig)
    assert (touch.kind, touch.by) == (FactKind.TOUCH, rep)
    assert (touch.data["channel"], touch.data["grade"]) == (channel, grade)


def test_an_open_task_of_a_rep_is_no_touch(rig: OrgRig) -> None:
    todo(rig, rig.lead(), rig.rep())
    assert activities(rig) == []


def test_a_task_about_nobody_is_passed_over(rig: OrgRig) -> None:
    rep = rig.rep()
    rig.org.create("Task", {"Subject": "Tidy", "OwnerId": rep, "Status": "Completed"}, rep)
    assert activities(rig) == []


def test_an_org_without_completion_times_is_read_and_its_touches_are_suspect(rig: OrgRig) -> None:
    rig.org.remove_field("Task", "CompletedDateTime")
    rig.org.remove_field("Task", "TaskSubtype")
    lead, rep = rig.lead(), rig.rep()
    late = todo(rig, lead, rep)
    todo(rig, lead, rep, Status="Completed", CallType="Outbound")
    rig.clock.advance(3600)
    rig.org.complete_task(late, rep)
    at_once, later = sorted(activities(rig), key=lambda r: r.occurred_at)
    assert (at_once.data["grade"], at_once.occurred_at) == (Grade.STRONG, MONDAY)
    assert (later.data["grade"], later.occurred_at) == (Grade.SUSPECT, rig.clock.now())


@pytest.mark.parametrize(
    ("kind", "told"), [("Inbound", {"inbound": True}), ("Outbound", {}), ("Internal", {})]
)
def test_a_call_tells_whether_the_lead_rang(rig: OrgRig, kind: str, told: dict[str, bool]) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.log_call(lead.id, rep, CallType=kind)
    [touch] = activities(rig)
    assert {name: v for name, v in touch.data.items() if name == "inbound"} == told


# -- meetings


def test_a_meeting_counts_when_it_begins_not_when_it_is_planned(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    start = "2026-03-03T09:00:00.000+0000"
    rig.org.log_meeting(lead.id, rep, StartDateTime=start)
    rig.clock.advance(60)
    since = rig.source.vendor_now()
    assert activities(rig, "events") == []
    rig.clock.advance(DAY.total_seconds())
    [meeting] = activities(rig, "events", since=since)
    assert (meeting.kind, meeting.by, meeting.about) == (FactKind.TOUCH, rep, lead)
    assert meeting.occurred_at == MONDAY + DAY
    assert (meeting.data["channel"], meeting.data["grade"]) == ("meeting", Grade.STRONG)


def test_a_meeting_that_was_cancelled_is_no_touch(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.org.delete("Event", rig.org.log_meeting(lead.id, rep), rep)
    assert activities(rig, "events") == []


# -- history


def test_history_tells_owner_status_and_conversion_with_who_and_when(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.clock.advance(60)
    rig.reassign(lead, rep)
    rig.org.update("Lead", lead.id, {"Status": "Working - Contacted"}, rep)
    rig.org.convert_lead(lead.id, rep)
    told = {reading.kind: reading for reading in reversed(activities(rig, "lead_history"))}
    assert told[FactKind.OWNER].data == {"owner": rep}
    assert told[FactKind.OWNER].by == rig.org.admin_id
    assert told[FactKind.STATUS].data == {"status": "Working - Contacted"}
    assert told[FactKind.STATUS].by == rep
    assert told[FactKind.CONVERTED].occurred_at == rig.clock.now()


def test_an_owner_change_is_told_once_by_id(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.reassign(lead, rig.rep())
    assert kinds(activities(rig, "lead_history")) == [FactKind.OWNER]


# -- people


@fault("V42")
def test_a_field_that_does_not_hold_its_type_sets_the_row_aside_and_the_rest_goes_on() -> None:
    rig = OrgRig()
    rig.lead(), rig.lead()

    def break_first(body: dict[str, Any]) -> None:
        body["records"][0]["NumberOfEmployees"] = "many"

    rig.tamper = changed_rows("Lead", break_first)
    now = rig.source.vendor_now()
    answer = rig.source.read([Ask("salesforce.leads", now)])[0]
    [rejected] = answer.rejected
    assert len(answer.readings) == 1
    assert "NumberOfEmployees" in rejected.reason
    assert rejected.stream == "salesforce.leads"
    assert rejected.id.startswith("00Q")
    rig.close()


@fault("V42")
@pytest.mark.parametrize("broken", [{"Id": "nonsense"}, {"SystemModstamp": "soon"}, {"OwnerId": 5}])
def test_a_row_without_sense_is_set_aside(rig: OrgRig, broken: dict[str, Any]) -> None:
    rig.lead()
    rig.tamper = changed_rows("Lead", lambda body: body["records"][0].update(broken))
    answer = rig.source.read([Ask("salesforce.leads", rig.source.vendor_now())])[0]
    assert answer.error is None
    assert (len(answer.readings), len(answer.rejected)) == (0, 1)


def test_fields_are_read_by_slasyncs_names_and_types(rig: OrgRig) -> None:
    fields = {"LastName": "L", "Company": "C", "NumberOfEmployees": 12, "LeadSource": "Web",
              "Slasync_Lead_Key__c": "hubspot:contact:3",
              "Slasync_Stale_Since__c": "2026-03-01T10:00:00.000+0100"}  # fmt: skip
    made = rig.org.create("Lead", fields, rig.org.admin_id)
    lead = people(rig)[Ref("salesforce", "lead", made)]
    assert lead.fields["employees"] == 12
    assert lead.fields["source"] == "Web"
    assert lead.fields["stale_since"] == "2026-03-01T09:00:00+00:00"
    assert lead.lead_key == "hubspot:contact:3"
    assert lead.status == "Open - Not Contacted"


def test_the_loser_of_a_merge_is_read_as_deleted_and_names_the_winner(rig: OrgRig) -> None:
    winner, loser = rig.lead(), rig.lead()
    rig.org.merge_leads(winner.id, [loser.id], rig.org.admin_id)
    read = people(rig)[loser]
    assert read.deleted
    assert read.raw["MasterRecordId"] == winner.id


def test_listed_users_are_automation_whatever_the_case() -> None:
    rig = OrgRig(changed={"automation_users": ("REP1@acme.example",)})
    rep = rig.rep()
    users = [r.user for r in read_all(rig, "users") if isinstance(r, UserReading)]
    assert {user.key: user.kind for user in users}[rep] is UserKind.AUTOMATION
    rig.close()


def test_a_user_is_read_with_manager_zone_and_activity(rig: OrgRig) -> None:
    boss = rig.rep()
    made = rig.org.add_user("Rita", "rita@acme.example", boss, active=False, zone="Asia/Tokyo")
    users = [r.user for r in read_all(rig, "users") if isinstance(r, UserReading)]
    rita = {user.key: user for user in users}[UserKey(made)]
    assert (rita.manager, rita.zone, rita.active) == (boss, "Asia/Tokyo", False)
    assert (rita.name, rita.email) == ("Rita", "rita@acme.example")


@pytest.mark.parametrize(
    ("locale", "language"), [("de", Language.DE), ("en_US", Language.EN), ("fr", None)]
)
def test_a_user_s_own_language_is_read_where_slasync_speaks_it(
    rig: OrgRig, locale: str, language: Language | None
) -> None:
    made = rig.org.add_user("Rita", "rita@acme.example")
    rig.org.update("User", made, {"LanguageLocaleKey": locale}, rig.org.admin_id)

    users = [r.user for r in read_all(rig, "users") if isinstance(r, UserReading)]

    assert {user.key: user.language for user in users}[UserKey(made)] is language


def test_queues_are_read_by_name(rig: OrgRig) -> None:
    rig.org.create("Group", {"Name": "Not a queue", "Type": "Regular"}, rig.org.admin_id)
    queues = [r.user for r in read_all(rig, "queues") if isinstance(r, UserReading)]
    assert [(queue.name, queue.kind) for queue in queues] == [("Unassigned leads", UserKind.QUEUE)]


def test_a_full_reading_of_users_takes_those_who_came_after_it_began(rig: OrgRig) -> None:
    now = rig.source.vendor_now()
    rig.clock.advance(5)
    late = rig.rep()
    answer = rig.source.read([Ask("salesforce.users", now)])[0]
    assert late in [reading.ref.id for reading in answer.readings]


def test_contacts_are_fetched_and_read(rig: OrgRig) -> None:
    fields = {"LastName": "Byron", "Email": "byron@prospect.example"}
    ref = Ref("salesforce", "contact", rig.org.create("Contact", fields, rig.org.admin_id))
    [fetched] = rig.source.fetch([ref])
    [read] = read_all(rig, "contacts")
    assert isinstance(fetched, PersonReading)
    assert fetched == read
    assert fetched.email == "byron@prospect.example"


# -- passes and calls


def test_five_streams_share_one_call(rig: OrgRig) -> None:
    now = rig.source.vendor_now()
    asks = [Ask(name, now, now) for name in rig.source.streams[2:]]
    rig.source.read(asks)
    assert rig.calls(Lane.READ) == 1


def test_all_seven_streams_take_two_calls(rig: OrgRig) -> None:
    now = rig.source.vendor_now()
    answers = rig.source.read([Ask(name, now) for name in rig.source.streams])
    assert [answer.error for answer in answers] == [None] * 7
    assert rig.calls(Lane.READ) == 2


def test_records_are_fetched_200_to_a_call(rig: OrgRig) -> None:
    leads = [rig.lead() for _ in range(201)]
    assert [reading.ref for reading in rig.source.fetch(leads)] == leads
    assert rig.calls(Lane.READ) == 2


def test_a_stream_that_fails_does_not_take_the_others_with_it(rig: OrgRig) -> None:
    rig.org.remove_field("Lead", "LeadSource")
    now = rig.source.vendor_now()
    leads, contacts = rig.source.read(
        [Ask("salesforce.leads", now), Ask("salesforce.contacts", now)]
    )
    assert isinstance(leads.error, Refused)
    assert "LeadSource" in str(leads.error)
    assert contacts.error is None


def test_a_call_that_is_refused_as_a_whole_is_told_for_each_ask(rig: OrgRig) -> None:
    body = b'[{"message":"Unexpected character","errorCode":"JSON_PARSER_ERROR"}]'
    rig.tamper = lambda _, __: Response(400, (), body)
    answers = rig.source.read([Ask("salesforce.leads", MONDAY), Ask("salesforce.tasks", MONDAY)])
    assert [type(answer.error) for answer in answers] == [Refused, Refused]


def test_an_org_without_the_lead_key_is_read_when_slasync_creates_no_leads() -> None:
    rig = OrgRig(changed={"create_leads": CreateLeads.NEVER})
    rig.org.remove_field("Lead", "Slasync_Lead_Key__c")
    lead = rig.lead()
    assert people(rig)[lead].lead_key is None
    assert rig.connector.probe() == []
    rig.close()


@fault("V21")
def test_a_page_shorter_than_asked_for_is_not_taken_for_the_last(rig: OrgRig) -> None:
    first, second = rig.lead(), rig.lead()

    def shorten(body: dict[str, Any]) -> None:
        body["done"] = len(body["records"]) < 2
        del body["records"][1:]

    rig.tamper = changed_rows("Lead", shorten)
    assert [reading.ref for reading in read_all(rig, "leads")] == [first, second]


@pain("P26")
@fault("V22")
def test_a_page_that_does_not_advance_is_an_error(rig: OrgRig) -> None:
    rig.lead()
    rig.lead()
    pages: list[Response] = []

    def always_the_first(_: Request, answer: Response) -> Response:
        pages.append(answer)
        body = pages[0].json()
        body["compositeResponse"][0]["body"]["done"] = False
        return Response(answer.status, answer.headers, json.dumps(body).encode())

    rig.tamper = always_the_first
    now = rig.source.vendor_now()
    first = rig.source.read([Ask("salesforce.leads", now)])[0]
    assert first.position
    again = rig.source.read([Ask("salesforce.leads", now, None, first.position)])[0]
    assert isinstance(again.error, Refused)
    assert "does not advance" in str(again.error)


@fault("V16")
def test_an_empty_page_that_is_not_the_last_is_an_error(rig: OrgRig) -> None:
    rig.tamper = changed_rows("Lead", lambda body: body.update(done=False))
    answer = rig.source.read([Ask("salesforce.leads", rig.source.vendor_now())])[0]
    assert isinstance(answer.error, Refused)


def test_time_is_asked_for_when_no_answer_told_it_yet(rig: OrgRig) -> None:
    assert rig.source.vendor_now() == rig.clock.now()
    assert rig.calls(Lane.READ) == 0
    rig.clock.advance(0.5)
    assert rig.calls(Lane.LOGIN) == 1


# -- what an organisation lacks


def test_a_fit_organisation_has_no_problems(rig: OrgRig) -> None:
    assert rig.connector.probe() == []


def test_what_an_organisation_lacks_is_named(rig: OrgRig) -> None:
    rig.org.remove_field("Lead", "LeadSource")
    rig.org.remove_field("Lead", "Slasync_Stale__c")
    rig.org.remove_field("Task", "Slasync_Key__c")
    problems = rig.connector.probe()
    assert len(problems) == 3
    for name in ("Lead.LeadSource", "Lead.Slasync_Stale__c", "Task.Slasync_Key__c"):
        assert any(name in problem for problem in problems)


@fault("V9")
def test_a_key_that_is_not_unique_is_a_problem(rig: OrgRig) -> None:
    rig.org.remove_field("Task", "Slasync_Key__c")
    rig.org.add_field("Task", Field("Slasync_Key__c", length=80, external_id=True))
    [problem] = rig.connector.probe()
    assert "unique" in problem


@fault("V45")
def test_identity_is_pinned_by_the_token(rig: OrgRig) -> None:
    assert rig.connector.org_id == rig.org.org_id
    assert rig.connector.user_id == rig.org.integration_user_id


# -- text


@fault("S1")
def test_literals_cannot_break_out_of_a_query() -> None:
    assert quoted("O'Neil\\") == r"'O\'Neil\\'"


def test_keys_are_asked_for_in_clauses_the_vendor_accepts() -> None:
    queries = by_keys("Task", ["Id"], "Key__c", [f"{n:040x}" for n in range(200)])
    assert len(queries) == 3
    assert all(len(query.partition(" WHERE ")[2]) <= 4000 for query in queries)


def test_a_query_without_bounds_has_no_empty_condition() -> None:
    text = page(Table("User", bounded=False), ["Id"], Ask("s", MONDAY), 10)
    assert text == "SELECT Id FROM User ORDER BY SystemModstamp,Id LIMIT 10"


@fault("V43")
def test_ids_are_always_compared_in_18_characters() -> None:
    assert to18("005g50000000002") == "005g50000000002AAA"
    assert to18("005g50000000002AAA") == "005g50000000002AAA"
    with pytest.raises(ValueError, match="not a record id"):
        to18("Robert'); --")


@fault("V14")
def test_a_refused_login_stops_reading(rig: OrgRig) -> None:
    rig.org.update("User", rig.org.integration_user_id, {"IsActive": False}, rig.org.admin_id)
    with pytest.raises(Stopped):
        rig.source.read([Ask("salesforce.leads", MONDAY)])
