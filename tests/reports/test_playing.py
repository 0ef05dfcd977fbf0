"""Leads played forward: what decide would decide, when nothing stands in its way."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from slasync.domain.agreement import Effect, EffectKind, Rung, Stage
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Absence, LeadKey, Member, Ref
from slasync.domain.state import State
from slasync.domain.writes import Action
from slasync.reports.playing import Play, Scene, Stall, Story, Taken
from tests.builders import (
    ANA,
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    LEAD,
    MINUTE,
    MONDAY,
    POOL,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    called,
    days,
    nine_to_five,
    scored,
    status,
)

YEAR = 365 * DAY


def a_scene(*stalls: Stall, **changes: object) -> Scene:
    scene = Scene(
        agreement=an_agreement(),
        calendars={"office": nine_to_five()},
        roster=a_roster(),
        stalls=stalls,
    )
    return replace(scene, **changes)  # type: ignore[arg-type]


def a_story(*facts: Fact, number: int = 1) -> Story:
    """A lead of the marketing system alone, to which `facts` happen when they occur."""
    key = LeadKey(f"hubspot:contact:{number}")
    lead = a_lead(Ref("hubspot", "contact", str(number)), key=key)
    happens = [(fact.seen_at, fact) for fact in facts]
    return Story(lead=lead, happens=happens)


def fired(taken: Iterable[Taken], *clocks: str) -> list[tuple[datetime, str]]:
    return [
        (each.at, fact.data["rung"])
        for each in taken
        for fact in each.decision.facts
        if fact.kind == FactKind.FIRED and fact.data["clock"] in clocks
    ]


def owners(taken: Iterable[Taken]) -> list[str]:
    return [
        str(write.values["owner"])
        for each in taken
        for write in each.decision.writes
        if write.action in {Action.OWNER, Action.CREATE_LEAD}
    ]


def played(scene: Scene, *stories: Story, span: timedelta = YEAR) -> list[Taken]:
    return list(Play(scene, stories).run(MONDAY + span))


def test_an_untouched_lead_goes_through_every_owner_and_ends_in_the_queue() -> None:
    taken = played(a_scene(), a_story(scored(MONDAY)))

    rungs = ["day_0", "day_1", "day_2", "day_3"]
    assert [rung for _, rung in fired(taken, "first_touch")] == 3 * rungs
    assert owners(taken) == ["005ANA", "005BEN", "005CHI", "00GQUE"]
    assert [rung for _, rung in fired(taken, "processing")] == ["day_7", "day_8", "day_9"]


def test_every_rung_fires_at_the_instant_it_is_due() -> None:
    taken = played(a_scene(), a_story(scored(MONDAY)), span=3 * DAY)

    times = [at for at, _ in fired(taken, "first_touch")]
    assert times == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY, MONDAY + 3 * DAY]


def test_what_is_written_is_what_the_crm_shows_at_the_same_instant() -> None:
    play = Play(a_scene(), [a_story(scored(MONDAY))])
    taken = list(play.run(MONDAY))

    assert {each.at for each in taken} == {MONDAY}
    state = play.state(LEAD)
    assert state.owner == ANA.key
    assert state.leads
    assert len(state.cycles[0].tasks) == 1


def test_a_touch_ends_the_ladder_and_the_play_is_over_with_the_last_clock() -> None:
    ended = status(MONDAY + 5 * HOUR, "Unqualified")
    taken = played(a_scene(), a_story(scored(MONDAY), called(MONDAY + HOUR), ended))

    assert fired(taken, "first_touch", "processing") == [(MONDAY, "day_0")]
    assert taken[-1].at == MONDAY + 5 * HOUR


def test_our_closing_of_a_task_is_known_and_is_no_touch() -> None:
    play = Play(a_scene(), [a_story(scored(MONDAY), called(MONDAY + HOUR))])
    list(play.run(MONDAY + DAY))

    state = play.state(LEAD)
    assert list(state.closed) == list(state.withdrawn)
    assert [touch.channel for touch in state.touches] == ["call"]


def test_leads_of_one_instant_go_round_among_the_members() -> None:
    stories = [a_story(scored(MONDAY), number=number) for number in range(1, 7)]
    taken = played(a_scene(), *stories, span=HOUR)

    assert sorted(owners(taken)) == sorted(2 * ["005ANA", "005BEN", "005CHI"])


def test_members_with_a_limit_get_no_more_than_that_a_day() -> None:
    pool = replace(POOL, of={member: Member(most_a_day=1) for member in POOL.members})
    stories = [a_story(scored(MONDAY), number=number) for number in range(1, 6)]
    taken = played(a_scene(roster=a_roster(pool=pool)), *stories, span=HOUR)

    assert sorted(owners(taken)) == ["005ANA", "005BEN", "005CHI", "00GQUE", "00GQUE"]


def test_a_limit_of_open_leads_counts_those_that_are_open() -> None:
    limits = {member: Member(most_open=1) for member in POOL.members[:1]}
    pool = replace(POOL, members=POOL.members[:1], of=limits)
    done = status(MONDAY + HOUR, "Unqualified")
    first, second = a_story(scored(MONDAY), done), a_story(scored(MONDAY + 30 * MINUTE), number=2)
    third = a_story(scored(MONDAY + 2 * HOUR), number=3)
    taken = played(a_scene(roster=a_roster(pool=pool)), first, second, third, span=3 * HOUR)

    assert owners(taken) == ["005ANA", "00GQUE", "005ANA"]


def test_while_nobody_can_take_a_lead_it_is_offered_until_somebody_is_back() -> None:
    pool = replace(POOL, members=("ana@sandbox.example",), queue=None)
    back = MONDAY + 10 * DAY
    away = Absence("ana@sandbox.example", MONDAY - DAY, back)
    scene = a_scene(roster=a_roster(pool=pool, absences=(away,)))
    taken = played(scene, a_story(scored(MONDAY)), span=11 * DAY)

    created = [t.at for t in taken for w in t.decision.writes if w.action == Action.CREATE_LEAD]
    assert created == [back]
    assert len(taken) < 300  # not a decision each quarter of an hour for ten days


def test_a_rung_waits_for_a_stalled_stream_of_its_clock() -> None:
    stall = Stall("salesforce.tasks", MONDAY + 20 * HOUR, MONDAY + 26 * HOUR)
    taken = played(a_scene(stall), a_story(scored(MONDAY)), span=DAY + 3 * HOUR)

    assert fired(taken, "first_touch") == [
        (MONDAY, "day_0"), (MONDAY + 26 * HOUR, "day_1"),
    ]  # fmt: skip


def test_a_stream_that_no_event_of_the_clock_is_read_from_holds_nothing() -> None:
    stall = Stall("hubspot.contacts", MONDAY + 20 * HOUR, MONDAY + 26 * HOUR)
    taken = played(a_scene(stall), a_story(scored(MONDAY)), span=DAY)

    assert fired(taken, "first_touch")[-1] == (MONDAY + DAY, "day_1")


def test_a_call_that_is_learned_late_withdraws_the_reminder() -> None:
    late = replace(called(MONDAY + HOUR), seen_at=MONDAY + DAY + HOUR)
    play = Play(a_scene(), [a_story(scored(MONDAY), late)])
    taken = list(play.run(MONDAY + 5 * DAY))

    assert [rung for _, rung in fired(taken, "first_touch")] == ["day_0", "day_1"]
    assert play.state(LEAD).cycles[0].tasks == {}


def test_an_act_sees_the_lead_as_it_is_then() -> None:
    seen: list[str | None] = []

    def act(state: State) -> list[Fact]:
        seen.append(state.owner)
        return []

    story = a_story(scored(MONDAY))
    story = replace(story, happens=[*story.happens, (MONDAY + HOUR, act)])
    list(Play(a_scene(), [story]).run(MONDAY + DAY))

    assert seen == [ANA.key]


def test_a_play_goes_on_where_it_stopped() -> None:
    whole = played(a_scene(), a_story(scored(MONDAY)))
    play = Play(a_scene(), [a_story(scored(MONDAY))])
    pieces = [t for day in range(366) for t in play.run(MONDAY + day * DAY)]

    assert pieces == whole


def test_the_same_stories_in_another_order_come_to_the_same() -> None:
    stories = [
        a_story(scored(MONDAY + n * HOUR), called(MONDAY + n * DAY), number=n) for n in range(1, 9)
    ]

    def told(taken: list[Taken]) -> set[tuple[datetime, str, tuple[str, ...]]]:
        return {(t.at, t.decision.lead, t.decision.because) for t in taken}

    assert told(played(a_scene(), *stories)) == told(played(a_scene(), *reversed(stories)))


def test_times_never_run_backwards() -> None:
    stories = [a_story(scored(MONDAY + n * HOUR), number=n) for n in range(1, 20)]

    times = [taken.at for taken in played(a_scene(), *stories)]
    assert all(before <= after for before, after in pairwise(times))


def test_a_field_that_changes_is_the_lead_s_from_then_on() -> None:
    named = a_fact(FactKind.CHANGED, MONDAY, {"last_name": "Cale"}, source="hubspot")
    taken = played(a_scene(), a_story(named, scored(MONDAY + HOUR)), span=DAY)

    subjects = [w.values.get("subject") for t in taken for w in t.decision.writes]
    assert "Call Lou Cale (day_0)" in subjects


def test_a_person_s_choice_stands_through_the_play() -> None:
    chosen = a_fact(FactKind.OWNER, MONDAY + HOUR, {"owner": BEN.key}, by=ANA)
    play = Play(a_scene(), [a_story(scored(MONDAY), chosen)])
    taken = list(play.run(MONDAY + 30 * DAY))

    assert owners(taken) == ["005ANA"]
    assert play.state(LEAD).owner == BEN.key


def test_a_rung_that_recycles_ends_the_cycle_by_the_status_it_sets() -> None:
    recycle = Effect(EffectKind.RECYCLE, status="Nurturing", reason="not reached")
    clock = replace(FIRST_TOUCH, rungs=(FIRST_TOUCH.rungs[0], Rung("day_1", days(1), (recycle,))))
    scene = a_scene(agreement=an_agreement(clocks=(clock,)))
    play = Play(scene, [a_story(scored(MONDAY))])
    taken = list(play.run(MONDAY + 30 * DAY))

    assert fired(taken, "first_touch") == [(MONDAY, "day_0"), (MONDAY + DAY, "day_1")]
    assert play.state(LEAD).stage == Stage.RECYCLED
    assert play.state(LEAD).touches == []
