"""The judge itself: it finds nothing in a run that went well, and each thing that went wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from slasync.rehearsal.simulation.evidence import (
    CursorChange,
    Delivery,
    Exchange,
    OutboxChange,
    QueueDepth,
    Skew,
    Span,
)
from slasync.rehearsal.simulation.oracle import INVARIANTS, judge
from slasync.rehearsal.simulation.stories import tell
from slasync.rehearsal.simulation.story_crm import DISPUTE, SNOOZE_UNTIL
from tests.simulation.evidences import (
    ANA,
    BEN,
    BOT,
    CALLED,
    CLOSED,
    CLOSING,
    CONTACT,
    DAEMON,
    DAY_1,
    GIVEN,
    KEY,
    LEAD,
    MET,
    MIA,
    QUIET,
    REMINDED,
    START,
    TASK,
    TASK_KEY,
    US,
    Run,
    a_call,
    a_fact,
    a_firing,
    a_restart,
    a_task,
    a_task_write,
    a_write,
    an_owner,
    at,
    entry,
    passes,
    steps,
)

Break = Callable[[Run], None]
OTHER_KEY = "e" * 40


def found(run: Run) -> set[int]:
    return {violation.invariant for violation in judge(run.evidence())}


def test_nothing_is_found_in_a_run_that_went_well() -> None:
    assert judge(Run().evidence()) == ()


def test_every_invariant_is_judged_or_says_why_not() -> None:
    assert [row.number for row in INVARIANTS] == list(range(1, 28))
    for row in INVARIANTS:
        assert sum(map(bool, (row.checks, row.later, row.elsewhere))) == 1, row.title


# 1


def a_key_twice(run: Run) -> None:
    run.journal.append(a_task(GIVEN + 1, "00T2", TASK_KEY, "day_0"))


def two_open_for_one_purpose(run: Run) -> None:
    run.journal.append(a_task(REMINDED, "00T2", OTHER_KEY, "day_1"))
    run.queue(a_task_write(OTHER_KEY, REMINDED, "day_1", OTHER_KEY), REMINDED)


# 2


def a_hand_over_unseen(run: Run) -> None:
    run.journal.append(
        entry(MET, "create", "contacts", "902", "website", email="c@d.example", hubspotscore="90")
    )


def a_rung_untold(run: Run) -> None:
    run.drop("fact", lambda fact: fact["source_id"].endswith("day_1"))


def a_rung_without_its_task(run: Run) -> None:
    run.change("fact", lambda fact: fact["source_id"].endswith("day_1"), **a_firing_of_nothing())


def a_firing_of_nothing() -> dict[str, object]:
    return {"data": a_firing("day_1", REMINDED, MET + 60)["data"]}


def a_message_left_out(run: Run) -> None:
    silent = a_firing("day_1", REMINDED, MET + 60, superseded=True)["data"]
    run.change("fact", lambda fact: fact["source_id"].endswith("day_1"), data=silent)
    no_end = {"ended_at": None, "end_reason": None}
    run.change("clock", lambda clock: clock["clock"] == "first_touch", **no_end)


def two_rungs_saying_it_at_once(run: Run) -> None:
    run.queue(a_task_write(OTHER_KEY, REMINDED, "day_2"), REMINDED)
    run.change("decision", lambda each: DAY_1 in each["writes"], writes=[DAY_1, OTHER_KEY])


def a_reminder_in_a_task_that_is_gone(run: Run, gone: float = 20, by: str = MIA) -> None:
    run.journal[3:4] = [entry(REMINDED - gone, "delete", "Task", TASK, by, IsDeleted=True)]


def a_new_owner_without_a_ladder(run: Run) -> None:
    run.journal.append(an_owner(40, BEN, MIA))


# 3


def a_reminder_after_an_answer(run: Run) -> None:
    run.journal = [e for e in run.journal if e.id != "00TCALL"] + [a_call(MET + 50)]


def a_reminder_on_old_data(run: Run) -> None:
    tasks = "salesforce.tasks"
    run.passes = [p for p in run.passes if p.stream != tasks] + list(passes(MET + 55, [tasks]))
    run.passes.sort(key=lambda p: p.at)


def a_task_left_open(run: Run) -> None:
    run.journal = [e for e in run.journal if e.at != at(CLOSED)]


def a_reminder_after_a_conversion(run: Run) -> None:
    run.journal.append(entry(MET + 62, "convert", "Lead", LEAD, ANA, IsConverted=True))


def a_reminder_to_who_lost_the_lead(run: Run) -> None:
    run.journal.append(an_owner(MET + 40, BEN, MIA))
    run.journal = [
        replace(e, after={**e.after, "OwnerId": ANA}) if e.at == at(REMINDED) else e
        for e in run.journal
    ]


def a_flag_left(run: Run) -> None:
    run.journal += [
        entry(30, "update", "Lead", LEAD, US, Slasync_Stale__c=True),
        entry(90, "update", "Lead", LEAD, ANA, Status="Recycled"),
    ]


# 4


def a_reminder_too_early(run: Run) -> None:
    run.journal = [
        replace(e, at=at(MET + 55)) if e.id == TASK and e.at == at(REMINDED) else e
        for e in run.journal
    ]


# 5


def a_field_not_mirrored(run: Run) -> None:
    run.change("record", lambda row: row["kind"] == "contact", fields={"email": "old@b.example"})


def a_record_not_mirrored(run: Run) -> None:
    run.drop("record", lambda row: row["external_id"] == LEAD)


def an_owner_not_mirrored(run: Run) -> None:
    run.change("record", lambda row: row["kind"] == "lead", owner=BEN)


# 6


def a_write_without_a_row(run: Run) -> None:
    run.journal.append(entry(30, "update", "Lead", LEAD, US, Slasync_Stale__c=True))


def a_row_done_without_effect(run: Run) -> None:
    run.queue(a_write(OTHER_KEY, "owner", 40, rung="place", owner=BEN), 40)


# 7


def late_tasks_above_the_cap(run: Run, behind: float = 30) -> None:
    decided = MET + 60 + behind
    run.policy = replace(run.policy, cap_owner=0)
    run.log = [
        replace(c, at=at(decided)) if c.key == DAY_1 and c.old_state is None else c for c in run.log
    ]
    run.queue(a_task_write(OTHER_KEY, decided, "day_1", OTHER_KEY), decided)
    run.journal.append(a_task(decided, "00T2", OTHER_KEY, "day_1"))


def a_task_about_the_past(run: Run) -> None:
    run.policy = replace(run.policy, effective_from=at(MET + 1))


# 8


def a_row_left_over(run: Run) -> None:
    run.change("outbox", lambda row: row["key"] == CLOSING, state="maybe_sent")


def an_event_left_over(run: Run) -> None:
    run.add("inbox", {"dedup_key": "x", "state": "pending"})


# 9


def a_watermark_going_back(run: Run) -> None:
    last = run.passes[-1]
    run.passes.append(replace(last, old_watermark=last.new_watermark, new_watermark=at(5)))


def a_watermark_ahead(run: Run) -> None:
    last = run.passes[-1]
    ahead = last.at + timedelta(seconds=30)
    run.passes.append(replace(last, old_watermark=last.new_watermark, new_watermark=ahead))


# 10


def an_event_lost(run: Run) -> None:
    run.more["webhooks"] = (Delivery(at=at(20), daemon=DAEMON, dedup_keys=("k",), status=204),)


# 11


def a_call_too_soon(run: Run) -> None:
    def call(minutes: float, status: int, wait: float | None = None) -> Exchange:
        return Exchange(
            at=at(minutes), system="hubspot", daemon="one", method="GET", path="/",
            status=status, retry_after=wait,
        )  # fmt: skip

    run.more["requests"] = (call(10, 429, 120), call(11, 200))


def an_answer(asked: datetime, read: datetime) -> Exchange:
    return Exchange(
        at=asked, answered_at=read, system="salesforce", daemon="one", method="GET", path="/",
        status=200,
    )  # fmt: skip


def too_many_calls(run: Run) -> None:
    run.policy = replace(run.policy, reads_share={"hubspot": 10})


def an_escalation_kept_waiting(run: Run, calls: int = 30) -> None:
    run.policy = replace(run.policy, reads_share={"salesforce": 1_000})
    run.change("outbox", lambda row: row["key"] == DAY_1, urgent=True)
    run.log = [
        replace(c, at=c.at - timedelta(minutes=12)) if c.key == DAY_1 and not c.old_state else c
        for c in run.log
    ]
    run.more["requests"] = tuple(
        Exchange(
            at=at(REMINDED - 11) + timedelta(seconds=n), system="salesforce", daemon="one",
            method="GET", path="/", status=200,
        )
        for n in range(calls)
    )  # fmt: skip


# 12, 13


def settled_by_a_loser(run: Run) -> None:
    run.log = [
        replace(c, who="two-1") if c.key == DAY_1 and c.new_state == "done" else c for c in run.log
    ]


def a_term_going_back(run: Run) -> None:
    run.log = [
        replace(c, new_term=0) if c.key == DAY_1 and c.new_state == "done" else c for c in run.log
    ]


def done_before_it_was_sent(run: Run) -> None:
    run.log = [c for c in run.log if c.key != DAY_1]
    queued, claimed, _, done = steps(DAY_1, REMINDED)
    run.log += [queued, claimed, replace(done, old_state="pending")]


def marked_after_it_was_sent(run: Run) -> None:
    run.log = [
        replace(c, at=c.at + timedelta(minutes=1)) if c.key == DAY_1 and c.new_term else c
        for c in run.log
    ]


def closed_before_it_was_marked(run: Run) -> None:
    run.log = [
        replace(c, at=c.at + timedelta(minutes=1)) if c.key == CLOSING and c.new_term else c
        for c in run.log
    ]


def told_before_it_was_marked(run: Run) -> None:
    run.journal.append(entry(20, "update", "contacts", CONTACT, "77", slasync_stage="mql"))
    row = a_write(OTHER_KEY, "properties", 20, rung="tell", stage="mql")
    row["payload"]["target"][:] = ["hubspot", "contact", CONTACT]
    run.queue(row, 20)
    run.log = [
        replace(c, at=c.at + timedelta(minutes=1)) if c.key == OTHER_KEY and c.new_term else c
        for c in run.log
    ]


def sent_again_as_if_it_had_not_been(run: Run, *more: Exchange, after: float = 1) -> None:
    queued, claimed, sent, done = steps(DAY_1, REMINDED)
    back = replace(done, new_state="pending")
    again = [
        replace(c, at=at(REMINDED + after), old_term=1, new_term=2) for c in (claimed, sent, done)
    ]
    others = [c for c in run.log if c.key != DAY_1]
    run.log = [*others, queued, claimed, sent, back, *again]
    lost = a_request(REMINDED, "PATCH", None)
    run.more["requests"] = (a_request(REMINDED, "GET", 200), lost, *more)


def a_request(minutes: float, method: str, status: int | None) -> Exchange:
    return Exchange(
        at=at(minutes), system="salesforce", daemon="one", method=method, path="/", status=status
    )


def a_held_row_let_go_by_nobody(run: Run) -> None:
    held, *_ = steps(OTHER_KEY, 40)
    freed = replace(held, old_state="held", new_state="pending", old_term=0)
    run.log += [replace(held, new_state="held"), freed]


# 14


def a_firing_without_its_row(run: Run) -> None:
    run.drop("outbox", lambda row: row["key"] == DAY_1)


def a_row_without_its_firing(run: Run) -> None:
    run.queue(a_task_write(OTHER_KEY, 150, "day_2"), 150)


def a_fact_of_nobody(run: Run) -> None:
    run.add("fact", {**a_fact("touch", "t", 5), "lead_key": "hubspot:contact:0"})


def a_lead_by_a_number_of_ours(run: Run) -> None:
    run.add("lead", {"key": "17", "owner": None})


def a_pool_that_lost_count(run: Run) -> None:
    run.change("pool", lambda _: True, state={"ana@x.example": 3})


# 15


def a_persons_choice_undone(run: Run) -> None:
    run.journal += [an_owner(30, BEN, MIA), an_owner(40, ANA, US, before=BEN)]


def an_owner_from_outside(run: Run) -> None:
    run.journal.append(an_owner(40, MIA, US))


# 16, 19


def a_cycle_out_of_nothing(run: Run) -> None:
    created = run.journal[0]
    run.journal[0] = replace(created, after={**created.after, "hubspotscore": "10"})


def an_end_out_of_nothing(run: Run) -> None:
    run.journal = [e for e in run.journal if e.id != "00TCALL"]


def a_restart_out_of_nothing(run: Run) -> None:
    run.add("fact", a_restart(50, BEN))


def a_restart_long_after_its_cause(run: Run) -> None:
    run.journal.append(an_owner(40, BEN, MIA))
    run.add("fact", a_restart(45, BEN))


def an_end_by_what_was_learned_first(run: Run) -> None:
    run.journal.append(replace(a_call(MET + 62), id="00TCALL2"))


def an_owner_forgotten(run: Run) -> None:
    run.change("lead", lambda _: True, owner=BEN)


def a_reminder_after_what_closes_its_task(run: Run) -> None:
    waits = [replace(c, at=at(CLOSED + 5)) for c in run.log if c.key == DAY_1 and c.new_term]
    run.log = [c for c in run.log if not (c.key == DAY_1 and c.new_term)] + waits


# 20 and on


def a_write_after_a_restart(run: Run) -> None:
    run.journal.append(entry(QUIET + 1, "update", "contacts", CONTACT, "77", slasync_stage="mql"))


def a_queue_without_end(run: Run) -> None:
    run.more["depths"] = (QueueDepth(at=at(50), outbox=10_000, inbox=0),)


def a_secret_in_the_log(run: Run) -> None:
    run.more["logs"] = ("token s3cr3t refused",)


def a_due_time_by_another_calendar(run: Run) -> None:
    late = at(MET + 360)
    run.change("clock", lambda c: c["clock"] == "processing", due_at=late, wake_at=late)


def a_clock_nobody_looks_at(run: Run) -> None:
    run.change("clock", lambda c: c["clock"] == "processing", wake_at=None)


def calls_in_a_circle(run: Run) -> None:
    call = Exchange(at=START, system="hubspot", daemon="one", method="GET", path="/", status=200)
    run.more["requests"] = (call,) * 20_000


def the_same_told_twice(run: Run) -> None:
    for key, minutes in ((OTHER_KEY, 20), ("f" * 40, 25)):
        run.queue(a_write(key, "properties", minutes, rung="tell", stage="mql", due=key), minutes)


BROKEN: tuple[tuple[int, Break], ...] = (
    (1, a_key_twice),
    (1, two_open_for_one_purpose),
    (2, a_hand_over_unseen),
    (2, a_rung_untold),
    (2, a_rung_without_its_task),
    (2, a_message_left_out),
    (2, two_rungs_saying_it_at_once),
    (2, a_reminder_in_a_task_that_is_gone),
    (2, a_new_owner_without_a_ladder),
    (3, a_reminder_after_an_answer),
    (3, a_reminder_on_old_data),
    (3, a_reminder_after_a_conversion),
    (3, a_reminder_to_who_lost_the_lead),
    (3, a_task_left_open),
    (3, a_flag_left),
    (4, a_reminder_too_early),
    (5, a_field_not_mirrored),
    (5, a_record_not_mirrored),
    (5, an_owner_not_mirrored),
    (6, a_write_without_a_row),
    (6, a_row_done_without_effect),
    (7, late_tasks_above_the_cap),
    (7, a_task_about_the_past),
    (8, a_row_left_over),
    (8, an_event_left_over),
    (9, a_watermark_going_back),
    (9, a_watermark_ahead),
    (10, an_event_lost),
    (11, a_call_too_soon),
    (11, too_many_calls),
    (11, an_escalation_kept_waiting),
    (12, settled_by_a_loser),
    (12, a_term_going_back),
    (13, done_before_it_was_sent),
    (13, marked_after_it_was_sent),
    (13, closed_before_it_was_marked),
    (13, told_before_it_was_marked),
    (13, sent_again_as_if_it_had_not_been),
    (13, a_held_row_let_go_by_nobody),
    (14, a_firing_without_its_row),
    (14, a_row_without_its_firing),
    (14, a_fact_of_nobody),
    (14, a_lead_by_a_number_of_ours),
    (14, a_pool_that_lost_count),
    (15, a_persons_choice_undone),
    (15, an_owner_from_outside),
    (16, a_cycle_out_of_nothing),
    (16, an_end_out_of_nothing),
    (16, a_restart_out_of_nothing),
    (16, a_restart_long_after_its_cause),
    (19, an_end_by_what_was_learned_first),
    (19, an_owner_forgotten),
    (19, a_reminder_after_what_closes_its_task),
    (20, a_write_after_a_restart),
    (21, a_queue_without_end),
    (23, a_secret_in_the_log),
    (24, a_due_time_by_another_calendar),
    (24, a_clock_nobody_looks_at),
    (26, calls_in_a_circle),
    (26, the_same_told_twice),
)


@pytest.mark.parametrize(("number", "broken"), BROKEN, ids=[b.__name__ for _, b in BROKEN])
def test_what_went_wrong_is_found(number: int, broken: Break) -> None:
    run = Run()
    broken(run)
    assert number in found(run)


def test_every_judged_invariant_has_a_run_that_breaks_it() -> None:
    judged = {row.number for row in INVARIANTS if row.checks}
    assert {number for number, _ in BROKEN} == judged


# what may be either way is not told


@pytest.mark.parametrize("another", [True, False])
def test_a_task_that_another_lead_had_before_it_became_this_one_is_not_made_twice(
    *, another: bool
) -> None:
    """After that a reminder for both is written to it."""
    run = Run()
    run.journal.append(a_task(REMINDED, "00T2", OTHER_KEY, "day_1"))
    made = a_task_write(OTHER_KEY, REMINDED, "day_1", OTHER_KEY)
    lead = {"lead_key": "hubspot:contact:902"} if another else {}
    run.queue({**made, **lead}, REMINDED)
    run.queue(a_task_write("f" * 40, REMINDED + 1, "day_2", OTHER_KEY), REMINDED + 1)
    assert (1 in found(run)) is not another


def test_a_task_that_a_person_deleted_unseen_may_be_made_anew() -> None:
    run = Run()
    run.journal[3:4] = [
        entry(REMINDED - 0.2, "delete", "Task", TASK, ANA, IsDeleted=True),
        a_task(REMINDED, "00T2", TASK_KEY, "day_1"),
    ]
    run.journal[-1] = replace(run.journal[-1], id="00T2")
    assert 1 not in found(run)


@pytest.mark.parametrize(("gone", "wrong"), [(0.5, False), (20, True)])
def test_what_counts_is_what_was_known_when_a_write_was_sent(gone: float, *, wrong: bool) -> None:
    """A simulated day: a reminder was carried out twelve minutes after slasync had sent it."""
    run = Run()
    run.journal[3:4] = [
        entry(REMINDED - gone, "delete", "Task", TASK, ANA, IsDeleted=True),
        replace(a_task(REMINDED + 12, "00T2", TASK_KEY, "day_1"), id="00T2"),
    ]
    assert any("two tasks" in v.says for v in judge(run.evidence())) is wrong


@pytest.mark.parametrize(("read", "wrong"), [(REMINDED - 1, True), (REMINDED, False)])
def test_what_is_read_in_the_instant_of_a_write_may_be_read_after_it(
    read: float, *, wrong: bool
) -> None:
    """A simulated day: slasync came back after an hour, tried a task again, and then read."""
    run = Run()
    run.journal[3:4] = [
        entry(REMINDED - 20, "delete", "Task", TASK, ANA, IsDeleted=True),
        replace(a_task(REMINDED, "00T2", TASK_KEY, "day_1"), id="00T2"),
    ]
    tasks = "salesforce.tasks"
    gap = [p for p in run.passes if p.stream == tasks and at(50) < p.at < at(REMINDED + 4)]
    last = gap[-1]
    run.passes = [p for p in run.passes if p not in gap]
    run.passes.append(replace(last, at=at(read), new_watermark=at(read - 2)))
    run.passes.sort(key=lambda p: p.at)
    assert any("two tasks" in v.says for v in judge(run.evidence())) is wrong


def test_an_answer_that_became_visible_only_after_the_write_is_no_false_blame() -> None:
    run = Run()
    a_reminder_after_an_answer(run)
    number = 1 + sum(e.at <= at(MET + 50) for e in run.journal if e.id != "00TCALL")
    run.more["visible"] = {number: at(REMINDED + 1)}
    run.change("clock", lambda c: c["clock"] == "first_touch", ended_at=at(MET + 50))
    assert found(run) == set()


def test_a_score_that_did_not_last_until_it_was_read_need_not_be_handed_over() -> None:
    run = Run()
    run.journal += [
        entry(31, "create", "contacts", "902", "website", email="c@d.example", hubspotscore="90"),
        entry(32, "update", "contacts", "902", "scoring", hubspotscore="10"),
    ]
    run.more["vendor"] = {}
    assert found(run) == set()


@pytest.mark.parametrize(("believed", "wrong"), [(20, False), (0, True)])
def test_a_machine_that_slept_reads_as_far_as_it_takes_the_time_for(
    believed: float, *, wrong: bool
) -> None:
    """A simulated day: two passes of such a machine ended before a score fell again."""
    run = Run()
    run.journal += [
        entry(31, "create", "contacts", "902", "website", email="c@d.example", hubspotscore="90"),
        entry(42, "update", "contacts", "902", "scoring", hubspotscore="10"),
    ]
    run.passes = [behind(p, believed) if at(31) < p.at < at(42) else p for p in run.passes]
    assert any("no cycle began" in v.says for v in judge(run.evidence())) is wrong


def behind(read: CursorChange, minutes: float) -> CursorChange:
    marks = (read.old_watermark, read.new_watermark)
    old, new = (mark and mark - timedelta(minutes=minutes) for mark in marks)
    return replace(read, old_watermark=old, new_watermark=new)


def test_who_did_not_read_a_contact_before_it_was_deleted_dates_it_by_when_it_is_back() -> None:
    """A simulated day: it was deleted and undeleted while slasync could not ask."""
    run = Run()
    run.journal += [
        entry(31, "create", "contacts", "902", "website", email="c@d.example", hubspotscore="90"),
        entry(32, "delete", "contacts", "902", MIA),
        entry(62, "undelete", "contacts", "902", MIA),
        entry(63, "update", "contacts", "902", "scoring", hubspotscore="95"),
        entry(71, "update", "contacts", "902", "scoring", hubspotscore="97"),
    ]
    [story] = [story for story in tell(run.evidence()) if story.contact == "902"]
    assert [(m.at, m.latest, m.certain) for m in story.mets] == [(at(31), at(63), False)]


def test_what_people_do_after_a_restart_may_be_answered() -> None:
    run = Run()
    a_write_after_a_restart(run)
    run.journal.append(replace(a_call(QUIET), id="00TCALL2"))
    assert 20 not in found(run)


def test_what_people_did_before_a_restart_may_be_answered_after_it_when_calls_were_too_few() -> (
    None
):
    run = Run()
    a_write_after_a_restart(run)
    run.journal.append(replace(a_call(QUIET - 60), id="00TCALL2"))
    assert 20 in found(run)
    run.passes = list(passes(until=QUIET - 70))
    assert 20 not in found(run)


def test_a_rung_that_waited_for_its_data_over_a_restart_may_be_told_afterwards() -> None:
    run = Run()
    a_write_after_a_restart(run)
    run.add("fact", a_firing("day_2", QUIET + 1, MET + 120, "task"))
    assert 20 in found(run)
    run.passes = list(passes(until=MET + 100))
    assert 20 not in found(run)


SECOND, SECOND_LEAD, SECOND_TASK = "salesforce:lead:00Q2", "00Q2", "00T2"


def a_run_with_a_second_lead() -> Run:
    """Somebody entered the person in the CRM once more; slasync keeps both leads, with a cycle
    each."""
    run = Run()
    theirs = a_task(REMINDED, SECOND_TASK, OTHER_KEY, "day_1")
    run.journal += [
        entry(5, "create", "Lead", SECOND_LEAD, ANA, Email="a@b.example", OwnerId=ANA),
        replace(theirs, after={**theirs.after, "WhoId": SECOND_LEAD}),
    ]
    kept = {"lead_key": SECOND, "how": "first", "system": "salesforce", "kind": "lead"}
    run.add("link", {**kept, "external_id": SECOND_LEAD})
    handover = a_fact("handover", "handover:c1", MET, definition="score", evidence={})
    run.add("fact", {**handover, "lead_key": SECOND})
    return run


@pytest.mark.parametrize(("lead", "wrong"), [(SECOND, False), (KEY, True)])
@pytest.mark.parametrize(("name", "record"), [("Lead", SECOND_LEAD), ("Task", SECOND_TASK)])
def test_of_two_leads_of_one_person_that_may_be_written_after_a_restart_whose_rung_is_due(
    name: str, record: str, lead: str, *, wrong: bool
) -> None:
    run = a_run_with_a_second_lead()
    run.journal.append(entry(QUIET + 1, "update", name, record, US, Slasync_Due__c="later"))
    run.add("fact", {**a_firing("day_2", QUIET + 1, QUIET - 1, "task"), "lead_key": lead})
    assert (20 in found(run)) is wrong


@pytest.mark.parametrize(("acted", "wrong"), [(QUIET, False), (QUIET - 60, True)])
@pytest.mark.parametrize("record", [LEAD, SECOND_LEAD])
def test_what_people_do_to_one_of_two_leads_of_a_person_may_be_answered_on_either(
    record: str, acted: float, *, wrong: bool
) -> None:
    run = a_run_with_a_second_lead()
    run.journal += [
        entry(acted, "update", "Lead", record, MIA, Phone="1"),
        entry(QUIET + 1, "update", "Lead", SECOND_LEAD, US, Slasync_Due__c="later"),
    ]
    row = a_write("9" * 40, "show", QUIET + 1)
    run.queue({**row, "lead_key": SECOND}, QUIET + 1)
    assert (20 in found(run)) is wrong


def test_a_task_is_not_late_by_a_hand_over_that_was_learned_of_after_it() -> None:
    run = Run()
    late_tasks_above_the_cap(run)
    assert 7 in found(run)
    run.change("fact", lambda row: row["kind"] == "handover", occurred_at=at(MET + 30))
    assert 7 not in found(run)


@pytest.mark.parametrize("asked", [{SNOOZE_UNTIL: "2026-03-03T09:00:00.000+0000"}, {DISPUTE: True}])
def test_due_times_of_a_lead_whose_rep_asked_for_a_rest_are_not_judged(
    asked: dict[str, Any],
) -> None:
    run = Run()
    a_due_time_by_another_calendar(run)
    assert 24 in found(run)
    run.journal.append(entry(REMINDED, "update", "Lead", LEAD, ANA, **asked))
    assert 24 not in found(run)


def test_a_task_of_a_lead_whose_rep_asked_for_a_rest_is_not_judged_to_be_late() -> None:
    run = Run()
    late_tasks_above_the_cap(run)
    assert 7 in found(run)
    run.journal.append(entry(REMINDED, "update", "Lead", LEAD, ANA, Slasync_Dispute__c=True))
    assert 7 not in found(run)


def test_a_held_row_that_a_person_let_go_is_no_wrong_edge() -> None:
    run = Run()
    queued, claimed, sent, done = steps(DAY_1, REMINDED)
    freed = replace(queued, old_state="held", new_state="pending", old_term=0, by_person=True)
    others = [c for c in run.log if c.key != DAY_1]
    run.log = [*others, replace(queued, new_state="held"), freed, claimed, sent, done]
    assert found(run) == set()


def test_what_was_looked_for_after_no_answer_may_be_sent_again() -> None:
    run = Run()
    sent_again_as_if_it_had_not_been(run, a_request(REMINDED, "GET", 200))
    assert 13 not in found(run)


def test_what_is_tried_twice_in_one_instant_may_have_taken_effect_by_the_second_try() -> None:
    run = Run()
    sent_again_as_if_it_had_not_been(run, after=0)
    assert 13 not in found(run)


def test_what_was_answered_is_known_to_have_had_no_effect_where_it_is_sent_again() -> None:
    run = Run()
    sent_again_as_if_it_had_not_been(run)
    run.more["requests"] = (a_request(REMINDED, "PATCH", 200),)
    assert 13 not in found(run)


def test_of_two_writes_in_one_second_the_one_that_was_answered_was_not_lost() -> None:
    """Simulated day 94093: another write of the same process was lost right after it."""
    run = Run()
    sent_again_as_if_it_had_not_been(run)
    run.more["requests"] = (a_request(REMINDED, "PATCH", 200), a_request(REMINDED, "POST", None))
    assert 13 not in found(run)


@pytest.mark.parametrize(
    ("gone", "by", "wrong"), [(20, MIA, True), (1, MIA, False), (20, BOT, False), (20, US, False)]
)
def test_a_reminder_needs_a_new_task_once_it_was_read_that_a_person_ended_the_old_one(
    gone: float, by: str, *, wrong: bool
) -> None:
    run = Run()
    a_reminder_in_a_task_that_is_gone(run, gone, by)
    assert any("wrote to task" in v.says for v in judge(run.evidence())) is wrong


def test_a_task_that_was_taken_back_may_be_written_again() -> None:
    run = Run()
    a_reminder_in_a_task_that_is_gone(run)
    run.journal.insert(4, entry(REMINDED - 10, "undelete", "Task", TASK, MIA, IsDeleted=False))
    assert not any("wrote to task" in v.says for v in judge(run.evidence()))


def test_an_older_write_may_go_last_where_a_person_had_it_sent_again_only_then() -> None:
    run = Run()
    queued, claimed, sent, done = steps(DAY_1, REMINDED)
    parked = replace(done, new_state="parked")
    freed = replace(queued, old_state="parked", old_term=1, new_term=1, by_person=True)
    later = [replace(c, at=at(CLOSED + 5)) for c in (freed, claimed, sent, done)]
    others = [c for c in run.log if c.key != DAY_1]
    run.log = [*others, queued, claimed, sent, parked, *later]
    assert found(run) == set()


def test_a_claim_may_be_taken_over_when_its_term_is_raised() -> None:
    run = Run()
    queued, claimed, sent, done = steps(DAY_1, REMINDED)
    again = OutboxChange(
        at=at(REMINDED), key=DAY_1, old_state="maybe_sent", new_state="maybe_sent", old_term=1,
        new_term=2, old_lease_by=DAEMON, new_lease_by="two-1", who="two-1",
    )  # fmt: skip
    settled = replace(done, old_term=2, new_term=2, old_lease_by="two-1", who="two-1")
    others = [c for c in run.log if c.key != DAY_1]
    run.log = [*others, queued, claimed, sent, again, settled]
    assert found(run) == set()


def test_a_new_owner_whose_clock_started_again_is_in_order() -> None:
    run = Run()
    a_new_owner_without_a_ladder(run)
    run.drop("fact", lambda f: f["source_id"].endswith("day_1"))
    run.drop("outbox", lambda row: row["key"] == DAY_1)
    run.drop("decision", lambda row: DAY_1 in row["writes"])
    run.log = [c for c in run.log if c.key != DAY_1]
    run.journal = [e for e in run.journal if e.at != at(REMINDED)]
    run.add("fact", a_restart(40, BEN), a_firing("day_0", 42, 40, generation=1, superseded=True))
    run.change("clock", lambda c: c["clock"] == "first_touch", generation=1, anchor_at=at(40))
    run.change("lead", lambda _: True, owner=BEN)
    run.change("record", lambda row: row["kind"] == "lead", owner=BEN)
    lead = {"Id": LEAD, "OwnerId": BEN, "Status": "Open"}
    contact = {"hs_object_id": CONTACT, "email": "a@b.example"}
    run.more["vendor"] = {"salesforce.Lead": (lead,), "hubspot.contacts": (contact,)}
    assert found(run) == set()


def test_persons_who_share_an_address_are_judged_by_what_needs_no_names() -> None:
    run = Run()
    a_hand_over_unseen(run)
    run.journal[-1] = replace(run.journal[-1], after={"email": "a@b.example", "hubspotscore": "90"})
    assert 2 not in found(run)


def test_while_a_clock_is_half_a_minute_wrong_own_dates_may_be_so_too() -> None:
    run = Run()
    off = timedelta(seconds=-25)
    a_new_owner_without_a_ladder(run)
    run.add("fact", {**a_restart(40, BEN), "occurred_at": at(40) + off})
    assert 16 in found(run)
    run.more["skews"] = (Skew(since=START, until=at(200), offset=off),)
    assert 16 not in found(run)


def test_a_hand_over_is_dated_by_the_vendor_however_wrong_the_own_clock_is() -> None:
    run = Run()
    off = timedelta(seconds=-2)
    run.change("fact", lambda f: f["kind"] == "handover", occurred_at=at(MET) + off)
    run.change("clock", lambda _: True, anchor_at=at(MET) + off)
    run.more["skews"] = (Skew(since=START, until=at(200), offset=off),)
    assert 16 in found(run)


def test_what_is_late_by_no_more_than_clocks_differ_is_on_time() -> None:
    found_at = {}
    for seconds in (1, 4):
        run = Run()
        late_tasks_above_the_cap(run, behind=15 + seconds / 60)
        found_at[seconds] = 7 in found(run)
    assert found_at == {1: False, 4: True}


def test_a_machine_that_has_just_woken_up_goes_by_the_time_at_which_it_fell_asleep() -> None:
    run = Run()
    late_tasks_above_the_cap(run)
    asleep = Span(since=at(MET + 61), until=at(MET + 90), what="one")
    run.more["asleep"] = (asleep,)
    assert 7 not in found(run)
    run.more["asleep"] = (replace(asleep, until=at(MET + 80)),)  # the CRM has told it since
    assert 7 in found(run)


def test_a_machine_that_woke_up_knows_the_time_by_the_second_answer_of_the_crm() -> None:
    """A simulated day: the first answer took 25 seconds, and one alone is not believed."""
    run = Run()
    late_tasks_above_the_cap(run)
    woke, decided = at(MET + 89), at(MET + 90)
    run.more["asleep"] = (Span(since=at(MET + 61), until=woke, what="one"),)
    slow, quick = an_answer(woke, decided), an_answer(decided, decided)
    run.more["requests"] = (slow, quick)
    assert 7 not in found(run)
    run.more["requests"] = (an_answer(woke, woke), an_answer(woke, woke))
    assert 7 in found(run)


def test_a_machine_whose_sleep_nobody_told_it_of_goes_on_from_when_it_fell_asleep() -> None:
    run = Run()
    late_tasks_above_the_cap(run)
    run.more["requests"] = ()
    run.more["asleep"] = (Span(since=at(MET + 61), until=at(MET + 76), what="one"),)
    assert 7 not in found(run)
    run.more["asleep"] = (Span(since=at(MET + 61), until=at(MET + 74), what="one"),)
    assert 7 in found(run)


def a_call_held_up(sent: float, ended: float) -> Exchange:
    return replace(an_answer(at(sent), at(ended)), status=None, fault="late")


def as_ended(*calls: Exchange) -> tuple[Exchange, ...]:
    return tuple(sorted(calls, key=lambda call: call.answered_at or call.at))


def test_a_call_that_ends_long_after_it_was_sent_is_not_what_a_later_pass_began_with() -> None:
    """A simulated day: a write was held up for 50 minutes, while reading went on."""
    run = Run()
    run.more["requests"] = as_ended(*run.evidence().requests, a_call_held_up(41, 91))
    assert found(run) == set()
    a_watermark_ahead(run)
    assert found(run) == {9}


def test_a_call_that_ends_late_does_not_hide_those_made_while_an_escalation_waited() -> None:
    run = Run()
    an_escalation_kept_waiting(run)
    half = timedelta(seconds=14)  # as many calls ended before as after
    slow = an_answer(at(REMINDED - 20), at(REMINDED - 11) + half)
    run.more["requests"] = as_ended(*run.more["requests"], slow)
    assert 11 in found(run)


def test_a_process_that_was_started_since_was_not_told_to_wait() -> None:
    """A simulated day: the login was refused, so the daemon did not start, and was started anew."""
    run = Run()
    a_call_too_soon(run)
    lives = ((9, 10), (10.5, 200))
    run.more["up"] = tuple(Span(since=at(a), until=at(b), what="one") for a, b in lives)
    assert 11 not in found(run)


def test_an_escalation_may_wait_while_next_to_nothing_can_be_asked() -> None:
    run = Run()
    an_escalation_kept_waiting(run, calls=10)
    assert 11 not in found(run)


def deleted_and_undeleted(run: Run, until: float) -> None:
    """The lead and with it our task, from a minute before the reminder was due."""
    for name, id_ in (("Lead", LEAD), ("Task", TASK)):
        run.journal.append(entry(MET + 51, "delete", name, id_, MIA, IsDeleted=True))
        run.journal.append(entry(until, "undelete", name, id_, MIA))


def test_a_deletion_undone_before_the_next_look_cannot_have_been_seen() -> None:
    run = Run()
    deleted_and_undeleted(run, MET + 53)
    assert found(run) == set()


def test_a_deletion_that_was_read_before_it_was_undone_ends_the_clocks() -> None:
    run = Run()
    deleted_and_undeleted(run, MET + 59)
    assert found(run) == {3, 19}


def test_a_deletion_that_may_have_been_read_may_have_ended_the_clocks() -> None:
    run = Run()
    deleted_and_undeleted(run, MET + 53)
    over = {"state": "ended", "ended_at": at(MET + 51), "end_reason": "deleted"}
    run.change("clock", lambda _: True, **over, due_at=None, wake_at=None, next_rung=None)
    run.drop("fact", lambda f: f["source_id"].endswith("day_1"))
    run.drop("outbox", lambda row: row["key"] == DAY_1)
    run.drop("decision", lambda row: DAY_1 in row["writes"])
    run.log = [c for c in run.log if c.key != DAY_1]
    run.journal = [e for e in run.journal if e.at != at(REMINDED)]
    assert found(run) == set()


def closed_and_written_over(run: Run, by: str, later: float) -> None:
    """Instead of the call: somebody closes our task, and we change it so many minutes later."""
    an_end_out_of_nothing(run)
    run.journal += [
        entry(CALLED, "update", "Task", TASK, by, IsClosed=True, Status="Completed"),
        entry(CALLED + later, "update", "Task", TASK, US, Subject="again"),
    ]


@pytest.mark.parametrize(("later", "known"), [(1, False), (15, True)])
def test_whether_automation_closed_a_task_that_we_changed_before_that_was_read_nobody_knows(
    later: float, *, known: bool
) -> None:
    """Else it touches nobody."""
    run = Run()
    closed_and_written_over(run, BOT, later)
    assert (16 in found(run)) is known


@pytest.mark.parametrize(("later", "known"), [(1, False), (15, True)])
def test_nor_whether_it_did_where_a_person_deleted_and_took_back_the_task_before_that_was_read(
    later: float, *, known: bool
) -> None:
    run = Run()
    an_end_out_of_nothing(run)
    run.journal += [
        entry(CALLED, "update", "Task", TASK, BOT, IsClosed=True, Status="Completed"),
        entry(CALLED + later, "delete", "Task", TASK, BEN, IsDeleted=True),
        entry(CALLED + later + 1, "undelete", "Task", TASK, BEN, IsDeleted=False),
    ]
    assert (16 in found(run)) is known


@pytest.mark.parametrize(
    ("later", "tries", "counts"),
    [(1, 1, True), (0.005, 1, False), (1, 2, False), (15, 2, True)],
)
def test_who_closed_our_task_counts_unless_our_own_changes_leave_open_which_closed_it(
    later: float, tries: int, *, counts: bool
) -> None:
    run = Run()
    closed_and_written_over(run, ANA, later)
    if tries > 1:
        _, claimed, *_ = steps(DAY_1, REMINDED)
        run.log.append(replace(claimed, old_term=1, new_term=2))
    no_end = {"ended_at": None, "end_reason": None}
    run.change("clock", lambda clock: clock["clock"] == "first_touch", **no_end)
    assert any("runs on" in v.says for v in judge(run.evidence())) is counts


@pytest.mark.parametrize(("later", "known"), [(1, False), (15, True)])
def test_who_closed_a_task_that_a_person_changed_before_that_was_read_nobody_knows(
    later: float, *, known: bool
) -> None:
    """A conversion makes the rep the last who changed each task of the lead."""
    run = Run()
    an_end_out_of_nothing(run)
    run.journal.append(entry(CALLED, "update", "Task", TASK, BOT, IsClosed=True))
    run.journal.append(entry(CALLED + later, "update", "Task", TASK, ANA, WhoId=LEAD))
    assert (16 in found(run)) is known


def due_within_a_second_of_the_end(run: Run, seconds: float) -> None:
    """Everything half a second later, so that the reminder was due within a second."""
    half = timedelta(seconds=0.5)
    run.journal[0] = replace(run.journal[0], at=at(MET) + half)
    run.change("fact", lambda f: f["kind"] == "handover", occurred_at=at(MET) + half)
    run.change("clock", lambda _: True, anchor_at=at(MET) + half)
    untold = {"data": {"cycle": "c1"}}
    run.change("fact", lambda f: f["source_id"].endswith(("day_0", "day_1")), **untold)
    run.journal.append(entry(MET + 60 + seconds / 60, "convert", "Lead", LEAD, ANA))


def test_a_rung_due_in_the_very_second_of_the_end_may_be_due_after_it() -> None:
    run = Run()
    due_within_a_second_of_the_end(run, 0.7)
    assert not any("day_1" in v.says for v in judge(run.evidence()) if v.invariant == 2)


def test_a_rung_due_in_the_second_before_the_end_is_to_be_told() -> None:
    run = Run()
    due_within_a_second_of_the_end(run, 1.7)
    assert any("day_1" in v.says for v in judge(run.evidence()) if v.invariant == 2)


def converted_before_the_hand_over(run: Run) -> None:
    run.journal.append(entry(MET - 5, "convert", "Lead", LEAD, ANA, IsConverted=True))


def test_who_was_converted_before_the_hand_over_has_no_clock_that_runs() -> None:
    run = Run()
    converted_before_the_hand_over(run)
    said = [v.says for v in judge(run.evidence()) if v.invariant == 19]
    assert any("first_touch of c1 ended" in words for words in said)


def test_nor_are_his_rungs_to_be_told() -> None:
    run = Run()
    converted_before_the_hand_over(run)
    a_rung_untold(run)
    over = {"state": "ended", "ended_at": at(MET), "end_reason": "converted"}
    run.change("clock", lambda _: True, **over, due_at=None, wake_at=None, next_rung=None)
    assert found(run).isdisjoint({2, 19})


def test_rungs_that_two_looks_of_one_second_found_due_may_both_speak() -> None:
    run = Run()
    run.change("decision", lambda _: True, at=at(REMINDED))
    run.change("outbox", lambda _: True, decided_at=at(REMINDED))
    assert found(run) == set()


def test_a_vendor_may_be_slow_to_give_the_lead_to_its_new_owner() -> None:
    run = Run()
    run.journal.append(an_owner(42, BEN, US))
    run.add("fact", a_restart(40, BEN))
    assert 16 in found(run)
    run.queue(a_write(OTHER_KEY, "owner", 40, rung="place", owner=BEN), 40)
    assert 16 not in found(run)


def test_who_had_the_lead_before_its_hand_over_has_the_clock_from_then_on() -> None:
    run = Run()
    run.journal = [replace(e, at=at(5)) if e.operation == "create" and e.id == LEAD else e
                   for e in run.journal]  # fmt: skip
    run.journal.append(an_owner(MET - 2, BEN, MIA))
    run.add("fact", a_restart(MET, BEN))
    assert 16 not in found(run)


def a_task_closed_in_vain(run: Run, visible: float) -> None:
    """Its creation commits late: who looks for it by its key finds nothing to close."""
    a_task_left_open(run)
    run.change("outbox", lambda row: row["key"] == CLOSING, state="superseded", outcome="gone")
    made = 1 + sum(e.at < at(GIVEN) for e in run.journal) + 1
    run.more["visible"] = {made: at(visible)}


def test_a_task_that_nobody_could_see_when_it_was_to_be_closed_may_stay_open() -> None:
    run = Run()
    a_task_closed_in_vain(run, CLOSED + 1)
    assert 3 not in found(run)


def test_a_task_that_was_there_when_it_was_to_be_closed_may_not() -> None:
    run = Run()
    a_task_closed_in_vain(run, CLOSED - 1)
    assert 3 in found(run)


def test_a_task_made_again_for_a_new_owner_is_sent_by_a_row_of_its_own() -> None:
    run = Run()
    run.journal.append(an_owner(REMINDED + 1, BEN, MIA))
    run.journal = [
        replace(e, at=at(REMINDED + 3), after={**e.after, "OwnerId": BEN})
        if e.at == at(REMINDED)
        else e
        for e in run.journal
    ]
    run.change("outbox", lambda row: row["key"] == DAY_1, state="superseded", outcome="moved on")
    assert 3 in found(run)
    row = a_task_write(OTHER_KEY, REMINDED + 3, "remake1")
    row["payload"]["values"] |= {"subject": "first_touch day_1 owner", "owner": BEN}
    run.queue(row, REMINDED + 3)
    assert 3 not in found(run)


def test_a_late_task_made_again_for_a_new_owner_counts_for_him() -> None:
    """A simulated day: it was dropped, made again, and stood beside another late one."""
    run = Run()
    late_tasks_above_the_cap(run)
    run.policy = replace(run.policy, cap_owner=1)
    run.queue(a_task_write("f" * 40, MET + 95, "day_1", "f" * 40), MET + 95)
    run.journal.append(a_task(MET + 98, "00T3", "f" * 40, "day_1", BEN))
    again = a_task_write("0" * 40, MET + 97, "remake1", "f" * 40)
    again["payload"]["values"] |= {"subject": "first_touch day_1 owner", "owner": BEN}
    run.queue(again, MET + 97)
    assert 7 not in found(run)
    run.policy = replace(run.policy, cap_total=1)
    assert 7 in found(run)


@pytest.mark.parametrize(("calls", "wrong"), [({}, True), ({"salesforce": 250}, False)])
def test_where_calls_are_few_a_rung_waits_for_what_it_is_judged_by_to_the_end(
    calls: dict[str, int], *, wrong: bool
) -> None:
    run = Run()
    run.policy = replace(run.policy, reads_share=calls)
    a_rung_untold(run)
    a_reminder_on_old_data(run)
    assert any("nothing is told" in v.says for v in judge(run.evidence())) is wrong


@pytest.mark.parametrize(("chosen", "wrong"), [(40, False), (41, True)])
def test_who_left_is_not_to_be_chosen_once_that_was_read_and_not_only_at_that_instant(
    chosen: float, *, wrong: bool
) -> None:
    run = Run()
    run.journal.append(entry(34, "update", "User", BEN, MIA, IsActive=False))  # read at 40
    run.queue(a_write(OTHER_KEY, "owner", chosen, rung="place", owner=BEN), chosen)
    assert any("who left" in v.says for v in judge(run.evidence())) is wrong


@pytest.mark.parametrize(("shows", "wrong"), [(40, True), (41, False)])
def test_who_left_may_be_chosen_as_long_as_that_showed_in_no_reading(
    shows: float, *, wrong: bool
) -> None:
    """A simulated day: it showed four seconds after users were read, for an hour the last time."""
    run = Run()
    run.journal.append(entry(34, "update", "User", BEN, MIA, IsActive=False))
    number = 1 + sum(e.at <= at(34) for e in run.journal[:-1])
    run.more["visible"] = {number: at(shows)}
    run.passes = [c for c in run.passes if c.stream != "salesforce.users" or c.at <= at(40)]
    run.queue(a_write(OTHER_KEY, "owner", 41.5, rung="place", owner=BEN), 41.5)
    assert any("who left" in v.says for v in judge(run.evidence())) is wrong


@pytest.mark.parametrize(("at_seconds", "wrong"), [(0.6, False), (1.6, True)])
def test_a_rung_after_a_restart_counts_from_the_whole_second_that_the_crm_tells(
    at_seconds: float, *, wrong: bool
) -> None:
    """A simulated day: an hour before closing, to the second, and half a second later by truth."""
    run = Run()
    closing = 450.0  # 17:30 in Berlin
    given, due = closing - 60, closing
    run.journal.append(an_owner(given + at_seconds / 60, BEN, MIA))
    run.journal.append(a_task(due, "00T2", OTHER_KEY, "day_1", BEN))
    run.add("fact", a_restart(given, BEN))
    row = a_task_write(OTHER_KEY, due, "day_1", OTHER_KEY)
    row["payload"]["generation"] = 1
    run.queue(row, due)
    assert any(v.invariant == 4 for v in judge(run.evidence())) is wrong


@pytest.mark.parametrize(("gone", "wrong"), [(MET + 1, False), (MET + 20, True)])
def test_a_hand_over_that_was_over_before_it_could_be_read_need_not_take_place(
    gone: float, *, wrong: bool
) -> None:
    """A simulated day: the lead was deleted before slasync came back from an outage."""
    run = Run()
    a_hand_over_unseen(run)
    run.journal.append(entry(9, "create", "Lead", "00Q2", MIA, Email="c@d.example", OwnerId=ANA))
    run.journal.append(entry(gone, "delete", "Lead", "00Q2", MIA, IsDeleted=True))
    assert any("no cycle began" in v.says for v in judge(run.evidence())) is wrong


@pytest.mark.parametrize(("read", "wrong"), [(False, False), (True, True)])
def test_who_was_back_only_while_it_could_not_be_read_need_not_be_handed_over(
    *, read: bool, wrong: bool
) -> None:
    """Simulated day 104016: a lead was restored and deleted again during an outage of the CRM."""
    run = Run()
    a_hand_over_unseen(run)
    back, again = MET - 1, MET + 20
    run.journal += [
        entry(1, "create", "Lead", "00Q2", MIA, Email="c@d.example", OwnerId=ANA),
        entry(2, "delete", "Lead", "00Q2", MIA, IsDeleted=True),
        entry(back, "undelete", "Lead", "00Q2", MIA),
        entry(again, "delete", "Lead", "00Q2", MIA, IsDeleted=True),
    ]
    if not read:
        out = [c for c in run.passes if at(back) <= c.at <= at(again)]
        run.passes = [c for c in run.passes if c.stream != "salesforce.leads" or c not in out]
    assert any("no cycle began" in v.says for v in judge(run.evidence())) is wrong
