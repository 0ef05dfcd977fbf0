"""Why a lead goes back, into which path, and who may choose that."""

import pytest

from slasync.domain.agreement import Agreement, End
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.quality import Kind, lacks_of
from slasync.domain.nurture import Nurture
from slasync.domain.protection import outcome_of
from slasync.domain.writes import Action, Write
from tests.builders import ANA, BEN, BOT, DAY, HOUR, MONDAY, a_roster, status
from tests.domain.recycling import (
    NEWSLETTER,
    NO_ANSWER,
    NOT_YET,
    PATHS,
    RECYCLED,
    agreed,
    decided,
    folded,
    given_back,
    handed_over,
    wrote,
)

DUE = MONDAY + 2 * DAY


def the_return(*facts: Fact, agreement: Agreement | None = None) -> Write:
    """The one write by which the rung gives the lead back."""
    decision = decided([*handed_over(), *facts], DUE, agreement or agreed())
    [write] = [w for w in decision.writes if w.action is Action.STATUS]
    return write


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        ("no budget", "not_yet"),
        ("  No   BUDGET ", "not_yet"),
        ("not reached", "no_answer"),
        ("lost to a competitor", "newsletter"),
    ],
)
def test_the_path_is_the_first_that_is_for_the_reason_else_the_default(
    reason: str, name: str
) -> None:
    path = Nurture(paths=(*PATHS, NEWSLETTER)).path_for(reason)

    assert path is not None
    assert path.name == name


def test_without_a_default_a_reason_that_no_path_is_for_leads_nowhere() -> None:
    assert Nurture(paths=PATHS).path_for("lost to a competitor") is None


def test_a_rung_writes_status_reason_path_and_return_date_at_once_under_one_key() -> None:
    write = the_return()

    assert write.values == {
        "status": "Nurturing",
        "why": "not reached",
        "recycle_reason": "not reached",
        "nurture_path": "no_answer",
        "nurture_return": (DUE + 30 * DAY).isoformat(),
        "nurture_return_on": (DUE + 30 * DAY).date().isoformat(),
    }
    assert write.judged is not None
    assert write.judged.owner == ANA.key


def test_what_the_crm_has_no_field_for_is_not_written() -> None:
    write = the_return(agreement=agreed(writes=frozenset({"nurture_path"})))

    assert write.values == {
        "status": "Nurturing",
        "why": "not reached",
        "nurture_path": "no_answer",
    }


def test_the_key_is_the_same_whichever_path_was_chosen() -> None:
    chosen = the_return(wrote(MONDAY + HOUR, by=ANA, nurture_path="not_yet"))

    assert chosen.key == the_return().key


def test_a_path_that_the_rep_chose_stands_whatever_the_rules_reason() -> None:
    write = the_return(wrote(MONDAY + HOUR, by=ANA, nurture_path="Not_Yet"))

    assert write.values["nurture_path"] == "not_yet"
    assert write.values["nurture_return"] == (DUE + 90 * DAY).isoformat()
    assert "as was chosen" in write.because


def test_a_path_chosen_in_the_cycle_before_says_nothing_about_this_one() -> None:
    write = the_return(wrote(MONDAY - DAY, by=ANA, nurture_path="not_yet"))

    assert write.values["nurture_path"] == "no_answer"


def test_a_path_chosen_and_cleared_again_was_not_chosen() -> None:
    chosen = wrote(MONDAY + HOUR, by=ANA, nurture_path="not_yet")

    write = the_return(chosen, wrote(MONDAY + 2 * HOUR, by=ANA, nurture_path=None))

    assert write.values["nurture_path"] == "no_answer"


def test_what_a_rung_wrote_is_no_choice_of_anybodys() -> None:
    agreement, history = agreed(), handed_over()
    history += decided(history, DUE, agreement).facts
    echo = wrote(DUE, by=BOT, nurture_path="no_answer", recycle_reason="not reached")

    state = folded([*history, echo, status(DUE, "Nurturing", by=BOT)], agreement)
    outcome = outcome_of(state.cycles[0], agreement.nurture)

    assert outcome is not None
    assert (outcome.end, outcome.reason, outcome.path) == (End.RECYCLED, "not reached", NO_ANSWER)
    assert outcome.picked is None


def test_who_chose_a_path_after_the_return_and_when_is_known() -> None:
    agreement, history = agreed(), handed_over()
    history += decided(history, DUE, agreement).facts
    history.append(status(DUE, "Nurturing", by=BOT))

    chosen = wrote(DUE + DAY, by=BEN, nurture_path="not_yet")
    outcome = outcome_of(folded([*history, chosen], agreement).cycles[0], agreement.nurture)

    assert outcome is not None
    assert outcome.path == NOT_YET
    assert outcome.picked is not None
    assert (outcome.picked.by, outcome.picked.at) == (BEN.key, DUE + DAY)


def test_a_rep_who_gives_a_lead_back_himself_says_why_not_the_rung_that_was_too_late() -> None:
    agreement, history = agreed(), handed_over()
    history += decided(history, DUE, agreement).facts  # its write is overtaken
    history += [wrote(DUE, by=ANA, recycle_reason="no time"), status(DUE, "Nurturing")]

    outcome = outcome_of(folded(history, agreement).cycles[0], agreement.nurture)

    assert outcome is not None
    assert (outcome.reason, outcome.path) == ("no time", NOT_YET)


def test_a_reason_that_stood_there_already_is_the_reason() -> None:
    before = wrote(MONDAY - DAY, recycle_reason="no time")
    facts = [before, *handed_over(), status(RECYCLED, "Nurturing")]

    outcome = outcome_of(folded(facts, agreed()).cycles[0], agreed().nurture)

    assert outcome is not None
    assert outcome.reason == "no time"


def test_a_reason_written_a_little_later_still_is_one() -> None:
    agreement = agreed(required=frozenset({"recycled"}))
    facts = [*handed_over(), status(RECYCLED, "Nurturing")]
    late = wrote(RECYCLED + HOUR, recycle_reason="no budget")

    assert [lack.kind for lack in lacks_of(folded(facts, agreement), agreement)] == [Kind.NO_REASON]
    assert lacks_of(folded([*facts, late], agreement), agreement) == ()


def test_a_disqualified_lead_without_a_reason_is_an_entry_where_one_is_required() -> None:
    facts = [*handed_over(), status(RECYCLED, "Unqualified")]
    strict, lax = agreed(required=frozenset({"disqualified"})), agreed()

    [lack] = lacks_of(folded(facts, strict), strict)
    said = [*facts, wrote(RECYCLED, disqualify_reason="a student")]
    outcome = outcome_of(folded(said, strict).cycles[0], strict.nurture)

    assert (lack.kind, lack.at, lack.cycle) == (Kind.NO_REASON, RECYCLED, "c1")
    assert lacks_of(folded(facts, lax), lax) == ()
    assert outcome is not None
    assert (outcome.end, outcome.reason, outcome.path) == (End.DISQUALIFIED, "a student", None)


def test_a_path_nobody_knows_and_a_reason_without_a_path_are_entries() -> None:
    agreement = agreed()
    facts = given_back(wrote(RECYCLED, by=ANA, nurture_path="ditched"), reason="moved away")

    lacks = {lack.kind: lack.words for lack in lacks_of(folded(facts, agreement), agreement)}

    assert lacks == {
        Kind.NO_PATH: "recycled because of 'moved away': no nurture programme is for that",
        Kind.UNKNOWN_PATH: "path 'ditched' was chosen; there are not_yet, no_answer",
    }


def test_a_second_cycle_has_a_reason_of_its_own_and_the_first_keeps_its() -> None:
    agreement = agreed()
    first = given_back(reason="no budget")
    opened = decided(
        [*first, wrote(RECYCLED + 30 * DAY, score=10), wrote(RECYCLED + 31 * DAY, score=90)],
        RECYCLED + 31 * DAY,
        agreement,
    )
    at = RECYCLED + 40 * DAY
    facts = [
        *first,
        *opened.facts,
        wrote(at, recycle_reason="not reached"),
        status(at, "Nurturing"),
    ]

    reasons = [
        outcome.reason
        for cycle in folded(facts, agreement, a_roster()).cycles
        if (outcome := outcome_of(cycle, agreement.nurture))
    ]

    assert reasons == ["no budget", "not reached"]
    assert [f.data["cycle"] for f in opened.facts if f.kind is FactKind.HANDOVER] == ["c2"]
