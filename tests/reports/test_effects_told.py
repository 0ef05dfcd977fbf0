"""Messages, statuses, fields and lists in policy tests, in what-if and in the document."""

from dataclasses import replace
from pathlib import Path

import pytest

from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.facts import Fact, FactKind
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Role
from slasync.reports.agreement import render
from slasync.reports.coverage import Reached, coverage
from slasync.reports.playing import Scene, Story
from slasync.reports.record import recorded
from slasync.reports.what_if import Comparison, what_if
from slasync.settings import copy_defaults
from slasync.settings.paper import load_paper
from slasync.settings.policy import Policy, load_policy
from tests.builders import (
    ANA,
    BOT,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    nine_to_five,
    owned,
    scored,
    status,
)
from tests.reports.test_policy_tests import TODAY, Player

RUNG = "          - {do: task, to: owner, text: new_lead}\n"
WRITTEN = """          - {do: task, to: owner, text: new_lead}
          - {do: notify, to: manager, text: manager_untouched}
          - {do: notify, to: pool, text: reminder, via: webhook}
          - {do: status, status: Open - Not Contacted, reason: it begins}
          - {do: property, property: wanted, value: 'yes'}
          - {do: property, property: people, value: null}
          - {do: list, list: nurture, change: remove}
          - {do: list, list: hot, change: add}
"""
FIELDS = """  custom:
    wanted: {field: slasync_wanted, direction: both}
    people: {field: numberofemployees, type: number, direction: write}
"""
SCORED = "{at: 2026-09-14 10:00, score: 80}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped files; the first rung does everything that a rung can do."""
    folder = tmp_path_factory.mktemp("policy")
    copy_defaults(folder)
    for name, old, new in (
        ("config/agreement.yaml", RUNG, WRITTEN),
        ("connectors/hubspot/connector.yaml", "  custom: {}\n", FIELDS),
        ("connectors/hubspot/connector.yaml", "lists: {}", "lists: {nurture: '1', hot: '2'}"),
    ):
        path = folder / name
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, 1))
    return folder


@pytest.fixture(scope="module")
def policy(home: Path) -> Policy:
    return load_policy(home / "config", home / "connectors", {}, today=TODAY)


@pytest.fixture
def play(policy: Policy, tmp_path: Path) -> Player:
    return Player(policy, tmp_path)


# policy tests


@pytest.mark.parametrize(
    "expect",
    [
        "{messages: [{to: mia@acme.example, role: manager, subject: Untouched for}]}",
        "{messages: [{to: inbound, role: pool, via: webhook}, {role: manager}]}",
        "{messages: [{at: 2026-09-14 10:00, leaves: 2026-09-14 10:00, role: manager}]}",
        "{statuses: [{status: Open - Not Contacted, at: 2026-09-14 10:00}]}",
        "{properties: [{property: wanted, value: 'yes'}, {property: people, value: null}]}",
        "{properties: [{property: wanted}]}",
        "{lists: [{list: nurture, change: remove}, {list: hot}]}",
    ],
)
def test_what_a_rung_did_can_be_expected(play: Player, expect: str) -> None:
    assert play.fails(SCORED, expect=expect, until="2026-09-14 11:00") == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (
            "{messages: [{to: lea@acme.example, at: 2026-09-14 10:00}]}",
            (
                "no message to lea@acme.example, at 2026-09-14 10:00:00; there were Mon 14 Sep 2026"
                " 10:00 to mia@acme.example (manager): "
            ),
        ),
        ("{messages: []}", "expected no message; there were "),
        (
            "{messages: [{role: manager, text: nowhere}]}",
            "no message of the manager, with the text",
        ),
        ("{messages: [{role: manager, leaves: 2026-09-14 11:00}]}", "no message of the manager"),
        ("{statuses: [{status: Disqualified}]}", "no status set Disqualified; there were"),
        ("{statuses: []}", "expected no status set; there were"),
        ("{properties: [{property: wanted, value: 'no'}]}", "no property set wanted = no; there"),
        ("{lists: [{list: hot, change: remove}]}", "no list changed remove hot; there were"),
        ("{nothing: true}", "expected nothing; message"),
    ],
)
def test_what_was_expected_and_did_not_happen_is_told_with_what_did(
    play: Player, expect: str, told: str
) -> None:
    found = play.fails(SCORED, expect=expect, until="2026-09-14 11:00")

    assert [failure for failure in found if failure.startswith(told)]


def test_a_message_leaves_when_its_reader_may_be_written_to(play: Player) -> None:
    night = "{at: 2026-09-14 22:00, score: 80}"
    expect = "{messages: [{role: manager, leaves: 2026-09-15 09:00}]}"

    assert play.fails(night, expect=expect, until="2026-09-15 10:00") == []


def test_each_kind_of_effect_is_reached_by_itself(play: Player, policy: Policy) -> None:
    result = play(SCORED, expect="{tasks_made: 1}", until="2026-09-14 11:00")

    found = coverage(policy.agreement, result.taken)

    day_0 = {
        r for r in found.there if r.kind == "effect" and r.name.startswith("first_touch/day_0")
    }
    assert {r.name.partition(": ")[2] for r in day_0} == {
        "task for owner", "notify for manager", "notify for pool", "status", "property", "list",
    }  # fmt: skip
    assert not day_0 & set(found.missed)
    assert Reached("effect", "first_touch/day_2: task for manager") in found.missed


# what-if


def a_scene(*effects: Effect) -> Scene:
    ordinary = an_agreement()
    clock = ordinary.clock("processing")
    rung = Rung("now", Offset(0, Unit.CALENDAR_DAYS), effects)
    agreement = replace(ordinary, clocks=(replace(clock, rungs=(rung,)),), create_leads=False)
    return Scene(agreement=agreement, calendars={"office": nine_to_five()}, roster=a_roster())


def compared(*effects: Effect) -> Comparison:
    facts = [owned(MONDAY - DAY), scored(MONDAY)]
    lead = a_lead()
    story = Story(lead=lead, known=facts[:1], happens=[(MONDAY, facts[1])])
    return what_if([story], a_scene(), a_scene(*effects), MONDAY + DAY)


def test_what_an_agreement_would_send_and_change_is_counted() -> None:
    effects = (
        Effect(EffectKind.NOTIFY, Role.OWNER, "remind"),
        Effect(EffectKind.NOTIFY, Role.LEADERSHIP, "remind"),
        Effect(EffectKind.STATUS, status="Late"),
        Effect(EffectKind.PROPERTY, name="wanted", value="yes"),
        Effect(EffectKind.LIST, name="nurture", change="add"),
    )

    told = compared(*effects)

    assert (told.old.messages.total(), told.old.statuses.total(), told.old.marketing) == (0, 0, 0)
    assert dict(told.new.messages) == {ANA.email: 1, "lea@sandbox.example": 1}
    assert dict(told.new.statuses) == {"Late": 1}
    assert told.new.marketing == 2
    assert told.new.load["2026-W10", "lea@sandbox.example"] == 1


def test_a_lead_that_gets_another_status_fares_otherwise() -> None:
    [found] = compared(Effect(EffectKind.STATUS, status="Late")).differing

    assert "statuses" in found.what
    assert found.new.statuses == ["Late"]


def test_a_status_that_slasync_set_is_not_played_as_if_somebody_had_set_it() -> None:
    effects = [{"kind": "status", "role": "nobody", "to": "Late"}]
    fired = a_fact(
        FactKind.FIRED, MONDAY + HOUR,
        {"cycle": "c1", "clock": "processing", "generation": 0, "rung": "now", "effects": effects},
        source="slasync", source_id="fired",
    )  # fmt: skip
    ours = status(MONDAY + HOUR + MINUTE, "Late", by=BOT)
    theirs = status(MONDAY + 2 * HOUR, "Working", by=ANA)
    lead = a_lead()
    history = [owned(MONDAY - DAY), scored(MONDAY), fired, ours, theirs]

    [story] = recorded(
        {lead.key: lead}, {lead.key: history}, an_agreement(), a_roster(), MONDAY - HOUR
    ).stories

    shown = [fact for _, fact in story.happens if isinstance(fact, Fact)]
    told = [fact.data["status"] for fact in shown if fact.kind == FactKind.STATUS]
    assert told == ["Working"]


# the document


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "message to the owner's manager, within their open hours: ",
                "message to everybody in the pool by the chat channel, within their open hours: ",
                "the lead's status becomes `Open - Not Contacted`, because of ",
                "`wanted` becomes `yes` in the marketing system",
                "`people` is cleared in the marketing system",
                "the lead is taken off the list `nurture` of the marketing system",
                "the lead is put on the list `hot` of the marketing system",
            ),
        ),
        (
            "de",
            (
                "Nachricht an deren Führungskraft, innerhalb der Arbeitszeit: ",
                "Nachricht an alle im Pool per Chat, innerhalb der Arbeitszeit: ",
                "der Lead bekommt den Status `Open - Not Contacted`, Grund: ",
                "`wanted` bekommt im Marketingsystem den Wert `yes`",
                "`people` wird im Marketingsystem geleert",
                "der Lead wird von der Liste `nurture` im Marketingsystem genommen",
                "der Lead kommt auf die Liste `hot` im Marketingsystem",
            ),
        ),
    ],
)
def test_both_sides_can_read_what_a_rung_does(
    home: Path, language: str, said: tuple[str, ...]
) -> None:
    document = render(load_paper(home / "config", home / "connectors"), language)

    assert [phrase for phrase in said if phrase not in document] == []
