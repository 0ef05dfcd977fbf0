"""Two agreements over the same leads, and the record made ready to be played again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from slasync.domain.agreement import Agreement, Definition, OnReassign
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.identity.company import Companies, Company
from slasync.domain.identity.company_match import MatchTerms
from slasync.domain.lead import Lead, LeadKey, Ref
from slasync.domain.routing_rules import Destination, Routing, RoutingRule, To
from slasync.domain.time.calendars import Calendar, CoverageEnded
from slasync.reports.playing import Play, Scene, Story
from slasync.reports.record import Record, recorded
from slasync.reports.what_if import Comparison, what_if
from tests.builders import (
    ANA,
    BEN,
    BOT,
    BY_SCORE,
    CHI,
    CONTACT,
    DAY,
    FIRST_TOUCH,
    HOUR,
    LEAD,
    MONDAY,
    PROCESSING,
    RECORD,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    called,
    days,
    nine_to_five,
    owned,
    scored,
)

ROSTER = a_roster()
PATIENT = replace(
    FIRST_TOUCH,
    rungs=(FIRST_TOUCH.rungs[0], replace(FIRST_TOUCH.rungs[1], after=days(2))),
    on_reassign=OnReassign.CONTINUE,
)


def a_scene(agreement: Agreement | None = None) -> Scene:
    agreement = agreement or an_agreement()
    return Scene(agreement=agreement, calendars={"office": nine_to_five()}, roster=ROSTER)


def a_story(*facts: Fact, number: int = 1) -> Story:
    ref = Ref("hubspot", "contact", str(number))
    lead = a_lead(ref, key=LeadKey(str(ref)))
    return Story(lead=lead, happens=[(fact.occurred_at, fact) for fact in facts])


def compared(*stories: Story, span: int = 5, **changes: object) -> Comparison:
    other = an_agreement(clocks=(PATIENT, PROCESSING)) if not changes else an_agreement(**changes)
    return what_if(stories, a_scene(), a_scene(other), MONDAY + span * DAY)


def test_an_agreement_compared_with_itself_differs_in_nothing() -> None:
    stories = [a_story(scored(MONDAY + n * HOUR), number=n) for n in range(1, 6)]
    found = what_if(stories, a_scene(), a_scene(), MONDAY + 30 * DAY)

    assert found.differing == ()
    assert found.old == found.new


def test_a_calendar_that_has_ended_is_told_of_either_agreement() -> None:
    spec = replace(nine_to_five().spec, last=MONDAY.date())
    ended = replace(a_scene(), calendars={"office": Calendar(spec)})
    for scenes in ((ended, a_scene()), (a_scene(), ended)):
        with pytest.raises(CoverageEnded, match="extend its dates and holidays"):
            what_if([a_story(scored(MONDAY))], *scenes, MONDAY + 5 * DAY)


def test_a_rung_at_the_anchor_only_tells_and_every_later_one_is_a_breach() -> None:
    found = compared(a_story(scored(MONDAY)), span=2)

    assert found.old.breaches == {"first_touch/day_1": 1, "first_touch/day_2": 1}
    assert found.new.breaches == {"first_touch/day_1": 1}
    assert (found.old.breached, found.new.breached) == (1, 1)


def test_a_lead_that_was_touched_in_time_has_no_breach() -> None:
    found = compared(a_story(scored(MONDAY), called(MONDAY + 25 * HOUR)), span=3)

    assert (found.old.breaches.total(), found.new.breaches.total()) == (1, 0)


def test_each_owner_s_clock_is_a_breach_of_its_own() -> None:
    found = compared(a_story(scored(MONDAY)), span=4)

    assert found.old.breached == 2
    assert found.old.reassignments == 1
    assert found.new.reassignments == 0


def test_tasks_count_for_who_gets_them_and_a_task_written_anew_is_a_reminder() -> None:
    found = compared(a_story(scored(MONDAY)), span=2)

    assert found.old.tasks == {ANA.key: 1, "005MIA": 1}
    assert found.old.reminders == {ANA.key: 2}
    assert found.new.tasks == {ANA.key: 1}


def test_managers_tasks_and_digest_lines_are_a_load_of_their_week() -> None:
    found = compared(a_story(scored(MONDAY)), span=4)

    assert found.old.load == {("2026-W10", "005MIA"): 1, ("2026-W10", "lea@sandbox.example"): 1}
    assert found.new.load == {}


def test_leads_that_differ_are_told_with_what_differs() -> None:
    quick = a_story(scored(MONDAY), called(MONDAY + HOUR), number=1)
    slow = a_story(scored(MONDAY), number=2)
    found = compared(quick, slow, span=4)

    assert [(each.lead, each.what) for each in found.differing] == [
        ("hubspot:contact:2", ("rungs", "owners")),
    ]  # fmt: skip
    assert [str(p) for p in found.differing[0].new.passed] == [
        "first_touch/day_0", "first_touch/day_1",
    ]  # fmt: skip


def test_a_lead_that_the_other_agreement_never_hands_over_differs_in_that() -> None:
    strict = replace(BY_SCORE, rule=lambda _: False)
    found = compared(a_story(scored(MONDAY)), definitions=(strict,))

    assert found.differing[0].what == ("hand-over", "rungs", "owners")
    assert found.differing[0].new.handed_over == []
    assert (found.old.handed_over, found.new.handed_over) == (1, 0)


def test_a_field_that_was_not_watched_has_no_history_and_that_is_said() -> None:
    by_country = Definition("country", "country == 'DE'", lambda _: False, frozenset({"country"}))
    found = compared(a_story(scored(MONDAY)), definitions=(BY_SCORE, by_country))

    assert found.cannot_tell[-1] == (
        "No history was kept of country: rules that read it find no change."
    )
    assert len(found.cannot_tell) == len(compared(a_story(scored(MONDAY))).cannot_tell) + 1


def test_a_rule_that_asks_for_accounts_finds_those_of_the_mirror_or_says_that_none_are_read() -> (
    None
):
    own = RoutingRule("own", "", lambda _: True, frozenset(), Destination(To.ACCOUNT_OWNER))
    asking = an_agreement(routing=Routing((own,), companies=MatchTerms()))
    lead = replace(a_story(scored(MONDAY)).lead, fields={"email": "ann@acme.com", "score": 80})
    story = replace(a_story(scored(MONDAY)), lead=lead)
    acme = Company("001A", "Acme", CHI.key, ("acme.com",))
    read = replace(a_scene(asking), companies=Companies([acme]).found)

    unread = what_if([story], a_scene(), a_scene(asking), MONDAY + DAY)
    found = what_if([story], a_scene(), read, MONDAY + DAY)

    assert unread.cannot_tell[-1].startswith("No accounts are read: ")
    assert found.new.fates[story.lead.key].owners == [CHI.key]
    assert not found.cannot_tell[-1].startswith("No accounts")


def test_what_the_record_cannot_tell_is_said_each_time() -> None:
    told = " ".join(compared(a_story(scored(MONDAY))).cannot_tell)

    for words in ("What people did", "another owner", "outages", "absences"):
        assert words in told


# the record


def the_record(*facts: Fact, refs: Sequence[Ref] = (CONTACT, RECORD), since: int = 0) -> Record:
    lead = Lead(LEAD, tuple(refs), {"last_name": "Reed"})
    start = MONDAY + since * DAY
    return recorded({LEAD: lead}, {LEAD: facts}, an_agreement(), ROSTER, start)


def our(kind: FactKind, at: int, /, **data: object) -> Fact:
    when = MONDAY + at * HOUR
    return a_fact(kind, when, data, source=OURS, source_id=f"{kind}:{at}")


LINKED = our(FactKind.LINKED, 1, system=RECORD.system, kind=RECORD.kind, id=RECORD.id)
ROUTED = our(FactKind.ROUTED, 1, cycle="c1", generation=0, owner=BEN.key)
FIRST_OWNER = a_fact(FactKind.OWNER, MONDAY + HOUR, {"owner": BEN.key}, source_id=f"owner:{RECORD}")
ENTERED = a_fact(
    FactKind.ENTERED,
    MONDAY + HOUR,
    {"system": RECORD.system, "kind": RECORD.kind, "id": RECORD.id},
)


def kinds(record: Record) -> list[FactKind]:
    return [f.kind for story in record.stories for _, f in story.happens if isinstance(f, Fact)]


def test_slasync_s_own_decisions_are_left_out() -> None:
    record = the_record(scored(MONDAY), ROUTED, called(MONDAY + 2 * HOUR))

    assert kinds(record) == [FactKind.CHANGED, FactKind.TOUCH]


def test_a_record_that_slasync_made_is_not_there_until_it_is_made_again() -> None:
    record = the_record(scored(MONDAY), LINKED, ENTERED, FIRST_OWNER)

    assert kinds(record) == [FactKind.CHANGED]
    assert record.stories[0].lead.refs == (CONTACT,)
    assert record.stories[0].record == RECORD


def test_a_record_that_somebody_else_made_is_there() -> None:
    record = the_record(scored(MONDAY), ENTERED, FIRST_OWNER)

    assert kinds(record) == [FactKind.CHANGED, FactKind.ENTERED, FactKind.OWNER]
    assert record.stories[0].record is None


def test_an_echo_of_our_owner_change_is_left_out_and_another_machine_s_is_not() -> None:
    echo = a_fact(FactKind.OWNER, MONDAY + 2 * HOUR, {"owner": BEN.key, "ours": True}, by=BOT)
    other = a_fact(FactKind.OWNER, MONDAY + 3 * HOUR, {"owner": ANA.key, "ours": True}, by=BOT)
    record = the_record(scored(MONDAY), ROUTED, echo, other)

    assert [f.data for _, f in record.stories[0].happens[1:] if isinstance(f, Fact)] == [other.data]


def test_a_task_that_slasync_closed_was_no_touch_and_one_that_a_person_closed_was() -> None:
    closing = our(FactKind.WITHDRAWN, 5, cycle="c1", clock="first_touch", task_keys=["t1"])
    by_us = a_fact(FactKind.TOUCH, MONDAY + 5 * HOUR, {"task_key": "t1"}, by=ANA)
    by_her = a_fact(FactKind.TOUCH, MONDAY + 4 * HOUR, {"task_key": "t1"}, by=ANA)

    assert kinds(the_record(scored(MONDAY), closing, by_us)) == [FactKind.CHANGED]
    assert kinds(the_record(scored(MONDAY), closing, by_her)) == [FactKind.CHANGED, FactKind.TOUCH]


def test_what_was_so_before_is_known_and_nothing_is_decided_about_it() -> None:
    before = owned(MONDAY - DAY)
    record = the_record(before, scored(MONDAY))

    assert record.stories[0].known == (before,)
    assert kinds(record) == [FactKind.CHANGED]


def test_leads_to_which_nothing_happened_since_are_not_played() -> None:
    assert the_record(scored(MONDAY), since=1).stories == ()


def test_a_lead_that_was_with_sales_already_is_left_out_and_counted() -> None:
    handover = our(FactKind.HANDOVER, 1, cycle="c1", definition="score", evidence={"score": 80})
    record = the_record(scored(MONDAY), handover, called(MONDAY + 2 * DAY), since=1)

    assert (record.stories, record.left_out) == ((), 1)


def test_a_play_that_is_recorded_and_played_again_comes_to_the_same() -> None:
    scene = a_scene()
    story = a_story(scored(MONDAY), called(MONDAY + 26 * HOUR))
    play = Play(scene, [story])
    first = [f for t in play.run(MONDAY + 9 * DAY) for f in t.decision.facts]
    made = Ref("salesforce", "lead", f"made for {story.lead.key}")
    lead = replace(story.lead, refs=(*story.lead.refs, made))
    record = recorded(
        {lead.key: lead}, {lead.key: play.facts(lead.key)}, scene.agreement, ROSTER, MONDAY
    )
    again = [f for t in Play(scene, record.stories).run(MONDAY + 9 * DAY) for f in t.decision.facts]

    assert again == first


def test_a_lead_that_slasync_recycled_is_not_recycled_for_the_other_agreement() -> None:
    fired = our(
        FactKind.FIRED,
        50,
        cycle="c1",
        clock="first_touch",
        generation=0,
        rung="day_2",
        effects=[{"kind": "recycle", "role": "nobody", "to": "not reached"}],
    )
    at = MONDAY + 50 * HOUR
    by_us = a_fact(FactKind.STATUS, at, {"status": "Nurturing"}, by=BOT)
    by_her = a_fact(FactKind.STATUS, at, {"status": "Nurturing"}, by=ANA)

    assert kinds(the_record(scored(MONDAY), fired, by_us)) == [FactKind.CHANGED]
    assert kinds(the_record(scored(MONDAY), fired, by_her)) == [FactKind.CHANGED, FactKind.STATUS]
    assert kinds(the_record(scored(MONDAY), by_us)) == [FactKind.CHANGED, FactKind.STATUS]


def test_an_owner_whom_an_operator_released_is_released_again() -> None:
    released = our(FactKind.RELEASED, 5, why="asked for")

    assert kinds(the_record(scored(MONDAY), released)) == [FactKind.CHANGED, FactKind.RELEASED]
