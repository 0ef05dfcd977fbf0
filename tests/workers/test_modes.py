"""Modes per team: what is written, what is only kept, and what follows when a mode changes."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.caps import Caps
from slasync.domain.facts import FactKind
from slasync.domain.lead import LeadKey
from slasync.domain.modes import Canary, Mode
from slasync.domain.writes import Action
from slasync.store.outbox_values import State
from slasync.store.unit import reading
from tests.builders import ANA, BEN, BOT, CHI, DAY, HOUR, MINUTE, MONDAY, a_fact, called
from tests.workers.teams import DORA, Teams, modes

MIXED = modes(inbound=Mode.ENFORCE, dach=Mode.SHADOW)
MESSAGES = {Action.TASK, Action.FLAG_STALE, Action.OWNER, Action.STATUS}


@pytest.fixture
def teams(sqlite_engine: Engine) -> Teams:
    return Teams(sqlite_engine)


def days(teams: Teams, number: int) -> None:
    """Let days pass, and decide on each."""
    for _ in range(number):
        teams.go_on(DAY)
        teams.decide()


def written(teams: Teams, lead: LeadKey) -> list[Action]:
    return [view.write.action for view in teams.writes() if view.lead == lead]


# each team under its mode


def test_of_two_teams_the_enforced_one_is_written_to_and_the_other_kept_back(
    engine: Engine,
) -> None:
    teams = Teams(engine)
    teams.under = MIXED
    ours, theirs = teams.lead(ANA), teams.lead(DORA)
    teams.decide()
    days(teams, 2)
    assert written(teams, theirs) == []
    kept = [write for write in teams.shadowed(theirs) if write.action is Action.TASK]
    assert [write.rung for write in kept] == ["day_0", "day_1", "day_2", "day_2"]
    assert kept[0].values["owner"] == DORA.key
    assert written(teams, ours).count(Action.TASK) == 4
    assert teams.shadowed(ours) == []


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.SHADOW])
def test_both_decide_as_if_they_wrote(teams: Teams, mode: Mode) -> None:
    teams.under = modes(inbound=Mode.ENFORCE, dach=mode)
    theirs = teams.lead(DORA)
    teams.decide()
    days(teams, 1)
    assert [rung for key, rung in teams.fired() if key == theirs] == ["day_0", "day_1"]
    with reading(teams.engine) as unit:
        assert {decision.mode for decision in unit.decisions.of(theirs)} == {mode.value}
        assert not unit.digests.since(MONDAY)


def test_in_mode_observe_nothing_is_kept_for_comparison(teams: Teams) -> None:
    teams.under = modes(inbound=Mode.ENFORCE, dach=Mode.OBSERVE)
    theirs = teams.lead(DORA)
    teams.decide()
    assert teams.shadowed(theirs) == []


def test_leadership_is_not_told_of_leads_that_are_shadowed(teams: Teams) -> None:
    teams.under = MIXED
    teams.lead(DORA)
    teams.decide()
    days(teams, 3)
    with reading(teams.engine) as unit:
        assert not unit.digests.since(MONDAY)


def test_a_lead_in_a_queue_is_its_pools_whose_turn_it_is(teams: Teams) -> None:
    teams.under = modes(inbound=Mode.SHADOW, dach=Mode.ENFORCE)
    lead = teams.lead(owner=None)
    teams.decide()
    assert written(teams, lead) == []
    (made,) = [w for w in teams.shadowed(lead) if w.action is Action.CREATE_LEAD]
    assert made.values["owner"] == ANA.key
    assert teams.mode(lead).holds.teams == ("inbound",)


def test_a_decision_of_shadow_is_written_down_once_however_often_it_is_taken(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    for _ in range(5):
        teams.decide()
        teams.learn(lead)
        teams.go_on(MINUTE)
    with reading(teams.engine) as unit:
        assert len(unit.decisions.of(lead)) == 1
    assert len(teams.shadowed(lead)) == len({w.key for w in teams.shadowed(lead)})


def test_a_touch_in_shadow_ends_the_clock_and_would_close_the_task(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    teams.decide()
    teams.learn(lead, called(teams.clock.now() + HOUR, DORA))
    teams.go_on(2 * HOUR)
    teams.decide()
    (closing,) = [w for w in teams.shadowed(lead) if w.action is Action.CLOSE_TASK]
    (task,) = [w for w in teams.shadowed(lead) if w.action is Action.TASK]
    assert closing.task_key == task.task_key


# the canary


def test_of_a_canary_a_share_is_written_to_and_the_rest_shadowed(teams: Teams) -> None:
    teams.under = modes(Mode.CANARY, Canary(share=5000))
    leads = [teams.lead(ANA) for _ in range(40)]
    teams.decide()
    taken = {lead for lead in leads if Canary(share=5000).takes(lead, None)}
    assert 10 < len(taken) < 30
    assert {view.lead for view in teams.writes()} == taken
    assert {lead for lead in leads if teams.shadowed(lead)} == set(leads) - taken


def test_a_canary_of_reps_follows_the_owner(teams: Teams) -> None:
    teams.under = modes(Mode.CANARY, Canary(reps=frozenset({"ana@sandbox.example"})))
    hers, bens = teams.lead(ANA), teams.lead(BEN)
    teams.decide()
    assert Action.TASK in written(teams, hers)
    assert written(teams, bens) == []


def test_nobody_outside_a_canary_of_reps_is_given_a_lead(teams: Teams) -> None:
    """A change of owner writes to both: to whom the lead is taken from, and to who gets it."""
    teams.under = modes(Mode.CANARY, Canary(reps=frozenset({"ana@sandbox.example"})))
    lead = teams.lead(ANA)
    teams.decide()
    days(teams, 3)
    assert Action.OWNER not in written(teams, lead)
    (change,) = [w for w in teams.shadowed(lead) if w.action is Action.OWNER]
    assert change.values["owner"] in {BEN.key, CHI.key}
    with reading(teams.engine) as unit:
        assert [line.lead for line in unit.digests.since(MONDAY)] == [lead]  # hers all the same


# from shadow to enforce


def test_what_came_due_in_shadow_never_fires_again(engine: Engine) -> None:
    teams = Teams(engine)
    teams.under = MIXED
    leads = [teams.lead(DORA) for _ in range(8)]
    teams.decide()
    days(teams, 2)
    teams.start_under(modes())
    teams.decide()
    assert [v for v in teams.writes() if v.write.action in MESSAGES] == []
    days(teams, 1)
    with reading(teams.engine) as unit:
        assert len(unit.digests.since(MONDAY)) == len(leads)  # day 3, once for each
    assert {v.write.rung for v in teams.writes(Action.TASK)} <= {"day_0"}  # of a new owner


def test_a_task_that_was_only_thought_of_is_neither_closed_nor_moved(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    teams.decide()
    days(teams, 1)
    teams.start_under(modes())
    teams.decide()
    teams.learn(lead, called(teams.clock.now(), DORA))
    teams.go_on(HOUR)
    teams.decide()
    assert Action.CLOSE_TASK not in written(teams, lead)
    assert Action.TASK not in written(teams, lead)


def test_the_next_rung_makes_a_task_of_its_own(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    teams.decide()
    teams.start_under(modes())
    teams.decide()
    days(teams, 1)
    (task,) = [v for v in teams.writes(Action.TASK) if v.lead == lead]
    assert task.write.rung == "day_1"
    assert task.write.task_key == task.key


def test_an_owner_whom_shadow_chose_is_not_put_in_place_later(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    teams.decide()
    days(teams, 3)
    assert [w for w in teams.shadowed(lead) if w.action is Action.OWNER]
    teams.start_under(modes())
    teams.decide()
    assert Action.OWNER not in written(teams, lead)


def test_a_record_that_nobody_created_is_created_when_slasync_writes(teams: Teams) -> None:
    teams.under = modes(inbound=Mode.SHADOW, dach=Mode.SHADOW)
    lead = teams.lead(owner=None)
    teams.decide()
    teams.start_under(modes())
    teams.decide()
    assert written(teams, lead).count(Action.CREATE_LEAD) == 1


def test_marketing_is_told_where_its_leads_stand_when_slasync_writes(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    teams.decide()
    teams.start_under(modes())
    teams.decide()
    assert written(teams, lead) == [Action.PROPERTIES]


def test_the_first_owner_whom_others_gave_it_to_is_no_reassignment(teams: Teams) -> None:
    """In shadow slasync chooses somebody; that another tool chose another restarts no clock."""
    teams.under = modes(inbound=Mode.SHADOW, dach=Mode.SHADOW)
    lead = teams.lead(owner=BOT)
    teams.decide()
    teams.go_on(MINUTE)
    teams.given_to(lead, BEN, BOT)
    teams.decide()
    assert teams.facts(FactKind.RESTARTED) == []
    teams.go_on(HOUR)
    teams.given_to(lead, ANA, BEN)
    teams.decide()
    (restart,) = teams.facts(FactKind.RESTARTED)
    assert restart[1].data["owner"] == ANA.key


# from enforce to another mode


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.SHADOW])
def test_what_is_queued_is_called_off_before_any_step_runs(engine: Engine, mode: Mode) -> None:
    teams = Teams(engine)
    ours, theirs = teams.lead(ANA), teams.lead(DORA)
    teams.decide()
    assert teams.start_under(modes(inbound=Mode.ENFORCE, dach=mode)) == 1
    assert teams.queued(theirs) == []
    assert {state for _, state in teams.states(theirs)} == {State.SUPERSEDED}
    assert {state for _, state in teams.states(ours)} == {State.PENDING}


def test_what_is_held_is_called_off_as_well(teams: Teams) -> None:
    lead = teams.lead(DORA)
    teams.decide()
    teams.go_on(DAY + HOUR)  # day 1 is late
    teams.decide(caps=Caps(per_owner=0, total=0))
    assert State.HELD in {state for _, state in teams.states(lead)}
    teams.start_under(modes(Mode.OBSERVE))
    assert {state for _, state in teams.states(lead)} == {State.SUPERSEDED}


def test_what_was_sent_stays_done_and_open_tasks_stay_open(teams: Teams) -> None:
    lead = teams.lead(DORA)
    teams.decide()
    teams.settle()
    before = teams.states(lead)
    teams.start_under(modes(inbound=Mode.ENFORCE, dach=Mode.OBSERVE))
    days(teams, 2)
    assert teams.states(lead) == before  # nothing was added, and nothing taken back


def test_lines_of_leads_that_are_not_written_to_any_more_are_told_to_nobody(teams: Teams) -> None:
    ours, theirs = teams.lead(ANA), teams.lead(DORA)
    teams.decide()
    days(teams, 3)
    with reading(teams.engine) as unit:
        assert unit.digests.untold()["lea@sandbox.example"].count == 2
    teams.start_under(modes(inbound=Mode.ENFORCE, dach=Mode.OBSERVE))
    with reading(teams.engine) as unit:
        assert unit.digests.untold()["lea@sandbox.example"].count == 1
    assert teams.queued(ours)
    assert not teams.queued(theirs)


def test_back_at_enforce_our_open_task_is_closed_when_its_clock_has_ended(teams: Teams) -> None:
    lead = teams.lead(DORA)
    teams.decide()
    teams.settle()
    teams.start_under(modes(Mode.OBSERVE))
    teams.learn(lead, called(teams.clock.now() + HOUR, DORA))
    teams.go_on(2 * HOUR)
    teams.decide()
    assert Action.CLOSE_TASK not in written(teams, lead)
    teams.start_under(modes())
    teams.decide()
    assert written(teams, lead).count(Action.CLOSE_TASK) == 1


def test_a_creation_that_was_called_off_is_asked_for_again(teams: Teams) -> None:
    lead = teams.lead(owner=None)
    teams.decide()
    teams.start_under(modes(Mode.OBSERVE))
    teams.decide()
    teams.start_under(modes())
    teams.decide()
    made = [s for action, s in teams.states(lead) if action is Action.CREATE_LEAD]
    assert made == [State.SUPERSEDED, State.PENDING]


def test_on_and_off_again_every_rung_fires_once(teams: Teams) -> None:
    lead = teams.lead(DORA)
    for under in (MIXED, modes(), MIXED, modes(), modes(Mode.OBSERVE), modes()):
        teams.start_under(under)
        teams.decide()
        teams.go_on(DAY / 2)
        teams.decide()
    rungs = [rung for key, rung in teams.fired() if key == lead]
    assert len(rungs) == len(set(rungs))
    tasks = [(v.write.rung, v.write.role) for v in teams.writes(Action.TASK)]
    assert len(tasks) == len(set(tasks))
    assert tasks


# a lead changes its team


def test_a_lead_that_leaves_an_enforced_team_leaves_none_of_our_tasks_behind(
    engine: Engine,
) -> None:
    teams = Teams(engine)
    teams.under = MIXED
    lead = teams.lead(ANA)
    teams.decide()
    teams.settle()
    teams.go_on(HOUR)
    teams.given_to(lead, DORA, ANA)
    teams.decide()
    (closing,) = list(teams.queued(lead))
    assert closing.write.action is Action.CLOSE_TASK
    assert closing.write.values["text"] == (
        "Closed by slasync: the lead is dach's now, where it writes nothing."
    )
    days(teams, 3)
    assert written(teams, lead)[-1] is Action.CLOSE_TASK  # the last write
    assert teams.mode(lead).holds.mode is Mode.SHADOW


def test_its_stale_flag_is_cleared(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(ANA)
    teams.learn(lead, called(MONDAY + MINUTE, ANA))
    teams.decide()
    days(teams, 12)
    assert Action.FLAG_STALE in written(teams, lead)
    teams.settle()
    teams.given_to(lead, DORA, ANA)
    teams.decide()
    last = [v.write.action for v in teams.queued(lead)]
    assert Action.CLEAR_STALE in last
    assert set(last) == {Action.CLEAR_STALE, Action.CLOSE_TASK}


def test_what_was_queued_for_its_old_team_is_called_off(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(ANA)
    teams.decide()
    teams.go_on(HOUR)
    teams.given_to(lead, DORA, ANA)
    teams.decide()
    states = teams.states(lead)
    assert (Action.TASK, State.SUPERSEDED) in states
    assert (Action.TASK, State.PENDING) not in states


def test_of_a_deployment_that_only_observes_not_even_that_is_written(teams: Teams) -> None:
    lead = teams.lead(ANA)
    teams.decide()
    teams.settle()
    before = teams.states(lead)
    teams.start_under(modes(Mode.OBSERVE))
    teams.given_to(lead, DORA, ANA)
    teams.decide()
    assert teams.states(lead) == before


def test_a_lead_that_comes_to_an_enforced_team_keeps_its_owner(teams: Teams) -> None:
    """Whom slasync chose while it only observed must not be put in the new owner's place."""
    teams.under = modes(inbound=Mode.OBSERVE, dach=Mode.ENFORCE)
    lead = teams.lead(owner=BOT)
    teams.decide()
    teams.go_on(HOUR)
    teams.given_to(lead, DORA, BOT)
    teams.decide()
    assert Action.OWNER not in written(teams, lead)
    assert teams.mode(lead).holds.writes


def test_there_the_next_rungs_fire_and_those_before_do_not(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    teams.decide()
    days(teams, 1)
    teams.given_to(lead, ANA, DORA)
    teams.go_on(HOUR)
    teams.decide()
    days(teams, 1)
    rungs = [v.write.rung for v in teams.writes(Action.TASK) if v.lead == lead]
    assert rungs == ["day_0", "day_1"]  # Ana's own first touch: the clock began anew for her
    generations = {v.write.generation for v in teams.writes(Action.TASK)}
    assert generations == {1}


def test_a_lead_that_goes_there_and_back_ends_with_its_mode_told(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(ANA)
    teams.decide()
    for user in (DORA, ANA, DORA):
        teams.go_on(HOUR)
        teams.given_to(lead, user, user)
        teams.decide()
    facts = [f.data for key, f in teams.facts(FactKind.MODE) if key == lead]
    assert [(f["mode"], f["teams"]) for f in facts] == [
        ("enforce", ["inbound"]),
        ("shadow", ["dach"]),
        ("enforce", ["inbound"]),
        ("shadow", ["dach"]),
    ]


# ends


def test_a_lead_merged_into_another_in_shadow_leaves_nothing_to_write(teams: Teams) -> None:
    teams.under = MIXED
    lead = teams.lead(DORA)
    teams.decide()
    teams.go_on(HOUR)
    teams.learn(lead, a_fact(FactKind.DELETED, teams.clock.now(), {"system": "salesforce"}))
    teams.decide()
    teams.start_under(modes())
    days(teams, 2)
    assert set(written(teams, lead)) <= {Action.PROPERTIES}


def test_a_pool_that_is_gone_makes_its_leads_nobodys(teams: Teams) -> None:
    """Its leads are under the most careful mode, and our tasks for it are taken back."""
    teams.under = modes(inbound=Mode.SHADOW, dach=Mode.ENFORCE)
    lead = teams.lead(DORA)
    teams.decide()
    teams.settle()
    pools = {"inbound": teams.under.pools["inbound"]}
    gone = type(teams.under)(
        teams.under.deployment, {"inbound": teams.under.teams["inbound"]}, pools
    )
    teams.start_under(gone)
    teams.go_on(timedelta(minutes=5))
    teams.decide(pools=pools)
    assert teams.mode(lead).holds.mode is Mode.SHADOW
    assert teams.mode(lead).holds.why.startswith("no team's lead, so the most careful mode")
    assert [v.write.action for v in teams.queued(lead)] == [Action.CLOSE_TASK]


def test_a_deployment_that_enforces_everything_records_no_modes(teams: Teams) -> None:
    teams.lead(ANA)
    teams.decide()
    days(teams, 2)
    assert teams.facts(FactKind.MODE) == []
    with reading(teams.engine) as unit:
        assert unit.modes.counts() == []
