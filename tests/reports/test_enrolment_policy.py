"""Policy tests of marketing's clock, as an admin would write them for the manual's example."""

from datetime import date
from pathlib import Path

import pytest

from slasync.reports.agreement import render
from slasync.reports.policy_cases import case_of
from slasync.reports.policy_tests import judged
from slasync.settings.paper import load_paper
from slasync.settings.policy import Policy, load_policy, load_policy_tests
from tests.settings.enrolling import with_enrolment

TODAY = date(2026, 11, 23)
CASE = """
tests:
  - name: a lead that comes back
    events:
      - {{at: 2026-09-14 10:00, score: 80}}
      - {{after: 1 business hour, outcome: recycled}}
{events}
    until: {until}
    expect: {expect}
"""
LINE = "nora@sandbox.example"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    root = tmp_path_factory.mktemp("policy")
    with_enrolment(root)
    return load_policy(root / "config", root / "connectors", {}, today=TODAY)


def failures(policy: Policy, folder: Path, *events: str, until: str, expect: str) -> list[str]:
    listed = "\n".join(f"      - {event}" for event in events)
    path = folder / "case.yaml"
    path.write_text(CASE.format(events=listed, until=until, expect=expect), "utf-8")
    file = load_policy_tests(policy, [path])[path]
    return list(judged(case_of(policy, file, file.tests[0])).failures)


def test_the_rung_is_reached_when_nobody_enrols_the_lead(policy: Policy, tmp_path: Path) -> None:
    found = failures(
        policy, tmp_path, until="2026-09-15 11:00",
        expect=(
            "{rungs: {enrolment: [{rung: limit, at: 2026-09-15 11:00}]},"
            f" digest: [{{to: {LINE}, at: 2026-09-15 11:00}}], stage: recycled}}"
        ),
    )  # fmt: skip

    assert found == []


def test_enrolled_in_time_it_is_not(policy: Policy, tmp_path: Path) -> None:
    found = failures(
        policy, tmp_path, "{after: 1 business hour, fields: {nurture: newsletter}}",
        until="2026-09-17 11:00", expect="{rungs: {enrolment: []}, digest: []}",
    )  # fmt: skip

    assert found == []


def test_while_hubspot_cannot_be_read_nobody_is_blamed(policy: Policy, tmp_path: Path) -> None:
    found = failures(
        policy, tmp_path,
        "{at: 2026-09-15 08:00, stalls: hubspot.contacts, until: 2026-09-16 12:00}",
        "{at: 2026-09-15 10:00, fields: {nurture: newsletter}}",
        until="2026-09-16 13:00", expect="{rungs: {enrolment: []}, digest: []}",
    )  # fmt: skip

    assert found == []


def test_a_wrong_expectation_is_told_with_what_happened(policy: Policy, tmp_path: Path) -> None:
    (failure,) = failures(
        policy, tmp_path, until="2026-09-15 11:00", expect="{rungs: {enrolment: []}}"
    )

    assert failure == ("rungs of enrolment: expected none; fired limit Tue 15 Sep 2026 11:00")


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            (
                "at least 95% are in a nurture programme within 1 business day; it is seen by",
                "### Enrolment of leads that come back",
                "the lead's return to marketing",
                "enrolment in a nurture programme",
            ),
        ),
        (
            "de",
            (
                "in einem Nurture-Programm; zu erkennen an",
                "### Aufnahme zurückgekommener Leads",
                "der Rückgabe des Leads an das Marketing",
                "der Aufnahme in ein Nurture-Programm",
            ),
        ),
    ],
)
def test_the_agreement_says_by_what_enrolment_is_seen_and_how_soon(
    tmp_path: Path, language: str, sentences: tuple[str, ...]
) -> None:
    with_enrolment(tmp_path)

    text = render(load_paper(tmp_path / "config", tmp_path / "connectors"), language)

    assert [sentence for sentence in sentences if sentence not in text] == []
