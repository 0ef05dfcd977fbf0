"""Looking back, only what was known then is told; what was learned later is set apart."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.explaining.account import Account, Decided, InForce, Written
from slasync.domain.explaining.explain import explained
from slasync.domain.explaining.explanation import Explanation, RungState
from slasync.domain.explaining.hindsight import looked_back
from slasync.domain.facts import FactKind
from slasync.domain.writes import Action, Write
from tests.builders import (
    ANA,
    BEN,
    CONTACT,
    DAY,
    HOUR,
    LEAD,
    MINUTE,
    MONDAY,
    RECORD,
    a_fact,
    an_agreement,
    called,
    owned,
    scored,
)
from tests.domain.explaining import WORKED, an_account, fired, told

NOW = MONDAY + 5 * DAY
LATE_CALL = replace(called(MONDAY + HOUR), seen_at=MONDAY + DAY)
PRESENT = an_agreement()


def then(account: Account, hours: float) -> Account:
    return looked_back(account, MONDAY + hours * HOUR)


def test_what_had_happened_and_was_learned_later_is_told_apart_with_both_times() -> None:
    account = then(an_account([*WORKED, LATE_CALL], NOW), 2)

    assert LATE_CALL not in account.facts
    assert told(account, "Had happened, and was learned later") == (
        "2026-03-02T10:00:00Z (seen 2026-03-03T09:00:00Z) salesforce: touch: call, strong, by Ana",
    )
    assert "4 facts were known; of what had happened by then, 1 learned later" in told(
        account, "Agreement"
    )


def test_what_only_happens_later_is_not_told_at_all() -> None:
    account = then(an_account([*WORKED, called(MONDAY + DAY)], NOW), 2)

    titles = [section.title for section in explained(account).sections]
    assert "Had happened, and was learned later" not in titles
    assert "not touched by anybody" in told(account, "Cycle c1")


def test_a_fact_is_known_from_the_very_moment_it_was_learned() -> None:
    account = an_account([*WORKED, LATE_CALL], NOW)

    assert LATE_CALL in then(account, 24).facts
    assert LATE_CALL not in looked_back(account, MONDAY + DAY - MINUTE).facts


def test_a_clock_runs_as_it_was_believed_to_run_then() -> None:
    account = an_account([*WORKED, LATE_CALL], NOW)

    believed, known = explained(then(account, 2)).clocks[0], explained(account).clocks[0]

    assert believed.ended_at is None
    assert known.ended_at == MONDAY + HOUR


def test_a_rung_not_fired_by_then_says_when_it_fired() -> None:
    account = an_account([*WORKED, fired("day_0", MONDAY + 3 * HOUR)], NOW)

    (first, second, *_) = explained(then(account, 25)).clocks[0].rungs
    early = explained(then(account, 2)).clocks[0].rungs[0]

    assert first.state is RungState.FIRED
    assert (second.state, second.why) == (
        RungState.NOT_FIRED,
        "had not fired by then; it has not fired since",
    )
    assert early.why == "had not fired by then; it fired 2026-03-02T12:00:00Z"


def test_decisions_and_writes_are_those_of_then_and_one_settled_later_was_on_its_way() -> None:
    write = Write(
        key="k", lead=LEAD, system="salesforce", action=Action.OWNER, values={"owner": ANA.key}
    )
    account = an_account(
        WORKED,
        NOW,
        decisions=[
            Decided(MONDAY, "observe", ("first",)),
            Decided(MONDAY + DAY, "enforce", ("second",)),
        ],
        writes=[
            Written(write, "done", "applied", MONDAY, MONDAY + 3 * HOUR, "salesforce:lead:1"),
            Written(replace(write, key="later"), "done", "applied", MONDAY + DAY),
        ],
    )

    back = then(account, 2)

    assert told(back, "Decisions") == ("2026-03-02T09:00:00Z observe: first",)
    assert told(back, "Writes") == (
        "2026-03-02T09:00:00Z salesforce: change the owner: pending",
        "  key k",
    )
    assert back.mode == "observe"


def test_records_and_values_nobody_had_told_of_yet_are_left_out() -> None:
    entered = [
        a_fact(FactKind.ENTERED, MONDAY, {"system": r.system, "kind": r.kind, "id": r.id},
               source_id=str(r), seen_at=MONDAY + hours * HOUR)
        for r, hours in ((CONTACT, 0), (RECORD, 4))
    ]  # fmt: skip
    account = an_account([scored(MONDAY, 20), scored(MONDAY + 3 * HOUR), *entered], NOW)

    assert then(account, 2).lead.refs == (CONTACT,)
    assert then(account, 2).lead.fields["score"] == 20
    assert then(account, 2).lead.fields["email"] == "lou@example.com"
    assert set(then(account, 5).lead.refs) == {CONTACT, RECORD}


def test_the_owner_is_who_was_known_to_own_it_then() -> None:
    late = replace(owned(MONDAY + HOUR, BEN), seen_at=MONDAY + 3 * HOUR)

    assert told(then(an_account([*WORKED, late], NOW), 2), "Lead")[3].startswith("owner: Ana")


# The agreement


def agreement_lines(in_force: InForce, *, past: bool = True) -> tuple[str, ...]:
    account = an_account(WORKED, NOW, in_force=in_force)
    return told(then(account, 2) if past else account, "Agreement")


def test_an_agreement_in_force_then_and_now_says_so() -> None:
    lines = agreement_lines(InForce(hash=PRESENT.hash, since=MONDAY - DAY, present=PRESENT.hash))

    assert lines[:2] == (
        "as known at Mon 02 Mar 2026 11:00 UTC (2026-03-02T11:00:00Z)",
        (
            "test, version 1, edition 000000000000: in force then since 2026-03-01T09:00:00Z, and"
            " these are the files now"
        ),
    )


def test_an_agreement_that_was_replaced_since_names_both() -> None:
    lines = agreement_lines(
        InForce(hash=PRESENT.hash, present="f" * 64, present_name="test, version 2")
    )

    assert lines[1:3] == (
        "test, version 1, edition 000000000000: in force then",
        "the files are others now: test, version 2, edition ffffffffffff",
    )


def test_an_agreement_that_is_not_kept_says_that_the_present_one_is_used() -> None:
    lines = agreement_lines(
        InForce(hash="e" * 64, present=PRESENT.hash, problem="its files are not kept")
    )

    assert lines[1:3] == (
        "the agreement in force then was edition eeeeeeeeeeee: its files are not kept",
        (
            "worked out by the present one: test, version 1, edition 000000000000; rules and"
            " rungs may have been others"
        ),
    )


def test_where_nobody_knows_which_was_in_force_that_is_said() -> None:
    assert agreement_lines(InForce(present=PRESENT.hash))[1].startswith(
        "which agreement was in force is not known"
    )


def test_files_that_the_daemon_has_not_read_yet_are_told_now() -> None:
    lines = agreement_lines(InForce(hash="e" * 64, since=MONDAY, present=PRESENT.hash), past=False)

    assert lines == (
        "test, version 1, edition 000000000000: the files as they are now",
        (
            "the daemon works by another edition, eeeeeeeeeeee, in force since"
            " 2026-03-02T09:00:00Z: it reads these files when it is started again"
        ),
    )


def test_a_decision_by_another_edition_names_it() -> None:
    account = an_account(
        WORKED,
        NOW,
        decisions=[
            Decided(MONDAY, "enforce", ("old",), "e" * 64),
            Decided(MONDAY, "enforce", ("new",), PRESENT.hash),
        ],
    )

    assert told(account, "Decisions") == (
        "2026-03-02T09:00:00Z enforce, by edition eeeeeeeeeeee: old",
        "2026-03-02T09:00:00Z enforce: new",
    )


HISTORY = (
    *WORKED,
    LATE_CALL,
    owned(MONDAY + 2 * HOUR, BEN),
    a_fact(FactKind.DELETED, MONDAY + 2 * DAY),
    fired("day_0", MONDAY + HOUR),
)


def parts(told_: Explanation) -> tuple[object, ...]:
    """All but what tells of later facts."""
    states = [(rung.rung, rung.due, rung.state) for clock in told_.clocks for rung in clock.rungs]
    return told_.facts, told_.definitions, told_.routing, states, told_.next[-1:], told_.nothing


@given(st.sets(st.sampled_from(range(len(HISTORY)))), st.integers(-5, 120))
def test_looking_back_is_the_same_as_having_asked_then(chosen: set[int], hours: int) -> None:
    facts = [HISTORY[n] for n in sorted(chosen)]
    at = MONDAY + hours * HOUR
    seen = [fact for fact in facts if fact.seen_at <= at]

    back, asked = (looked_back(an_account(known, NOW), at) for known in (facts, seen))

    later = any(fact.kind == FactKind.FIRED for fact in back.unseen)
    assert later or parts(explained(back)) == parts(explained(asked))
    assert parts(explained(back))[:4] == parts(explained(asked))[:4]
