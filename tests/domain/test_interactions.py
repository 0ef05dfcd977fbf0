"""What a lead did last, as whoever is to call reads it; the programmes it was in before."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.agreement import Text
from slasync.domain.decide import decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.interactions import Interaction, Traced, interactions
from slasync.domain.languages import Language, language_of
from slasync.domain.lead import User
from slasync.domain.nurture import Nurture, Path
from slasync.domain.writes import Action
from tests.builders import (
    ANA,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    POOL,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    owned,
    scored,
    status,
    terms,
)

FORM = Traced("form", "form_at")
PAGE = Traced("page")
OF_ANA = (owned(MONDAY - 10 * DAY), scored(MONDAY))


def did(at: datetime, **fields: Any) -> Fact:
    return a_fact(FactKind.CHANGED, at, fields, source="hubspot")


def test_the_latest_comes_first_and_its_time_is_the_system_s() -> None:
    sent = did(MONDAY, form="Demo request", form_at=(MONDAY - HOUR).isoformat())
    read = did(MONDAY + HOUR, page="Prices")

    assert interactions([read, sent], [FORM, PAGE]) == (
        Interaction(MONDAY + HOUR, "page", "Prices"),
        Interaction(MONDAY - HOUR, "form", "Demo request"),
    )


def test_the_same_form_again_is_another_and_the_same_news_again_is_not() -> None:
    first = did(MONDAY, form="Demo request", form_at=MONDAY.isoformat())
    again = did(MONDAY + DAY, form_at=(MONDAY + DAY).isoformat())
    twice = did(MONDAY + 2 * DAY, form="Demo request")

    found = interactions([first, again, twice], [FORM])

    assert [each.at for each in found] == [MONDAY + DAY, MONDAY]


def test_no_more_than_five_are_told_and_a_cleared_field_is_none() -> None:
    many = [did(MONDAY + n * MINUTE, page=f"Page {n}") for n in range(9)]
    cleared = did(MONDAY + HOUR, page=None)

    found = interactions([*many, cleared], [PAGE])

    assert [each.value for each in found] == [f"Page {n}" for n in (8, 7, 6, 5, 4)]


def test_where_no_field_tells_nothing_is_told() -> None:
    assert interactions([did(MONDAY, page="Prices")], []) == ()


def body(text: str, facts: list[Fact], now: datetime = MONDAY, **changes: Any) -> str:
    roster = changes.pop("roster", None) or a_roster()
    agreement = an_agreement(texts={"remind": Text("Call", text)}, traced=(FORM, PAGE), **changes)
    decision = decide(a_lead(), facts, terms(now, agreement=agreement, roster=roster))
    [task] = [w for w in decision.writes if w.action is Action.TASK]
    return str(task.values["text"])


def test_a_task_names_them_with_their_times() -> None:
    sent = did(MONDAY, form="Demo request", form_at=MONDAY.isoformat())

    assert body("Lately: $interactions", [*OF_ANA, sent]) == (
        "Lately: form Demo request, Mon 2 Mar 2026, 09:00"
    )
    assert body("Lately: $interactions", [*OF_ANA]) == "Lately: nothing"


def test_a_task_names_the_programme_that_the_lead_was_in_and_what_it_is() -> None:
    path = Path(
        name="no_answer", reasons=frozenset({"not reached"}), default=True,
        what={"en": "the newsletter", "de": "der Newsletter"},
    )  # fmt: skip
    before = [
        owned(MONDAY - 10 * DAY), scored(MONDAY - 5 * DAY), status(MONDAY - 6 * DAY, "New"),
        status(MONDAY - 4 * DAY, "Nurturing"), scored(MONDAY - DAY, 10), scored(MONDAY, 90),
    ]  # fmt: skip
    nurture = Nurture(paths=(path,))
    first = decide(
        a_lead(), before[:3], terms(MONDAY - 5 * DAY, agreement=an_agreement(nurture=nurture))
    )

    told = body("So far: $nurture", [*before, *first.facts], nurture=nurture)

    assert told == "So far: no answer since Thu 26 Feb 2026, 09:00 (the newsletter)"
    assert body("So far: $nurture", [*OF_ANA]) == "So far: none"


def test_attempts_are_told_with_the_number_that_is_enough() -> None:
    clock = an_agreement().clocks[0]
    rungs = tuple(replace(rung, attempts_below=6) for rung in clock.rungs)

    assert body("$attempts_of", [*OF_ANA]) == "0"
    assert body("$attempts_of", [*OF_ANA], clocks=(replace(clock, rungs=rungs),)) == "0 of 6"


# in whose language

GERMAN = replace(POOL, language=Language.DE)


def said_to(user: User, **changes: Any) -> str:
    pool = replace(POOL, **changes)
    return body("$what_counts", [*OF_ANA], roster=a_roster(user, pool=pool))


def test_a_user_is_written_to_in_the_language_of_the_crm() -> None:
    assert "genügt" in said_to(replace(ANA, language=Language.DE))
    assert "stops this" in said_to(replace(ANA, language=Language.EN), language=Language.DE)


def test_what_teams_yaml_says_of_a_person_comes_first() -> None:
    own = {"ana@sandbox.example": Language.EN}

    assert "stops this" in said_to(replace(ANA, language=Language.DE), languages=own)


def test_a_language_that_slasync_does_not_speak_falls_back_to_the_pool_s() -> None:
    assert language_of("fr_CA") is None
    assert "genügt" in said_to(replace(ANA, language=language_of("fr")), language=Language.DE)


def test_locales_are_read_as_systems_name_them() -> None:
    keys = ["de", "de_AT", "de-CH", "en_US", "EN", "", None, "nl_NL", "deu"]

    assert [language_of(key) for key in keys] == [
        Language.DE, Language.DE, Language.DE, Language.EN, Language.EN, None, None, None, None,
    ]  # fmt: skip
