"""Policy tests: what is not as expected is said, with what happened instead."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from slasync.domain.routing_rules import Destination, RoutingRule, To
from slasync.reports.coverage import Coverage, Reached, coverage
from slasync.reports.policy_cases import case_of
from slasync.reports.policy_tests import Result, judged
from slasync.settings import ConfigurationError, copy_defaults
from slasync.settings.policy import Policy, load_policy, load_policy_tests

TODAY = date(2026, 11, 23)
PEOPLE = """
pools:
  inbound:
    members: [ana@acme.example, ben@acme.example]
    manager: mia@acme.example
    leadership: [lea@acme.example]
    queue: Inbound queue
    calendar: berlin
tests:
  - name: a case
"""
SCORED = "{at: 2026-09-14 10:00, score: 80}"
CALLED = "{after: 1 business hour, touch: call}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policy")
    copy_defaults(folder)
    return folder


@pytest.fixture(scope="module")
def policy(home: Path) -> Policy:
    return load_policy(home / "config", home / "connectors", {}, today=TODAY)


@pytest.fixture
def play(policy: Policy, tmp_path: Path) -> "Player":
    return Player(policy, tmp_path)


class Player:
    """Writes a test of one case to disk, loads it and plays it."""

    def __init__(self, policy: Policy, folder: Path) -> None:
        self._policy, self._folder = policy, folder

    def __call__(self, *events: str, expect: str, until: str = "2026-09-18 10:00",
                 more: str = "") -> Result:  # fmt: skip
        listed = "".join(f"      - {event}\n" for event in events)
        text = f"{PEOPLE}{more}    events:\n{listed}    until: {until}\n    expect: {expect}\n"
        path = self._folder / "case.yaml"
        path.write_text(text)
        file = load_policy_tests(self._policy, [path])[path]
        return judged(case_of(self._policy, file, file.tests[0]))

    def fails(self, *events: str, expect: str, until: str = "2026-09-18 10:00",
              more: str = "") -> list[str]:  # fmt: skip
        return list(self(*events, expect=expect, until=until, more=more).failures)


def test_a_rung_that_fired_at_another_time_is_told_with_both(play: Player) -> None:
    found = play.fails(
        SCORED,
        until="2026-09-15 10:00",
        expect="{rungs: {first_touch: [{rung: day_0}, {rung: day_1, at: 2026-09-15 11:00}]}}",
    )

    assert found == [
        (
            "rungs of first_touch: expected day_0, day_1 Tue 15 Sep 2026 11:00; fired"
            " day_0 Mon 14 Sep 2026 10:00, day_1 Tue 15 Sep 2026 10:00"
        )
    ]


def test_a_rung_too_many_or_too_few_fails(play: Player) -> None:
    assert play.fails(SCORED, CALLED, expect="{rungs: {first_touch: []}}") == [
        "rungs of first_touch: expected none; fired day_0 Mon 14 Sep 2026 10:00"
    ]
    assert play.fails(SCORED, CALLED, expect="{rungs: {processing: [{rung: day_7}]}}") == [
        "rungs of processing: expected day_7; fired none"
    ]


def test_a_superseded_rung_is_not_taken_for_one_that_spoke(play: Player) -> None:
    found = play.fails(
        SCORED,
        "{at: 2026-09-15 09:00, stalls: salesforce.tasks, until: 2026-09-16 14:00}",
        until="2026-09-16 15:00",
        expect="{rungs: {first_touch: [{rung: day_0}, {rung: day_1}, {rung: day_2}]}}",
    )

    assert "day_1 Wed 16 Sep 2026 14:00 superseded" in found[0]


def test_a_task_that_was_not_written_is_told_with_those_that_were(play: Player) -> None:
    expect = "{tasks: [{to: ben@acme.example, role: owner, subject: New, at: 2026-09-14 10:00}]}"

    assert play.fails(SCORED, CALLED, expect=expect) == [
        (
            "no task for ben@acme.example, of the owner, with the subject New,"
            " at 2026-09-14 10:00:00; there were"
            " Mon 14 Sep 2026 10:00 for ana@acme.example (owner):"
            " 'New lead: Lead, unknown company. Get in touch by Tue 15 Sep 2026, 10:00'"
        )
    ]


def test_two_tasks_expected_alike_need_two(play: Player) -> None:
    two = "{tasks: [{subject: New lead}, {subject: New lead}]}"

    assert len(play.fails(SCORED, CALLED, expect=two)) == 1
    assert play.fails(SCORED, CALLED, expect="{tasks: [{subject: New lead}]}") == []


def test_no_tasks_and_no_digest_lines_may_be_expected(play: Player) -> None:
    found = play.fails(SCORED, expect="{tasks: [], digest: [], tasks_made: 1}")

    assert [line.partition(";")[0] for line in found] == [
        "expected no task", "expected 1 task made, there were 3", "expected no digest line",
    ]  # fmt: skip


def test_hand_overs_are_compared_one_by_one(play: Player) -> None:
    expect = "{handed_over: [{definition: bottom_of_funnel, at: 2026-09-14 10:00}]}"

    assert play.fails(SCORED, CALLED, expect=expect) == [
        (
            "expected to be handed over by bottom_of_funnel Mon 14 Sep 2026 10:00;"
            " was by score Mon 14 Sep 2026 10:00"
        )
    ]


def test_how_the_lead_stands_is_told_where_it_is_otherwise(play: Player) -> None:
    expect = """{owner: ben@acme.example, stage: sal, stale: true, sla_state: open, pinned: true,
             cycles: 2, open_tasks: [{to: ana@acme.example}], owners: [ben@acme.example]}"""

    assert play.fails(SCORED, CALLED, expect=expect) == [
        "expected the owners ben@acme.example; they were ana@acme.example",
        "owner: expected ben@acme.example, it is ana@acme.example",
        "stage: expected sal, it is mql",
        "stale: expected True, it is False",
        "sla_state: expected open, it is touched",
        "pinned: expected True, it is False",
        "cycles: expected 2, it is 1",
        "open tasks: expected ana@acme.example (owner); there are none",
    ]


def test_how_it_stood_in_between_is_told_with_the_time(play: Player) -> None:
    more = "    meanwhile: [{at: 2026-09-14 10:30, sla_state: touched}]\n"

    assert play.fails(SCORED, CALLED, expect="{cycles: 1}", more=more) == [
        "at Mon 14 Sep 2026 10:30: sla_state: expected touched, it is open"
    ]


def test_where_nothing_was_to_happen_all_that_did_is_told(play: Player) -> None:
    found = play.fails(SCORED, expect="{nothing: true}", until="2026-09-14 12:00")

    assert found == [
        "expected nothing; handed over by score, Mon 14 Sep 2026 10:00",
        "expected nothing; first_touch fired day_0 Mon 14 Sep 2026 10:00",
        (
            "expected nothing; task Mon 14 Sep 2026 10:00 for ana@acme.example (owner):"
            " 'New lead: Lead, unknown company. Get in touch by Tue 15 Sep 2026, 10:00'"
        ),
        "expected nothing; given to ana@acme.example, Mon 14 Sep 2026 10:00",
    ]


def test_a_task_can_only_be_closed_while_it_is_open(play: Player) -> None:
    closed = "{after: 1 business hour, completes: manager, of: first_touch}"

    assert play.fails(SCORED, closed, expect="{cycles: 1}") == [
        "there is no open task of first_touch for the manager to end then"
    ]


def test_a_calendar_that_has_ended_fails_the_test_with_its_name(play: Player) -> None:
    found = play.fails(
        "{at: 2035-09-14 10:00, score: 80}", expect="{cycles: 1}", until="2036-01-01 10:00"
    )

    assert "calendar 'berlin' covers" in found[0]


def test_wall_times_are_those_of_the_pool_s_calendar(play: Player) -> None:
    expect = "{handed_over: [{definition: score, at: 2026-09-14T08:00:00+00:00}]}"

    assert play.fails(SCORED, CALLED, expect=expect) == []


def test_the_people_of_the_file_stand_in_for_those_of_the_teams(play: Player) -> None:
    assert play.fails(SCORED, CALLED, expect="{owner: ana@acme.example}") == []


def test_automation_s_doings_are_nobody_s_touch(play: Player) -> None:
    by_a_bot = "{after: 1 business hour, touch: call, by: automation}"

    assert play.fails(
        SCORED, by_a_bot, expect="{sla_state: touched}", until="2026-09-14 12:00"
    ) == ["sla_state: expected touched, it is open"]


def test_a_person_s_owner_change_pins_and_automation_s_does_not(play: Player) -> None:
    by_mia = "{after: 1 business hour, owner: ben@acme.example, by: mia@acme.example}"
    by_a_bot = "{after: 1 business hour, owner: ben@acme.example, by: automation}"

    assert play.fails(SCORED, by_mia, expect="{owner: ben@acme.example, pinned: true}") == []
    assert play.fails(SCORED, by_a_bot, expect="{pinned: false}", until="2026-09-14 12:00") == []


def test_a_contact_s_owner_is_known_beside_the_lead(play: Player) -> None:
    more = "    given: {owner: ana@acme.example, contact_owner: ben@acme.example}\n"

    assert (
        play.fails(SCORED, expect="{owner: ana@acme.example}", more=more, until="2026-09-14 12:00")
        == []
    )


OWN_ACCOUNTS = RoutingRule(
    "own", "", lambda _: True, frozenset(), Destination(To.ACCOUNT_OWNER)
)  # fmt: skip


def test_accounts_given_are_matched_as_those_of_the_crm(policy: Policy, tmp_path: Path) -> None:
    agreement = policy.agreement
    routing = replace(agreement.routing, rules=(OWN_ACCOUNTS,))
    play = Player(replace(policy, agreement=replace(agreement, routing=routing)), tmp_path)
    accounts = "[{name: Acme GmbH, owner: ben@acme.example, website: www.acme.com}]"
    more = f"    given: {{fields: {{email: ann@acme.com}}, accounts: {accounts}}}\n"
    expect = "{owner: ben@acme.example}"

    assert play.fails(SCORED, expect=expect, more=more, until="2026-09-14 12:00") == []


@pytest.mark.parametrize(
    ("accounts", "problem"),
    [
        ("[{name: Acme, owner: bne@acme.example}]", "did you mean ben@acme.example"),
        ("[{name: Low, owner: ben@acme.example, parent: Tpo}, {name: Top, owner: nobody}]",
         "account Low: there is no account 'Tpo' (did you mean Top?)"),
        ("[{name: Low, owner: nobody}, {name: Low, owner: nobody}]",
         "account 'Low' is there twice"),
    ],
)  # fmt: skip
def test_accounts_that_cannot_be_meant_are_refused(
    play: Player, accounts: str, problem: str
) -> None:
    more = f"    given: {{accounts: {accounts}}}\n"

    with pytest.raises(ConfigurationError) as refused:
        play(SCORED, expect="{nothing: true}", more=more)

    assert problem in str(refused.value)


def test_a_score_that_was_there_before_is_not_handed_over(play: Player) -> None:
    more = "    given: {fields: {score: 90}}\n"

    assert (
        play.fails("{at: 2026-09-14 10:00, score: 95}", expect="{nothing: true}", more=more) == []
    )


# coverage


def missed(policy: Policy, *results: Result) -> Coverage:
    return coverage(policy.agreement, (taken for result in results for taken in result.taken))


def test_what_no_test_reached_is_listed_in_the_agreement_s_order(
    policy: Policy, play: Player
) -> None:
    found = missed(policy, play(SCORED, CALLED, expect="{cycles: 1}"))

    assert Reached("definition", "score") not in found.missed
    assert Reached("rung", "first_touch/day_0") not in found.missed
    assert Reached("effect", "first_touch/day_0: task for owner") not in found.missed
    assert Reached("end", "first_touch: touch") not in found.missed
    assert found.missed[:4] == (
        Reached("definition", "lead"),
        Reached("definition", "bottom_of_funnel"),
        Reached("rung", "first_touch/day_1"),
        Reached("effect", "first_touch/day_1: task for owner"),
    )


def test_a_superseded_rung_is_not_reached(policy: Policy, play: Player) -> None:
    stalled = "{at: 2026-09-15 09:00, stalls: salesforce.tasks, until: 2026-09-16 14:00}"
    found = missed(policy, play(SCORED, stalled, expect="{cycles: 1}", until="2026-09-16 15:00"))

    assert Reached("rung", "first_touch/day_1") in found.missed
    assert Reached("rung", "first_touch/day_2") not in found.missed


def test_without_any_test_nothing_is_reached(policy: Policy) -> None:
    found = missed(policy)

    assert found.missed == found.there
    assert len(found.there) == 30


def test_the_tests_shipped_pass_and_reach_everything_of_the_agreement_shipped(
    policy: Policy, home: Path
) -> None:
    files = load_policy_tests(policy, sorted((home / "config/tests").glob("*.yaml")))
    results = [judged(case_of(policy, f, part)) for f in files.values() for part in f.tests]

    assert [(r.name, r.failures) for r in results if r.failures] == []
    assert missed(policy, *results).missed == ()
