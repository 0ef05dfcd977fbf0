"""How leads moved, and which moves the agreement does not know: observed, with who made them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from slasync.domain.agreement import Definition, Stage
from slasync.domain.decide import decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.obligations import Moves
from slasync.domain.figures.stage_moves import StageMove, moves_of, unknown
from slasync.domain.rulings import Ruling
from tests.builders import (
    ANA,
    BOT,
    DAY,
    HOUR,
    LEAD,
    MONDAY,
    a_fact,
    a_lead,
    an_agreement,
    owned,
    scored,
    status,
    terms,
)

AGREED = Moves(
    allowed={
        Stage.TARGET: frozenset({Stage.MQL}),
        Stage.MQL: frozenset({Stage.SAL, Stage.RECYCLED}),
        Stage.SAL: frozenset({Stage.SQL, Stage.RECYCLED}),
        Stage.SQL: frozenset({Stage.OPPORTUNITY}),
        Stage.RECYCLED: frozenset({Stage.MQL}),
    }
)
CONVERTED = {"contact": "003", "opportunity": "006"}


def handed(*more: Fact) -> list[Fact]:
    facts = [owned(MONDAY - DAY), scored(MONDAY - DAY, 10), scored(MONDAY)]
    return [*facts, *decide(a_lead(), facts, terms(MONDAY)).facts, *more]


def moves(facts: Sequence[Fact]) -> list[StageMove]:
    return list(moves_of(LEAD, facts, terms(MONDAY)))


def pairs(found: Sequence[StageMove]) -> list[tuple[str, str]]:
    return [(move.before.value, move.after.value) for move in found]


def test_a_lead_moves_as_its_facts_tell() -> None:
    facts = handed(
        status(MONDAY + HOUR, "Working"),
        a_fact(FactKind.CONVERTED, MONDAY + 2 * HOUR, {"contact": "003"}, by=ANA),
    )

    assert pairs(moves(facts)) == [("target", "mql"), ("mql", "sal"), ("sal", "sql")]


def test_the_first_stage_that_is_known_of_a_lead_is_no_move() -> None:
    assert pairs(moves([status(MONDAY, "Working")])) == []


def test_a_move_names_who_made_it_and_when() -> None:
    (_, move) = moves(handed(status(MONDAY + HOUR, "Working", by=ANA)))

    assert (move.by, move.at, move.status, move.told_by) == (
        ANA.key, MONDAY + HOUR, "Working", FactKind.STATUS,
    )  # fmt: skip


def test_an_automation_is_named_as_a_person_would_be() -> None:
    (_, move) = moves(handed(status(MONDAY + HOUR, "Unqualified", by=BOT)))

    assert (move.after, move.by) == (Stage.DISQUALIFIED, BOT.key)


def test_a_move_that_the_agreement_names_is_known() -> None:
    found = moves(handed(status(MONDAY + HOUR, "Working")))

    assert [unknown(move, AGREED) for move in found] == [False, False]


def test_a_move_that_it_does_not_name_is_not() -> None:
    (_, move) = moves(handed(status(MONDAY + HOUR, "Unqualified")))

    assert unknown(move, AGREED)


def test_where_no_moves_are_agreed_none_is_unknown() -> None:
    (_, move) = moves(handed(status(MONDAY + HOUR, "Unqualified")))

    assert not unknown(move, Moves())


def test_a_stage_may_be_entered_again_where_that_is_agreed() -> None:
    down, up = scored(MONDAY + 2 * DAY, 10), scored(MONDAY + 3 * DAY, 90)
    facts = handed(status(MONDAY + DAY, "Nurturing"), down, up)
    again = decide(a_lead(), facts, terms(MONDAY + 3 * DAY)).facts

    found = moves([*facts, *again])

    assert pairs(found) == [("target", "mql"), ("mql", "recycled"), ("recycled", "mql")]
    assert not any(unknown(move, AGREED) for move in found)


def test_a_loop_back_is_unknown_unless_it_is_agreed() -> None:
    agreement = replace(an_agreement(), stages={"Open": Stage.MQL, "Working": Stage.SAL})
    facts = handed(status(MONDAY + HOUR, "Working"), status(MONDAY + DAY, "Open"))

    *_, back = moves_of(LEAD, facts, terms(MONDAY, agreement=agreement))
    loops = Moves({**AGREED.allowed, Stage.SAL: frozenset({Stage.MQL})})

    assert (back.before, back.after) == (Stage.SAL, Stage.MQL)
    assert (unknown(back, AGREED), unknown(back, loops)) == (True, False)


def test_in_a_cycle_of_an_earlier_edition_a_status_means_what_it_meant_then() -> None:
    before = replace(an_agreement(), hash="1" * 64, stages={"Talking": Stage.SAL})
    now = replace(an_agreement(), hash="2" * 64, stages={"Talking": Stage.RECYCLED})
    ruling = Ruling(before, {}, {})
    facts = handed(status(MONDAY + HOUR, "Talking"))

    kept = list(moves_of(LEAD, facts, terms(MONDAY, agreement=now, ruled=lambda *_: ruling)))
    in_force = list(moves_of(LEAD, facts, terms(MONDAY, agreement=now)))

    assert pairs(kept) == [("target", "mql"), ("mql", "sal")]
    assert pairs(in_force) == [("target", "mql"), ("mql", "recycled")]


def test_a_conversion_that_makes_an_opportunity_passes_sql_on_the_way() -> None:
    facts = handed(
        status(MONDAY + HOUR, "Working"),
        a_fact(FactKind.CONVERTED, MONDAY + DAY, CONVERTED, by=ANA),
    )

    found = moves(facts)

    assert pairs(found)[-2:] == [("sal", "sql"), ("sql", "opportunity")]
    assert not any(unknown(move, AGREED) for move in found)


def test_a_target_becomes_a_lead_by_its_fields() -> None:
    rule = Definition("lead", "score >= 40", lambda f: int(str(f.get("score") or 0)) >= 40,
                      frozenset({"score"}))  # fmt: skip
    agreement = replace(an_agreement(), lead_rule=rule)
    facts = [scored(MONDAY - DAY, 10), scored(MONDAY, 50)]

    (move,) = moves_of(LEAD, facts, terms(MONDAY, agreement=agreement))

    assert (move.after, move.by, move.told_by) == (Stage.LEAD, "", FactKind.CHANGED)


def test_moves_follow_from_the_facts_in_whatever_order_they_were_learned() -> None:
    facts = [
        owned(MONDAY - DAY), scored(MONDAY - DAY, 10), scored(MONDAY),
        status(MONDAY + HOUR, "Working"), status(MONDAY + DAY, "Nurturing"),
    ]  # fmt: skip

    found = {tuple(pairs(moves(order))) for order in permutations(facts)}

    assert len(found) == 1
