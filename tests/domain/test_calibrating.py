"""Calibration: the same sample by the same seed, agreement beyond chance, the clause in dispute."""

from fractions import Fraction

import pytest

from slasync.domain.clauses import Clause, Join
from slasync.domain.figures.calibrating import (
    Concord,
    Pair,
    balanced,
    by_attribute,
    clauses_in_dispute,
    concord,
    drawn,
)
from slasync.domain.lead import Fields, LeadKey

MET = [LeadKey(f"met{n}") for n in range(50)]
UNMET = [LeadKey(f"unmet{n}") for n in range(200)]


def test_the_same_seed_draws_the_same_leads_and_another_one_others() -> None:
    assert drawn(UNMET, "1", 20) == drawn(reversed(UNMET), "1", 20)
    assert drawn(UNMET, "1", 20) != drawn(UNMET, "2", 20)
    assert len(set(drawn(UNMET, "1", 20))) == 20


def test_half_of_a_sample_met_a_definition_and_its_order_does_not_tell_which() -> None:
    found = balanced(MET, UNMET, "1", 40)
    met = [key in MET for key in found]
    assert sum(met) == 20
    assert met not in (sorted(met), sorted(met, reverse=True))


@pytest.mark.parametrize(("met", "unmet", "size", "of_met"), [
    (MET[:5], UNMET, 40, 5), (MET, UNMET[:5], 40, 35), (MET[:3], UNMET[:4], 40, 3),
    (MET, [], 40, 40),
])  # fmt: skip
def test_where_one_half_is_short_the_other_fills_up(
    met: list[LeadKey], unmet: list[LeadKey], size: int, of_met: int
) -> None:
    found = balanced(met, unmet, "1", size)
    assert len(found) == min(size, len(met) + len(unmet))
    assert sum(key in met for key in found) == of_met


def test_kappa_is_that_of_the_textbook() -> None:
    """Twice fifty applications: 20 both yes, 5 and 10 one alone, 15 both no; kappa is 0.4."""
    told = Concord(20, 5, 10, 15)
    assert told.observed == Fraction(7, 10)
    assert told.by_chance == Fraction(1, 2)
    assert told.kappa == Fraction(2, 5)


def test_kappa_is_one_where_both_always_agree_and_none_where_nothing_can_be_told() -> None:
    assert Concord(3, 0, 0, 4).kappa == 1
    assert Concord(5, 0, 0, 0).kappa is None
    assert Concord(0, 0, 0, 0).kappa is None


def test_opposite_answers_are_worse_than_chance() -> None:
    pairs = [Pair(LeadKey(str(n)), marketing=n < 5, sales=n >= 5) for n in range(10)]
    assert concord(pairs) == Concord(0, 5, 5, 0)
    assert concord(pairs).kappa == -1


def taken(fields: Fields) -> Clause:
    """The rule `score >= 75 or form == 'Demo'`, taken apart."""
    score = fields["score"]
    by_score = Clause(
        text="score >= 75", truth=isinstance(score, int) and score >= 75, read={"score": score}
    )
    by_form = Clause(
        text="form == 'Demo'", truth=fields["form"] == "Demo", read={"form": fields["form"]}
    )
    either = bool(by_score.truth or by_form.truth)
    return Clause(text="both", truth=either, read=fields, join=Join.OR, parts=(by_score, by_form))


def test_the_clause_that_holds_where_they_disagree_is_the_one_in_dispute() -> None:
    """Sales refuses whoever only has the score; of forms both think the same."""
    fields: dict[LeadKey, Fields] = {}
    pairs = []
    for n in range(12):
        key = LeadKey(str(n))
        by_score, by_form = n < 4, 4 <= n < 8
        fields[key] = {"score": 80 if by_score else 10, "form": "Demo" if by_form else "none"}
        pairs.append(Pair(key, marketing=by_score or by_form, sales=by_form))

    first, second = clauses_in_dispute(pairs, fields, {"mql": taken})

    assert (first.clause, first.marketing_yes) == ("score >= 75", 4)
    assert first.weight == 1
    assert (second.clause, second.weight) == ("form == 'Demo'", Fraction(1, 2))


def test_values_at_which_they_disagree_come_first() -> None:
    fields: dict[LeadKey, Fields] = {
        LeadKey(str(n)): {"source": "Fair" if n < 4 else "Web", "score": n} for n in range(8)
    }
    pairs = [Pair(LeadKey(str(n)), marketing=True, sales=n >= 3) for n in range(8)]

    (only,) = by_attribute(pairs, fields)

    assert (only.field, only.value, only.leads, only.disagreed) == ("source", "Fair", 4, 3)
