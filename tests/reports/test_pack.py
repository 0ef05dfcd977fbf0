"""The pack: the same figures in four forms and two languages, whatever leads call themselves."""

import csv
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.figures.kpis import Chapter, Contents, Measure, Note, Series
from slasync.domain.figures.maturity import QUESTIONS, Assessment, assessed
from slasync.reports.kpis import Cost, Figures
from slasync.reports.pack import LANGUAGES, Pack, Speech, rendered
from slasync.reports.pack.charts import chart
from slasync.reports.pack.data import harmless, values
from slasync.reports.pack.words_de import WORDS as GERMAN
from slasync.reports.pack.words_en import WORDS as ENGLISH
from tests.builders import ANA, DAY, HOUR, a_fact, called
from tests.faults.marks import fault
from tests.reports.month_books import (
    AT,
    MARCH,
    MonthBooks,
    converted,
    fired,
    opportunity,
)

EVIL = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example")'
FORMULAS = Path(__file__).parents[2] / "docs" / "kpis.md"


@pytest.fixture
def found(sqlite_engine: Engine) -> Figures:
    """A month with something in every chapter."""
    books = MonthBooks(sqlite_engine)
    won = {"closed": True, "won": True, "closes": "2026-03-20", "amount": 1234.5}
    made = AT + 2 * HOUR
    books.lead(
        AT, called(AT + HOUR), converted(made, "006A"), opportunity(made, "006A", **won),
        source=FORMULA, campaign=EVIL, company=EVIL,
    )  # fmt: skip
    books.lead(AT, fired(AT + DAY, "day_1"), source="Fair", company="Acme")
    recycled = a_fact(FactKind.STATUS, AT + DAY, {"status": "Nurturing"}, by=ANA)
    books.lead(AT, recycled, source="-1+1", company="+49")
    books.lead(AT - 30 * DAY, called(AT))
    return books.figures(costs=[Cost(MARCH, "Fair", "", Fraction(100), 50)])


def a_pack(found: Figures, language: str = "en", assessment: Assessment | None = None) -> Pack:
    return Pack(found, Speech(language, found.zone, found.currency), assessment)


def only(pack: Pack, form: str) -> str:
    return next(iter(rendered(pack, form).values()))


# words


def test_both_languages_say_the_same_things() -> None:
    assert GERMAN.keys() == ENGLISH.keys()
    placeholders = re.compile(r"\{\w+\}")
    for key, words in ENGLISH.items():
        assert sorted(placeholders.findall(words)) == sorted(placeholders.findall(GERMAN[key])), key


def test_every_figure_and_table_has_its_words(found: Figures) -> None:
    for contents in found.chapters.values():
        for figure in contents.figures:
            for language in LANGUAGES:
                speech = Speech(language, found.zone)
                assert speech.title(figure.name)
                assert speech.how(figure.name)
        for table in contents.tables:
            assert f"table.{table.name}" in ENGLISH
            assert all(f"column.{name}" in ENGLISH for name, _ in table.columns), table.name


def test_every_figure_has_its_formula_in_the_manual(found: Figures) -> None:
    written = set(re.findall(r"^\| `([\w.]+)` \|", FORMULAS.read_text("utf-8"), re.MULTILINE))
    names = {f.name for contents in found.chapters.values() for f in contents.figures}
    of_clocks = {name for name in names if name.startswith("owed.")}
    optional = {"quota", "owed_by_now", "owed_in_all", "enrolment", "completeness", "owed.CLOCK"}
    assert names - of_clocks - written == set()
    assert written - names - optional == set()


# for machines


def test_text_that_a_spreadsheet_would_run_is_made_text() -> None:
    for text in (
        "=1+1",
        "+49 30",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "'=1",
        "\uff1d1",
    ):
        assert harmless(text) == f"'{text}"
    for text in ("Fair", "a=b", "5-4", "", "x@y.example"):
        assert harmless(text) == text


@fault("S4")
def test_in_csv_numbers_stay_numbers_and_formulas_become_text(found: Figures) -> None:
    files = rendered(a_pack(found), "csv")
    sources = list(csv.DictReader(StringIO(files["2026-03-by_source.csv"])))
    by_source = {row["source"]: row for row in sources}
    assert by_source[f"'{FORMULA}"]["revenue"] == "1234.5"
    assert "'-1+1" in by_source
    assert by_source["Fair"]["roi"] == "-1"  # a number below nothing, and still a number
    figures = {row["figure"]: row for row in csv.DictReader(StringIO(files["2026-03.csv"]))}
    assert figures["mql_to_sal"]["value"] == "0.3333333333"
    assert figures["mql_to_sal"]["alarm"] == "may"


def test_german_csv_is_as_german_spreadsheets_read_it(found: Figures) -> None:
    files = rendered(a_pack(found, "de"), "csv")
    rows = csv.DictReader(StringIO(files["2026-03.csv"]), delimiter=";")
    assert {row["figure"]: row["value"] for row in rows}["won_value"] == "1234,5"


def test_json_has_every_chapter_and_says_its_schema(found: Figures) -> None:
    told = json.loads(only(a_pack(found), "json"))
    assert told["schema"] == "slasync.pack/1"
    assert set(told["chapters"]) == {chapter.value for chapter in Chapter}
    figure = told["chapters"]["acceptance"]["figures"]["mql_to_sal"]
    assert (figure["count"], figure["of"], figure["open"]) == (1, 3, 1)
    assert (figure["target"], figure["alarm_below"]) == (0.6, 0.5)
    assert told["chapters"]["response"]["series"]["handed_over"]["months"]["2026-02"] == 1
    assert told["currency"] == "EUR"


# for people


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.asked: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.targets.append(value or "")
            if name in {"src", "srcset", "data"}:
                self.asked.append(value or "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_else_and_runs_nothing(found: Figures, language: str) -> None:
    text = only(a_pack(found, language), "html")
    page = Page(text)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert page.asked == []
    assert all(target.removeprefix("#") in page.ids for target in page.targets)
    assert EVIL not in text
    assert "&lt;script&gt;" in text
    assert len(page.ids) == len(set(page.ids))
    assert f'<html lang="{language}">' in text


def test_every_table_of_the_page_says_what_it_is_and_every_chart_too(found: Figures) -> None:
    page = only(a_pack(found), "html")
    drawn = re.findall(r"<svg [^>]*>", page)
    assert drawn
    assert all('role="img"' in svg and "aria-label=" in svg for svg in drawn)
    assert page.count('<th scope="col"') > 20


def test_the_alarm_stands_at_the_top_of_page_and_text(found: Figures) -> None:
    page, text = only(a_pack(found), "html"), only(a_pack(found, "de"), "md")
    assert "MQL to SAL: 33.3 % so far, the alarm is set below 50.0 %" in page
    assert "Vom MQL zum SAL: bisher 33,3 %" in text
    assert text.index("Alarme") < text.index("Reaktion")
    assert "slasync calibrate sample 100" in page


def test_markdown_shows_what_it_is_given_and_no_more(found: Figures) -> None:
    text = only(a_pack(found), "md")
    assert EVIL not in text
    assert "\\<script\\>" in text
    assert "# Marketing and sales, March 2026" in text
    assert "| Order intake | 1,235 EUR |" in text


def test_it_says_of_when_it_is_and_by_which_agreement(found: Figures) -> None:
    pack = a_pack(found)
    text = only(pack, "md")
    assert "As of 2026-04-10 00:00. What happened is known up to 2026-04-10 00:00" in text
    assert "The month is over. What is learned later still corrects these figures." in text
    assert "version 1 (edition 000000000000)" in text


def test_the_last_assessment_is_part_of_it(found: Figures) -> None:
    answers = dict(zip(QUESTIONS, (5, 3, 3, 1), strict=True))
    assessment = assessed(answers, datetime(2026, 3, 5, tzinfo=UTC))
    pack = a_pack(found, assessment=assessment)
    assert "12 of 20 points: transition" in only(pack, "html")
    assert "12 of 20 points: transition" in only(pack, "md")
    assert json.loads(only(pack, "json"))["assessment"]["points"] == 12
    assert "Nobody has assessed it yet" in only(a_pack(found), "html")


# how values are written


def test_values_are_written_as_each_language_does() -> None:
    english, german = (Speech(language, found_zone(), "EUR") for language in ("en", "de"))
    assert english.value(Fraction(1, 3), Measure.SHARE) == "33.3 %"
    assert german.value(Fraction(1, 3), Measure.SHARE) == "33,3 %"
    assert english.value(Fraction(-1, 8), Measure.GROWTH) == "-12.5 %"
    assert english.value(Fraction(1, 8), Measure.GROWTH) == "+12.5 %"
    assert english.value(Fraction(90), Measure.WORKING) == "1 h 30 min"
    assert english.value(Fraction(119, 2), Measure.WORKING) == "1 h 00 min"
    assert english.value(Fraction(7200), Measure.WORKING) == "120 h"
    assert german.value(Fraction(10_005_534), Measure.MONEY) == "10.005.534 EUR"
    assert english.value(Fraction(2929, 200), Measure.DAYS) == "14.6 d"
    assert english.value(None, Measure.SHARE) == "\u2013"
    assert english.value(Fraction(-1, 10_000), Measure.SHARE) == "0.0 %"


def found_zone() -> ZoneInfo:
    return ZoneInfo("Europe/Berlin")


# charts


def a_series(*values: int | None) -> Series:
    months = tuple(f"2026-{number:02}" for number in range(1, len(values) + 1))
    told = tuple(None if value is None else Fraction(value, 10) for value in values)
    return Series("mql_to_sal", Measure.SHARE, months, told)


def test_a_line_is_not_drawn_over_months_of_which_nothing_is_known() -> None:
    speech = Speech("en", found_zone())
    drawn = chart(a_series(5, 6, None, 7, 8), speech)
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 4
    assert "<title>Jan 26: 50.0 %</title>" in drawn


def test_of_nothing_no_chart_is_drawn() -> None:
    speech = Speech("en", found_zone())
    assert chart(a_series(None, None), speech) == ""
    assert Contents().series == ()


def test_the_target_is_drawn_where_one_is_agreed() -> None:
    speech = Speech("en", found_zone())
    assert "Target 90.0 %" in chart(a_series(5, 6), speech, Fraction(9, 10))
    assert "target" not in chart(a_series(5, 6), speech)


def test_times_are_told_in_the_report_s_zone_and_language(found: Figures) -> None:
    began = datetime(2026, 3, 2, 10, 31, 10, 33096, tzinfo=UTC)
    later = replace(found, notes=(Note(name="began_later", at=began),))

    assert "slasync began to judge on 2026-03-02 11:31:" in a_pack(later).notes[0]
    assert "slasync urteilt erst seit 02.03.2026 11:31:" in a_pack(later, "de").notes[0]
    assert values(a_pack(later))["notes"] == [{"note": "began_later", "at": began.isoformat()}]
    assert re.search(r"\d{4}-\d\d-\d\d", only(a_pack(found, "de"), "md")) is None
