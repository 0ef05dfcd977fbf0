"""Messages to people: at the right time, to the right one, and never another one instead."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import Fault
from slasync.domain.agreement import Effect, EffectKind
from slasync.domain.caps import Caps
from slasync.domain.facts import FactKind
from slasync.domain.modes import Mode, Modes, TeamMode
from slasync.domain.writes import Action, Judged, Role
from slasync.errors import Refused, Stopped, TryLater
from slasync.store.outbox_values import OutboxItem, State
from slasync.store.unit import reading, transaction
from tests.builders import ANA, BEN, DAY, HOUR, MIA, MINUTE, MONDAY, called, owned
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.given import Crash, Happens
from tests.workers.letters import Fated, Letterbox
from tests.workers.mailroom import Mailroom, message, telling

EVENING = MONDAY + 12 * HOUR  # three hours after the office has closed
TUESDAY = MONDAY + DAY


@pytest.fixture
def room(sqlite_engine: Engine) -> Mailroom:
    return Mailroom(sqlite_engine)


def a_room(engine: Engine, *rungs: tuple[Effect, ...]) -> Mailroom:
    return Mailroom(engine, telling(*rungs))


def closed(room: Mailroom) -> Mailroom:
    """Let it be evening: what is decided now waits for the morning."""
    room.advance(EVENING - room.clock.now())
    return room


# it arrives


def test_the_owner_is_told_at_once(room: Mailroom) -> None:
    room.lead()
    room.decide()

    room.work(room.push())

    [mail] = room.sent()
    assert (mail.to, mail.subject) == (ANA.email, "Call Lead 1 (day_0)")
    assert room.states() == [State.DONE]


@pain("P12")
def test_tick_after_tick_sends_one_message(room: Mailroom) -> None:
    room.lead()
    push = room.push()
    for _ in range(200):
        room.decide()
        push.run()
        room.advance(MINUTE / 60)

    assert len(room.sent()) == 1


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.SHADOW])
def test_while_only_watching_nobody_is_told(room: Mailroom, mode: Mode) -> None:
    room.lead()
    room.decide(modes=Modes(TeamMode(mode)))

    assert room.messages() == []
    with reading(room.engine) as unit:
        assert any(unit.decisions.of(key) for key in unit.leads.all_keys())


# a time-out after the message was taken, and other mishaps


@fault("V9")
def test_what_may_have_arrived_is_sent_again_as_the_very_same_message(room: Mailroom) -> None:
    room.lead()
    room.decide()
    room.box.lost.append(TryLater("the answer was lost", unknown=True))

    room.finish(room.push())

    first, again = room.sent()
    assert first == again  # key, and so Message-ID, time and words
    assert room.states() == [State.DONE]


def test_while_nobody_knows_whether_it_arrived_it_is_not_called_pending(room: Mailroom) -> None:
    room.lead()
    room.decide()
    room.box.lost.append(TryLater("the answer was lost", unknown=True))
    room.push().run()

    assert room.states() == [State.MAYBE_SENT]


def test_a_server_that_is_away_is_tried_again_and_nothing_is_sent_twice(room: Mailroom) -> None:
    room.lead()
    room.decide()
    room.box.fails += [TryLater("out of reach")] * 3

    room.finish(room.push())

    assert len(room.sent()) == 1


def test_a_login_that_is_refused_holds_all_messages_and_is_not_tried_every_second(
    room: Mailroom,
) -> None:
    for _ in range(3):
        room.lead()
    room.decide()
    room.box.fails += [Stopped("the password is wrong")] * 2
    push = room.push()
    push.run()

    at = push.next_at()
    assert at is not None
    assert at >= room.clock.now() + 5 * MINUTE
    room.finish(push)
    assert len(room.sent()) == 3


def test_a_refused_address_is_parked_with_the_servers_words_and_the_others_go_out(
    room: Mailroom,
) -> None:
    room.lead()
    room.lead(BEN)
    room.decide()
    room.box.fails.append(Refused("no such reader"))

    room.finish(room.push())

    assert sorted(room.states()) == [State.DONE, State.PARKED]
    assert [v.outcome for v in room.messages() if v.state is State.PARKED] == [
        "refused: no such reader"
    ]


def test_one_lost_answer_does_not_have_the_others_of_its_batch_sent_twice(room: Mailroom) -> None:
    for _ in range(5):
        room.lead()
    room.decide()
    room.box.lost.append(TryLater("the answer was lost", unknown=True))

    room.finish(room.push())

    keys = [mail.key for mail in room.sent()]
    assert len(keys) == 6
    assert len(set(keys)) == 5


def test_two_processes_do_not_both_send(room: Mailroom) -> None:
    room.lead()
    room.decide()
    one, other = room.push(), room.push()

    for _ in range(5):
        one.run()
        other.run()

    assert len(room.sent()) == 1


def at_point(number: int, happens: Happens) -> Iterator[Happens]:
    return chain(repeat(Happens(), number), [happens])


@fault("L1")
def test_a_crash_at_any_point_loses_no_message_and_changes_none(
    new_sqlite: Callable[[], Engine],
) -> None:
    untroubled = Fated(Letterbox(), iter(()))
    live_through(Mailroom(new_sqlite()), untroubled)
    assert {"push.claimed", "push.marked", "push.answered", "push.settled"} < set(untroubled.trace)
    for number, name in enumerate(untroubled.trace):
        for when in ("before", "after") if name == "send" else ("before",):
            room = Mailroom(new_sqlite())
            fate = Fated(room.box, at_point(number, Happens(crash=when)))
            live_through(room, fate)
            assert room.states() == [State.DONE] * 3
            assert len(set(room.sent())) == 3  # what was sent again was the same to the letter


def live_through(room: Mailroom, fate: Fated) -> None:
    """Tell three owners; when the process ends, start another after its leases have ended."""
    for _ in range(3):
        room.lead()
    room.decide()
    for _ in range(3):
        try:
            room.finish(room.push(fate, reached=fate.reached))
        except Crash:
            room.outlive_leases()


# quiet hours


@pain("P14")
def test_nobody_is_written_to_at_night(room: Mailroom) -> None:
    closed(room).lead()
    room.decide()
    push = room.push()

    assert push.next_at() == TUESDAY
    room.work(push)
    assert room.sent() == []
    room.finish(push)
    assert room.box.at == [TUESDAY]
    assert room.sent()[0].at == TUESDAY  # the mail is not dated by the night before


def test_a_retry_waits_for_open_hours_too(room: Mailroom) -> None:
    room.advance(MONDAY + 7 * HOUR + 59 * MINUTE - room.clock.now())
    room.lead()
    room.decide()
    room.box.fails.append(TryLater("out of reach", 2 * MINUTE))

    room.finish(room.push())

    assert room.box.at == [TUESDAY]


def test_a_held_message_that_is_let_go_at_night_waits_for_the_morning(room: Mailroom) -> None:
    room.lead()
    room.advance(11 * HOUR)
    room.decide(caps=Caps(per_owner=0, total=0))
    assert room.states() == [State.HELD]
    with transaction(room.engine) as unit:
        unit.outbox.let_go([view.key for view in room.messages()], room.clock.now())
    room.work(room.push())

    assert room.sent() == []
    room.finish(room.push())
    assert room.box.at == [TUESDAY]


def test_a_reader_who_sleeps_keeps_nobody_else_from_being_told(sqlite_engine: Engine) -> None:
    room = a_room(sqlite_engine, (message(), message(Role.MANAGER)))
    room.lead()
    room.decide()
    with transaction(room.engine) as unit:  # Ana's is to wait
        [ana] = [v for v in unit.outbox.everything(Action.NOTIFY) if v.write.role is Role.OWNER]
        unit.outbox.supersede([ana.key], "in the test's way", room.clock.now())
        later = replace(ana.write, key="later")
        item = OutboxItem(later, "messages", room.clock.now() + DAY)
        unit.outbox.add([item], room.clock.now())

    room.work(room.push())

    assert [mail.to for mail in room.sent()] == [MIA.email]


def test_health_does_not_call_a_message_late_that_waits_for_the_morning(room: Mailroom) -> None:
    closed(room).lead()
    room.decide()

    with reading(room.engine) as unit:
        assert unit.outbox.oldest_unsent()["notify"] == TUESDAY


# what changed before it left


def test_what_was_done_overnight_is_not_asked_for_in_the_morning(room: Mailroom) -> None:
    lead = closed(room).lead()
    room.decide()
    room.office.learn(lead, called(room.clock.now() + MINUTE))
    room.advance(HOUR)
    room.decide()

    [row] = room.messages()
    assert row.state is State.SUPERSEDED
    assert row.outcome == "withdrawn: its clock has ended or begun anew"
    room.finish(room.push())
    assert room.sent() == []


def test_a_message_for_an_owner_who_lost_the_lead_overnight_is_withdrawn(room: Mailroom) -> None:
    lead = closed(room).lead()
    room.decide()
    room.office.learn(lead, owned(room.clock.now() + MINUTE, BEN, by=MIA))
    room.advance(HOUR)
    room.decide()

    states = {view.write.values["to"]: view.state for view in room.messages()}
    assert states == {ANA.email: State.SUPERSEDED, BEN.email: State.PENDING}


def test_a_report_to_leadership_goes_out_though_the_lead_was_touched_overnight(
    sqlite_engine: Engine,
) -> None:
    room = a_room(sqlite_engine, (message(Role.LEADERSHIP),))
    lead = closed(room).lead()
    room.decide()
    room.office.learn(lead, called(room.clock.now() + MINUTE))
    room.advance(HOUR)
    room.decide()

    room.finish(room.push())

    assert [mail.to for mail in room.sent()] == ["lea@sandbox.example"]


def test_the_crm_is_asked_again_before_an_owner_is_reminded(room: Mailroom) -> None:
    lead = room.lead()
    room.decide()
    room.crm.change(room.record(lead), owner=BEN.key)  # nobody has read that yet

    room.work(room.push())

    assert room.sent() == []
    assert room.states() == [State.SUPERSEDED]


def test_while_the_crm_cannot_be_asked_nobody_is_blamed(room: Mailroom) -> None:
    room.lead()
    room.decide()
    room.crm.faults.append(Fault.UNREACHABLE)
    push = room.push()
    push.run()

    assert room.sent() == []
    room.finish(push)
    assert len(room.sent()) == 1


def test_a_message_waits_until_the_lead_is_the_owners_who_is_told(room: Mailroom) -> None:
    lead = room.lead(BEN)
    room.decide()
    [row] = room.messages()
    change = replace(
        row.write, key="placing", action=Action.OWNER, system="salesforce",
        values={"owner": ANA.key}, judged=Judged(BEN.key, None),
    )  # fmt: skip
    for_ana = replace(row.write, key="for ana", judged=Judged(ANA.key, None))
    now = room.clock.now()
    with transaction(room.engine) as unit:
        unit.outbox.supersede([row.key], "in the test's way", now)
        unit.outbox.add([OutboxItem(change, "owners", now)], now)
        unit.outbox.add([OutboxItem(for_ana, "messages", now)], now)
    push = room.push()
    room.work(push)
    assert room.sent() == []

    room.crm.change(room.record(lead), owner=ANA.key)
    room.advance(MINUTE)
    room.work(push)

    assert [mail.key for mail in room.sent()] == ["for ana"]


# storms


def test_late_messages_are_held_like_late_tasks(room: Mailroom) -> None:
    for _ in range(4):
        room.lead()
    room.advance(HOUR)
    room.decide(caps=Caps(per_owner=3, total=200))

    assert room.states() == [State.HELD] * 4


def test_messages_on_time_are_never_held(room: Mailroom) -> None:
    for _ in range(4):
        room.lead()
    room.decide(caps=Caps(per_owner=3, total=3))

    assert room.states() == [State.PENDING] * 4


def test_a_held_message_whose_reason_is_gone_is_withdrawn(room: Mailroom) -> None:
    lead = room.lead()
    room.advance(HOUR)
    room.decide(caps=Caps(per_owner=0, total=0))
    room.office.learn(lead, called(room.clock.now()))
    room.advance(MINUTE)
    room.decide()

    assert room.states() == [State.SUPERSEDED]


# ways


def test_a_channel_is_told_whom_it_is_for(sqlite_engine: Engine) -> None:
    room = a_room(sqlite_engine, (message(Role.MANAGER, via="webhook"), message()))
    chat = Letterbox(channel="webhook", clock=room.clock)
    room.lead()
    room.decide()

    room.work(room.push(room.box, chat))

    assert [m.subject for m in chat.taken] == ["Mia: Call Lead 1 (day_0)"]
    assert [m.to for m in room.sent()] == [ANA.email]


def test_where_there_is_no_mail_everything_goes_to_the_channel(room: Mailroom) -> None:
    chat = Letterbox(channel="webhook", clock=room.clock)
    room.lead()
    room.decide()

    room.work(room.push(chat))

    assert len(chat.taken) == 1


def test_a_way_that_is_not_there_any_more_parks_the_message(sqlite_engine: Engine) -> None:
    room = a_room(sqlite_engine, (message(via="webhook"),))
    room.lead()
    room.decide()

    room.work(room.push())

    [row] = room.messages()
    assert row.state is State.PARKED
    assert row.outcome == (
        "refused: there is no way to people by webhook: configure notify in slasync.yaml"
    )


def test_slow_ways_have_the_leads_read_again_in_between(room: Mailroom) -> None:
    for _ in range(4):
        room.lead()
    room.decide()

    class Slow(Letterbox):
        def send(self, message):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            room.clock.advance(timedelta(seconds=1.5).total_seconds())
            return super().send(message)

    slow = Slow(clock=room.clock)
    room.finish(room.push(slow))

    assert len(slow.taken) == 4
    assert room.crm.calls["reread"] >= 2


def test_rungs_with_a_message_are_recorded_like_others(room: Mailroom) -> None:
    room.lead()
    room.decide()

    fired = [f.data for _, f in room.office.facts(FactKind.FIRED)]
    effects = [data["effects"] for data in fired if data["clock"] == "first_touch"]
    told = {"kind": EffectKind.NOTIFY, "role": "owner", "to": ANA.email, "via": ""}
    assert [told] in effects
