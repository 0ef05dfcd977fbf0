"""`slasync digest show`: what managers and leadership will be told, and that it goes out so."""

import json
from datetime import timedelta
from typing import Any

import pytest

from slasync.cli.main import Exit
from tests.cli.desk import Desk
from tests.cli.test_digests import DAY, NOTIFY, WithPost
from tests.cli.test_dispute import disputed
from tests.cli.test_held import storm
from tests.workers.letters import Letterbox

__all__ = ["disputed", "storm"]  # fixtures

HOUR = timedelta(hours=1)
LOU = ("lou@x.example", "Lou Reed")


def with_mornings(desk: Desk, box: Letterbox, extra: str = "") -> WithPost:
    told = NOTIFY.replace(
        "language: de, for: []", f"language: en, for: [managers, leadership]{extra}"
    )
    assert told != NOTIFY
    desk.change("config/slasync.yaml", "\nlog_level:", told)
    return WithPost(desk, box)


def late_lead(post: WithPost) -> None:
    """Lou arrives on Monday at 10:00 in Berlin; on Tuesday at 12:00 nobody has called him."""
    post.desk.arrives()
    post.desk.work()
    post.desk.work()
    post.desk.work(DAY + 2 * HOUR)


def test_what_would_go_out_is_shown_and_nothing_is_sent(desk: Desk) -> None:
    post = with_mornings(desk, box := Letterbox())
    late_lead(post)
    box.taken.clear()
    shown = post.slasync("digest", "show")

    assert shown.exit_code == Exit.OK
    assert "To lea@sandbox.example, next due Wed 2026-03-04 09:00 Europe/Berlin" in shown.stdout
    assert "To mia@sandbox.example" in shown.stdout
    assert "To ana@sandbox.example" not in shown.stdout
    assert "SLA: 1 overdue" in shown.stdout
    assert "- Lou Reed, VU: since 10:0" in shown.stdout
    assert "2 h" in shown.stdout
    assert not box.taken


def test_one_reader_s_alone_and_as_json(desk: Desk) -> None:
    post = with_mornings(desk, Letterbox())
    late_lead(post)
    told: Any = json.loads(
        post.slasync("digest", "show", "--for", "MIA@sandbox.example", "--json").stdout
    )

    (mia,) = told["digests"]
    assert (mia["to"], mia["language"]) == ("mia@sandbox.example", "en")
    assert mia["due"] == "2026-03-04T08:00:00+00:00"
    assert "Lou Reed, VU" in mia["text"]


def test_as_if_it_were_another_time(desk: Desk) -> None:
    post = with_mornings(desk, Letterbox())
    late_lead(post)
    shown = post.slasync(
        "digest", "show", "--for", "lea@sandbox.example", "--at", "2026-03-04T09:00"
    )

    assert "As of Wed 2026-03-04 09:00." in shown.stdout
    assert "of working time" in shown.stdout


def test_who_is_absent_today_is_forecast_with_a_proposal(desk: Desk) -> None:
    """Lou is Ana's, due on Tuesday at 10:00; Ana is away all day."""
    desk.change(
        "config/teams.yaml", "absences: []",
        "absences: [{who: ana@sandbox.example, from: 2026-03-03, to: 2026-03-03}]",
    )  # fmt: skip
    post = with_mornings(desk, Letterbox())
    desk.arrives()
    desk.work()
    desk.work()
    shown = post.slasync(
        "digest", "show", "--for", "mia@sandbox.example", "--at", "2026-03-03T09:00"
    )

    assert "Likely to be missed today: 1 of 1 that are due" in shown.stdout
    assert (
        "Ana Albers is absent until then. Proposal: reassign to Ben Brock (0 open)" in shown.stdout
    )


def test_nothing_to_say_is_said(desk: Desk) -> None:
    post = with_mornings(desk, Letterbox())
    desk.work()

    assert "There is nothing to say to anybody." in post.slasync("digest", "show").stdout
    shown = post.slasync("digest", "show", "--for", "lea@sandbox.example")
    assert "There is nothing to say: no message." in shown.stdout


def test_all_in_time_is_shown_where_it_is_wished_for(desk: Desk) -> None:
    post = with_mornings(desk, Letterbox(), ", if_nothing: all_in_time")
    desk.work()

    assert "SLA: all in time" in post.slasync("digest", "show").stdout


def test_the_channel_of_a_pool_has_a_morning_of_its_pool(desk: Desk) -> None:
    desk.environ["HOOK"] = "https://hooks.example/services/x"
    webhook = "\nnotify:\n  webhook: {url: {env: HOOK}}\n  digest: {language: en}\n\nlog_level:"
    desk.change("config/slasync.yaml", "\nlog_level:", webhook)
    post = WithPost(desk, Letterbox("webhook"))
    late_lead(post)
    shown = post.slasync("digest", "show")

    assert "To inbound, next due" in shown.stdout
    assert "Ana Albers: 1" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--for", "leo@sandbox.example"], "--for leo@sandbox.example: no reader of digests;"),
        (["--at", "noon"], "--at noon: is no time; write"),
    ],
)
def test_a_wrong_call_says_what_to_do(desk: Desk, arguments: list[str], words: str) -> None:
    post = with_mornings(desk, Letterbox())
    desk.work()
    told = post.slasync("digest", "show", *arguments)

    assert told.exit_code == Exit.USAGE
    assert words in told.stderr


def test_before_anything_was_read_nothing_can_be_told(new_desk: Desk) -> None:
    post = with_mornings(new_desk, Letterbox())
    told = post.slasync("digest", "show")

    assert told.exit_code == Exit.USAGE
    assert "there is no database" in told.stderr


def test_without_notify_nobody_gets_digests(desk: Desk) -> None:
    told = desk.slasync("digest", "show")

    assert told.exit_code == Exit.USAGE
    assert "nobody gets digests: configure notify in slasync.yaml" in told.stderr


def test_managers_and_leadership_are_written_to_in_the_morning(desk: Desk) -> None:
    post = with_mornings(desk, box := Letterbox())
    late_lead(post)
    box.taken.clear()
    post.work(DAY - 2 * HOUR)  # Wednesday, 10:05 in Berlin

    assert {message.to for message in box.taken} == {"lea@sandbox.example", "mia@sandbox.example"}
    assert all("Lou Reed, VU: since Tue 10:0" in message.text for message in box.taken)


def test_a_dispute_waits_for_the_manager_in_his_morning(disputed: Desk) -> None:
    post = with_mornings(disputed, Letterbox())
    shown = post.slasync("digest", "show", "--for", "mia@sandbox.example")

    assert "Disputes to decide: 1\n- Lou Reed, VU, " in shown.stdout
    assert ": I was at a fair" in shown.stdout
    disputed.slasync("dispute", "refuse", LOU[0])
    disputed.work()
    assert "Disputes" not in post.slasync("digest", "show").stdout


def test_what_is_held_is_told_by_batch_and_to_a_manager_as_far_as_it_is_his(storm: Desk) -> None:
    post = with_mornings(storm, Letterbox())
    told = post.slasync("digest", "show").stdout

    assert told.count("- late-2026-03-04: 6 writes. decided late: 6 counted tasks in an hour") == 2
    storm.slasync("held", "discard", "late-2026-03-04")
    assert "late-2026-03-04" not in post.slasync("digest", "show").stdout


def test_a_lead_given_to_another_is_reassigned_and_not_overdue_for_him(desk: Desk) -> None:
    """On Thursday at 10:00 Ana's first lead goes on: its new owner has all his time."""
    post = with_mornings(desk, Letterbox(), ', at: "17:30"')  # nothing is told in between
    desk.arrives()
    for _ in range(3):
        desk.work()
    desk.work(3 * DAY)
    desk.work()
    told = post.slasync("digest", "show", "--for", "lea@sandbox.example").stdout

    assert "1 reassigned" in told
    assert "- Lou Reed, VU: from Ana Albers to Ben Brock; first_touch had reached day_3" in told
    assert "overdue" not in told


def test_who_is_forgotten_is_taken_out_of_the_mornings_kept(desk: Desk) -> None:
    post = with_mornings(desk, Letterbox())
    late_lead(post)
    post.work(DAY - 2 * HOUR)
    assert post.slasync("forget", LOU[0], "--apply").exit_code == Exit.OK

    text = (desk.home / "slasync.db").read_bytes()
    assert b"Lou Reed, VU: since" not in text
