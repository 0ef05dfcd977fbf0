"""Writes wait, are leased, and change state by declared edges only."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.domain.lead import Ref, UserKey
from slasync.domain.writes import Action, Judged
from slasync.store.outbox import Batch, Settlement, State
from slasync.store.unit import reading, transaction
from tests.faults.marks import fault
from tests.store.given import (
    ANA,
    DAY,
    HOUR,
    LANES,
    LEAD,
    LEASE,
    MINUTE,
    NOW,
    a_write,
    an_item,
    claimed,
    keys_of,
    lead,
    steps_of,
)


def settlement(batch: Batch, state: State, outcome: str = "told", **more: object) -> Settlement:
    (row,) = batch.rows
    return replace(Settlement(row.id, row.term, state, outcome), **more)  # type: ignore[arg-type]


def state_of(engine: Engine, key: str) -> State:
    with reading(engine) as unit:
        view = unit.outbox.get(key)
    assert view is not None
    return view.state


def sent(engine: Engine, by: str = "one") -> Batch:
    """Claim what there is and note that it is being sent."""
    with transaction(engine) as unit:
        batch = claimed(unit, by)
    with transaction(engine) as unit:
        return unit.outbox.mark_sent(batch, NOW)


def test_a_key_is_queued_once_for_ever(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.outbox.add([an_item("a"), an_item("b")], NOW) == {"a", "b"}
    with transaction(engine) as unit:
        assert unit.outbox.add([an_item("b"), an_item("c"), an_item("c")], NOW) == {"c"}
        assert unit.outbox.add([an_item("a")], NOW) == set()
        assert unit.outbox.add([], NOW) == set()
        assert unit.outbox.known(["a", "c", "d"]) == {"a", "c"}


def test_a_write_comes_out_as_it_went_in(engine: Engine) -> None:
    write = a_write("a", values={"subject": "Call", "owner": ANA, "due": None})
    with transaction(engine) as unit:
        unit.outbox.add([replace(an_item(), write=write)], NOW)
        (row,) = claimed(unit).rows
    assert (row.write, row.attempts, row.state, row.term) == (write, 1, State.PENDING, 1)


def test_the_first_lane_with_work_is_served_up_to_its_size_oldest_first(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("t1"), an_item("t2"), an_item("t3")], NOW)
        unit.outbox.add([an_item("o1", lane="owner")], NOW)
        unit.outbox.add([an_item("h1", write={"system": "hubspot"})], NOW)
    lanes = {"owner": 25, "task": 2}
    claims = []
    for _ in range(4):
        with transaction(engine) as unit:
            batch = unit.outbox.claim("salesforce", lanes, "one", NOW, NOW + LEASE)
            claims.append(keys_of(batch))
    assert claims == [["o1"], ["t1", "t2"], ["t3"], []]


def test_a_write_is_not_taken_before_its_time(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a", not_before=NOW + HOUR)], NOW)
        assert unit.outbox.claim("salesforce", LANES, "one", NOW, NOW + LEASE) is None
        assert unit.outbox.next_at("salesforce") == NOW + HOUR
        assert keys_of(claimed(unit, now=NOW + HOUR)) == ["a"]


def test_a_claimed_write_is_nobody_elses_until_the_lease_ends(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
        claimed(unit)
    with transaction(engine) as unit:
        assert unit.outbox.claim("salesforce", LANES, "two", NOW + MINUTE, NOW + HOUR) is None
        assert unit.outbox.next_at("salesforce") == NOW + LEASE
        again = claimed(unit, "two", NOW + LEASE)
    assert keys_of(again) == ["a"]
    assert (again.rows[0].attempts, again.rows[0].term, again.uncertain) == (2, 2, False)


@fault("L1")
def test_what_may_have_been_sent_comes_back_by_itself_and_is_marked_as_such(
    engine: Engine,
) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    sent(engine)
    later = NOW + LEASE
    with transaction(engine) as unit:
        unit.outbox.add([an_item("b")], NOW)
        first, second = claimed(unit, "two", later), claimed(unit, "two", later)
    assert (keys_of(first), first.uncertain) == (["a"], True)
    assert (keys_of(second), second.uncertain) == (["b"], False)


def test_rows_lost_since_the_claim_are_not_to_be_sent(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("kept"), an_item("withdrawn")], NOW)
        batch = claimed(unit)
    with transaction(engine) as unit:
        assert unit.outbox.supersede(["withdrawn"], "touched", NOW) == 1
    with transaction(engine) as unit:
        assert keys_of(unit.outbox.mark_sent(batch, NOW)) == ["kept"]
    assert state_of(engine, "withdrawn") == State.SUPERSEDED


@fault("L5")
def test_a_lease_that_has_ended_is_no_permission_to_send(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
        batch = claimed(unit)
    with transaction(engine) as unit:
        assert unit.outbox.mark_sent(batch, NOW + LEASE).rows == ()
    assert state_of(engine, "a") == State.PENDING


def test_a_settled_write_tells_how_it_ended(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    batch = sent(engine)
    done = settlement(batch, State.DONE, "applied", external_ref="00T1", created=True)
    with transaction(engine) as unit:
        assert unit.outbox.settle([done], "one", NOW + MINUTE) == 1
        assert unit.outbox.claim("salesforce", LANES, "two", NOW + DAY, NOW + DAY + LEASE) is None
        assert unit.outbox.next_at("salesforce") is None
        (view,) = unit.outbox.of_lead(LEAD)
    assert (view.state, view.outcome, view.external_ref) == (State.DONE, "applied", "00T1")
    assert (view.created, view.attempts) == (True, 1)
    assert (view.decided_at, view.sent_at, view.settled_at) == (NOW, NOW, NOW + MINUTE)


@pytest.mark.parametrize("after", [State.PENDING, State.MAYBE_SENT])
def test_a_write_put_off_is_taken_again_at_its_time(engine: Engine, after: State) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    later = settlement(sent(engine), after, "busy", not_before=NOW + HOUR)
    with transaction(engine) as unit:
        assert unit.outbox.settle([later], "one", NOW) == 1
        assert unit.outbox.claim("salesforce", LANES, "two", NOW + LEASE, NOW + HOUR) is None
        again = claimed(unit, "two", NOW + HOUR)
    assert again.uncertain == (after is State.MAYBE_SENT)
    assert again.rows[0].attempts == 2


def test_a_write_judged_again_is_conditional_on_what_was_read_since(engine: Engine) -> None:
    seen = Judged(ANA, NOW + MINUTE)
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a", write={"judged": Judged(ANA, NOW)})], NOW)
    again = settlement(sent(engine), State.PENDING, judged=seen)
    with transaction(engine) as unit:
        unit.outbox.settle([again], "one", NOW)
        (row,) = claimed(unit).rows
    assert row.write.judged == seen


def test_a_holder_who_lost_the_row_cannot_change_what_it_is_conditional_on(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    old = sent(engine, "one")
    with transaction(engine) as unit:
        claimed(unit, "two", NOW + LEASE)
        unit.outbox.settle([settlement(old, State.PENDING, judged=Judged(ANA, NOW))], "one", NOW)
        view = unit.outbox.get("a")
    assert view is not None
    assert view.write.judged is None


@fault("L5", "L20")
def test_a_late_settlement_by_a_holder_who_lost_the_row_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    old = sent(engine, "one")
    with transaction(engine) as unit:
        claimed(unit, "two", NOW + LEASE)
    with transaction(engine) as unit:
        stale = settlement(old, State.DONE)
        assert unit.outbox.settle([stale], "one", NOW + LEASE) == 0
        assert unit.outbox.settle([stale], "two", NOW + LEASE) == 0  # the right name, an old term
    assert state_of(engine, "a") == State.MAYBE_SENT


def test_a_row_is_settled_under_its_holders_name_only(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    batch = sent(engine, "one")
    with transaction(engine) as unit:
        assert unit.outbox.settle([settlement(batch, State.DONE)], "two", NOW) == 0
    assert state_of(engine, "a") == State.MAYBE_SENT


@fault("L5")
def test_a_holder_of_an_earlier_term_loses_even_under_the_same_name(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    before_restart = sent(engine, "one")
    with transaction(engine) as unit:
        claimed(unit, "one", NOW + LEASE)
        assert unit.outbox.mark_sent(before_restart, NOW + LEASE).rows == ()
        assert unit.outbox.settle([settlement(before_restart, State.DONE)], "one", NOW) == 0


@pytest.mark.parametrize("ended", [State.DONE, State.SUPERSEDED, State.PARKED])
@pytest.mark.parametrize("wanted", list(State))
def test_an_ended_write_does_not_change_by_a_settlement(
    engine: Engine, ended: State, wanted: State
) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    batch = sent(engine)
    with transaction(engine) as unit:
        assert unit.outbox.settle([settlement(batch, ended)], "one", NOW) == 1
        assert unit.outbox.settle([settlement(batch, wanted)], "one", NOW) == 0
    assert state_of(engine, "a") == ended


def test_a_write_in_flight_cannot_be_held_or_withdrawn(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    batch = sent(engine)
    with transaction(engine) as unit:
        assert unit.outbox.settle([settlement(batch, State.HELD)], "one", NOW) == 0
        assert unit.outbox.supersede(["a"], "touched", NOW) == 0
    assert state_of(engine, "a") == State.MAYBE_SENT


def test_a_write_that_was_never_claimed_cannot_be_settled(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
        batch = claimed(unit)
    (row,) = batch.rows
    with transaction(engine) as unit:
        nobody = Settlement(row.id, 0, State.DONE, "guessed")
        assert unit.outbox.settle([nobody], "one", NOW) == 0
        assert unit.outbox.settle([Settlement(row.id + 1, 1, State.DONE, "")], "one", NOW) == 0


def test_held_writes_go_when_they_are_let_go(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a", held=True), an_item("b", held=True)], NOW)
        assert unit.outbox.next_at("salesforce") is None
        assert unit.outbox.claim("salesforce", LANES, "one", NOW, NOW + LEASE) is None
        assert [view.key for view in unit.outbox.held()] == ["a", "b"]
    with transaction(engine) as unit:
        assert unit.outbox.let_go(["a", "unknown"], NOW) == 1
        assert unit.outbox.supersede(["b"], "folded into a digest", NOW) == 1
        assert unit.outbox.let_go(["b"], NOW) == 0
        assert keys_of(claimed(unit)) == ["a"]


def test_a_parked_write_goes_again_when_a_person_says_so(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a")], NOW)
    batch = sent(engine)
    with transaction(engine) as unit:
        unit.outbox.settle([settlement(batch, State.PARKED, "add the field")], "one", NOW)
    with transaction(engine) as unit:
        assert [(view.key, view.outcome) for view in unit.outbox.parked()] == [
            ("a", "add the field")
        ]
        assert unit.outbox.retry("a", NOW + HOUR)
        assert not unit.outbox.retry("a", NOW + HOUR)
        (row,) = claimed(unit, now=NOW + HOUR).rows
    assert (row.attempts, row.state) == (1, State.PENDING)


@pytest.mark.parametrize(
    ("later", "state"),
    [
        ({"action": Action.CLOSE_TASK, "task_key": "t"}, State.SUPERSEDED),
        ({"action": Action.TASK, "task_key": "t"}, State.SUPERSEDED),
        ({"action": Action.TASK, "task_key": "another"}, State.PENDING),
    ],
)
def test_a_parked_write_does_not_undo_a_later_one_of_its_task(
    engine: Engine, later: dict[str, Any], state: State
) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a", write={"task_key": "t"})], NOW)
    batch = sent(engine)
    with transaction(engine) as unit:
        unit.outbox.settle([settlement(batch, State.PARKED, "refused")], "one", NOW)
        unit.outbox.add([an_item("b", write=later)], NOW)
        assert unit.outbox.retry("a", NOW + HOUR) is state
        row = unit.outbox.get("a")
    assert row
    assert row.state is state


def test_a_parked_flag_is_not_set_again_where_it_was_cleared_since_though_in_vain(
    engine: Engine,
) -> None:
    """A simulated day: both were refused and tried again, and the flag stayed."""
    with transaction(engine) as unit:
        unit.outbox.add([an_item("flag", write={"action": Action.FLAG_STALE})], NOW)
        unit.outbox.add([an_item("clear", write={"action": Action.CLEAR_STALE})], NOW)
    batch = sent(engine)
    with transaction(engine) as unit:
        refused = [Settlement(r.id, r.term, State.PARKED, "refused") for r in batch.rows]
        unit.outbox.settle(refused, "one", NOW)
        assert unit.outbox.retry("flag", NOW + HOUR) is State.SUPERSEDED
        assert unit.outbox.retry("clear", NOW + HOUR) is State.PENDING


def test_writes_are_counted_by_system_and_state(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item(), an_item(), an_item(held=True)], NOW)
        unit.outbox.add([an_item(write={"system": "hubspot"})], NOW)
        assert unit.outbox.counts() == {
            ("hubspot", State.PENDING): 1,
            ("salesforce", State.HELD): 1,
            ("salesforce", State.PENDING): 2,
        }


def test_the_caps_count_late_tasks_that_go_out_by_owner(engine: Engine) -> None:
    ben = {"values": {"owner": UserKey("005BEN")}}
    with transaction(engine) as unit:
        unit.outbox.add([an_item(late=True)], NOW - HOUR)
        unit.outbox.add([an_item(late=True), an_item(late=True), an_item()], NOW)
        unit.outbox.add([an_item(late=True, write=ben), an_item(late=True, held=True)], NOW)
        unit.outbox.add([an_item(late=True, write={"action": Action.FLAG_STALE})], NOW)
        assert unit.outbox.late_tasks_since(NOW) == {ANA: 2, "005BEN": 1}


def test_a_leads_writes_are_told_in_the_order_they_were_decided(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.outbox.add([an_item("b"), an_item("x", write={"lead": lead(2)})], NOW)
        unit.outbox.add([an_item("a")], NOW)
        assert [view.key for view in unit.outbox.of_lead(LEAD)] == ["b", "a"]
        assert unit.outbox.get("nothing") is None


@fault("L31")
def test_a_claim_costs_the_same_however_many_writes_wait_or_are_done(
    sqlite_engine: Engine,
) -> None:
    def look() -> None:
        with reading(sqlite_engine) as unit:
            unit.outbox.next_at("salesforce")
        with transaction(sqlite_engine) as unit:
            unit.outbox.claim("salesforce", {"task": 5}, "one", NOW, NOW + LEASE)

    with transaction(sqlite_engine) as unit:
        unit.outbox.add([an_item() for _ in range(50)], NOW)
    among_few = steps_of(sqlite_engine, look)
    with transaction(sqlite_engine) as unit:
        unit.outbox.add([an_item() for _ in range(5000)], NOW)
        unit.outbox.add([an_item(lane="owner") for _ in range(5000)], NOW)
    assert steps_of(sqlite_engine, look) <= 1.3 * among_few


@fault("L31")
def test_what_a_lead_has_on_its_way_costs_the_same_to_find_however_many_writes_wait_or_are_done(
    sqlite_engine: Engine,
) -> None:
    def look() -> None:
        with reading(sqlite_engine) as unit:
            unit.outbox.going_out("salesforce", "task", [LEAD])
            unit.outbox.owner_changes([LEAD])
            unit.outbox.waiting([LEAD], NOW)
            unit.outbox.unsent_messages([LEAD])
            unit.outbox.open_closings([LEAD])
            unit.outbox.given_since([LEAD], NOW)

    with transaction(sqlite_engine) as unit:
        unit.outbox.add([an_item()], NOW)
    among_few = steps_of(sqlite_engine, look)
    with transaction(sqlite_engine) as unit:
        others = [an_item(write={"lead": lead(n)}) for n in range(2, 3000)]
        unit.outbox.add(others, NOW)
        unit.outbox.supersede([item.write.key for item in others[:1000]], "gone", NOW)
    assert steps_of(sqlite_engine, look) <= 1.3 * among_few


def owner_changed(engine: Engine, key: str, owner: str, state: State = State.DONE) -> None:
    """Have us give the lead to somebody."""
    write = a_write(key, action=Action.OWNER, values={"owner": owner})
    with transaction(engine) as unit:
        unit.outbox.add([replace(an_item(key, lane="task"), write=write)], NOW)
    batch = sent(engine)
    with transaction(engine) as unit:
        unit.outbox.settle([settlement(batch, state, not_before=NOW + DAY)], "one", NOW)


def test_to_whom_we_gave_a_lead_last_is_known_once_that_took_effect(engine: Engine) -> None:
    owner_changed(engine, "o1", "005BEN")
    owner_changed(engine, "o2", "005CHI")
    owner_changed(engine, "o3", "005DORA", State.SUPERSEDED)
    with reading(engine) as unit:
        [(lead_, given)] = unit.outbox.given_since([lead(1), lead(2)], NOW - HOUR).items()
        assert unit.outbox.given_since([lead_], NOW + MINUTE) == {}
    assert given == (UserKey("005CHI"), NOW)


def test_which_record_a_task_was_found_to_be_is_kept_while_it_is_tried_again(
    engine: Engine,
) -> None:
    ref = Ref("salesforce", "task", "00T1")
    with transaction(engine) as unit:
        unit.outbox.add([an_item("t1"), an_item("t2", not_before=NOW + DAY)], NOW)
    batch = sent(engine)
    with transaction(engine) as unit:
        assert unit.outbox.made_as(["t1", "t2", "t3"]) == {"t1": None, "t2": None}
        unit.outbox.found_as("t1", str(ref))
        unit.outbox.settle([settlement(batch, State.PENDING)], "one", NOW)
    with reading(engine) as unit:
        assert unit.outbox.made_as(["t1"]) == {"t1": ref}
