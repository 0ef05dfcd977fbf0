"""The check score: two axes, decay, parts with evidence; what is urgent; what contradicts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Fields, Value
from slasync.domain.score_model import Check, Model, Sign, Threshold
from slasync.domain.scoring import (
    Axis,
    Contradiction,
    Score,
    contradiction,
    immediate,
    immediates,
    qualifies,
    score,
    shortfalls,
)
from tests.builders import DAY, HOUR, MONDAY, a_fact, called
from tests.domain.scoring_builders import (
    BOSS,
    GERMAN,
    a_check,
    a_model,
    behaviour,
    counting,
    criterion,
    entered,
    is_,
    names,
    seen,
    told,
    urgent,
)


def scored(
    *history: Fact, check: Check | None = None, days: float = 0, mirror: Fields | None = None
) -> Score:
    return score(history, check or a_check(), MONDAY + days * DAY, mirror or {})


# fit: what the lead is


def test_fit_adds_the_points_of_what_holds() -> None:
    found = scored(told(title="CEO", country="DE", email="lou@example.com"))

    assert found.fit == found.total == 40
    assert names(found.parts) == ["boss", "german"]


def test_what_speaks_against_a_lead_takes_points_away_even_below_nothing() -> None:
    assert scored(told(country="DE", email="lou@gmail.com")).fit == -15


def test_fit_does_not_fade() -> None:
    assert scored(told(title="CEO"), days=1000).fit == 30


def test_the_last_value_decides() -> None:
    assert scored(told(title="CEO"), told(1, title="Intern"), days=2).fit == 0


def test_a_part_says_since_when_and_by_which_values_it_holds() -> None:
    history = [told(title="Intern", country="DE"), told(3, title="CEO")]

    boss, german = scored(*history, days=5).parts

    assert (boss.axis, boss.value, boss.at) == (Axis.FIT, 30, MONDAY + 3 * DAY)
    assert boss.evidence == {"title": "CEO"}
    assert german.at == MONDAY


def test_a_criterion_over_several_fields_holds_since_the_last_of_them_changed() -> None:
    both = criterion("both", lambda f: f["title"] == f["country"], "country title", 1)
    later = a_fact(FactKind.CHANGED, MONDAY + DAY, {"country": "x"}, seen_at=MONDAY + 2 * DAY)

    (part,) = scored(told(title="x"), later, check=a_check(fit=(both,)), days=3).parts

    assert part.at == MONDAY + DAY


def test_ten_tenths_make_one() -> None:
    fit = tuple(criterion(f"{n}", is_("title", "CEO"), "title", 0.1) for n in range(10))

    assert scored(told(title="CEO"), check=a_check(fit=fit)).fit == 1


def test_a_criterion_without_a_value_is_unknown_and_one_with_another_value_is_unmet() -> None:
    found = scored(told(title="Intern", country=None))

    assert found.unmet == ("boss",)
    assert found.unknown == ("german", "freemail")


def test_a_field_that_never_changed_while_watched_is_taken_from_the_mirror() -> None:
    found = scored(told(country="DE"), mirror={"title": "CEO", "country": "AT"})

    assert names(found.parts) == ["boss", "german"]
    assert found.parts[0].at is None


def test_what_one_system_cleared_another_may_hold_still() -> None:
    history = [told(title="CEO"), told(1, title=None, source="salesforce")]

    assert scored(*history, days=2, mirror={"title": "CEO"}).fit == 30
    assert scored(*history, days=2).fit == 0


# interest: what the lead did


def test_interest_is_halved_with_every_half_life() -> None:
    history = told(form="Pricing")

    values = [scored(history, days=days).interest for days in (0, 10, 20, 30)]

    assert values == [40, 20, 10, 5]


@given(minutes=st.integers(0, 10**6), half_life=st.integers(1, 10**5))
def test_decay_is_exact_at_any_minute(minutes: int, half_life: int) -> None:
    check = a_check(interest=(behaviour(half_life=timedelta(minutes=half_life)),))
    now = MONDAY + timedelta(minutes=minutes)

    found = score([told(form="Pricing")], check, now)

    assert found.interest == pytest.approx(40 * 0.5 ** (minutes / half_life), rel=1e-12)


def test_each_time_counts_by_its_own_age() -> None:
    history = [told(form="Pricing"), told(5, form="Newsletter"), told(10, form="Pricing")]

    found = scored(*history, days=10)

    assert [(part.at, part.points, part.value) for part in found.parts] == [
        (MONDAY, 40, 20),
        (MONDAY + 10 * DAY, 40, 40),
    ]
    assert found.interest == 60


def test_a_value_told_again_by_another_system_is_not_done_twice() -> None:
    again = told(1, source="salesforce", form="Pricing")

    assert len(scored(told(form="Pricing"), again, days=1).parts) == 1


def test_a_form_sent_again_is_told_by_its_time_alone() -> None:
    check = a_check(interest=(behaviour(seen(at="form_at")),))
    first = told(form="Pricing", form_at=(MONDAY - DAY).isoformat())
    again = told(5, form_at=(MONDAY + 4 * DAY).isoformat())

    found = scored(first, again, check=check, days=9)

    assert [part.at for part in found.parts] == [MONDAY - DAY, MONDAY + 4 * DAY]
    assert found.interest == 40 * (0.5 + 0.5**0.5)


@pytest.mark.parametrize(
    "form_at",
    [(MONDAY + DAY).isoformat(), "2026-03-01", "last week", None, 5],
    ids=["later than the news", "a date", "words", "nothing", "a number"],
)
def test_a_time_that_cannot_be_right_gives_way_to_that_of_the_news(form_at: Value) -> None:
    check = a_check(interest=(behaviour(seen(at="form_at")),))

    assert scored(told(form="Pricing", form_at=form_at), check=check).parts[0].at == MONDAY


def test_a_time_that_was_not_told_anew_belongs_to_something_else() -> None:
    check = a_check(interest=(behaviour(seen(at="form_at")),))
    old = told(form="Newsletter", form_at=(MONDAY - 90 * DAY).isoformat())

    found = scored(old, told(1, form="Pricing"), check=check, days=1)

    assert [part.at for part in found.parts] == [MONDAY + DAY]


def test_a_change_of_a_field_that_the_rule_does_not_read_is_not_asked_about() -> None:
    asked: list[Fields] = []

    def rule(fields: Fields) -> bool:
        asked.append(fields)
        return True

    check = a_check(fit=(), interest=(behaviour(Sign("any", "any", rule, ("form",))),))
    scored(told(form="a"), *(told(day, title=str(day)) for day in range(1, 9)), check=check, days=9)

    assert asked == [{"form": "a"}]


def test_a_deed_is_judged_by_what_was_known_when_it_was_done() -> None:
    def rule(fields: Fields) -> bool:
        return fields.get("form") == "Pricing" and fields.get("country") == "DE"

    check = a_check(fit=(), interest=(behaviour(Sign("x", "x", rule, ("country", "form"))),))
    mirror = {"country": "DE"}

    never_changed = scored(told(form="Pricing"), check=check, mirror=mirror)
    changed_later = scored(
        told(form="Pricing"), told(1, form="y"), told(2, country="DE"), check=check, days=3,
        mirror=mirror,
    )  # fmt: skip

    assert never_changed.interest == 40
    assert changed_later.parts == ()


def test_a_counter_gives_points_for_each_unit_by_which_it_rose() -> None:
    history = [entered(), told(pages=3), told(10, pages=7)]

    found = scored(*history, check=counting(), days=10)

    assert [part.points for part in found.parts] == [6, 8]
    assert found.interest == 3 + 8


def test_a_counter_that_fell_was_set_back_and_gives_nothing() -> None:
    history = [entered(), told(pages=5), told(1, pages=0), told(2, pages=1)]

    assert [p.points for p in scored(*history, check=counting(), days=2).parts] == [10, 2]


def test_what_a_counter_held_before_it_was_watched_gives_nothing() -> None:
    history = [entered(-100), told(pages=507), told(1, pages=508)]

    assert [p.points for p in scored(*history, check=counting(), days=2).parts] == [2]


@pytest.mark.parametrize(
    ("channel", "grade", "points"),
    [("meeting", "strong", 15), ("call", "strong", 0), ("meeting", "suspect", 0)],
)
def test_touches_count_by_channel_when_their_evidence_is_strong(
    channel: str, grade: str, points: float
) -> None:
    met = Sign("met", "touch: meeting", lambda _: True, channels=frozenset({"meeting"}))
    touch = a_fact(FactKind.TOUCH, MONDAY, {"channel": channel, "grade": grade, "subject": "Demo"})

    found = scored(touch, check=a_check(interest=(behaviour(met, 15),)))

    assert found.interest == points
    assert [p.evidence for p in found.parts] == (
        [{"channel": "meeting", "subject": "Demo"}] if points else []
    )


def test_a_touch_is_no_change_of_fields() -> None:
    assert scored(told(form="Pricing"), called(MONDAY + HOUR), days=0.5).parts[0].at == MONDAY
    assert len(scored(told(form="Pricing"), called(MONDAY + HOUR), days=0.5).parts) == 1


def test_what_happens_later_does_not_count_yet() -> None:
    history = [told(title="CEO"), told(1, form="Pricing"), told(1, title="Intern", source_id="x")]

    found = scored(*history, days=0.5)

    assert (found.fit, found.interest) == (30, 0)


# both


def test_each_axis_ends_at_its_cap() -> None:
    check = a_check(fit_cap=35, interest_cap=50)
    history = [told(title="CEO", country="DE"), told(0, form="Pricing", source_id="1"),
               told(0.25, form="x"), told(0.5, form="Pricing")]  # fmt: skip

    found = scored(*history, check=check, days=0.5)

    assert (found.fit, found.interest, found.total) == (35, 50, 85)
    assert sum(part.value for part in found.parts) > 110


changes = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["form", "title", "country", "pages", "email"]),
        st.sampled_from(["Pricing", "CEO", "DE", "lou@gmail.com", None]),
    ),
    max_size=12,
)


@given(changes=changes, data=st.data())
def test_the_order_and_repetition_of_facts_do_not_matter(
    changes: list[tuple[int, str, Any]], data: st.DataObject
) -> None:
    facts = [
        told(day, source_id=f"{number}", **{field: value})
        for number, (day, field, value) in enumerate(changes)
    ]
    facts += [a_fact(FactKind.TOUCH, MONDAY + DAY, {"channel": "meeting"})]
    met = Sign("met", "touch: meeting", lambda _: True, channels=frozenset({"meeting"}))
    check = a_check(interest=(behaviour(), behaviour(met, 7, 3 * DAY)))
    shuffled = data.draw(st.permutations(facts + facts[:3] + facts[-1:]))

    assert scored(*shuffled, check=check, days=50) == scored(*facts, check=check, days=50)


@pytest.mark.parametrize(
    ("threshold", "short"),
    [
        (Threshold(total=70), []),
        (Threshold(total=70.5), [("total", 70, 70.5)]),
        (Threshold(fit=30, interest=40), []),
        (Threshold(total=70, fit=31), [("fit", 30, 31)]),
        (Threshold(fit=31, interest=41), [("fit", 30, 31), ("interest", 40, 41)]),
    ],
)
def test_a_lead_qualifies_when_it_reaches_all_that_is_asked_for(
    threshold: Threshold, short: list[tuple[str, float, float]]
) -> None:
    found = scored(told(title="CEO", form="Pricing"))

    assert list(shortfalls(found, threshold)) == short
    assert qualifies(found, threshold) == (not short)


@pytest.mark.parametrize(
    ("total", "marketing", "qualified", "against"),
    [
        (70, 80, True, None),
        (70, 10, False, Contradiction.ONLY_CHECK),
        (30, 80, True, Contradiction.ONLY_MARKETING),
        (30, 50, False, None),
        (30, 51, False, Contradiction.FAR_APART),
        (70, 49, None, Contradiction.FAR_APART),
        (70, None, None, None),
        (70, None, False, Contradiction.ONLY_CHECK),
    ],
)
def test_scores_contradict_each_other_by_verdict_or_by_distance(
    *, total: float, marketing: float | None, qualified: bool | None, against: Contradiction | None
) -> None:
    found = Score(fit=total, interest=0, total=total, parts=())
    check = a_check(differs_by=20)

    assert contradiction(found, check, marketing, qualified=qualified) == against


def test_scores_on_one_side_agree_however_far_apart_unless_a_distance_is_agreed() -> None:
    found = Score(fit=30, interest=0, total=30, parts=())

    assert contradiction(found, a_check(), 59, qualified=False) is None


def test_a_check_names_all_fields_whose_changes_it_needs() -> None:
    shown = seen(at="form_at")
    check = a_check(fit=(BOSS, GERMAN), interest=(behaviour(shown, per="pages"),))

    assert check.reads == {"title", "country", "form", "form_at", "pages"}


# what is urgent


def asked(*forms: tuple[float, str]) -> list[Fact]:
    return [told(days, form=form) for days, form in forms]


def found_name(history: Sequence[Fact], since: datetime | None, lasts: timedelta | None) -> str:
    model = a_model(urgent(lasts=lasts), urgent("Contact sales", lasts))
    found = immediate(history, model, since)
    return found.name if found else ""


def test_buying_behaviour_is_urgent_with_its_time_and_evidence() -> None:
    found = immediate(asked((0, "Newsletter"), (1, "Demo request")), a_model())

    assert found is not None
    assert (found.name, found.at) == ("Demo request", MONDAY + DAY)
    assert found.evidence == {"form": "Demo request"}
    assert found.lapses_at is None


def test_nothing_is_urgent_where_nothing_asks_for_it() -> None:
    assert immediate(asked((0, "Newsletter")), a_model()) is None
    assert immediates(asked((0, "Demo request")), Model(a_check())) == ()


@pytest.mark.parametrize(
    ("lasts", "since", "name"),
    [
        (None, 0, "Demo request"),
        (None, 0.5, "Contact sales"),
        (None, 3, ""),
        (DAY, 0.5, "Demo request"),
        (DAY, 1, "Contact sales"),
        (DAY, 3, ""),
    ],
)
def test_what_came_before_counts_until_it_lapses(
    lasts: timedelta | None, since: float, name: str
) -> None:
    history = asked((0, "Demo request"), (2, "Contact sales"))

    assert found_name(history, MONDAY + since * DAY, lasts) == name


@given(order=st.permutations(asked((0, "Contact sales"), (1, "x"), (2, "Demo request"), (3, "y"))))
def test_the_first_is_the_first_that_happened_not_the_first_that_was_learned(
    order: list[Fact],
) -> None:
    assert found_name(order, None, None) == "Contact sales"


def test_a_late_word_of_something_earlier_makes_it_the_first() -> None:
    model = a_model(urgent(at="form_at"))
    news = told(5, form="Demo request", form_at=(MONDAY + DAY).isoformat())

    found = immediate([told(4, form="Demo request"), told(4.5, form="x"), news], model)

    assert found is not None
    assert found.at == MONDAY + DAY
