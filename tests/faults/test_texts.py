"""A lead's own words in tasks: they are shown as they are, harmless, and never read as anything."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import Text
from slasync.domain.languages import Language, Locale
from slasync.domain.state import Cycle
from slasync.domain.wording import PLACEHOLDERS, SUBJECT_LENGTH, Occasion, clean, render
from tests.builders import ANA, MIA, MONDAY, a_lead
from tests.faults.marks import fault

TEXT = Text("Call $lead of $company", "Score $score. $$5. $email")
STEERING = [chr(code) for code in (*range(9), *range(11, 32), 127)]
DIRECTIONS = "\u202a\u202b\u202d\u202e\u2066"
UNSEEN = "\u200b\u200e\u200f\u202c\u2067\u2068\u2069\ufeff\u061c\x85\x9b"
templates = st.sampled_from([
    "$phone", "${email}", "$$", "$", "{owner}", "{0.__class__}", "%(email)s", "{{7*7}}", "${7*7}",
    "<script>alert(1)</script>", "=HYPERLINK()", "#{system}",
])  # fmt: skip


def an_occasion(**fields: Any) -> Occasion:
    return Occasion(
        lead=a_lead(**fields),
        cycle=Cycle("c", MONDAY, "score", {}, MONDAY),
        owner=ANA,
        manager=MIA,
        rung="day_1",
        due=None,
        now=MONDAY,
        stage="mql",
        touches=0,
        locale=Locale(Language.EN, ZoneInfo("Europe/Berlin")),
    )


@fault("S6")
@given(name=templates, company=templates | st.text(max_size=20))
def test_what_looks_like_a_template_is_shown_as_it_is(name: str, company: str) -> None:
    subject, body = render(TEXT, an_occasion(first_name="", last_name=name, company=company))

    assert subject.startswith(f"Call {name} of")
    assert "Score " in body
    assert "$5" in body


@fault("S6")
@pytest.mark.parametrize("text", ["$password", "${__class__}", "$lead.key", "${lead.key}"])
def test_a_text_names_nothing_but_what_it_may(text: str) -> None:
    try:
        subject, _ = render(replace(TEXT, subject=text), an_occasion(last_name="Reed"))
    except (KeyError, ValueError):
        return
    assert "Reed.key" in subject  # `$lead`, and then the words ".key"


@fault("S5")
@given(name=st.text(max_size=400), company=st.text(max_size=400))
def test_a_subject_is_one_line_of_bearable_length_without_steering_characters(
    name: str, company: str
) -> None:
    subject, body = render(TEXT, an_occasion(last_name=name, company=company))

    assert len(subject) <= SUBJECT_LENGTH
    assert not set(subject) & {*STEERING, "\n", "\r", *DIRECTIONS}
    assert not set(body) & {*STEERING, *DIRECTIONS}


@fault("S5")
@pytest.mark.parametrize("unseen", UNSEEN, ids=lambda c: f"{ord(c):04x}")
def test_characters_that_nobody_sees_are_left_out(unseen: str) -> None:
    assert unseen not in clean(f"Ada{unseen}Lovelace")


def test_every_placeholder_has_a_value() -> None:
    every = Text(" ".join(f"${name}" for name in sorted(PLACEHOLDERS)))

    assert "$" not in render(every, an_occasion(last_name="Reed"))[0]
