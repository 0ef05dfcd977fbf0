"""A rule taken apart says the same as the rule, condition by condition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.clauses import Clause, lacking, leaves, nearly
from slasync.domain.explaining.definition_words import condition_words
from slasync.domain.explaining.tongue import Tongue
from slasync.domain.lead import Value
from slasync.settings.clauses import clauses_of
from slasync.settings.rules import compile_rule
from slasync.systems import FieldType

FIELDS = {
    "score": FieldType.NUMBER,
    "form": FieldType.TEXT,
    "form_at": FieldType.DATETIME,
    "a": FieldType.BOOL,
    "b": FieldType.BOOL,
    "c": FieldType.BOOL,
}


def apart(text: str, **fields: Value) -> Clause:
    return clauses_of(compile_rule(text, FIELDS))(fields)


def words(text: str, **fields: Value) -> list[str]:
    return [condition_words(leaf, Tongue()) for leaf in leaves(apart(text, **fields))]


def lacks(text: str, **fields: Value) -> list[str]:
    return [leaf.text for leaf in lacking(apart(text, **fields))]


@pytest.mark.parametrize(
    ("text", "score", "said"),
    [
        ("score >= 75", 74, "score >= 75 fails: score is 74, off by 1"),
        ("score >= 75", 75, "score >= 75 holds: score is 75"),
        ("score >= 75", None, "score >= 75 cannot be told: score is unknown"),
        ("75 <= score", 60.5, "75 <= score fails: score is 60.5, off by 14.5"),
        ("score > 75", 75, "score > 75 fails: score is 75, the bound itself"),
        ("not score < 75", 74, "not score < 75 fails: score is 74, off by 1"),
        ("score != 75", 75, "score != 75 fails: score is 75"),
        ("score * 2 + 1 > 10", 4, "((score * 2) + 1) > 10 fails: score is 4, off by 1"),
    ],
)
def test_a_condition_says_by_which_value_it_holds_or_fails_and_by_how_much(
    text: str, score: float | None, said: str
) -> None:
    assert words(text, score=score) == [said]


@pytest.mark.parametrize(
    "text",
    [
        "form in ['Demo', 'Trial']", "form not in ['Demo']", "'x' in form", "'x' in form.as_lower",
        "form == null", "form == 'it\\'s'", "form_at > d'2026-01-01'", "a", "not a", "a == true",
        "-score < 0", "score >= 0.1", "a and (b or c)", "form in {'a', 'b'}",
        "form_at > d'2026-01-01T09:30:00+00:00'",
    ],
)  # fmt: skip
def test_conditions_are_written_so_that_they_could_stand_in_the_agreement(text: str) -> None:
    said = apart(text).text

    assert said == text.replace("'it\\'s'", '"it\'s"')
    assert apart(said).text == said


def test_a_negation_is_said_of_each_condition() -> None:
    assert apart("not (score < 75 or a)").text == "not score < 75 and not a"


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"score": 74, "a": True, "b": True}, ["score >= 75"]),
        ({"score": 74, "a": False, "b": False}, ["score >= 75", "a"]),
        ({"score": 90, "a": None, "b": False}, ["a"]),
        ({"score": None, "a": None, "b": True}, ["score >= 75"]),
        ({"score": 90, "a": None, "b": True}, []),
    ],
)
def test_the_fewest_conditions_that_would_have_to_turn_are_what_is_lacking(
    fields: dict[str, Value], missing: list[str]
) -> None:
    assert lacks("score >= 75 and (a or b)", **fields) == missing


def test_of_two_alternatives_the_nearer_is_lacking() -> None:
    assert lacks("score >= 75 or score >= 60 and a", score=59, a=True) == ["score >= 60"]
    assert lacks("score >= 75 or score >= 60 and a", score=74, a=False) == ["score >= 75"]


@pytest.mark.parametrize(
    ("text", "fields", "near"),
    [
        ("score >= 75", {"score": 74}, True),
        ("score >= 75", {"score": 60}, False),
        ("score >= 75", {"score": 80}, False),
        ("score >= 75 and a", {"score": 20, "a": True}, True),
        ("score >= 75 and a", {"score": 20, "a": False}, False),
        ("score >= 75 or a", {"score": 20, "a": False}, False),
        ("form == 'Demo'", {"form": "Trial"}, False),
    ],
)
def test_a_rule_was_nearly_met_when_one_condition_alone_lacked_a_little_or_others_held(
    text: str, fields: dict[str, Value], *, near: bool
) -> None:
    assert nearly(apart(text, **fields)) is near


RULES = st.recursive(
    st.sampled_from(["a", "b", "c", "score >= 75", "form == 'x'", "form == null"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=8,
)
FIELDS_OF_LEADS = st.fixed_dictionaries({
    **dict.fromkeys("abc", st.sampled_from([True, False, None])),
    "score": st.sampled_from([None, 74, 75]),
    "form": st.sampled_from([None, "x", "y"]),
})  # fmt: skip


@given(RULES, FIELDS_OF_LEADS)
def test_taken_apart_a_rule_tells_the_same_as_it_decides(
    text: str, fields: dict[str, Value]
) -> None:
    rule = compile_rule(text, FIELDS)

    clause = clauses_of(rule)(fields)

    assert (clause.truth is True) is rule.holds(fields)
    assert (not lacking(clause)) is rule.holds(fields)
    assert compile_rule(clause.text, FIELDS).holds(fields) is rule.holds(fields)
