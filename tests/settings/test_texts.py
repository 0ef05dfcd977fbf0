"""Texts in one language or two: what is refused, what is warned of, what comes of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from slasync.domain.languages import Language
from slasync.domain.wording import PLACEHOLDERS
from slasync.settings import Settings
from tests.settings.configs import Configuration, shipped

AGREEMENT, TEAMS = "config/agreement.yaml", "config/teams.yaml"
SUBJECT = """\
    subject:
      de: "Neuer Lead: $lead, $company. Kontakt bis $due"
      en: "New lead: $lead, $company. Get in touch by $due"
"""
NEW_LEAD = "texts:\n  new_lead:\n"


@pytest.fixture
def one(tmp_path: Path) -> Configuration:
    return shipped(tmp_path)


def with_subject(one: Configuration, subject: str) -> Configuration:
    return one.change(AGREEMENT, SUBJECT, f"    subject: {subject}\n" if subject else "")


def warnings(settings: Settings) -> list[str]:
    return [str(w).partition(": ")[2] for w in settings.warnings if "texts." in str(w)]


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("", "texts.new_lead: has a body and no subject: a task's subject is what people see"),
        ('""', "texts.new_lead: the subject is empty: it is what people see first"),
        ('"  "', "texts.new_lead: the subject is empty"),
        ('{de: "", en: " "}', "texts.new_lead: the subject is empty"),
        ("{}", "texts.new_lead.subject: says nothing: give a text, or {de: ..., en: ...}"),
        ("7", "texts.new_lead.subject: should be text in quotes, or one for each language"),
        ("[a]", "texts.new_lead.subject: should be text in quotes, or one for each language"),
        ("{fr: Bonjour}", "texts.new_lead.subject.fr: unknown key 'fr': allowed are de, en"),
        ("{de: 7}", "texts.new_lead.subject.de: should be text: put it in quotes"),
        (
            "$leed waits",
            "texts.new_lead.subject: unknown placeholder $leed (did you mean lead?)",
        ),
        (
            "{de: $led, en: Call}",
            "texts.new_lead.subject.de: unknown placeholder $led (did you mean lead?)",
        ),
        (
            "$countri",
            "texts.new_lead.subject: unknown placeholder $countri (did you mean country?)",
        ),
        ("5 $ more", "texts.new_lead.subject: a $ without a name behind it: write $$"),
        (
            f'{{de: "{"x" * 256}", en: Call}}',
            "texts.new_lead: the subject has 256 characters, the CRM takes 255: say the rest in",
        ),
    ],
)
def test_a_mistake_in_a_text_is_told_where_it_stands(
    one: Configuration, subject: str, said: str
) -> None:
    [problem] = with_subject(one, subject).problems()

    assert problem.startswith("config/agreement.yaml:")
    assert said in problem


def test_subject_and_body_in_different_languages_are_no_text(one: Configuration) -> None:
    text = "    subject: {de: Hallo}\n    body: {en: Hello}\n  unused:\n" + SUBJECT

    [problem] = one.change(AGREEMENT, NEW_LEAD + SUBJECT, NEW_LEAD + text).problems()

    assert "texts.new_lead: subject and body stand in different languages" in problem


def test_both_languages_become_one_text_that_stands_in_two(one: Configuration) -> None:
    text = one.load().agreement.texts["new_lead"]

    assert text.spoken(Language.DE).subject.startswith("Neuer Lead: $lead, $company")
    assert text.spoken(Language.EN).subject.startswith("New lead: $lead, $company")
    assert text.spoken(Language.DE).body.startswith("Bitte melden Sie sich")


def test_one_text_for_everybody_has_no_language(one: Configuration) -> None:
    plain = '    subject: "Call $lead"\n    body: $link\n  unused:\n' + SUBJECT
    text = (
        one.change(AGREEMENT, NEW_LEAD + SUBJECT, NEW_LEAD + plain)
        .load()
        .agreement.texts["new_lead"]
    )

    assert (text.language, text.other, text.subject) == (None, None, "Call $lead")


def test_a_text_with_its_body_in_one_language_stands_in_that_one(one: Configuration) -> None:
    text = '    subject: "SLA"\n    body: {en: Call}\n  unused:\n' + SUBJECT
    loaded = one.change(AGREEMENT, NEW_LEAD + SUBJECT, NEW_LEAD + text).load()

    found = loaded.agreement.texts["new_lead"].spoken(Language.DE)
    assert (found.language, found.body) == (Language.EN, "Call")


def test_fields_of_the_lead_may_be_named(one: Configuration) -> None:
    text = with_subject(one, "$title of $company").load().agreement.texts["new_lead"]

    assert text.fields == {"title"}
    assert not text.fields & PLACEHOLDERS


def in_pool(one: Configuration, line: str) -> Configuration:
    return one.change(TEAMS, "    calendar: berlin\n", f"    calendar: berlin\n    {line}\n")


@pytest.mark.parametrize(
    ("change", "who"),
    [
        (lambda one: one.change(TEAMS, "language: en", "language: de"), "pool inbound"),
        (lambda one: in_pool(one, "language: de"), "pool inbound"),
        (lambda one: in_pool(one, "languages: {lea@sandbox.example: de}"), "lea@sandbox.example"),
    ],
)
def test_a_text_that_somebody_cannot_read_is_warned_of(
    one: Configuration, change: Callable[[Configuration], Configuration], who: str
) -> None:
    text = "    subject: {en: Hello}\n  unused:\n" + SUBJECT
    one.change(AGREEMENT, NEW_LEAD + SUBJECT, NEW_LEAD + text)

    assert warnings(change(one).load()) == [
        (
            f"texts.new_lead: there is no German text: {who} gets the English one; write de: ..."
            " beside it"
        )
    ]


def test_a_text_in_the_one_language_that_everybody_reads_is_not_warned_of(
    one: Configuration,
) -> None:
    text = "    subject: {en: Hello}\n  unused:\n" + SUBJECT
    one.change(AGREEMENT, NEW_LEAD + SUBJECT, NEW_LEAD + text)

    assert warnings(one.load()) == []


def test_the_shipped_texts_stand_in_both_languages(one: Configuration) -> None:
    texts = one.load().agreement.texts

    said = {
        name: {text.language, text.other and text.other.language} for name, text in texts.items()
    }
    assert set(map(frozenset, said.values())) == {frozenset(Language)}


def test_teams_say_who_reads_what(one: Configuration) -> None:
    one.change(TEAMS, "language: en", "language: de")
    pool = in_pool(one, "languages: {Lea@sandbox.example: en}").load().pools["inbound"]

    assert (pool.language, pool.languages) == (Language.DE, {"lea@sandbox.example": Language.EN})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("language: en", "language: fr", "language: 'fr' is none of 'de', 'en'"),
        ("language: en", "langauge: en", "unknown key 'langauge' (did you mean language?)"),
    ],
)
def test_a_language_there_is_not_is_refused(
    one: Configuration, old: str, new: str, said: str
) -> None:
    [problem] = one.change(TEAMS, old, new).problems()

    assert said in problem


def test_an_address_that_is_none_is_refused(one: Configuration) -> None:
    [problem] = in_pool(one, "languages: {lea: de}").problems()

    assert "'lea' is no e-mail address" in problem


def test_digests_speak_as_their_readers_unless_said_otherwise(one: Configuration) -> None:
    notify = "notify:\n  smtp: {host: mail.x.example, from: s@x.example}\n"
    one.change("config/slasync.yaml", "log_level:", f"{notify}\nlog_level:")
    own = in_pool(one, "languages: {lea@sandbox.example: de}").load()

    said = {reader.name: reader.language for reader in own.readers}
    assert (said["lea@sandbox.example"], said["mia@sandbox.example"]) == ("de", "en")

    over = one.change("config/slasync.yaml", "\nlog_level:", "  digest: {language: en}\nlog_level:")
    assert {reader.language for reader in over.load().readers} == {Language.EN}


def test_the_crm_s_address_is_known_to_texts(one: Configuration) -> None:
    assert one.load().agreement.crm_url == "http://127.0.0.1:8801"
