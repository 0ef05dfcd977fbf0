"""Rules are asked when a field that they read changes, and the same question once."""

from collections.abc import Callable
from dataclasses import replace

from slasync.domain.agreement import Definition, Pausing
from slasync.domain.facts import FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Fields
from slasync.domain.questions import Question, questions
from tests.builders import (
    BY_SCORE,
    FIRST_TOUCH,
    HOUR,
    MONDAY,
    a_fact,
    a_roster,
    an_agreement,
    scored,
)


def counting(asked: list[Fields], holds: Callable[[Fields], bool] = BY_SCORE.rule) -> Definition:
    """A definition that notes what it is asked about."""

    def rule(fields: Fields) -> bool:
        asked.append(fields)
        return holds(fields)

    return replace(BY_SCORE, rule=rule)


def is_just(score: int) -> Callable[[Fields], bool]:
    return lambda fields: fields.get("score") == score


def test_a_definition_is_evaluated_only_on_facts_that_change_a_field_it_reads() -> None:
    asked: list[Fields] = []
    agreement = an_agreement(definitions=(counting(asked),))
    titles = [
        a_fact(FactKind.CHANGED, MONDAY + n * HOUR, {"title": f"Title {n}"}) for n in range(40)
    ]
    state = fold([*titles, scored(MONDAY + 5 * HOUR, 80)], agreement, a_roster())
    assert asked == [{"score": 80}]
    assert state.met is not None
    assert state.fields["title"] == "Title 39"


def test_the_same_values_are_asked_about_once_however_often_histories_are_read() -> None:
    asked: list[Fields] = []
    agreement = an_agreement(definitions=(counting(asked),))
    facts = [scored(MONDAY + n * HOUR, score) for n, score in enumerate((10, 80, 10, 80))]
    for _ in range(5):
        assert fold(facts, agreement, a_roster()).met is not None
    assert asked == [{"score": 10}, {"score": 80}]


def test_a_field_that_is_not_there_is_null() -> None:
    asked: list[Fields] = []
    assert not Question(counting(asked)).holds({})
    assert asked == [{"score": None}]


def test_agreements_are_asked_by_their_own_rules_though_they_look_the_same() -> None:
    low = replace(BY_SCORE, rule=lambda f: f.get("score") == 10)
    one, other = an_agreement(definitions=(BY_SCORE,)), an_agreement(definitions=(low,))
    facts = [scored(MONDAY, 10)]
    assert fold(facts, one, a_roster()).met is None
    assert fold(facts, other, a_roster()).met is not None


def test_what_is_read_are_the_fields_of_all_rules_conditions_of_pauses_too() -> None:
    hold = Definition("hold", "hold", lambda f: bool(f.get("hold")), frozenset({"hold"}))
    clock = replace(FIRST_TOUCH, pausing=Pausing(condition=hold))
    agreement = an_agreement(definitions=(BY_SCORE,), clocks=(clock,))
    found = questions(agreement, (hold,))
    assert found.reads >= {"score", "hold"}
    assert found is questions(agreement, (hold,))


def test_agreements_that_come_and_go_are_never_taken_for_one_another() -> None:
    for wanted in range(300):
        exactly = replace(BY_SCORE, name=f"score {wanted}", rule=is_just(wanted))
        agreement = an_agreement(definitions=(exactly,))
        met = fold([scored(MONDAY, wanted)], agreement, a_roster()).met
        assert met is not None
        assert met.definition == f"score {wanted}"
