"""The judge on merges: nothing is found where two leads became one as agreed, else each mistake."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from slasync.rehearsal.simulation.casebook import Case, Violation
from slasync.rehearsal.simulation.invariants import effects, merges, outputs, traffic
from tests.simulation.evidences import (
    ANA,
    APP,
    BEN,
    CLOSED,
    CONTACT,
    GIVEN,
    KEY,
    LEAD,
    MET,
    MIA,
    QUIET,
    TASK,
    US,
    Run,
    a_call,
    a_fact,
    a_firing,
    a_task,
    a_task_write,
    a_write,
    at,
    entry,
)

OTHER, OTHER_LEAD, OTHER_CONTACT = "hubspot:contact:902", "00Q2", "902"
THIRD = "salesforce:lead:00Q3"
OTHER_TASK, OTHER_TASK_KEY, ROW = "00T2", "c" * 40, "d" * 40
LATER, MERGED, JOINED = MET + 5, 40, 45

Check = Callable[[Case], Iterator[Violation]]
CHECKS: tuple[Check, ...] = (
    merges.merged_records_are_one_lead,
    merges.restored_records_are_apart,
    merges.joins_have_a_cause,
    merges.the_earlier_anchor_counts,
    merges.touches_of_both_count,
    merges.nothing_fires_again,
    merges.one_task_remains,
    merges.no_blame_on_either_answered,
    merges.the_survivors_owner_stays,
)


def a_run() -> Run:
    """A second person is handed over; then somebody in the CRM finds that the two are one."""
    run = Run()
    run.journal += [
        entry(LATER, "create", "contacts", OTHER_CONTACT, "website", hubspotscore="80"),
        entry(
            GIVEN + 5, "create", "Lead", OTHER_LEAD, US,
            OwnerId=BEN, Slasync_Lead_Key__c=OTHER, Email="c@d.example", Status="Open",
        ),
        entry(MERGED, "delete", "Lead", OTHER_LEAD, MIA, MasterRecordId=LEAD, IsDeleted=True),
        entry(MERGED, "merge", "Lead", LEAD, MIA, losers=[OTHER_LEAD]),
    ]  # fmt: skip
    run.add("lead", {"key": OTHER, "owner": BEN})
    link = {"lead_key": OTHER, "how": "first"}
    run.add("link", link | {"system": "hubspot", "kind": "contact", "external_id": OTHER_CONTACT})
    run.add("link", link | {"system": "salesforce", "kind": "lead", "external_id": OTHER_LEAD})
    told = {"gone": f"salesforce:lead:{OTHER_LEAD}", "stays": f"salesforce:lead:{LEAD}"}
    run.tables["lead_join"] = (
        {"lead": OTHER, "survivor": KEY, "parent": KEY, "how": "merge", "evidence": told,
         "joined_at": at(JOINED)},
    )  # fmt: skip
    theirs = [
        a_fact("handover", "handover:c1", LATER, definition="score", evidence={}),
        a_fact("routed", "routed:c1:0", GIVEN + 5, generation=0, owner=BEN),
        a_firing("day_0", GIVEN + 5, LATER, "task"),
    ]
    run.add("fact", *({**fact, "lead_key": OTHER} for fact in theirs))
    run.add("fact", a_fact("joined", f"joined:{OTHER}", JOINED, lead=OTHER))
    return run


def judged(run: Run, check: Check) -> list[Violation]:
    in_order = sorted(run.tables["fact"], key=lambda fact: fact["seen_at"])
    run.tables["fact"] = tuple({**fact, "id": n} for n, fact in enumerate(in_order, start=1))
    return list(check(Case(run.evidence())))


def kept_as_two(run: Run) -> None:
    run.tables["lead_join"] = ()


def joined_for_nothing(run: Run) -> None:
    run.journal = [each for each in run.journal if each.operation != "merge"]


def the_later_anchor(run: Run) -> None:
    run.change("clock", lambda c: c["clock"] == "processing", anchor_at=at(LATER))


def the_others_call_forgotten(run: Run) -> None:
    called = a_call(30, BEN)
    run.journal.append(replace(called, id="00TCALL2", after={**called.after, "WhoId": OTHER_LEAD}))


def fired_for_both(run: Run) -> None:
    again = a_firing("day_0", JOINED + 5, MET, "task")
    run.add("fact", {**again, "data": {**again["data"], "cycle": f"c1@{OTHER}"}})


def both_tasks_open(run: Run) -> None:
    run.journal = [e for e in run.journal if e.id != TASK or e.at != at(CLOSED)]
    theirs = a_task(GIVEN + 5, OTHER_TASK, OTHER_TASK_KEY, "day_0", BEN)
    run.journal.append(replace(theirs, after={**theirs.after, "WhoId": OTHER_LEAD}))
    row = a_task_write(ROW, GIVEN + 5, "day_0", OTHER_TASK_KEY)
    run.queue({**row, "lead_key": OTHER}, GIVEN + 5)


def given_to_somebody(run: Run) -> None:
    run.queue(a_write(ROW, "owner", JOINED + 5, rung="place", owner=BEN), JOINED + 5)


def the_gone_records_owner(run: Run) -> None:
    run.change("lead", lambda row: row["key"] == KEY, owner=BEN)


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_found_where_two_leads_became_one_as_agreed(check: Check) -> None:
    assert judged(a_run(), check) == []


@pytest.mark.parametrize(
    ("check", "mistake", "words"),
    [
        (merges.merged_records_are_one_lead, kept_as_two, "are kept as"),
        (merges.joins_have_a_cause, joined_for_nothing, "never happened"),
        (merges.the_earlier_anchor_counts, the_later_anchor, "the earlier of the two"),
        (merges.touches_of_both_count, the_others_call_forgotten, "there was a touch"),
        (merges.no_blame_on_either_answered, the_others_call_forgotten, "was known"),
        (merges.nothing_fires_again, fired_for_both, "fired again"),
        (merges.one_task_remains, both_tasks_open, "are all open"),
        (merges.the_survivors_owner_stays, given_to_somebody, "only became one"),
        (merges.the_survivors_owner_stays, the_gone_records_owner, f"the owner is {ANA}"),
    ],
)
def test_each_mistake_about_a_merge_is_found(
    check: Check, mistake: Callable[[Run], None], words: str
) -> None:
    run = a_run()
    mistake(run)

    assert any(words in violation.says for violation in judged(run, check))


@pytest.mark.parametrize(("joined", "since"), [(True, LATER), (False, LATER + 2)])
def test_who_is_part_of_another_lead_has_no_clock_that_tells_since_when_it_counted(
    *, joined: bool, since: float
) -> None:
    """Simulated day 96111: it was read in a later version, and moved to the earlier since."""
    run = a_run()
    if not joined:
        kept_as_two(run)
    run.journal.append(
        entry(LATER + 2, "update", "contacts", OTHER_CONTACT, "scoring", hubspotscore="90")
    )
    run.change(
        "fact",
        lambda fact: fact["lead_key"] == OTHER and fact["kind"] == "handover",
        occurred_at=at(LATER + 2),
    )
    assert Case(run.evidence()).by_name[OTHER, "c1"].anchor == at(since)


def test_nothing_counts_from_earlier_than_slasync_could_learn_of_whom_it_took_for_another() -> None:
    """Simulated days 104037, 104290: a person was deleted before the log was read; or was first
    read in a version later than the one that was the first to qualify.
    """
    run = a_run()
    run.journal = [
        replace(e, at=at(MET - 1)) if (e.id, e.operation) == (OTHER_CONTACT, "create") else e
        for e in run.journal
    ]
    run.journal.append(
        entry(LATER, "update", "contacts", OTHER_CONTACT, "scoring", hubspotscore="90")
    )
    assert judged(run, merges.the_earlier_anchor_counts) == []


def test_whom_the_crm_refused_may_be_followed_by_another_once_the_two_are_one() -> None:
    """Simulated day 96043: the lead was given on before the two became one, refused after it."""
    run = a_run()
    placed = {"clock": "routing", "generation": 1, "rung": "place"}
    first = a_fact("fired", "fired:c1:routing:1:place", JOINED - 5, **placed)
    refused = a_fact(
        "owner_refused", "owner_refused:k", JOINED + 5, mark=first["source_id"], owner=BEN
    )
    second = a_fact("fired", "fired:c1:routing:1:place1", JOINED + 6, **placed)
    run.add("fact", first, refused, second)
    assert judged(run, merges.nothing_fires_again) == []

    run.drop("fact", lambda fact: fact["kind"] == "owner_refused")
    assert "fired again" in judged(run, merges.nothing_fires_again)[0].says


@pytest.mark.parametrize(("minute", "blamed"), [(JOINED, True), (QUIET, False)])
def test_who_is_one_with_a_lead_later_than_a_task_was_written_had_not_answered_for_it(
    minute: float, *, blamed: bool
) -> None:
    """A simulated day: of three who became one two were so before, and the third had answered."""
    run = a_run()
    run.journal.append(entry(LATER, "create", "Lead", "00Q3", MIA, OwnerId=BEN))
    called = a_call(30, BEN)
    run.journal.append(replace(called, id="00TCALL3", after={**called.after, "WhoId": "00Q3"}))
    run.add("lead", {"key": THIRD, "owner": BEN})
    link = {"lead_key": THIRD, "how": "first"}
    run.add("link", link | {"system": "salesforce", "kind": "lead", "external_id": "00Q3"})
    (join,) = run.tables["lead_join"]
    run.add("lead_join", {**join, "lead": THIRD, "joined_at": at(minute)})

    assert bool(judged(run, merges.no_blame_on_either_answered)) is blamed


def a_record_written_after_a_restart(run: Run) -> None:
    """The record of the lead that was joined, shown its next due time."""
    run.journal.append(entry(QUIET + 1, "update", "Lead", OTHER_LEAD, US, Slasync_Due__c="later"))


def test_a_record_of_a_lead_that_is_another_by_now_may_be_written_when_its_rung_is_due() -> None:
    run = a_run()
    a_record_written_after_a_restart(run)
    assert judged(run, outputs.restart_writes_nothing)
    run.add("fact", a_firing("day_2", QUIET, QUIET - 2, "task"))
    assert judged(run, outputs.restart_writes_nothing) == []


@pytest.mark.parametrize(
    ("until", "alive"), [(QUIET + 1, True), (QUIET + 100_000, False), (QUIET - 600, False)]
)
def test_a_record_of_a_lead_that_wakes_up_may_be_written_after_a_restart(
    until: float, *, alive: bool
) -> None:
    run = a_run()
    run.journal.append(
        entry(
            QUIET - 600, "update", "Lead", OTHER_LEAD, BEN,
            Slasync_Snooze_Until__c=at(until).isoformat(),
        )
    )  # fmt: skip
    a_record_written_after_a_restart(run)
    assert (judged(run, outputs.restart_writes_nothing) == []) is alive


@pytest.mark.parametrize(
    ("written", "explained"), [("905", True), ("906", True), ("907", True), ("908", False)]
)
def test_to_write_to_an_old_id_of_marketings_is_to_write_to_whatever_came_after_it(
    written: str, *, explained: bool
) -> None:
    """A simulated day: a write on its way was carried out between one merge and the next."""
    run = Run()
    for minutes, gone, stays in ((20, CONTACT, "905"), (30, "905", "906"), (40, "906", "907")):
        run.journal.append(entry(minutes, "merge", "contacts", stays, MIA, mergedIds=gone))
    told = a_write("e" * 40, "properties", 19, rung="tell", stage="mql")
    told["payload"]["target"][:] = ["hubspot", "contact", CONTACT]
    run.queue(told, 19)
    run.journal.append(entry(35, "update", "contacts", written, APP, slasync_stage="mql"))
    found = [*judged(run, effects.every_effect_has_a_row), *judged(run, effects.marked_before_sent)]
    assert (found == []) is explained


@pytest.mark.parametrize(("between", "caused"), [("905", True), ("906", False)])
def test_who_reads_late_may_learn_of_two_merges_at_once(between: str, *, caused: bool) -> None:
    """A simulated day: calls were few, and a contact had become part of one that had, too."""
    run = a_run()
    run.journal = [each for each in run.journal if each.operation != "merge"]
    for minutes, gone, stays in ((41, OTHER_CONTACT, "905"), (42, between, CONTACT)):
        run.journal.append(entry(minutes, "merge", "contacts", stays, MIA, mergedIds=gone))
    told = {"gone": f"hubspot:contact:{OTHER_CONTACT}", "stays": f"hubspot:contact:{CONTACT}"}
    run.change("lead_join", lambda _: True, evidence=told)
    assert (judged(run, merges.joins_have_a_cause) == []) is caused


@pytest.mark.parametrize(
    ("theirs", "again", "found"),
    [
        ("ben", JOINED + 1, 0),  # the contact that remains may say that it is Ben's
        ("", JOINED + 1, 0),  # or nothing, where the other was never told of
        ("ana", JOINED + 1, 1),
        ("ben", JOINED - 1, 1),  # they were two still
    ],
)
def test_marketing_may_be_told_the_same_again_when_two_became_one_who_were_told_otherwise(
    theirs: str, again: float, found: int
) -> None:
    run = a_run()
    for minutes, owner, lead in (
        (20, "ana", KEY), (25, theirs, OTHER), (again, "ana", KEY), (JOINED + 9, "ben", KEY),
    ):  # fmt: skip
        if owner:
            row = a_write(f"{minutes:040}", "properties", minutes, rung="tell", owner=owner)
            run.queue({**row, "lead_key": lead}, minutes)

    says = [violation.says for violation in judged(run, traffic.nothing_told_twice)]

    assert len(says) == found
    assert all("told again" in each for each in says)


def test_who_became_one_is_reason_to_tell_marketing_once_and_not_at_every_look() -> None:
    run = a_run()
    for minutes in (20, JOINED + 1, JOINED + 2):
        row = a_write(f"{minutes:040}", "properties", minutes, rung="tell", owner="ana")
        run.queue(row, minutes)

    assert len(judged(run, traffic.nothing_told_twice)) == 1


RESTORED = MERGED + 10


def restored(run: Run) -> None:
    """Somebody takes the record that became part of another out of the bin."""
    before = {"IsDeleted": True, "MasterRecordId": LEAD}
    run.journal.append(entry(RESTORED, "undelete", "Lead", OTHER_LEAD, MIA, before=before))


def merged_again(run: Run) -> None:
    run.journal.append(entry(RESTORED + 10, "merge", "Lead", LEAD, MIA, losers=[OTHER_LEAD]))


@pytest.mark.parametrize(
    ("happened", "as_two", "as_one"),
    [
        ((), 1, 0),
        ((restored,), 0, 1),
        ((restored, merged_again), 1, 0),
    ],
)
def test_whose_record_was_restored_after_a_merge_is_a_lead_of_its_own_until_it_is_merged_again(
    happened: Sequence[Callable[[Run], None]], as_two: int, as_one: int
) -> None:
    """A simulated day: a lead was to be restored, and had become part of another by then."""
    run, rows = a_run(), [{"Id": OTHER_LEAD, "OwnerId": BEN}]
    run.more["vendor"] = {"salesforce.Lead": rows}
    for each in happened:
        each(run)

    assert len(judged(run, merges.restored_records_are_apart)) == as_one
    assert not judged(run, merges.merged_records_are_one_lead)
    kept_as_two(run)
    assert len(judged(run, merges.merged_records_are_one_lead)) == as_two
    assert not judged(run, merges.restored_records_are_apart)


def test_whose_record_was_restored_is_the_other_still_while_their_contacts_are_one() -> None:
    run = a_run()
    restored(run)
    run.journal.append(
        entry(RESTORED + 1, "merge", "contacts", CONTACT, MIA, mergedIds=OTHER_CONTACT)
    )
    run.more["vendor"] = {"salesforce.Lead": [{"Id": OTHER_LEAD, "OwnerId": BEN}]}
    assert not judged(run, merges.restored_records_are_apart)
    kept_as_two(run)
    assert judged(run, merges.merged_records_are_one_lead)


def test_who_was_restored_and_deleted_again_before_anybody_read_it_may_stay_part_of_the_other() -> (
    None
):
    run = a_run()
    restored(run)
    run.more["vendor"] = {"salesforce.Lead": [{"Id": OTHER_LEAD, "IsDeleted": True}]}
    assert not judged(run, merges.restored_records_are_apart)


def test_marketing_may_be_told_again_of_two_that_became_one_though_they_are_two_again() -> None:
    run = a_run()
    kept_as_two(run)
    for minutes in (20, JOINED + 1):
        row = a_write(f"{minutes:040}", "properties", minutes, rung="tell", owner="ana")
        run.queue(row, minutes)

    assert not judged(run, traffic.nothing_told_twice)
    run.tables["fact"] = tuple(f for f in run.tables["fact"] if f["kind"] != "joined")
    assert len(judged(run, traffic.nothing_told_twice)) == 1
