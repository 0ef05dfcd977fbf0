"""What every sink promises. Suites inherit these tests and bring a rig: a system and its people."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import pytest

from slasync.connectors.http import Lane
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Judged, Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt, Sink
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.pains.marks import pain

RECYCLED = "Recycled"
KEY = "ab12" * 10
KEYS = (KEY, *(digit * 40 for digit in "ef"))
SINCE = "2026-03-02T09:00:00+00:00"


class SinkRig(Protocol):
    """A system, seen by the people who work in it."""

    clock: DrivenClock

    @property
    def sink(self) -> Sink: ...
    def rep(self) -> UserKey: ...
    def lead(self, owner: UserKey | None = None) -> Ref: ...
    def owner(self, ref: Ref) -> UserKey: ...
    def stale(self, ref: Ref) -> bool: ...
    def tasks(self, key: str) -> list[tuple[str, UserKey, bool]]:
        """Return subject, owner and closed of the tasks with this key that can be seen."""

    def leads_with_key(self, key: str) -> int: ...
    def reassign(self, ref: Ref, owner: UserKey) -> None: ...
    def convert(self, ref: Ref) -> None: ...
    def delete(self, ref: Ref) -> None: ...
    def close_task(self, key: str, by: UserKey) -> None: ...
    def delete_task(self, key: str, by: UserKey) -> None: ...
    def lose_answer(self) -> None: ...
    def lose_request(self) -> None: ...
    def cut_off(self) -> None: ...


def a_write(action: Action, target: Ref | None, key: str = KEY, **values: Any) -> Write:
    return Write(
        key=f"{action}-{key}", lead=LeadKey("hubspot:contact:1"), system="salesforce",
        action=action, values=values, target=target,
        task_key=key if action in {Action.TASK, Action.CLOSE_TASK} else None,
    )  # fmt: skip


def a_task(
    target: Ref, owner: UserKey, key: str = KEY, subject: str = "Call this lead", **more: Any
) -> Write:
    values = {"subject": subject, "text": "Convert, Recycle or Disqualify", "priority": "High"}
    return a_write(Action.TASK, target, key, owner=owner, **values, **more)


def a_change(target: Ref, owner: UserKey, judged: Judged | None) -> Write:
    write = a_write(Action.OWNER, target, owner=owner)
    return Write(**{name: getattr(write, name) for name in _NAMES} | {"judged": judged})


def a_status(target: Ref, status: str, judged: Judged | None) -> Write:
    write = a_write(Action.STATUS, target, status=status, why="not reached")
    return Write(**{name: getattr(write, name) for name in _NAMES} | {"judged": judged})


_NAMES = tuple(Write.__dataclass_fields__)


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


class SinkContract:
    """Inherit, and give `rig` as a fixture."""

    def seen(self, rig: SinkRig, ref: Ref) -> Judged:
        """Return what a decision made now would have seen of the lead."""
        snapshot = rig.sink.reread([ref])[ref]
        assert snapshot is not None
        return Judged(snapshot.owner, snapshot.modified_at, snapshot.status)

    def status(self, rig: SinkRig, ref: Ref) -> str | None:
        snapshot = rig.sink.reread([ref])[ref]
        return snapshot.status if snapshot else None

    def test_every_write_has_a_lane_of_limited_size(self, rig: SinkRig) -> None:
        lane = rig.sink.lane(a_task(rig.lead(), rig.rep()))
        assert rig.sink.lanes[lane] >= 1

    def test_a_task_is_created_and_named_in_the_receipt(self, rig: SinkRig) -> None:
        rep = rig.rep()
        receipt = rig.sink.apply([a_task(rig.lead(), rep)])[0]
        assert receipt.outcome is Outcome.APPLIED
        assert receipt.created
        assert receipt.ref
        assert receipt.ref.kind == "task"
        assert rig.tasks(KEY) == [("Call this lead", rep, False)]

    @fault("V6", "V7", "V8")
    def test_one_key_makes_one_task_however_often_it_is_written(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        first = rig.sink.apply([a_task(lead, rep)])[0]
        again = rig.sink.apply([a_task(lead, rep)])[0]
        assert again.outcome is Outcome.APPLIED
        assert not again.created
        assert again.ref == first.ref
        assert len(rig.tasks(KEY)) == 1

    def test_one_key_twice_in_a_batch_makes_one_task_with_the_later_text(
        self, rig: SinkRig
    ) -> None:
        lead, rep = rig.lead(), rig.rep()
        both = [a_task(lead, rep), a_task(lead, rep, subject="Reminder")]
        assert outcomes(rig.sink.apply(both)) == [Outcome.APPLIED, Outcome.APPLIED]
        assert rig.tasks(KEY) == [("Reminder", rep, False)]

    def test_a_reminder_changes_the_task_and_does_not_reopen_it(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rep)])
        rig.close_task(KEY, rep)
        rig.sink.apply([a_task(lead, rep, subject="Reminder")])
        assert [closed for _, _, closed in rig.tasks(KEY)] == [True]

    def test_a_task_moves_to_another_owner(self, rig: SinkRig) -> None:
        lead, other = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rig.rep())])
        rig.sink.apply([a_task(lead, other)])
        assert [owner for _, owner, _ in rig.tasks(KEY)] == [other]

    def test_a_task_changes_hands_and_keeps_what_it_says(self, rig: SinkRig) -> None:
        lead, other = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rig.rep())])
        move = a_write(Action.TASK, lead, owner=other)
        assert outcomes(rig.sink.look([move])) == [Outcome.TRY_LATER]
        assert outcomes(rig.sink.apply([move])) == [Outcome.APPLIED]
        assert outcomes(rig.sink.look([move])) == [Outcome.APPLIED]
        assert rig.tasks(KEY) == [("Call this lead", other, False)]

    def test_a_task_that_changes_hands_says_what_its_new_owner_is_to_read(
        self, rig: SinkRig
    ) -> None:
        lead, other = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rig.rep())])
        words = {"subject": "Rufen Sie an", "text": "Bis morgen", "due_date": "2026-03-04"}
        move = a_write(Action.TASK, lead, owner=other, words=words)
        assert outcomes(rig.sink.apply([move])) == [Outcome.APPLIED]
        assert outcomes(rig.sink.look([move])) == [Outcome.APPLIED]
        assert rig.tasks(KEY) == [("Rufen Sie an", other, False)]

    def test_a_task_whose_due_time_moved_is_known_by_its_words(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rep)])
        words = {"subject": "Call by Friday", "text": "By Friday", "due_date": "2026-03-06"}
        later = a_write(Action.TASK, lead, owner=rep, due="2026-03-06T09:00:00Z", words=words)
        assert outcomes(rig.sink.look([later])) == [Outcome.TRY_LATER]
        assert outcomes(rig.sink.apply([later])) == [Outcome.APPLIED]
        assert outcomes(rig.sink.look([later])) == [Outcome.APPLIED]
        assert rig.tasks(KEY) == [("Call by Friday", rep, False)]

    def test_a_task_that_a_person_closed_does_not_change_hands(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rep)])
        rig.close_task(KEY, rep)
        move = a_write(Action.TASK, lead, owner=rig.rep())
        assert outcomes(rig.sink.apply([move])) == [Outcome.OVERTAKEN]
        assert outcomes(rig.sink.look([move])) == [Outcome.OVERTAKEN]
        assert rig.tasks(KEY) == [("Call this lead", rep, True)]

    @fault("V50")
    def test_a_task_that_a_person_deleted_is_not_made_anew_for_another(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rep)])
        rig.delete_task(KEY, rep)
        move = a_write(Action.TASK, lead, owner=rig.rep())
        assert outcomes(rig.sink.apply([move])) == [Outcome.GONE]
        assert outcomes(rig.sink.look([move])) == [Outcome.OVERTAKEN]
        assert not rig.tasks(KEY)

    def test_receipts_come_in_the_order_of_the_writes(self, rig: SinkRig) -> None:
        lead, rep, gone = rig.lead(), rig.rep(), rig.lead()
        rig.convert(gone)
        keys = ["aa" * 20, "bb" * 20, "cc" * 20]
        told = rig.sink.apply(
            [a_task(gone if n == 1 else lead, rep, k) for n, k in enumerate(keys)]
        )
        assert outcomes(told) == [Outcome.APPLIED, Outcome.GONE, Outcome.APPLIED]
        assert [len(rig.tasks(key)) for key in keys] == [1, 0, 1]

    @fault("V27")
    def test_no_task_is_made_for_a_deleted_lead(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.delete(lead)
        assert outcomes(rig.sink.apply([a_task(lead, rep)])) == [Outcome.GONE]
        assert not rig.tasks(KEY)

    def test_a_task_is_closed_once(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rep)])
        close = a_write(Action.CLOSE_TASK, lead, text="The lead was called in time.")
        assert outcomes(rig.sink.apply([close])) == [Outcome.APPLIED]
        assert outcomes(rig.sink.apply([close])) == [Outcome.ALREADY]
        assert [closed for _, _, closed in rig.tasks(KEY)] == [True]

    def test_closing_a_task_that_was_deleted_does_not_bring_it_back(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rep)])
        rig.delete_task(KEY, rep)
        close = a_write(Action.CLOSE_TASK, lead, text="withdrawn")
        assert outcomes(rig.sink.apply([close])) == [Outcome.GONE]
        assert not rig.tasks(KEY)

    def test_the_owner_changes_if_the_lead_is_as_it_was_judged(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(rig.rep()), rig.rep()
        receipt = rig.sink.apply([a_change(lead, rep, self.seen(rig, lead))])[0]
        assert receipt.outcome is Outcome.APPLIED
        assert rig.owner(lead) == rep

    @pain("P19")
    @fault("V48")
    def test_a_person_who_was_first_wins(self, rig: SinkRig) -> None:
        lead, chosen = rig.lead(rig.rep()), rig.rep()
        judged = self.seen(rig, lead)
        rig.clock.advance(1)
        rig.reassign(lead, chosen)
        told = rig.sink.apply([a_change(lead, rig.rep(), judged)])
        assert outcomes(told) == [Outcome.OVERTAKEN]
        assert rig.owner(lead) == chosen

    @fault("V48", "V10")
    def test_one_overtaken_owner_does_not_stop_the_others(self, rig: SinkRig) -> None:
        leads, rep, chosen = [rig.lead() for _ in range(3)], rig.rep(), rig.rep()
        judged = {lead: self.seen(rig, lead) for lead in leads}
        rig.clock.advance(1)
        rig.reassign(leads[1], chosen)
        told = rig.sink.apply([a_change(lead, rep, judged[lead]) for lead in leads])
        assert outcomes(told) == [Outcome.APPLIED, Outcome.OVERTAKEN, Outcome.APPLIED]
        assert [rig.owner(lead) for lead in leads] == [rep, chosen, rep]

    @pytest.mark.parametrize("ended", ["delete", "convert"])
    def test_the_owner_of_a_lead_that_is_gone_is_not_written(
        self, rig: SinkRig, ended: str
    ) -> None:
        lead, rep = rig.lead(), rig.rep()
        getattr(rig, ended)(lead)
        assert outcomes(rig.sink.apply([a_change(lead, rep, None)])) == [Outcome.GONE]

    def test_a_lead_is_given_back_if_it_is_as_it_was_judged(self, rig: SinkRig) -> None:
        lead = rig.lead(rig.rep())
        told = rig.sink.apply([a_status(lead, RECYCLED, self.seen(rig, lead))])
        assert outcomes(told) == [Outcome.APPLIED]
        assert self.status(rig, lead) == RECYCLED

    @fault("V48")
    def test_a_lead_that_somebody_changed_first_is_not_given_back(self, rig: SinkRig) -> None:
        lead = rig.lead(rig.rep())
        judged, before = self.seen(rig, lead), self.status(rig, lead)
        rig.clock.advance(1)
        rig.reassign(lead, rig.rep())
        assert outcomes(rig.sink.apply([a_status(lead, RECYCLED, judged)])) == [Outcome.OVERTAKEN]
        assert self.status(rig, lead) == before

    @fault("V6")
    def test_looking_tells_whether_a_lead_was_given_back(self, rig: SinkRig) -> None:
        lead, other = rig.lead(), rig.lead()
        write = a_status(lead, RECYCLED, self.seen(rig, lead))
        assert outcomes(rig.sink.look([write])) == [Outcome.TRY_LATER]
        rig.sink.apply([write])
        elsewhere = Judged(None, None, "some other status")
        assert outcomes(rig.sink.look([write])) == [Outcome.APPLIED]
        assert outcomes(rig.sink.look([a_status(other, RECYCLED, elsewhere)])) == [
            Outcome.OVERTAKEN
        ]

    def test_a_lead_is_flagged_and_cleared(self, rig: SinkRig) -> None:
        lead = rig.lead()
        rig.sink.apply([a_write(Action.FLAG_STALE, lead, since=SINCE, why="8 days")])
        assert rig.stale(lead)
        rig.sink.apply([a_write(Action.CLEAR_STALE, lead)])
        assert not rig.stale(lead)

    @pain("P23")
    def test_a_lead_is_created_once_for_one_lead_key(self, rig: SinkRig) -> None:
        rep = rig.rep()
        write = a_write(
            Action.CREATE_LEAD, None, lead_key="hubspot:contact:7", owner=rep,
            email="new@prospect.example", last_name="New", company="Newco",
        )  # fmt: skip
        [first] = rig.sink.apply([write])
        assert first.ref
        assert (first.created, rig.owner(first.ref)) == (True, rep)
        assert [told.created or False for told in rig.sink.apply([write])] == [False]
        assert [told.ref for told in rig.sink.look([write])] == [first.ref]
        assert rig.leads_with_key("hubspot:contact:7") == 1

    @fault("V7", "V8")
    def test_a_lead_created_once_more_stays_as_people_have_made_it(self, rig: SinkRig) -> None:
        """A simulated day: the first request was carried out when a person had the lead given."""
        other = rig.rep()
        write = a_write(Action.CREATE_LEAD, None, lead_key="hubspot:contact:9", owner=rig.rep())
        [first] = rig.sink.apply([write])
        assert first.ref
        rig.reassign(first.ref, other)
        rig.sink.apply([write])
        assert rig.owner(first.ref) == other

    @fault("V6")
    def test_when_the_answer_is_lost_reading_tells_that_it_took_effect(self, rig: SinkRig) -> None:
        write = a_task(rig.lead(), rig.rep())
        rig.lose_answer()
        assert outcomes(rig.sink.apply([write])) == [Outcome.UNKNOWN]
        assert outcomes(rig.sink.look([write])) == [Outcome.APPLIED]

    @fault("V6")
    def test_when_the_request_is_lost_reading_tells_to_send_again(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        writes = [
            a_task(lead, rep),
            a_change(lead, rep, self.seen(rig, lead)),
            a_write(Action.FLAG_STALE, lead, since=SINCE, why="8 days"),
        ]
        rig.lose_request()
        assert outcomes(rig.sink.apply(writes[:1])) == [Outcome.UNKNOWN]
        assert outcomes(rig.sink.look(writes)) == [Outcome.TRY_LATER] * 3
        assert not rig.tasks(KEY)

    def test_looking_finds_owner_flag_and_created_lead_in_effect(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        create = a_write(Action.CREATE_LEAD, None, lead_key="hubspot:contact:8", owner=rep)
        flag = a_write(Action.FLAG_STALE, lead, since=SINCE, why="8 days")
        change = a_change(lead, rep, self.seen(rig, lead))
        assert outcomes(rig.sink.look([create])) == [Outcome.TRY_LATER]
        for write in (create, change, flag):
            assert outcomes(rig.sink.apply([write])) == [Outcome.APPLIED]
        assert outcomes(rig.sink.look([create, change, flag])) == [Outcome.APPLIED] * 3

    @fault("V48")
    def test_looking_after_a_person_chose_an_owner_says_overtaken(self, rig: SinkRig) -> None:
        lead = rig.lead()
        change = a_change(lead, rig.rep(), self.seen(rig, lead))
        rig.clock.advance(1)
        rig.reassign(lead, rig.rep())
        assert outcomes(rig.sink.look([change])) == [Outcome.OVERTAKEN]

    @fault("V50")
    def test_looking_for_a_task_that_a_person_deleted_says_overtaken(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.sink.apply([a_task(lead, rep)])
        rig.delete_task(KEY, rep)
        assert outcomes(rig.sink.look([a_task(lead, rep)])) == [Outcome.OVERTAKEN]

    def test_rereading_tells_what_is_there_now(self, rig: SinkRig) -> None:
        kept, gone, won, rep = rig.lead(), rig.lead(), rig.lead(), rig.rep()
        rig.reassign(kept, rep)
        rig.delete(gone)
        rig.convert(won)
        told = rig.sink.reread([kept, gone, won])
        assert told[gone] is None
        first, last = told[kept], told[won]
        assert first is not None
        assert (first.owner, first.converted) == (rep, False)
        assert last is not None
        assert last.converted

    def test_rereading_tells_of_a_task_whether_a_person_ended_it(self, rig: SinkRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        tasks = [a_task(lead, rep, each) for each in KEYS]
        kept, closed, deleted = (_ref(receipt) for receipt in rig.sink.apply(tasks))
        close = replace(a_write(Action.CLOSE_TASK, lead, text="called"), task_key=KEYS[1])
        rig.sink.apply([close])
        rig.delete_task(KEYS[2], rep)
        seen = rig.sink.reread([lead, kept, closed, deleted])
        assert seen[lead] is not None
        assert seen[deleted] is None
        assert [each.closed for each in (seen[kept], seen[closed]) if each] == [False, True]

    def test_when_the_system_is_cut_off_nothing_is_written_and_all_is_kept(
        self, rig: SinkRig
    ) -> None:
        write = a_task(rig.lead(), rig.rep())
        rig.sink.reread([rig.lead()])  # logged in
        rig.cut_off()
        with pytest.raises(TryLater) as told:
            rig.sink.apply([write])
        assert not told.value.unknown
        assert not rig.tasks(KEY)
        assert outcomes(rig.sink.apply([write])) == [Outcome.APPLIED]


COUNTED = (Lane.WRITE, Lane.REREAD)


def _ref(receipt: Receipt) -> Ref:
    assert receipt.ref is not None
    return receipt.ref
