"""Effects beyond tasks in agreement.yaml: what can be written, and what each mistake is told."""

from pathlib import Path

import pytest

from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.writes import Role
from slasync.settings.policy import load_policy
from tests.settings.configs import ENVIRON, TODAY, Configuration, shipped
from tests.settings.test_clock_parts import AGREEMENT, with_effect
from tests.settings.test_notify import SECRETS, SLASYNC, SMTP, WEBHOOK

HUBSPOT, TEAMS = "connectors/hubspot/connector.yaml", "config/teams.yaml"
FIELDS = (
    "  custom:\n"
    "    wanted: {field: slasync_wanted, direction: both}\n"
    "    employees: {field: numberofemployees, type: number, direction: write}\n"
    "    cycle: {field: lifecyclestage, direction: write}\n"
)


def configured(root: Path, effects: str, *ways: str) -> Configuration:
    """The shipped files with a rung of these effects, fields and lists to write, and ways."""
    made = with_effect(root, effects)
    made = Configuration(root, ENVIRON | SECRETS).change(HUBSPOT, "  custom: {}\n", FIELDS)
    made.change(HUBSPOT, "\nlists: {}", '\nlists: {nurture: "12", hot: "7"}')
    lines = "".join(f"  {way}\n" for way in ways)
    return made.change(SLASYNC, "\nlog_level:", f"\nnotify:\n{lines}\nlog_level:") if ways else made


def the_rung(configuration: Configuration) -> Rung:
    [rung] = configuration.load().agreement.clock("extra").rungs
    return rung


@pytest.mark.parametrize(
    ("written", "effect"),
    [
        (
            "{do: notify, to: manager, text: reminder}",
            Effect(EffectKind.NOTIFY, Role.MANAGER, "reminder"),
        ),
        (
            "{do: notify, to: pool, text: reminder, via: webhook}",
            Effect(EffectKind.NOTIFY, Role.POOL, "reminder", via="webhook"),
        ),
        (
            "{do: status, status: Disqualified, reason: no answer}",
            Effect(EffectKind.STATUS, status="Disqualified", reason="no answer"),
        ),
        (
            "{do: status, status: Open - Not Contacted}",
            Effect(EffectKind.STATUS, status="Open - Not Contacted"),
        ),
        (
            "{do: property, property: wanted, value: 'yes'}",
            Effect(EffectKind.PROPERTY, name="wanted", value="yes"),
        ),
        (
            "{do: property, property: employees, value: 12}",
            Effect(EffectKind.PROPERTY, name="employees", value=12),
        ),
        (
            "{do: property, property: wanted, value: null}",
            Effect(EffectKind.PROPERTY, name="wanted", value=None),
        ),
        (
            "{do: list, list: nurture, change: add}",
            Effect(EffectKind.LIST, name="nurture", change="add"),
        ),
        (
            "{do: list, list: hot, change: remove}",
            Effect(EffectKind.LIST, name="hot", change="remove"),
        ),
    ],
)
def test_a_rung_can_do_more_than_write_tasks(tmp_path: Path, written: str, effect: Effect) -> None:
    assert the_rung(configured(tmp_path, written, SMTP, WEBHOOK)).effects == (effect,)


def test_lists_and_marketings_people_reach_those_who_need_them(tmp_path: Path) -> None:
    effect = "{do: notify, to: marketing, text: reminder}"
    made = configured(tmp_path, effect, SMTP)
    made.change(TEAMS, "  marketing: []", "  marketing: [mo@acme.example]")

    settings = made.load()

    assert settings.hubspot
    assert settings.hubspot.lists == {"nurture": "12", "hot": "7"}
    assert {pool.marketing for pool in settings.pools.values()} == {("mo@acme.example",)}
    assert "mo@acme.example" in {reader.name for reader in settings.readers}


TOLD = (
    # addressed
    ("{do: notify, to: manager}", "needs to (owner, manager, leadership, marketing, pool)"),
    ("{do: notify, text: reminder}", "do: notify needs to (owner"),
    ("{do: task, to: owner}", "do: task needs to (owner, manager, leadership) and text"),
    ("{do: task, to: marketing, text: reminder}", "marketing hears by do: notify or digest"),
    ("{do: task, to: pool, text: reminder}", "a task belongs to one user of the CRM"),
    ("{do: notify, to: marketing, text: reminder}", "name its addresses in roles.marketing"),
    ("{do: digest, to: marketing, text: reminder}", "name its addresses in roles.marketing"),
    ("{do: notify, to: boss, text: reminder}", "'boss' is none of"),
    ("{do: notify, to: owner, text: remindr}", "no text 'remindr' (did you mean reminder?)"),
    # statuses
    ("{do: status}", "do: status needs status"),
    ("{do: status, status: Nobody}", "there is no lead status 'Nobody'"),
    ("{do: status, status: Recycled}", "gives the lead back to marketing: write do: recycle"),
    ("{do: status, status: Working - Contacted}", "which only a person can say of a lead"),
    ("{do: status, status: Closed - Converted}", "which only a person can say of a lead"),
    ("{do: status, status: Disqualified}", "do: status needs reason"),
    ("{do: status, status: Disqualified, reason: no, to: owner}", "addressed to nobody"),
    # fields
    ("{do: property, property: wanted}", "do: property needs value"),
    ("{do: property, value: 1}", "do: property needs property"),
    ("{do: property, property: wnted, value: 'yes'}", "'wnted' (did you mean wanted?)"),
    ("{do: property, property: employees, value: many}", "holds number, and this is 'many'"),
    ("{do: property, property: wanted, value: 1}", "'wanted' holds text, and this is 1"),
    ("{do: property, property: lifecycle, value: lead}", "lifecycle is only read"),
    ("{do: property, property: cycle, value: lead}",
     "moves forward only, and HubSpot ignores other values without a word: let a workflow set it"),
    ("{do: property, property: country, value: DE}", "country is Salesforce's as well"),
    ("{do: status, status: Disqualified, reason: no, value: 1}", "belongs to do: property"),
    # lists
    ("{do: list, list: nurture}", "do: list needs change"),
    ("{do: list, change: add}", "do: list needs list"),
    ("{do: list, list: nuture, change: add}", "'nuture' (did you mean nurture?)"),
    ("{do: list, list: nurture, change: put}", "'put' is none of 'add', 'remove'"),
    ("{do: reassign, list: nurture}", "do: reassign takes no list: that belongs to do: list"),
    ("{do: task, to: owner, text: reminder, via: smtp}", "do: task takes no via"),
    # what this version cannot
    ("{do: programme, programme: x}", "is for Marketo, and here marketing works in HubSpot"),
    # a rung
    (
        "{do: status, status: Disqualified, reason: a}, {do: recycle, reason: b}",
        "sets a status twice: keep one",
    ),
    (
        "{do: list, list: hot, change: add}, {do: list, list: hot, change: remove}",
        "changes list hot twice: keep one",
    ),
    (
        "{do: notify, to: owner, text: reminder}, {do: notify, to: owner, text: new_lead}",
        "notifies owner twice: keep one",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("effect", "told"), TOLD)
def test_what_cannot_be_done_is_told(tmp_path: Path, effect: str, told: str) -> None:
    problems = configured(tmp_path, effect, SMTP, WEBHOOK).problems()

    assert [problem for problem in problems if told in problem]


def test_a_status_that_stands_for_no_stage_is_not_set(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{do: status, status: Disqualified, reason: no}")
    configuration.change(AGREEMENT, "    Disqualified: disqualified\n", "")

    [problem] = configuration.problems()

    assert "'Disqualified' stands for no stage: give it one in stages.of_status" in problem


def test_a_property_that_a_rule_reads_is_not_written(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{do: property, property: wanted, value: 'yes'}")
    configuration.change(AGREEMENT, "score >= 75", "wanted == 'yes'")

    [problem] = configuration.problems()

    assert "definition score reads wanted: what slasync writes must not lead to what" in problem


def test_a_message_without_a_way_is_a_problem_with_its_line(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "{do: notify, to: owner, text: reminder}")

    [problem] = configuration.problems()

    lines = (tmp_path / AGREEMENT).read_text().splitlines()
    line = next(n for n, text in enumerate(lines, start=1) if "do: notify" in text)
    assert problem.startswith(f"{AGREEMENT}:{line}:")
    assert "do: notify needs smtp or webhook in notify of slasync.yaml" in problem


@pytest.mark.parametrize(
    ("effect", "ways", "told"),
    [
        ("{do: notify, to: owner, text: reminder, via: webhook}", [SMTP], "names no webhook"),
        ("{do: notify, to: owner, text: reminder, via: smtp}", [WEBHOOK], "names no smtp"),
        (
            "{do: notify, to: pool, text: reminder}",
            [WEBHOOK],
            "there is one channel for the whole pool: write via: webhook",
        ),
    ],
)
def test_a_way_that_is_not_configured_is_told(
    tmp_path: Path, effect: str, ways: list[str], told: str
) -> None:
    [problem] = configured(tmp_path, effect, *ways).problems()

    assert told in problem


def test_a_field_that_a_rule_reads_is_not_written_by_a_rung(tmp_path: Path) -> None:
    effect = "{do: property, property: wanted, value: 'yes'}"
    made = configured(tmp_path, effect).change(
        AGREEMENT, "lead: score >= 40", "lead: wanted == 'a'"
    )

    [problem] = made.problems()

    assert "definitions.lead reads wanted" in problem


def test_lists_have_numbers(tmp_path: Path) -> None:
    made = shipped(tmp_path).change(HUBSPOT, "\nlists: {}", "\nlists: {nurture: ten}")

    [problem] = made.problems()

    assert "'ten' is no number of a list" in problem


def test_a_policy_is_checked_without_a_deployment(tmp_path: Path) -> None:
    configured(tmp_path, "{do: notify, to: owner, text: reminder}")

    policy = load_policy(tmp_path / "config", tmp_path / "connectors", {}, today=TODAY)

    assert policy.agreement.notifies


def test_as_shipped_nobody_is_sent_a_message(tmp_path: Path) -> None:
    assert not shipped(tmp_path).load().agreement.notifies


@pytest.mark.parametrize("role", ["owner", "manager", "pool"])
def test_a_chain_of_roles_that_ends_with_nobody_is_warned_of(tmp_path: Path, role: str) -> None:
    made = configured(tmp_path, f"{{do: notify, to: {role}, text: reminder}}", SMTP)
    text = (tmp_path / AGREEMENT).read_text().replace("to: leadership", "to: manager")
    made.write(AGREEMENT, text)
    lines = (tmp_path / TEAMS).read_text().splitlines(keepends=True)
    alone = (line for line in lines if not line.strip().startswith(("manager:", "leadership:")))
    made.write(TEAMS, "".join(alone))

    warned = [str(warning) for warning in made.load().warnings]

    said = f"names neither manager nor leadership: where nobody of {role} has an address"
    assert [warning for warning in warned if said in warning]


def test_a_chain_that_ends_with_leadership_is_fine(tmp_path: Path) -> None:
    made = configured(tmp_path, "{do: notify, to: manager, text: reminder}", SMTP)
    lines = (tmp_path / TEAMS).read_text().splitlines(keepends=True)
    made.write(TEAMS, "".join(line for line in lines if "manager:" not in line))

    assert not [w for w in made.load().warnings if "extra" in str(w) and "nobody" in str(w)]
