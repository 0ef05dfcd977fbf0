"""Sentences are recorded in English; each is known again and told to German readers in German."""

from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from slasync.domain import counting, recorded
from slasync.domain.books.recorded_en import RECORDED_EN
from slasync.domain.languages import Language, Locale
from slasync.domain.recorded import retold, said
from tests.builders import MONDAY

GERMAN = Locale(Language.DE, ZoneInfo("Europe/Berlin"), named=False)
ENGLISH = Locale(Language.EN, ZoneInfo("Europe/Berlin"), named=False)
AT = MONDAY.isoformat()
LIKELY = {
    "account": "account Acme (website acme.example)", "address": "ana@sandbox.example", "at": AT,
    "candidates": "Acme (001A), 30 points: name Acme", "clock": "first_touch", "company": "Acme",
    "condition": "country == 'DE'", "day": "2026-03-09", "end": "converted",
    "evidence": "website acme.example, name Acme", "first": "2026-01-01", "instead": "owner",
    "last": "2026-12-31", "missed": "large: size == 'L' is not met, size is unknown",
    "mode": "shadow", "others": "ben@sandbox.example at 3", "outcome": "refused",
    "over": "ben@sandbox.example is absent", "role": "manager", "rule": "germans",
    "rung": "day_1", "start": "attempt", "time": "09:00", "to": "to ana@sandbox.example",
    "usual": "5 tasks since 09:00: more than 3 times the 1 that is usual at that hour",
    "values": "country is 'FR', size is unknown", "way": ", path newsletter",
}  # fmt: skip
NUMBERS = {"days", "each", "factor", "median", "minutes", "most", "n", "points", "share", "total",
           "turn"}  # fmt: skip
SENTENCES = {
    "said.canary": {"what": "5 % of leads"},
    "said.mode": {"what": "the deployment: shadow"},
    "said.most_careful": {"what": "team inbound: observe"},
}


def filled(key: str) -> str:
    """Return a sentence as it may be recorded."""
    values = {
        name: LIKELY.get(name, "7" if name in NUMBERS else f"<{name}>") for name in names(key)
    }
    return counting.filled(RECORDED_EN[key], values | SENTENCES.get(key, {}))


def names(key: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(RECORDED_EN[key]) if name]


@pytest.mark.parametrize("key", RECORDED_EN)
def test_every_sentence_is_known_again_by_the_phrase_it_was_made_from(key: str) -> None:
    found = recorded._read(filled(key))  # noqa: SLF001 - what is read out of it is tested

    assert found is not None
    assert found[0] == key


@pytest.mark.parametrize("key", RECORDED_EN)
def test_a_sentence_told_in_english_again_says_the_same(key: str) -> None:
    text = filled(key)
    told = retold(text, ENGLISH)

    assert told.replace("Mon 2 Mar 2026, 10:00", AT).replace("9 Mar 2026", "2026-03-09").replace(
        "1 Jan 2026", "2026-01-01"
    ).replace("31 Dec 2026", "2026-12-31") == text  # fmt: skip


TOLD_IN_GERMAN = {
    said("handed_over", definition="score", at=MONDAY): (
        "übergeben: score war erfüllt Mo, 02.03.2026, 10:00 Uhr"
    ),
    (
        "owner changed: rule germans: round robin in dach: ana@x.example is next at turn 2.5,"
        " before ben@x.example at 3; passed over: eve@x.example is absent, kim@x.example has 5"
        " open leads, 5 are the most; not by large: size == 'L' is not met, size is unknown; nor by"
        " partners: the CRM has no queue Partner"
    ): (
        "zuständige Person geändert: Regel germans: reihum in dach: ana@x.example ist an der"
        " Reihe (Runde 2,5), vor ben@x.example (Runde 3); übergangen: eve@x.example ist"
        " abwesend, kim@x.example hat 5 offene Leads, 5 sind das Höchste; nicht nach large:"
        " size == 'L' ist nicht erfüllt, size ist unbekannt; noch nach partners: das CRM hat keine"
        " Warteschlange Partner"
    ),
    (
        "own_accounts: 2 accounts fit, none clearly: Acme (001A), 30 points: name Acme; Acme"
        " Inc (001B), 30 points: name Acme Inc; the CRM has no contact of this person that"
        " somebody owns"
    ): (
        "own_accounts: 2 Firmen passen, keine eindeutig: Acme (001A), 30 Punkte: Name Acme;"
        " Acme Inc (001B), 30 Punkte: Name Acme Inc; das CRM hat keinen Kontakt dieser Person,"
        " für den jemand zuständig ist"
    ),
    "day_9: given back to marketing, lost, path newsletter, back on 2026-06-01, as was chosen": (
        "day_9: zurück an das Marketing, lost, Pfad newsletter, zurück am 01.06.2026, wie gewählt"
    ),
    (
        "mode shadow from now on, no team's lead, so the most careful mode: team inbound:"
        " canary, 5 % of leads, this is none of them"
    ): (
        "ab jetzt Modus shadow, Lead keines Teams, also der vorsichtigste Modus: Team inbound:"
        " canary, 5 % der Leads, dieser gehört nicht dazu"
    ),
    (
        "5 tasks since 09:00: more than 3 times the 1.5 that are usual at that hour; 30 counted"
        " tasks in an hour, 25 for one owner; the caps are 200 and 20"
    ): (
        "5 Aufgaben seit 09:00 Uhr: mehr als das 3-Fache der 1,5, die zu dieser Stunde üblich"
        " sind; 30 gezählte Aufgaben in einer Stunde, 25 für eine Person; die Obergrenzen sind"
        " 200 und 20"
    ),
    "given up after 3 attempts: refused: REQUIRED_FIELD_MISSING": (
        "nach 3 Versuchen aufgegeben: abgelehnt: REQUIRED_FIELD_MISSING"
    ),
    "closed.dispute_accepted": "Von slasync geschlossen: Dem Einspruch wurde stattgegeben.",
}


@pytest.mark.parametrize(("text", "german"), TOLD_IN_GERMAN.items())
def test_sentences_within_sentences_are_told_in_german(text: str, german: str) -> None:
    assert retold(text, GERMAN) == german


def test_one_is_told_as_one_in_both_languages_however_it_was_recorded() -> None:
    now = said("rung_fired", clock="first_touch", rung="day_0", at=MONDAY, n=1)
    older = now.replace("1 effect", "1 effects")

    assert now.endswith(": 1 effect")
    assert retold(older, ENGLISH) == retold(now, ENGLISH)
    assert retold("1 tasks since 09:00: more than 3 times the 1 that are usual at that hour",
                  ENGLISH).startswith("1 task since")  # fmt: skip
    assert retold("has 1 open leads, 1 are the most", GERMAN) == (
        "hat 1 offenen Lead, 1 ist das Höchste"
    )


@pytest.mark.parametrize(
    "text",
    ["", "REQUIRED_FIELD_MISSING: Company", "moved by hand", "chosen in the old days, with care"],
)
def test_what_no_phrase_fits_is_told_as_it_stands(text: str) -> None:
    assert retold(text, GERMAN) == text


def test_words_that_never_end_are_told_as_they_stand_in_the_end() -> None:
    told = retold("ana@x.example " * 2000, GERMAN)

    assert told.count("ana@x.example") == 2000


def test_what_only_looks_like_a_time_is_told_as_it_stands() -> None:
    assert retold("dispute refused at 2026-13-99Tnoon", GERMAN) == (
        "Einspruch abgelehnt 2026-13-99Tnoon"
    )
