"""Contact made: a lead that rings or writes, or is spoken with, may be an MQL by that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from slasync.domain.agreement import Agreement, Definition, Evidence, Stage, Trigger
from slasync.domain.explaining.account import Account
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.stage_moves import moves_of
from slasync.domain.history import fold
from slasync.domain.lead import User
from slasync.domain.nurture import Nurture, Path
from slasync.domain.state import Met, State
from slasync.settings.clauses import clauses_of
from slasync.settings.definition_rules import compile_definition
from slasync.systems import FieldType
from tests.builders import (
    ANA,
    BOT,
    BY_SCORE,
    DAY,
    HOUR,
    LEAD,
    MINUTE,
    MONDAY,
    a_fact,
    a_roster,
    an_agreement,
    called,
    owned,
    scored,
    status,
    terms,
)
from tests.domain.explaining import an_account, misses, told

EACH = Trigger.EVERY_CHANGE
FIELDS = {"score": FieldType.NUMBER}


def a_way(text: str, trigger: Trigger = EACH) -> Definition:
    rule = compile_definition(text, FIELDS)
    return Definition("contact", text, rule.holds, rule.reads, trigger, None, clauses_of(rule))


ANY = a_way("contact_made != null")


def agreed(*ways: Definition, **changes: Any) -> Agreement:
    return an_agreement(definitions=ways or (ANY,), asks_contact=True, **changes)


def rang(at: datetime, by: User = ANA, **data: Any) -> Fact:
    told = {"channel": "call", "grade": "strong", "inbound": True, **data}
    return a_fact(FactKind.TOUCH, at, told, by=by)


def wrote(at: datetime, grade: str = "strong") -> Fact:
    return a_fact(FactKind.CONTACT, at, {"channel": "email", "grade": grade})


def spoke(at: datetime, seconds: int, by: User = ANA) -> Fact:
    told = {"channel": "call", "grade": "strong", "seconds": seconds}
    return a_fact(FactKind.TOUCH, at, told, by=by)


def met(at: datetime) -> Fact:
    return a_fact(FactKind.TOUCH, at, {"channel": "meeting", "grade": "strong"}, by=ANA)


def folded(*facts: Fact, agreement: Agreement | None = None) -> State:
    return fold([owned(MONDAY - DAY), *facts], agreement or agreed(), a_roster())


def kept(found: Met | None) -> tuple[datetime, object] | None:
    return (found.at, found.evidence["contact_made"]) if found else None


@pytest.mark.parametrize(
    ("fact", "how"),
    [
        (rang(MONDAY), "call"),
        (wrote(MONDAY), "email"),
        (met(MONDAY), "conversation"),
        (spoke(MONDAY, 60), "conversation"),
    ],
)
def test_contact_is_evidence_of_how_and_when_it_was_made(fact: Fact, how: str) -> None:
    assert kept(folded(fact).met) == (MONDAY, how)


@pytest.mark.parametrize(
    "fact",
    [
        called(MONDAY),  # an attempt, by us
        spoke(MONDAY, 59),
        rang(MONDAY, BOT),  # an integration's doing
        rang(MONDAY, grade="suspect"),
        wrote(MONDAY, "unclassified"),
        rang(MONDAY, task_key="k"),  # a task of ours that was closed with a call
        status(MONDAY, "Open"),
    ],
)
def test_what_the_lead_did_not_begin_or_nobody_can_vouch_for_is_no_contact(fact: Fact) -> None:
    assert folded(fact).met is None


def test_what_a_conversation_is_the_agreement_says() -> None:
    silent = agreed(evidence=Evidence(spoken=frozenset(), call_of=None))
    assert folded(met(MONDAY), spoke(MONDAY + HOUR, 900), agreement=silent).met is None


def test_where_no_rule_asks_nothing_is_told_of_contact() -> None:
    state = folded(rang(MONDAY), wrote(MONDAY + HOUR), agreement=an_agreement())
    assert "contact_made" not in state.fields


def test_a_lead_s_mail_is_no_touch_and_its_call_that_was_taken_is_one() -> None:
    state = folded(wrote(MONDAY), rang(MONDAY + HOUR))
    assert [touch.at for touch in state.touches] == [MONDAY + HOUR]


def test_contact_is_one_condition_among_others() -> None:
    both = agreed(a_way("score >= 50 and contact_made == 'call'"))
    low, high = scored(MONDAY - HOUR, 40), scored(MONDAY - HOUR, 60)

    assert folded(low, rang(MONDAY), agreement=both).met is None
    found = folded(high, rang(MONDAY), agreement=both).met
    assert found is not None
    assert dict(found.evidence) == {"contact_made": "call", "score": 60}


def test_the_order_in_which_it_is_learned_changes_nothing() -> None:
    facts = [wrote(MONDAY), rang(MONDAY + HOUR), met(MONDAY + 2 * HOUR)]
    found = {str(kept(folded(*some).met)) for some in permutations(facts)}
    assert found == {str((MONDAY, "email"))}


def test_a_lead_that_rings_again_after_its_cycle_is_handed_over_again_where_each_counts() -> None:
    opened = a_fact(
        FactKind.HANDOVER, MONDAY, {"cycle": "c1", "definition": "contact", "evidence": {}},
        source="slasync",
    )  # fmt: skip
    back = status(MONDAY + DAY, "Nurturing")
    facts = [rang(MONDAY), opened, back, rang(MONDAY + 9 * DAY)]
    first_alone = agreed(replace(ANY, trigger=Trigger.CROSSING))

    assert kept(folded(*facts).met) == (MONDAY + 9 * DAY, "call")
    assert folded(*facts, agreement=first_alone).met is None


def test_a_cool_down_keeps_it_back_unless_the_agreement_lets_it_through() -> None:
    path = Path(name="later", default=True, cool_down=30 * DAY)
    nurture = Nurture(paths=(path,))
    opened = a_fact(
        FactKind.HANDOVER, MONDAY, {"cycle": "c1", "definition": "contact", "evidence": {}},
        source="slasync",
    )  # fmt: skip
    facts = [rang(MONDAY), opened, status(MONDAY + DAY, "Nurturing"), rang(MONDAY + 9 * DAY)]
    through = replace(nurture, through=frozenset({"contact"}))

    waits = folded(*facts, agreement=agreed(nurture=nurture))
    assert (waits.met, kept(waits.kept_back)) == (None, (MONDAY + 9 * DAY, "call"))
    assert kept(folded(*facts, agreement=agreed(nurture=through)).met) is not None


def test_soon_after_a_merge_a_call_is_news_and_no_doing_of_the_merge() -> None:
    merged = a_fact(FactKind.MERGED, MONDAY, {"from": ["00Q2"]})
    found = folded(merged, rang(MONDAY + MINUTE)).met
    assert kept(found) == (MONDAY + MINUTE, "call")


def test_a_stage_moves_when_the_lead_makes_contact() -> None:
    by = terms(MONDAY + DAY, agreement=agreed(ANY, BY_SCORE))
    facts = [scored(MONDAY - DAY, 10), owned(MONDAY - DAY), wrote(MONDAY)]
    (move,) = moves_of(LEAD, facts, by)
    assert (move.at, move.before, move.after) == (MONDAY, Stage.TARGET, Stage.MQL)


def judged(facts: Sequence[Fact], *ways: Definition) -> Account:
    now = MONDAY + DAY
    return an_account(facts, now, terms=terms(now, agreement=agreed(*ways)))


def test_it_is_told_which_contact_met_a_definition_and_what_the_lead_did() -> None:
    account = judged([wrote(MONDAY), rang(MONDAY + HOUR)])

    assert "  contact_made != null holds: contact_made is 'call'" in told(
        account, "Definitions of an MQL"
    )
    facts = " / ".join(told(account, "What happened"))
    assert "the lead made contact: email, strong" in facts
    assert "touch: call, strong, the lead began it" in facts


def test_a_lead_that_never_made_contact_is_told_as_unknown_not_as_met() -> None:
    account = judged([scored(MONDAY, 10)], a_way("contact_made == 'call'"))
    lines = told(account, "Definitions of an MQL")
    assert "  contact_made == 'call' cannot be told: contact_made is unknown" in lines


def test_a_contact_with_too_low_a_score_is_a_near_miss() -> None:
    way = a_way("score >= 50 and contact_made == 'call'")
    facts = [scored(MONDAY, 20), rang(MONDAY + HOUR), spoke(MONDAY + 2 * HOUR, 600)]
    account = judged(facts, way)

    (words,) = misses(account, "definition")
    assert words.startswith("contact: nearest at 2026-03-02T10:00:00Z")
    assert "score >= 50 fails: score is 20" in words


def test_when_it_was_met_in_vain_is_told() -> None:
    opened = a_fact(
        FactKind.HANDOVER, MONDAY, {"cycle": "c1", "definition": "score", "evidence": {}},
        source="slasync",
    )  # fmt: skip
    account = judged([scored(MONDAY), opened, rang(MONDAY + HOUR)])
    (words,) = misses(account, "definition")
    assert "while cycle c1 was open: no new hand-over" in words


def test_a_field_of_that_name_that_a_connector_maps_is_what_counts() -> None:
    mapped = compile_definition("contact_made == true", {"contact_made": FieldType.BOOL})
    way = Definition("contact", mapped.text, mapped.holds, mapped.reads, EACH)
    agreement = replace(agreed(way), asks_contact=False)
    told_by_field = a_fact(FactKind.CHANGED, MONDAY + timedelta(hours=3), {"contact_made": True})

    state = folded(rang(MONDAY), told_by_field, agreement=agreement)

    assert kept(state.met) == (MONDAY + 3 * HOUR, True)
    assert "contact_made" in agreement.watched
    assert "contact_made" not in agreed().watched
