"""The agreement as a document, in German and English."""
# ruff: noqa: RUF001 - dashes and signs as the languages have them

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from slasync.domain.agreement import EffectKind, End, Follows, OnReassign, Stage, Start, Trigger
from slasync.domain.facts import Grade
from slasync.domain.identity.company import By
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.wording import PLACEHOLDERS
from slasync.domain.writes import Role
from slasync.reports.agreement import LANGUAGES, render
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import (
    bullets,
    code,
    document,
    heading,
    marked,
    plain,
    table,
)
from slasync.reports.agreement.rule_words import rule
from tests.reports.papers import AGREEMENT, CALENDARS, HERE, TEAMS, shipped, small

ENGLISH, GERMAN = LANGUAGES["en"], LANGUAGES["de"]
BOTH = pytest.mark.parametrize("language", ["de", "en"])
NINE = re.compile(r"^## (\d)\. ", re.MULTILINE)


@BOTH
def test_the_document_reads_like_the_one_kept_beside_the_tests(
    tmp_path: Path, language: str
) -> None:
    kept = (HERE / f"agreement_{language}.md").read_text("utf-8")

    assert render(small(tmp_path), language) == kept


@BOTH
def test_where_no_probabilities_are_agreed_the_document_says_whose_count(
    tmp_path: Path, language: str
) -> None:
    agreed = (HERE / "signed" / AGREEMENT).read_text("utf-8")
    stages = agreed[agreed.index("  opportunities:") : agreed.index("scoring:")]

    text = render(small(tmp_path, (AGREEMENT, stages, "")), language)

    words = {"de": "es gelten die des CRM", "en": "are agreed: the CRM's count"}
    assert words[language] in text


@BOTH
def test_the_shipped_agreement_has_its_nine_parts_in_their_order(
    tmp_path: Path, language: str
) -> None:
    text = render(shipped(tmp_path), language)

    assert NINE.findall(text) == [str(number) for number in range(1, 10)]


def test_every_rung_says_when_it_comes_and_who_gets_what(tmp_path: Path) -> None:
    text = render(shipped(tmp_path), "de")

    assert (
        "| nach 2 Arbeitstagen | Aufgabe für die zuständige Person: „Letzte Erinnerung: ‹Name›,"
        " ‹Firma›, seit ‹Alter› nicht kontaktiert. Kontakt bis ‹Frist›“ (auf Englisch: „Last"
        " reminder: ‹Name›, ‹Firma›, untouched for ‹Alter›. Get in touch by ‹Frist›“); Aufgabe für"
        " deren Führungskraft: „Seit ‹Alter› nicht kontaktiert: ‹Name›" in text
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "de",
            [
                "Wer einen Lead hat, darf ihn zurückstellen; dann ruhen: Erster Kontakt",
                "jedes Mal spätestens nach 5 Arbeitstagen zu Ende", "2-mal in einem Zyklus",
                "nur mit einem Grund", "Die Führungskraft entscheidet binnen 1 Arbeitstag",
            ],
        ),
        (
            "en",
            [
                "Who has a lead may put it aside; then these rest: First touch",
                "each time for 5 business days at most", "2 times in a cycle",
                "with a reason only", "The manager decides within 1 business day",
            ],
        ),
    ],
)  # fmt: skip
def test_what_reps_may_ask_for_is_part_of_what_is_signed(
    tmp_path: Path, language: str, said: list[str]
) -> None:
    parts = (
        "snooze: {clocks: [first_touch], at_most: 5 business_days, times: 2}\n"
        "dispute: {clocks: [processing], text: decide_now}\n\ninteractions:\n"
    )
    text = render(shipped(tmp_path, (AGREEMENT, "interactions:\n", parts)), language)

    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "1.5 business hours after the start"),
        ("de", "zum Ablauf von 1,5 Arbeitsstunden nach Beginn"),
        ("en", "EUR 1,250,000.50"),
        ("de", "1.250.000,50 EUR"),
        ("en", "62.5, rounded up to 63"),
        ("de", "62,5, aufgerundet 63"),
        ("en", "1 July 2026, 00:00 (UTC+02:00)"),
        ("de", "1. Juli 2026, 00:00 Uhr (UTC+02:00)"),
        ("en", "within 1 day and 12 hours of the return"),
        ("de", "innerhalb von 1 Tag und 12 Stunden nach der Rückgabe"),
        ("en", "Monday and Tuesday 09:00–12:30 and 13:30–17:30; Saturday 22:00–06:00 (next day)"),
        ("de", "Montag und Dienstag 09:00–12:30 Uhr und 13:30–17:30 Uhr; Samstag 22:00–06:00 Uhr"),
    ],
)
def test_figures_are_written_as_the_language_writes_them(
    tmp_path: Path, language: str, words: str
) -> None:
    assert words in render(small(tmp_path), language)


# the goal


def test_a_figure_by_hand_counts_and_the_formula_is_shown_beside_it(tmp_path: Path) -> None:
    change = (AGREEMENT, "  currency: EUR\n", "  currency: EUR\n  mqls_a_month: 150\n")
    english = render(small(tmp_path / "a", change), "en")
    german = render(small(tmp_path / "b", change), "de")

    assert "150 (set by hand: this figure counts; the formula gives 210)" in english
    assert "÷ 6 = 210" in english
    assert "150 (von Hand gesetzt: diese Zahl gilt; aus der Formel folgen 210)" in german
    assert "150 a month" in english  # what marketing owes is the figure that counts


def test_a_goal_that_no_figure_follows_from_says_what_is_missing(tmp_path: Path) -> None:
    text = render(small(tmp_path, (AGREEMENT, "  average_deal: 20000\n", "")), "en")

    assert "**Average deal:** not agreed" in text
    assert "**MQLs a month:** not agreed" in text
    assert "does not follow from a revenue goal. Not agreed: Average deal." in text


# what is not there


MISSING = {
    "scoring:\n  computed_by: HubSpot\n  fit: [company size]\n": "No scoring model is agreed.",
    "review_every: 90 d\n": "**Review by both heads:** not agreed",
    "  order: [lead, mql, customer]\n": "**Order:** not agreed",
    "  moves: {lead: [mql], mql: [customer, lead]}\n": "**Allowed moves:** not agreed",
    "effective_from: 2026-07-01T00:00:00+02:00\n": "from:** slasync's first start",
    "    deadline: {after: 1.5}\n": "**Act until:** the next step",
    "    pauses: {statuses: [On hold], absent: true, when: score < 10}\n": "**Pauses:** never",
}


@pytest.mark.parametrize(("part", "said"), MISSING.items())
def test_a_part_that_is_missing_is_said_to_be(tmp_path: Path, part: str, said: str) -> None:
    before = render(small(tmp_path / "a"), "en").count(said)

    assert render(small(tmp_path / "b", (AGREEMENT, part, "")), "en").count(said) == before + 1


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [
        ("nurture:", "kpis:", "No nurture programme is agreed."),
        ("kpis:", "stages:", "No KPIs are agreed."),
        ("  hand_overs:", "  of_status", "No hand-over points are agreed."),
        ("obligations:", "texts:", "Not agreed what marketing owes."),
        ("sign_off:", "", "Nobody has signed this version yet."),
    ],
)
def test_a_block_that_is_missing_is_said_to_be(
    tmp_path: Path, begins: str, ends: str, said: str
) -> None:
    text = (HERE / "signed" / AGREEMENT).read_text("utf-8")
    block = text[text.index(begins) : text.index(ends, text.index(begins)) if ends else None]

    assert said not in render(small(tmp_path / "a"), "en")
    assert said in render(small(tmp_path / "b", (AGREEMENT, block, "")), "en")


# plurals


@pytest.mark.parametrize(
    ("offset", "english", "german"),
    [
        (Offset(1, Unit.BUSINESS_DAYS), "1 business day", "1 Arbeitstag"),
        (Offset(2, Unit.CALENDAR_DAYS), "2 calendar days", "2 Kalendertagen"),
        (Offset(0.5, Unit.BUSINESS_HOURS), "0.5 business hours", "0,5 Arbeitsstunden"),
        (Offset(1200, Unit.BUSINESS_MINUTES), "1,200 business minutes", "1.200 Arbeitsminuten"),
    ],
)
def test_a_span_has_the_right_number(offset: Offset, english: str, german: str) -> None:
    assert (ENGLISH.offset(offset), GERMAN.offset(offset)) == (english, german)


@pytest.mark.parametrize(
    ("span", "english", "german"),
    [
        (timedelta(days=90), "90 days", "90 Tagen"),
        (timedelta(minutes=90), "1 hour and 30 minutes", "1 Stunde und 30 Minuten"),
        (timedelta(seconds=1), "1 second", "1 Sekunde"),
        (timedelta(0), "0 minutes", "0 Minuten"),
    ],
)
def test_a_duration_is_written_by_its_units(span: timedelta, english: str, german: str) -> None:
    assert (ENGLISH.span(span), GERMAN.span(span)) == (english, german)


@pytest.mark.parametrize(
    ("number", "english", "german"),
    [
        (0, "0", "0"),
        (1234567.891, "1,234,567.89", "1.234.567,89"),
        (0.005, "0.01", "0,01"),
        (Fraction(1000, 3), "333.33", "333,33"),
        (10**40, f"{10**40:,}", f"{10**40:,}".replace(",", ".")),
    ],
)
def test_a_number_has_two_decimals_at_most(
    number: float | Fraction, english: str, german: str
) -> None:
    assert (ENGLISH.number(number), GERMAN.number(number)) == (english, german)


def test_a_share_is_exact_to_what_was_written() -> None:
    assert [GERMAN.share(share) for share in (0.07, 0.29, 1.0)] == ["7 %", "29 %", "100 %"]


def test_a_time_names_its_offset() -> None:
    at = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)

    assert ENGLISH.moment(at) == "1 March 2026, 09:05 (UTC)"
    assert GERMAN.day(date(2026, 3, 1)) == "1. März 2026"


@pytest.mark.parametrize(
    ("restarts", "words"),
    [
        (0, "the lead goes to the pool's queue"),
        (1, "the whole ladder, once a cycle;"),
        (2, "the whole ladder, at most 2 times a cycle;"),
    ],
)
def test_restarts_are_counted_in_words(tmp_path: Path, restarts: int, words: str) -> None:
    changes = (AGREEMENT, "restarts: 2", f"restarts: {restarts}")

    assert words in render(shipped(tmp_path, changes), "en")


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ("attempts_from: 1", "after 1 business hour, with 1 attempt or more |"),
        ("attempts_from: 2, attempts_below: 5", "after 1 business hour, with 2 to 4 attempts |"),
        ("attempts_from: 2, attempts_below: 3", "after 1 business hour, with exactly 2 attempts |"),
    ],
)
def test_a_rung_says_after_how_many_attempts_it_counts(
    tmp_path: Path, bounds: str, words: str
) -> None:
    change = (AGREEMENT, "after: 1, attempts_below: 1,", f"after: 1, {bounds},")

    assert words in render(small(tmp_path, change), "en")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("score >= 75.5", "Punktzahl ist mindestens 75,5"),
        ("form in ['A|B', 'C']", "zuletzt gesendetes Formular ist „A\\|B“ oder „C“"),
        ("'Chief' in title", "Funktion enthält „Chief“"),
        ("budget != null and (score < 5 or country == 'US')",
         "`budget` hat einen Wert und (Punktzahl ist unter 5 oder Land ist „US“)"),
        ("score >= 1 and score <= 2 and title == null",
         "Punktzahl ist mindestens 1 und Punktzahl ist höchstens 2 und Funktion hat keinen Wert"),
    ],
)  # fmt: skip
def test_a_simple_rule_is_said_in_words_with_its_own_behind_them(text: str, said: str) -> None:
    assert rule(text, GERMAN) == f"{said} ({code(text)})"


@pytest.mark.parametrize(
    "text",
    [
        "not score >= 75", "title.as_lower == 'ceo'", "form_at > d'2026-01-01'", "score > 0.001",
        "score + 1 > 2", "75 <= score", "score not in [1, 2]", "active == true",
    ],
)  # fmt: skip
def test_a_rule_without_words_stands_as_it_is_written(text: str) -> None:
    assert rule(text, ENGLISH) == code(text)


# nothing is left out


def test_routing_rules_and_territories_are_told_in_their_order(tmp_path: Path) -> None:
    rules = """
  pool: inbound
  rules:
    - {name: big, when: score > 90, to: account_owner}
    - {name: rest_of_world, when: country == 'US', to: {queue: Abroad}}
  territories:
    south: {field: country, values: [IT], starts_with: [E], pool: inbound}
"""
    text = render(
        small(tmp_path, (AGREEMENT, "routing: {pool: inbound}", f"routing:{rules}")), "en"
    )

    told = text[text.index("**Routing.**") : text.index("A step is taken")].strip().splitlines()
    assert told == [
        "**Routing.** For a lead that is handed over, the first of these that fits decides:",
        "",
        (
            "- `big`: score is above 90 (`score > 90`) – to the owner of the account that the"
            " company has in the CRM"
        ),
        "- `rest_of_world`: country is “US” (`country == 'US'`) – to the queue Abroad",
        "- `south`: country (`country`) is IT or E… – to the pool `inbound`",
        "- all others – to the pool `inbound`, to its members in turn",
    ]


def test_how_the_account_of_a_lead_is_found_is_told_where_it_was_agreed(tmp_path: Path) -> None:
    match = "{by: [email, name], providers: [reseller.example], family: top}"
    routing = f"routing: {{pool: inbound, account_match: {match}}}"
    changed = (AGREEMENT, "routing: {pool: inbound}", routing)

    english = render(small(tmp_path / "en", changed), "en")
    german = render(small(tmp_path / "de", changed), "de")

    assert "The account is told by the domain of the e-mail address and the name of the" in english
    assert "These domains belong to no single company: reseller.example." in english
    assert "Where several that fit belong to one family, the one at its top is used." in english
    assert "Den Account bestimmen die Domain der E-Mail-Adresse und der Name des" in german


CHECK = """
  check:
    fit:
      points:
        - {name: boss, when: "'Chief' in title", points: 20}
        - {name: abroad, when: country == 'US', points: -1}
      cap: 50
    interest:
      half_life: 30 d
      events:
        - {name: met, touch: [meeting, call], points: 15.5}
        - {name: new, when: country == 'AT', points: 30, half_life: 1 d}
      cap: 60
    threshold: {total: 60, fit: 20}
    differs_by: 25
  immediate:
    - {name: demo, when: score > 95, lasts: 2 d}
"""


def test_the_check_score_and_what_is_urgent_are_told_point_by_point(tmp_path: Path) -> None:
    change = (AGREEMENT, "    en: 40 points make a lead, 75 an MQL.\n", CHECK[1:])

    text = render(shipped(tmp_path, change), "de")

    told = text[text.index("**Vergleichspunktzahl.**") : text.index("## 4.")].splitlines()
    assert [line for line in told if line.startswith("- ")] == [
        "- `boss`: Funktion enthält „Chief“ (`'Chief' in title`) – +20 Punkte",
        "- `abroad`: Land ist „US“ (`country == 'US'`) – −1 Punkt",
        "- `met`: ein Termin oder ein Anruf – jedes Mal +15,5 Punkte, nach 30 Tagen die Hälfte",
        "- `new`: Land ist „AT“ (`country == 'AT'`) – jedes Mal +30 Punkte, nach 1 Tag die Hälfte",
        "- `demo`: Punktzahl ist über 95 (`score > 95`) – innerhalb von 2 Tagen",
    ]
    assert told[0].endswith("mit 60 Punkten insgesamt und 20 Punkten für Eignung.")


def test_what_there_are_no_words_for_stands_as_it_is_written(tmp_path: Path) -> None:
    text = render(
        small(
            tmp_path,
            (TEAMS, "ben@sandbox.example]", "{who: ben@sandbox.example, weight: 2}]"),
            (TEAMS, "leadership:", "most_a_day: 5\n    leadership:"),
        ),
        "de",
    )

    assert "ben@sandbox.example (`weight: 2`)" in text
    assert "**Weitere Festlegungen:**\n\n- `most_a_day: 5`" in text


def test_a_rung_that_recycles_says_why(tmp_path: Path) -> None:
    change = (AGREEMENT, "{do: flag_stale}", "{do: recycle, reason: not reached, status: On hold}")

    told = "der Lead geht zurück an das Marketing, Grund: „not reached“, mit dem Status `On hold`"
    assert told in render(small(tmp_path, change), "de")


def test_dates_beyond_what_the_calendar_knows_are_said_to_follow(tmp_path: Path) -> None:
    change = (CALENDARS, "calendars:\n", "last: 2026-09-30\ncalendars:\n")

    text = render(small(tmp_path, change), "en")

    assert "The dates listed are those from 1 July 2026 to 30 September 2026" in text


# signatures


def test_a_signature_under_this_version_is_told_from_one_under_another(tmp_path: Path) -> None:
    paper = small(tmp_path / "a")
    signed = f"on: 2026-06-20, hash: {paper.hash[:12]}}}"
    both = f"{signed}\n  sales: {{who: Lea, on: 2026-06-21, hash: {paper.hash}}}"

    one = render(small(tmp_path / "b", (AGREEMENT, "on: 2026-06-20}", signed)), "en")
    two = render(small(tmp_path / "c", (AGREEMENT, "on: 2026-06-20}", both)), "en")
    changed = (AGREEMENT, "score >= 75", "score >= 76")
    other = render(small(tmp_path / "d", (AGREEMENT, "on: 2026-06-20}", both), changed), "en")

    assert "- Sales has not signed yet.\n\n" in one
    assert "Both sides have signed this version." in two
    assert "- Sales signed another version: this one has not been signed." in other
    assert f"| Hash | `{paper.hash[:12]}` | `{paper.hash}` |" in two


# both languages


BY_TURNS = {"start.stage", "start.rule", "end.stage", "end.rule", "end.unbegun"}
"""Said with the stage or the rule, or never agreed."""


@pytest.mark.parametrize(
    "kind", [By, EffectKind, End, Follows, OnReassign, Role, Start, Stage, Trigger, Unit]
)
def test_both_languages_have_a_word_for_all_that_an_agreement_can_say(kind: type[StrEnum]) -> None:
    prefix = {
        By: "match_by", Follows: "response.follows",
        EffectKind: "effect", End: "end", OnReassign: "on_reassign", Role: "role", Start: "start",
        Stage: "stage", Trigger: "trigger", Unit: "unit",
    }[kind]  # fmt: skip
    counted, unspoken = (
        {"on_reassign.restart": "on_reassign.restart.one"},
        {"role.nobody"} | BY_TURNS,
    )
    wanted = {f"{prefix}.{word.value}" for word in kind} - unspoken

    for language in (GERMAN, ENGLISH):
        assert {counted.get(key, key) for key in wanted} <= set(language.phrases)


def test_both_languages_have_a_word_for_what_a_text_may_name() -> None:
    wanted = {f"placeholder.{name}" for name in PLACEHOLDERS}
    wanted |= {f"grade.{grade.value}" for grade in (Grade.STRONG, Grade.WEAK)}

    assert wanted <= set(ENGLISH.phrases)


def test_the_languages_have_the_same_phrases_about_the_same_things() -> None:
    def named(language: Language) -> dict[str, set[str]]:
        parse = Formatter().parse
        return {
            key: {name for _, name, _, _ in parse(phrase) if name}
            for key, phrase in language.phrases.items()
        }

    assert named(GERMAN) == named(ENGLISH)


# Markdown


NASTY = (
    "*bold*", "_it_", "`code`", "[link](http://x)", "<script>", "a | b", "# head", "- item",
    "1. one", "1) one", "~~gone~~", "&amp;", "back\\slash", "---", "===", "+ plus", "> quote",
    "![x](y)",
)  # fmt: skip


def shown(markdown: str) -> str:
    """Return the text that a reader of rendered Markdown sees; fails on anything but text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    seen = []
    for token in parser.parse(markdown):
        for child in token.children or ():
            assert child.type in {"text", "text_special", "code_inline", "softbreak"}, child.type
            seen.append(child.content)
    return "".join(seen)


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_it_is_whatever_it_holds(name: str) -> None:
    assert shown(document([marked(name)])) == name
    assert shown(document([heading(2, name)])) == name
    assert shown(document([bullets([name])])) == name
    assert shown(document([table(["head"], [[name]])])) == f"head{name}"


@given(st.text())
def test_any_text_is_shown_without_becoming_markup(text: str) -> None:
    assert shown(document([marked(f"x{text}")])) == plain(f"x{text}")


@given(st.text(alphabet="`|\\a ", min_size=1).filter(lambda text: text.strip()))
def test_code_is_shown_as_it_is_written(text: str) -> None:
    assert shown(document([code(text)])) == plain(text)


def test_a_bar_in_code_does_not_end_its_cell() -> None:
    assert shown(document([table(["head"], [[code("a | b"), "x"]])])).startswith("heada | b")


def test_names_of_the_configuration_are_escaped(tmp_path: Path) -> None:
    text = render(small(tmp_path, (TEAMS, "leadership:", "queue: '[x](y) | <b>'\n    leadership:")),
                  "en")  # fmt: skip

    assert r"**Queue:** \[x\](y) \| \<b\>" in text
    assert text.startswith("# Inbound \\*DACH\\*\n")


def lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.startswith("|"))


def test_every_row_of_a_table_has_as_many_cells_as_its_head(tmp_path: Path) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", render(small(tmp_path), "de"), re.MULTILINE)

    assert len(tables) == 7
    for each in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines(each)}) == 1


def test_a_span_that_stands_alone_has_the_ending_of_one() -> None:
    month = timedelta(days=30)
    assert (GERMAN.lasting(month), GERMAN.span(month)) == ("30 Tage", "30 Tagen")
    assert (GERMAN.lasting(timedelta(days=1)), ENGLISH.lasting(month)) == ("1 Tag", "30 days")
