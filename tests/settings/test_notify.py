"""How people outside the CRM are told: what the part `notify` says, and what it refuses."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.domain.digests.readers import DigestTerms, IfNothing
from slasync.domain.digests.times import Rhythm
from slasync.domain.languages import Language
from slasync.domain.writes import Role
from slasync.settings import Settings
from slasync.settings.values import Notify
from slasync.systems import Tls
from tests.faults.marks import fault
from tests.settings.configs import ENVIRON, Configuration, shipped

SLASYNC = "config/slasync.yaml"
SMTP = "smtp: {host: mail.acme.example, from: slasync@acme.example}"
WEBHOOK = "webhook: {url: {env: WEBHOOK}}"
URL = "https://hooks.slack.com/services/T0/B0/veryhidden"
SECRETS = {"MAIL_PASSWORD": "veryhidden", "WEBHOOK": URL}


def configured(root: Path, *parts: str, **environ: str) -> Configuration:
    """Add `notify` with these parts to the shipped file."""
    lines = "".join(f"  {part}\n" for part in parts)
    made = shipped(root, ENVIRON | SECRETS | environ)
    return made.change(SLASYNC, "\nlog_level:", f"\nnotify:\n{lines}\nlog_level:")


def told(settings: Settings) -> Notify:
    assert settings.notify
    return settings.notify


def test_as_shipped_nobody_is_told(tmp_path: Path) -> None:
    settings = shipped(tmp_path).load()

    assert settings.notify is None
    assert settings.readers == ()


def test_the_part_that_is_shipped_as_a_comment_is_right(tmp_path: Path) -> None:
    configuration = shipped(
        tmp_path, ENVIRON | {"SMTP_PASSWORD": "p", "SLASYNC_NOTIFY_WEBHOOK": URL}
    )
    text = (tmp_path / SLASYNC).read_text()
    begins, ends = text.index("# notify:"), text.index("\nlog_level:")
    part = "".join(line.removeprefix("# ") for line in text[begins:ends].splitlines(keepends=True))

    notify = told(configuration.write(SLASYNC, text[:begins] + part + text[ends:]).load())
    assert (notify.via, notify.digest) == ("smtp", DigestTerms())
    assert notify.smtp
    assert notify.webhook


def test_what_is_left_out_is_safe(tmp_path: Path) -> None:
    notify = told(configured(tmp_path, SMTP).load())

    assert notify.smtp
    assert (notify.smtp.tls, notify.smtp.port) == (Tls.STARTTLS, 587)
    assert (notify.smtp.user, notify.smtp.password) == ("", None)
    assert notify.smtp.timeout == timedelta(seconds=30)
    assert notify.via == "smtp"


@pytest.mark.parametrize(("tls", "port"), [("tls", 465), ("none", 25), ("starttls", 587)])
def test_each_kind_of_connection_has_its_usual_port(tmp_path: Path, tls: str, port: int) -> None:
    smtp = f"smtp: {{host: localhost, from: s@acme.example, tls: {tls}}}"
    notify = told(configured(tmp_path, smtp).load())

    assert notify.smtp
    assert notify.smtp.port == port


def test_everything_can_be_said(tmp_path: Path) -> None:
    notify = told(
        configured(
            tmp_path,
            "smtp: {host: mail.acme.example, port: 2525, from: s@acme.example, user: s,"
            " password: {env: MAIL_PASSWORD}, timeout: 10 s}",
            WEBHOOK,
            'digest: {via: webhook, at: "07:30", language: de, languages: {inbound: en},'
            " weekly_for: [leadership], weekly_on: fri, max_age: 30 d,"
            " for: [managers, leadership], if_nothing: all_in_time}",
        ).load()
    )

    assert notify.smtp
    assert notify.smtp.password
    assert notify.smtp.password.reveal() == "veryhidden"
    assert notify.webhook
    assert notify.webhook.url.reveal() == URL
    assert notify.via == "webhook"
    assert notify.digest == DigestTerms(
        minute=450,
        language=Language.DE,
        languages={"inbound": Language.EN},
        weekly_for=frozenset({Role.LEADERSHIP}),
        weekday=4,
        max_age=timedelta(days=30),
        mornings_for=frozenset({Role.MANAGER, Role.LEADERSHIP}),
        if_nothing=IfNothing.ALL_IN_TIME,
    )


def test_by_mail_persons_read_and_by_webhook_pools(tmp_path: Path) -> None:
    by_mail = configured(tmp_path / "a", SMTP, WEBHOOK).load()
    by_webhook = configured(tmp_path / "b", WEBHOOK, "digest: {weekly_for: [leadership]}").load()

    assert [r.name for r in by_mail.readers][:2] == ["lea@sandbox.example", "mia@sandbox.example"]
    (channel,) = by_webhook.readers
    assert (channel.name, channel.rhythm) == ("inbound", Rhythm(480, 0))
    assert channel.calendar.name == "berlin"


@fault("S10")
def test_neither_password_nor_address_shows_itself(tmp_path: Path) -> None:
    smtp = SMTP.replace("}", ", user: s, password: {env: MAIL_PASSWORD}}")
    settings = configured(tmp_path, smtp, WEBHOOK).load()

    assert "veryhidden" not in repr(settings) + str(settings.notify)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["digest: {}"], "notify: name smtp or webhook, or leave out notify"),
        ([WEBHOOK, "digest: {via: smtp}"], "digest.via is smtp, and smtp is missing"),
        ([SMTP, "digest: {via: sms}"], "'sms' is none of 'smtp', 'webhook'"),
        ([SMTP, "digests: {}"], "unknown key 'digests' (did you mean digest?)"),
        ([SMTP.replace("}", ", user: s}")], "a login has a user and a password: password is"),
        (
            [SMTP.replace("}", ", password: {env: MAIL_PASSWORD}}")],
            "a login has a user and a password: user is missing",
        ),
        ([SMTP.replace("}", ", tls: none}")], "tls: none would send leads' names in clear text"),
        ([SMTP.replace("}", ", tls: ssl}")], "'ssl' is none of 'starttls', 'tls', 'none'"),
        ([SMTP.replace("}", ", port: 465}")], "port 465 speaks tls: write tls: tls"),
        ([SMTP.replace("}", ", port: 587, tls: tls}")], "port 587 speaks starttls"),
        ([SMTP.replace("}", ", timeout: 5 min}")], "wait 1 s at least and 1 min at most"),
        ([SMTP.replace("slasync@", "")], "no e-mail address"),
        ([SMTP.replace("slasync@", "slästnc@")], "plain ASCII addresses only"),
        ([SMTP.replace("from: slasync@acme.example", "tls: tls")], "'from' is missing"),
        ([WEBHOOK.replace("WEBHOOK", "NOT_SET")], "environment variable NOT_SET is not set"),
        (
            [WEBHOOK.replace("WEBHOOK", "NOT_SET, optional: true")],
            "environment variable NOT_SET is not set",
        ),
        (["webhook: {url: https://hooks.example/x}"], "a secret never stands in a file"),
        ([SMTP, "digest: {at: 8}"], 'a time of day is needed, in quotes: "08:00"'),
        ([SMTP, 'digest: {at: "8:00"}'], "'8:00' is no time of day"),
        ([SMTP, 'digest: {at: "24:00"}'], "24:00 is the next day's 00:00"),
        ([SMTP, "digest: {language: fr}"], "'fr' is none of 'de', 'en'"),
        (
            [SMTP, "digest: {languages: {inbund: de}}"],
            "there is no pool or address 'inbund' (did you mean inbound?)",
        ),
        ([SMTP, "digest: {weekly_for: [leader]}"], "(did you mean leadership?)"),
        ([SMTP, "digest: {weekly_on: monday}"], "(did you mean mon?)"),
        ([SMTP, "digest: {max_age: 1 h}"], "max_age: lines of less than 1 d"),
        (
            [SMTP, "digest: {weekly_for: [manager], max_age: 7 d}"],
            "max_age: weekly digests need more than 7 d",
        ),
        ([SMTP, "digest: {for: [manager]}"], "(did you mean managers?)"),
        ([SMTP, "digest: {for: [reps]}"], "'reps' is none of 'managers', 'leadership'"),
        ([SMTP, "digest: {for: leadership}"], "digest.for"),
        ([SMTP, "digest: {if_nothing: silence}"], "'silence' is none of"),
        (
            [SMTP, "digest: {for: [], if_nothing: all_in_time}"],
            "if_nothing: nobody is told anything: name managers or leadership in for",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_how_to_mend_it(
    tmp_path: Path, parts: list[str], words: str
) -> None:
    (problem,) = configured(tmp_path, *parts).problems()

    assert problem.startswith(f"{SLASYNC}:")
    assert ": notify" in problem
    assert words in problem


@fault("S10")
@pytest.mark.parametrize(
    "url",
    ["http://hooks.slack.com/veryhidden", "veryhidden", "https://", "ftp://x/veryhidden",
     "https://hooks.slack.com/very hidden", "https://x:99999/veryhidden"],
)  # fmt: skip
def test_an_address_that_nobody_should_post_to_is_refused_and_not_repeated(
    tmp_path: Path, url: str
) -> None:
    (problem,) = configured(tmp_path, WEBHOOK, WEBHOOK=url).problems()

    assert "what WEBHOOK holds is no address to post to" in problem
    assert "hidden" not in problem


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://localhost:9/x", URL])
def test_https_and_this_machine_are_addresses_to_post_to(tmp_path: Path, url: str) -> None:
    assert told(configured(tmp_path, WEBHOOK, WEBHOOK=url).load()).webhook
