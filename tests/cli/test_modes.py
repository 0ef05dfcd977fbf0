"""Two teams, one enforced and one shadowed: what is written, shown and compared, end to end."""

import csv
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from slasync.sandbox.faults import Kind, Rule
from tests.cli.desk import Desk, a_desk

DAY = timedelta(days=1)
TWO_TEAMS = "modes: {inbound: enforce, dach: shadow}\n"
KEY = "Slasync_Key__c"


def in_two_teams(desk: Desk, modes: str = TWO_TEAMS) -> Desk:
    """Ana and Ben are inbound, which writes; Chi and Dora are dach, which is shadowed."""
    both = "      - chi@sandbox.example\n      - dora@sandbox.example\n"
    desk.change("config/teams.yaml", both, "")
    dach = (
        f"\npools:\n  dach:\n    members:\n{both}    manager: mia@sandbox.example\n"
        "    leadership: [lea@sandbox.example]\n    calendar: berlin\n"
    )
    desk.change("config/teams.yaml", "\npools:\n", dach)
    desk.change("config/slasync.yaml", "\nlog_level:", f"\n{modes}\nlog_level:")
    return desk


def known_lead(desk: Desk, owner: str, name: str) -> str:
    """Have a lead that somebody owns in Salesforce meet the score in HubSpot; return its id."""
    email = f"{name}@x.example"
    fields = {"LastName": name, "Company": "VU", "Email": email}
    made = desk.town.salesforce.create("Lead", fields, desk.town.users[owner])
    desk.work()
    desk.arrives(email)
    return made


def tasks_of(desk: Desk, lead: str) -> list[Any]:
    return [row for row in desk.rows("Task") if row["WhoId"] == lead and row[KEY]]


def ours(desk: Desk, lead: str) -> list[Any]:
    """Return what slasync wrote to a lead, or about it."""
    us = desk.town.salesforce.integration_user_id
    about = {lead, *(task["Id"] for task in desk.rows("Task") if task["WhoId"] == lead)}
    return [e for e in desk.town.world.journal.entries() if e.by == us and e.id in about]


@dataclass(frozen=True, slots=True)
class Week:
    """Four days. Ana's and Dora's leads were touched by nobody, Chi called hers after an hour."""

    desk: Desk
    anas: str
    doras: str
    chis: str


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    desk = in_two_teams(a_desk(tmp_path_factory.mktemp("week")))
    desk.slasync("sync", "--once")
    made = {name: known_lead(desk, name, f"{name}s") for name in ("ana", "dora", "chi")}
    desk.work()
    desk.work(timedelta(hours=1))
    desk.town.salesforce.log_call(made["chi"], desk.town.users["chi"])
    desk.work(DAY)
    theirs = {"OwnerId": desk.town.users["chi"]}  # by another tool, a day after slasync would
    for _ in range(5):
        desk.work(DAY / 2)
    desk.town.salesforce.update("Lead", made["dora"], theirs, desk.town.users["mia"])
    desk.work(DAY)
    return Week(desk, made["ana"], made["dora"], made["chi"])


def test_the_enforced_team_is_written_to(week: Week) -> None:
    assert [row["OwnerId"] for row in tasks_of(week.desk, week.anas)]
    assert ours(week.desk, week.anas)


def test_nothing_at_all_is_written_about_the_shadowed_teams_leads(week: Week) -> None:
    assert ours(week.desk, week.doras) == []
    assert ours(week.desk, week.chis) == []
    contacts = list(week.desk.town.hubspot.rows("contacts"))
    told = {c["email"]: c.get("slasync_stage") for c in map(dict, contacts)}
    assert {email for email, stage in told.items() if stage} == {"anas@x.example"}


def test_status_shows_the_modes_and_how_many_leads_are_under_each(week: Week) -> None:
    told = week.desk.json("status")
    assert told["mode"] == "enforce"
    assert told["modes"] == {"dach": "shadow", "inbound": "enforce"}
    assert told["leads_by_mode"] == [
        {"teams": ["dach"], "mode": "shadow", "leads": 2},
        {"teams": ["inbound"], "mode": "enforce", "leads": 1},
    ]
    shown = week.desk.slasync("status").output
    assert "  the deployment, which bounds them all  enforce\n" in shown
    assert "  dach     shadow   2\n" in shown


def test_plan_says_of_each_write_by_which_mode_it_is_not_sent(week: Week) -> None:
    told = week.desk.json("plan")
    assert told["modes"] == {"dach": "shadow", "inbound": "enforce"}
    assert {write["mode"] for write in told["writes"]} == {"shadow"}
    assert "salesforce, not sent, mode shadow: " in week.desk.slasync("plan").output


def test_check_shows_the_modes(week: Week) -> None:
    assert week.desk.json("check")["modes"] == {"dach": "shadow", "inbound": "enforce"}
    assert "  dach                                   shadow" in week.desk.slasync("check").output


def test_explain_says_which_mode_holds_for_a_lead_and_why(week: Week) -> None:
    shadowed = week.desk.slasync("explain", "doras@x.example").output
    assert "  mode shadow, by team dach: shadow\n" in shadowed
    (lead,) = week.desk.json("explain", "doras@x.example")["leads"]
    words = [fact["words"] for fact in lead["facts"]]
    assert any("slasync: mode shadow from now on, by team dach: shadow" in w for w in words)
    assert any("in mode shadow, nothing written: first_touch/day_0 fired" in w for w in words)
    assert "none: mode shadow writes nothing" in shadowed
    enforced = week.desk.slasync("explain", "anas@x.example").output
    assert "  mode enforce, by team inbound: enforce\n" in enforced


def test_what_if_says_that_both_are_played_as_if_everything_were_enforced(week: Week) -> None:
    path = week.desk.home / "config/agreement.yaml"
    done = week.desk.slasync("replay", "--since", "2026-03-01", "--agreement", str(path))
    said = "Both are played as if everything were enforced; now the mode is enforce; dach: shadow;"
    assert said in done.output
    told = week.desk.json("replay", "--since", "2026-03-01", "--agreement", str(path))
    assert told["modes"] == {"dach": "shadow", "inbound": "enforce"}
    assert told["differing"] == []


# parity


def test_parity_tells_what_others_did_and_slasync_would_have(week: Week) -> None:
    """Dora's: tasks for her and Mia that nobody answered; on Thursday slasync would have given it
    to Ana, and Mia gave it to Chi on Friday. Chi's: a task that she answered within the hour.
    """
    told = week.desk.json("parity", "--since", "2026-03-01")
    owners, tasks = told["by_what"]["owner"], told["by_what"]["task"]
    assert (owners["thought_of"], owners["not_done"], owners["only_others"]) == (1, 1, 1)
    assert (tasks["thought_of"], tasks["agreed"], tasks["not_done"]) == (3, 1, 2)
    assert told["total"]["agreed_share"] == 0.25
    assert told["leads"] == 2
    assert list(told["by_team"]) == ["dach"]
    only = next(each for each in told["differing"] if each["outcome"] == "only_others")
    assert (only["others"], only["others_by"]) == ("Chi Chen", "a person, Mia Mohn")


def test_people_read_it_in_plain_words(week: Week) -> None:
    shown = week.desk.slasync("parity", "--since", "2026-03-01").output
    assert shown.startswith("2 leads in mode shadow from 2026-02-28T23:00:00Z to ")
    assert (
        "Of 4 writes that can be judged 1 (25 %) were done by others as well, within 4 h; 0 (0 %)"
        " otherwise, 0 (0 %) earlier, 0 (0 %) later and 3 (75 %) not at all. 1 were done only by"
        " others.\n"
    ) in shown
    assert "4 differ\n" in shown
    assert "- Open tasks of others are not in the mirror, and a closed one that a tool" in shown


def test_live_tasks_that_others_made_are_compared_as_well(tmp_path: Path) -> None:
    """A flow asks Dora at the hand-over, as slasync would have; her task is open to this day."""
    desk = in_two_teams(a_desk(tmp_path))
    desk.slasync("sync", "--once")
    lead = known_lead(desk, "dora", "doras")
    flow, dora = desk.town.salesforce.admin_id, desk.town.users["dora"]
    task = {"WhoId": lead, "OwnerId": dora, "Subject": "New lead", "Status": "Not Started"}
    desk.town.salesforce.create("Task", task, flow)
    for hours in (0.5, 0.5, 5):
        desk.work(timedelta(hours=hours))

    mirror = desk.json("parity", "--since", "2026-03-01")["by_what"]["task"]
    asked = desk.json("parity", "--since", "2026-03-01", "--live")

    assert (mirror["thought_of"], mirror["not_done"]) == (1, 1)
    assert asked["by_what"]["task"]["agreed"] == 1
    assert asked["by_what"]["task"]["only_others"] == 0
    assert any("were asked of Salesforce just now" in note for note in asked["notes"])
    assert ours(desk, lead) == []


def test_a_wider_tolerance_lets_more_agree_or_be_another(week: Week) -> None:
    told = week.desk.json("parity", "--since", "2026-03-01", "--tolerance", "1 d")
    assert told["by_what"]["owner"]["other"] == 1
    assert told["by_what"]["owner"]["only_others"] == 0


def test_csv_has_a_line_for_each_comparison(week: Week) -> None:
    done = week.desk.slasync("parity", "--since", "2026-03-01", "--csv")
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert len(rows) == 5
    assert {row["team"] for row in rows} == {"dach"}
    assert {row["outcome"] for row in rows} == {"agreed", "not_done", "only_others"}
    agreed = next(row for row in rows if row["outcome"] == "agreed")
    assert (agreed["slasync"], agreed["others"], agreed["what"]) == ("Chi Chen", "Chi Chen", "task")


def test_of_one_team_only_its_leads_are_compared(week: Week) -> None:
    assert week.desk.json("parity", "--since", "2026-03-01", "--team", "inbound")["leads"] == 0
    assert week.desk.json("parity", "--since", "2026-03-01", "--team", "dach")["leads"] == 2


def test_a_team_that_there_is_not_is_wrong_usage_with_the_nearest(week: Week) -> None:
    done = week.desk.slasync("parity", "--since", "2026-03-01", "--team", "dahc")
    assert done.exit_code == 2
    assert "--team dahc: teams.yaml has no such pool (did you mean dach?)" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tolerance", "4"), "--tolerance 4: write 30 min, 4 h or 1 d"),
        (("--csv", "--json"), "--csv and --json: choose one of them"),
        (("--since", "yesterday"), "--since yesterday: is no time"),
    ],
)
def test_options_that_cannot_be_right_are_refused(
    week: Week, options: tuple[str, ...], said: str
) -> None:
    done = week.desk.slasync("parity", "--since", "2026-03-01", *options)
    assert done.exit_code == 2
    assert said in done.stderr


def test_before_anything_was_shadowed_it_says_how_to_begin(desk: Desk) -> None:
    shown = desk.slasync("parity", "--since", "2026-03-01").output
    assert "Nothing was ever shadowed: `mode: shadow` in slasync.yaml, or a team's" in shown


# the brake


def test_set_to_observe_what_was_queued_is_never_sent(desk: Desk) -> None:
    in_two_teams(desk, "modes: {inbound: enforce, dach: enforce}\n")
    lead = known_lead(desk, "dora", "doras")
    desk.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, "(POST|PATCH) .*composite/sobjects.*"))
    desk.work()
    desk.work()
    desk.town.world.faults.switch_off()
    waiting = {write["state"] for write in desk.json("plan")["writes"]}
    assert waiting & {"queued", "under way"}
    desk.mode("observe")
    for _ in range(4):
        desk.work(DAY)
    assert ours(desk, lead) == []
    rows = desk.json("status")["outbox"]
    told = {row["state"] for row in rows if row["system"] == "salesforce"}
    assert told == {"superseded"}


def test_from_shadow_to_enforce_no_storm_breaks_loose(desk: Desk) -> None:
    in_two_teams(desk)
    leads = [known_lead(desk, "dora", f"lead{number}") for number in range(6)]
    for _ in range(4):
        desk.work(DAY / 2)
    desk.change("config/slasync.yaml", "dach: shadow", "dach: enforce")
    desk.work()
    assert [tasks_of(desk, lead) for lead in leads] == [[]] * 6
    owners = {row["OwnerId"] for row in desk.rows("Lead") if row["Id"] in leads}
    assert owners == {desk.town.users["dora"]}
