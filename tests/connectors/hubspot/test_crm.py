"""HubSpot as the CRM: what counts as a touch and when, and what its writes have to get past."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from slasync.connectors.hubspot.crm_batches import Batches, Row, Told, fresh
from slasync.connectors.hubspot.crm_finding import Finder
from slasync.connectors.hubspot.crm_people import NOBODY
from slasync.connectors.hubspot.crm_tasks import Tasks
from slasync.connectors.hubspot.objects import Objects
from slasync.connectors.naming import Named
from slasync.domain.facts import FactKind
from slasync.domain.lead import Pool, Ref, UserKey, UserKind
from slasync.domain.writes import Action, Judged
from slasync.ports import ActivityReading, Ask, Outcome, UserReading
from slasync.systems import OpportunitiesConfig
from tests.connectors.contract_sink import a_change, a_status, a_task, a_write
from tests.connectors.contract_source import people, read_all
from tests.connectors.hubspot.portal import PortalRig
from tests.faults.marks import fault

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def rig() -> PortalRig:
    return PortalRig()


def touches(rig: PortalRig, stream: str = "tasks") -> list[ActivityReading]:
    read = [r for r in read_all(rig, stream) if isinstance(r, ActivityReading)]
    return [each for each in read if each.kind is FactKind.TOUCH]


def grade(rig: PortalRig) -> str:
    [touch] = touches(rig)
    return str(touch.data["grade"])


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


# when something happened


def test_a_call_counts_from_when_it_was_made_not_from_when_it_was_noted(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.clock.advance(7200)
    at = rig.clock.now() - HOUR
    rig.call(lead, rep, hs_timestamp=stamp(at))
    [touch] = touches(rig)
    assert (touch.occurred_at, touch.data["grade"]) == (at, "strong")


@pytest.mark.parametrize("hours", [-25, 25])
def test_a_time_more_than_a_day_from_when_it_was_noted_is_suspect(
    rig: PortalRig, hours: int
) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.clock.advance(48 * 3600)
    noted = rig.clock.now()
    rig.call(lead, rep, hs_timestamp=stamp(noted + hours * HOUR))
    [touch] = touches(rig)
    assert (touch.occurred_at, touch.data["grade"]) == (noted, "suspect")


def test_a_call_from_before_the_lead_was_made_is_suspect(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.clock.advance(600)
    rig.call(lead, rep, hs_timestamp=stamp(rig.clock.now() - HOUR))
    assert grade(rig) == "suspect"


# what counts


@pytest.mark.parametrize("status", ["CANCELED", "QUEUED", "RINGING"])
def test_a_call_that_was_not_made_is_no_touch(rig: PortalRig, status: str) -> None:
    rig.call(rig.lead(), rig.rep(), hs_call_status=status)
    assert not touches(rig)


def test_a_call_tells_how_long_it_was(rig: PortalRig) -> None:
    rig.call(rig.lead(), rig.rep(), hs_call_duration="61500")
    assert touches(rig)[0].data["seconds"] == 61


@pytest.mark.parametrize(("direction", "times"), [("EMAIL", 1), ("INCOMING_EMAIL", 0)])
def test_an_email_that_was_sent_is_a_touch_and_one_that_came_is_none(
    rig: PortalRig, direction: str, times: int
) -> None:
    lead, rep = rig.lead(), rig.rep()
    values = {"hs_timestamp": stamp(rig.clock.now()), "hs_email_direction": direction}
    rig.done(lead, "emails", rep, hubspot_owner_id=rep, **values)
    assert [touch.data["channel"] for touch in touches(rig)] == ["email"] * times


def test_an_email_that_came_is_contact_made_by_the_lead_without_its_words(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    values = {
        "hs_timestamp": stamp(rig.clock.now()), "hs_email_direction": "INCOMING_EMAIL",
        "hs_email_subject": "Please call me",
    }  # fmt: skip
    rig.done(lead, "emails", rep, hubspot_owner_id=rep, **values)
    [contact] = [r for r in read_all(rig, "tasks") if isinstance(r, ActivityReading)]
    assert (contact.kind, contact.about, contact.occurred_at) == (
        FactKind.CONTACT, lead, rig.clock.now(),
    )  # fmt: skip
    assert contact.data == {"channel": "email", "grade": "strong"}


@pytest.mark.parametrize(("direction", "told"), [("INBOUND", {"inbound": True}), ("OUTBOUND", {})])
def test_a_call_tells_whether_the_lead_rang(
    rig: PortalRig, direction: str, told: dict[str, bool]
) -> None:
    rig.call(rig.lead(), rig.rep(), hs_call_direction=direction)
    [touch] = touches(rig)
    assert {name: v for name, v in touch.data.items() if name == "inbound"} == told


def test_a_note_is_shown_and_not_counted(rig: PortalRig) -> None:
    rep = rig.rep()
    rig.done(rig.lead(), "notes", rep, hs_timestamp=stamp(rig.clock.now()), hubspot_owner_id=rep)
    assert grade(rig) == "unclassified"


def test_who_did_it_is_the_user_who_noted_it_where_no_owner_is_named(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.done(lead, "calls", rep, hs_timestamp=stamp(rig.clock.now()))
    assert touches(rig)[0].by == rep


def test_a_meeting_is_a_touch_once_it_has_begun(rig: PortalRig) -> None:
    lead, rep, now = rig.lead(), rig.rep(), rig.clock.now()
    begins = {"hs_meeting_start_time": stamp(now + HOUR), "hs_timestamp": stamp(now + HOUR)}
    rig.done(lead, "meetings", rep, hubspot_owner_id=rep, **begins)
    assert not touches(rig, "events")
    rig.clock.advance(4200)
    since = rig.clock.now() - HOUR  # nobody has changed it since
    read = read_all(rig, "events", since)
    assert [r.occurred_at for r in read if isinstance(r, ActivityReading)] == [now + HOUR]


def test_one_call_with_two_leads_touches_both(rig: PortalRig) -> None:
    one, two, rep = rig.lead(), rig.lead(), rig.rep()
    call = rig.call(one, rep)
    rig.hubspot.portal.links.tie(("calls", int(call)), ("contacts", int(two.id)), {194})
    assert {touch.about for touch in touches(rig)} == {one, two}


def test_calls_are_found_by_search_once_the_first_load_is_over(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    since = rig.clock.now()
    rig.clock.advance(60)
    rig.call(lead, rep)
    found = [r for r in read_all(rig, "tasks", since) if isinstance(r, ActivityReading)]
    assert [(each.about, each.by) for each in found] == [(lead, rep)]


# tasks of ours


def test_a_task_that_a_person_closes_is_his_weak_touch(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep, "ab" * 20)])
    rig.clock.advance(60)
    rig.close_task("ab" * 20, rep)
    found = [r for r in read_all(rig, "tasks") if isinstance(r, ActivityReading)]
    assert [(r.kind, r.by) for r in found] == [(FactKind.TOUCH, rep), (FactKind.TASK_ENDED, rep)]
    assert found[0].data["grade"] == "weak"


def test_a_task_that_slasync_closes_is_nobodys_touch(rig: PortalRig) -> None:
    lead = rig.lead()
    rig.sink.apply([a_task(lead, rig.rep(), "ab" * 20)])
    rig.sink.apply([a_write(Action.CLOSE_TASK, lead, "ab" * 20, text="called in time")])
    found = [r for r in read_all(rig, "tasks") if isinstance(r, ActivityReading)]
    assert [(r.kind, r.by) for r in found] == [(FactKind.TASK_ENDED, "automation")]


def test_a_task_that_a_person_deletes_is_told_of_its_lead(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.sink.apply([a_task(lead, rep, "ab" * 20)])
    rig.delete_task("ab" * 20, rep)
    [ended] = [r for r in read_all(rig, "archived") if isinstance(r, ActivityReading)]
    assert (ended.about, ended.data["how"], ended.data["task_key"]) == (lead, "deleted", "ab" * 20)


@fault("V6", "V8")
def test_a_lost_answer_is_followed_by_no_second_task(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.lose_answer()
    first = rig.sink.apply([a_task(lead, rep, "ab" * 20)])[0]
    again = rig.sink.apply([a_task(lead, rep, "ab" * 20)])[0]
    assert (first.outcome, again.outcome) == (Outcome.UNKNOWN, Outcome.APPLIED)
    assert not again.created
    assert len(rig.tasks("ab" * 20)) == 1


@fault("V8")
def test_a_task_that_another_process_makes_in_the_same_moment_is_not_made_twice(
    rig: PortalRig,
) -> None:
    """HubSpot itself refuses the second: the property is unique; the next try finds the first."""
    lead = rig.lead()
    rig.sink.apply([a_task(lead, rig.rep(), "ab" * 20)])
    batches = Batches(Objects(rig.connector.transport, 100), 100)
    body = {"slasync_key": "ab" * 20, "hs_timestamp": stamp(rig.clock.now())}
    told = batches.send("tasks", "create", [Row("a trace", {"properties": body})], first=True)
    assert fresh(told["a trace"].receipt, "slasync_key").outcome is Outcome.TRY_LATER
    assert len(rig.tasks("ab" * 20)) == 1


class Meanwhile(Batches):
    """Somebody does something while a request is on its way."""

    act: Callable[[], object]

    def send(self, kind: str, how: str, sent: Sequence[Row], *, first: bool) -> dict[str, Told]:
        if sent:
            self.act()
        return super().send(kind, how, sent, first=first)


def test_a_task_about_a_contact_that_is_deleted_just_then_waits_for_nobody(rig: PortalRig) -> None:
    """Else it is parked, and somebody is asked to see to a lead that is gone."""
    crm, objects = rig.config.crm, Objects(rig.connector.transport, 100)
    assert crm is not None
    lead = rig.lead()
    meanwhile = Meanwhile(objects, 100)
    meanwhile.act = lambda: rig.hubspot.archive("contacts", lead.id)
    tasks = Tasks(crm, Finder(crm, objects, 100), meanwhile, rig.clock)
    [told] = tasks.write([a_task(lead, rig.rep(), "ab" * 20)], first=True)
    assert told.outcome is Outcome.GONE
    assert rig.tasks("ab" * 20) == []


def test_what_a_task_says_is_text_and_not_markup(rig: PortalRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    task = a_task(lead, rep, "ab" * 20)
    values = {**task.values, "text": "Score < 80\nCall <now>"}
    rig.sink.apply([replace(task, values=values)])
    body = rig.hubspot.get("tasks", rig.task("ab" * 20))["hs_task_body"]
    assert body == "Score &lt; 80<br>Call &lt;now&gt;"


# owners


def test_a_contact_without_an_owner_stands_in_a_queue_of_that_name(rig: PortalRig) -> None:
    lead = rig.lead()
    queues = [r.user for r in read_all(rig, "queues") if isinstance(r, UserReading)]
    assert people(rig)[lead].owner == NOBODY
    assert [(q.key, q.name, q.kind) for q in queues] == [(NOBODY, "Unassigned", UserKind.QUEUE)]


def test_a_lead_is_given_back_to_nobody(rig: PortalRig) -> None:
    lead = rig.lead(rig.rep())
    [told] = rig.sink.apply([a_change(lead, NOBODY, None)])
    assert told.outcome is Outcome.APPLIED
    assert rig.owner(lead) == ""


def test_a_deactivated_user_is_read_as_one(rig: PortalRig) -> None:
    rep = rig.rep()
    rig.hubspot.archive_owner(rep)
    users = {r.user.key: r.user for r in read_all(rig, "users") if isinstance(r, UserReading)}
    assert not users[rep].active


@fault("V36")
def test_an_owner_who_was_deactivated_is_refused_for_that_alone(rig: PortalRig) -> None:
    ana, ben = rig.rep(), rig.rep()
    first, second = rig.lead(ana), rig.lead(ana)
    rig.hubspot.archive_owner(ben)

    refused = a_write(Action.OWNER, first, "a1" * 20, owner=ben)
    told = rig.sink.apply([refused, a_write(Action.OWNER, second, "a2" * 20, owner=ana)])

    assert [(each.outcome, each.unfit_owner) for each in told] == [
        (Outcome.REFUSED, True),
        (Outcome.APPLIED, False),
    ]
    assert rig.owner(first) == ana


def test_changes_of_owner_are_told_with_their_time_and_author(rig: PortalRig) -> None:
    first, second = rig.rep(), rig.rep()
    lead, since = rig.lead(first), rig.clock.now()
    rig.clock.advance(60)
    rig.hubspot.update("contacts", lead.id, {"hubspot_owner_id": second}, rig.user(first))
    rig.clock.advance(60)
    rig.sink.apply([a_change(lead, first, None)])
    told = [r for r in read_all(rig, "lead_history", since) if isinstance(r, ActivityReading)]
    assert {(r.data["owner"], r.by, r.occurred_at - since) for r in told} == {
        (second, first, timedelta(seconds=60)),
        (first, UserKey("automation"), timedelta(seconds=120)),
    }


# statuses


def stage_rig(*, backward: bool) -> PortalRig:
    told = {"status_property": "lifecyclestage", "converted": frozenset({"customer"})}
    return PortalRig(crm=told | {"backward": backward})


def sent_back(rig: PortalRig) -> tuple[Outcome, str, str]:
    lead = rig.lead()
    rig.hubspot.update("contacts", lead.id, {"lifecyclestage": "salesqualifiedlead"})
    judged = Judged(NOBODY, None, "salesqualifiedlead")
    [told] = rig.sink.apply([a_status(lead, "marketingqualifiedlead", judged)])
    return told.outcome, rig.held(lead)["lifecyclestage"], told.message


def test_a_stage_that_only_moves_forward_is_refused_with_the_way_to_have_it() -> None:
    outcome, stage, message = sent_back(stage_rig(backward=False))
    assert (outcome, stage) == (Outcome.REFUSED, "salesqualifiedlead")
    assert "crm.backward: true" in message


def test_a_stage_is_cleared_and_set_back_where_that_is_allowed() -> None:
    outcome, stage, _ = sent_back(stage_rig(backward=True))
    assert (outcome, stage) == (Outcome.APPLIED, "marketingqualifiedlead")


# calls


def test_leads_histories_and_contacts_are_one_search() -> None:
    rig = PortalRig(changed={"marketing": True})
    rig.lead()
    rig.clock.advance(60)
    now, since = rig.source.vendor_now(), rig.clock.now() - 2 * HOUR
    names = ("hubspot.leads", "hubspot.lead_history", "hubspot.contacts")
    answers = rig.source.read([Ask(name, now, since) for name in names])
    assert rig.hubspot.calls["POST /crm/v3/objects/contacts/search"] == 1
    assert [answer.stream for answer in answers] == list(names)
    [lead], [contact] = answers[0].readings, answers[2].readings
    assert lead.ref == Ref("hubspot", "lead", contact.ref.id)
    assert contact.ref in getattr(lead, "links", ())


def test_searches_beyond_those_of_a_second_wait_and_are_no_failure(rig: PortalRig) -> None:
    now = rig.source.vendor_now()
    asks = [Ask("hubspot.leads", now, now - n * HOUR) for n in range(1, 7)]
    answers = rig.source.read(asks)
    assert not [answer.error for answer in answers if answer.error]
    assert [answer.wait is not None for answer in answers].count(True) == 2


def test_a_hundred_tasks_are_three_calls(rig: PortalRig) -> None:
    """Read by key, the leads read, and made: that is 30 calls for 1,000."""
    rep, leads = rig.rep(), [rig.lead() for _ in range(100)]
    before = sum(rig.hubspot.calls.values())
    told = rig.sink.apply([a_task(lead, rep, f"{n:040}") for n, lead in enumerate(leads)])
    assert {receipt.outcome for receipt in told} == {Outcome.APPLIED}
    assert sum(rig.hubspot.calls.values()) - before == 3


# what is lacking


def test_an_account_that_is_ready_lacks_nothing(rig: PortalRig) -> None:
    assert rig.connector.probe() == []


def test_a_key_that_is_not_unique_is_told_with_what_follows(rig: PortalRig) -> None:
    schema = rig.hubspot.portal.schemas["tasks"]
    schema.properties["slasync_key"] = replace(schema.properties["slasync_key"], unique=False)
    del schema.properties["slasync_contact"]
    missing, twice = rig.connector.probe()
    assert missing == "tasks have no property slasync_contact: `slasync provision hubspot` makes it"
    assert twice.startswith("the property slasync_key of tasks: it takes a value twice")
    assert twice.endswith("make another one with unique values, and name it in crm.properties")


def test_the_window_between_reading_and_writing_is_measured(rig: PortalRig) -> None:
    *_, told = rig.connector.notes()
    assert told.endswith("is overwritten: the window is 0 ms")


def test_people_and_queues_whom_the_files_name_are_looked_for(rig: PortalRig) -> None:
    owners = rig.hubspot.portal.owners
    for email in ("ana@acme.example", "ben@acme.example", "Mia@acme.example"):
        rig.rep(email)
    gone, twin = rig.rep("chi@acme.example"), rig.rep("ben@acme.example")
    owners.archive(int(gone))
    members = tuple(f"{name}@acme.example" for name in ("ana", "ben", "bert", "chi"))
    pools = {
        "inbound": Pool("inbound", members, "mia@acme.example", queue="Unassigned"),
        "late": Pool("late", (), queue="Late"),
    }
    told = list(rig.connector.unknown(Named(pools=pools)).problems)
    inbound = "@acme.example (a member of pool inbound)"
    assert told[0].startswith(f"ben{inbound} is several users (")
    assert twin in told[0]
    assert told[1:] == [
        f"bert{inbound} is no user of HubSpot: correct teams.yaml, or add the user",
        f"chi{inbound} is not active: take the address out of teams.yaml",
        "pool late names no manager, and HubSpot has none: name one in teams.yaml",
        "there is no queue 'Late' (pool late): make it, or correct teams.yaml",
    ]


def test_a_task_to_leadership_needs_an_active_owner_there(rig: PortalRig) -> None:
    rig.rep("mia@acme.example")
    pools = {"inbound": Pool("inbound", (), "mia@acme.example", leadership=("lea@acme.example",))}
    asked = Named(pools=pools, tasks_for_leadership=True)
    assert rig.connector.unknown(Named(pools=pools)).problems == ()
    told = "none of pool inbound's leadership (lea@acme.example) is an active user of HubSpot"
    [problem] = rig.connector.unknown(asked).problems
    assert problem.startswith(told)
    lea = rig.rep("Lea@acme.example")
    assert rig.connector.unknown(asked).problems == ()
    rig.hubspot.portal.owners.archive(int(lea))
    [problem] = rig.connector.unknown(asked).problems
    assert problem.startswith(told)


def test_stages_of_deals_are_compared_with_those_of_the_agreement() -> None:
    rig = PortalRig(crm={"opportunities": OpportunitiesConfig()})
    named = frozenset({"Qualifiedtobuy", "Closedwon", "Won by chance"})
    found = rig.connector.unknown(Named(stages=named))
    closed, missing = found.problems
    assert closed.startswith("deal stage 'Closedwon' is a closed one: take it out of")
    assert missing.startswith("there is no deal stage 'Won by chance': correct it in")
    assert len(found.notes) == 4
    assert found.notes[0].startswith("Deal stage 'Appointmentscheduled' is not in definitions.")
    assert PortalRig().connector.unknown(Named(stages=named)).problems == ()


def test_statuses_are_compared_with_the_options_of_the_property() -> None:
    rig = PortalRig(crm={"status_property": "hs_lead_status"})
    options = rig.hubspot.portal.schemas["contacts"].properties["hs_lead_status"].options
    known = dict.fromkeys(options, "agreement.yaml, stages.of_status")
    assert rig.connector.unknown(Named(statuses=known)).problems == ()
    missing, extra = rig.connector.unknown(
        Named(statuses={s: w for s, w in known.items() if s != "NEW"} | {"Raw": "a rung"})
    ).problems
    assert missing.startswith("the property hs_lead_status of contacts has no value 'Raw' (a rung)")
    assert extra.startswith("the property hs_lead_status of contacts 'NEW' has no stage")


def test_a_property_that_takes_any_words_has_no_options_to_compare(rig: PortalRig) -> None:
    assert rig.connector.unknown(Named(statuses={"Raw": "a rung"})).problems == ()
