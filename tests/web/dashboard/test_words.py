"""The words of both languages: the same keys, the same places to fill, and all of them there."""

import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import slasync.web.dashboard as package
from slasync.domain.access import Rank
from slasync.domain.agreement import End
from slasync.domain.explaining.explanation import RungState
from slasync.domain.languages import Language
from slasync.store.held import Fate
from slasync.web.dashboard.languages import CATALOGUES, Speech, chosen
from slasync.web.dashboard.menu import GROUPS
from slasync.web.dashboard.pages.overview import TONES

HERE = Path(package.__file__).parent
TEMPLATES = sorted((HERE / "templates").glob("*.html"))
SAID = re.compile(r"""\bt\(\s*"([a-z_.0-9]+)"\s*[,)]""")
CODE = re.compile(r'"((?:promise|login|parked|held|sessions|time|span)\.[a-z_.]+)"')


def places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert set(CATALOGUES[Language.DE]) == set(CATALOGUES[Language.EN])


def test_both_languages_fill_the_same_places() -> None:
    german, english = CATALOGUES[Language.DE], CATALOGUES[Language.EN]

    assert not {k for k in english if places(english[k]) != places(german[k])}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_word_that_a_template_says_is_there(template: Path) -> None:
    said = set(SAID.findall(template.read_text("utf-8")))

    assert said <= set(CATALOGUES[Language.EN])


def named() -> Iterator[str]:
    """Yield the keys that are put together while a page is made."""
    yield from (f"rung.state.{state.value}" for state in RungState)
    yield from (f"stop.{end.value}" for end in End if end is not End.UNBEGUN)  # never agreed
    yield from (f"fate.{fate.value}" for fate in Fate)
    yield from (f"rank.{rank.value}" for rank in Rank)
    yield from (f"tone.{tone}" for tone in TONES.values())
    yield from (f"state.{state}" for state in TONES)
    yield from (f"group.{name}" for name, _ in GROUPS)
    yield from (f"menu.{item.name}" for _, items in GROUPS for item in items)


@pytest.mark.parametrize(
    ("language", "day", "share"),
    [
        (Language.EN, "5 Jan", "65\N{NO-BREAK SPACE}%"),
        (Language.DE, "05.01.", "65\N{NO-BREAK SPACE}%"),
    ],
)
def test_a_chart_s_day_and_a_share_are_written_as_the_language_does(
    language: Language, day: str, share: str
) -> None:
    at = datetime(2026, 1, 4, 23, 30, tzinfo=UTC)  # past midnight in Berlin
    speech = Speech(language, ZoneInfo("Europe/Berlin"), at)

    assert (speech.short_day(at), speech.share(65, 100)) == (day, share)


def test_every_key_that_is_put_together_is_there() -> None:
    assert set(named()) <= set(CATALOGUES[Language.EN])


def test_every_key_that_the_code_names_is_there() -> None:
    said = {key for path in HERE.rglob("*.py") for key in CODE.findall(path.read_text("utf-8"))}
    known = set(CATALOGUES[Language.EN])

    assert {k for k in said if k not in known and f"said.{k}" not in known} <= {
        "held.html", "parked.html", "login.html",  # files
        "parked.retry", "sessions.end",  # deeds, as the audit has them
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "de-DE,de;q=0.9,en;q=0.8", "de"),
        ("", "fr,en;q=0.5,de;q=0.7", "de"),
        ("", "en-GB", "en"),
        ("de", "en", "de"),
        ("xx", "", "en"),
        ("", "de;q=0, en;q=0.1", "en"),
        ("", ";q=x,,", "en"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_one_the_browser_likes_best(
    cookie: str, accepted: str, language: str
) -> None:
    assert chosen(cookie, accepted) == language
