import re
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_engine.errors import SymbolTypeError

from slasync.domain.lead import Value
from slasync.settings.rules import compile_rule
from slasync.systems import FieldType
from tests.faults.marks import fault

FIELDS = {
    "score": FieldType.NUMBER,
    "form": FieldType.TEXT,
    "form_at": FieldType.DATETIME,
    "opted_in": FieldType.BOOL,
    "a": FieldType.BOOL,
    "b": FieldType.BOOL,
    "c": FieldType.BOOL,
}


def met(text: str, **fields: Value) -> bool:
    return compile_rule(text, FIELDS).holds(fields)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("score >= 75", {"score": 75}),
        ("score >= 75", {"score": 75.5}),
        ("score == 0.1", {"score": 0.1}),
        ("form in ['Demo request', 'Free trial']", {"form": "Free trial"}),
        ("'Demo' in form", {"form": "Demo request"}),
        ("form.as_lower == 'demo'", {"form": "DEMO"}),
        ("score >= 75 and not opted_in", {"score": 80, "opted_in": False}),
        ("form_at > d'2026-01-01'", {"form_at": "2026-02-01T10:00:00+01:00"}),
        ("form_at > d'2026-01-01'", {"form_at": "2026-02-01"}),
        ("form == '=~ is only text here'", {"form": "=~ is only text here"}),
    ],
)
def test_a_rule_is_met(text: str, fields: Mapping[str, Value]) -> None:
    assert met(text, **fields)


@pytest.mark.parametrize(
    "text",
    [
        "score >= 75", "not score >= 75", "score != 75", "-score < 0", "score + 1 > 0",
        "form == 'x'", "form != 'x'", "not form == 'x'", "form in ['x']", "not form in ['x']",
        "'x' in form", "form.as_lower == 'x'", "form + 'x' == 'x'", "form_at > d'2026-01-01'",
        "opted_in", "not opted_in", "score > 1 or not score > 1",
    ],
)  # fmt: skip
def test_a_condition_on_null_is_neither_met_nor_unmet(text: str) -> None:
    assert not met(text)
    assert not met(text, score=None, form=None, form_at=None, opted_in=None)


def test_one_null_field_does_not_hide_another_that_decides() -> None:
    text = "score >= 75 or form == 'Demo request'"

    assert met(text, score=None, form="Demo request")
    assert met(text, score=80, form=None)
    assert not met(text, score=10, form=None)


def test_null_itself_can_be_asked_for() -> None:
    assert met("form == null")
    assert not met("form == null", form="x")
    assert met("form != null and score > 1", form="x", score=2)


def test_a_rule_names_the_fields_it_reads() -> None:
    assert compile_rule("score > 1 and form in ['x']", FIELDS).reads == {"score", "form"}


@fault("S15")
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("scoer > 1", "unknown field 'scoer' (did you mean score?)"),
        ("form.as_lowr == 'x'", "unknown attribute 'as_lowr'"),
        ("form =~ '^(a+)+$'", "=~ and !~ are not allowed"),
        ("form =~~ 'a'", "=~ and !~ are not allowed"),
        ("form !~ 'a'", "=~ and !~ are not allowed"),
        ("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '^(a+)+$'", "=~ and !~ are not allowed"),
        ("$now > form_at", "$now is not allowed"),
        ("$random() > score", "uses what rules leave out: compare fields with and, or, not, in"),
        ("score > 1 ? a : b", "rules leave out"),
        ("[x for x in [1, 2] if x > score] == [2]", "rules leave out"),
        ("score >=", "syntax error"),
        ("score > 'high'", "data type mismatch"),
        ("form == 5", "a number is compared with a text: they are never equal"),
        ("score in ['75']", "a number is compared with a text: they are never equal"),
        ("score", "a number where yes or no is needed"),
        ("form and a", "a text where yes or no is needed"),
        ("1 == 1", "reads no field"),
        ("not " * 499 + "a", "nested too deeply"),
        ("a" * 3_000, "longer than 2,000 characters"),
        ("'" + "\\" * 1_900, "not a valid expression"),
    ],
)
def test_a_rule_that_cannot_be_right_is_refused_when_loaded(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=re.escape(what)):
        compile_rule(text, FIELDS)


def test_a_value_of_another_type_is_not_taken_for_unmet() -> None:
    with pytest.raises(SymbolTypeError):
        met("score > 5", score="70")


conditions = st.recursive(
    st.sampled_from(["a", "b", "c"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({' '.join(p)})")
        | inner.map(lambda text: f"(not {text})")
    ),
    max_leaves=8,
)
truths = st.sampled_from([True, False, None])


@given(text=conditions, fields=st.fixed_dictionaries({"a": truths, "b": truths, "c": truths}))
def test_what_is_met_stays_met_whatever_the_null_fields_turn_out_to_be(
    text: str, fields: Mapping[str, bool | None]
) -> None:
    choices = [[True, False] if fields[n] is None else [fields[n]] for n in ("a", "b", "c")]
    completions = [met(text, a=a, b=b, c=c) for a, b, c in product(*choices)]

    if met(text, **fields):
        assert all(completions)
    if met(f"not {text}", **fields):
        assert not any(completions)
    if None not in fields.values():
        assert met(text, **fields) != met(f"not {text}", **fields)
