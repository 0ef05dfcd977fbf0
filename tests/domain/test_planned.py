"""A write in words: everything that would change, and the very text of a task."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from slasync.domain.explaining.planned import described, diff
from slasync.domain.writes import Action, Judged, Write
from tests.builders import ANA, BEN, LEAD, RECORD

NAMES = {ANA.key: ANA.name, BEN.key: BEN.name}
BERLIN = ZoneInfo("Europe/Berlin")


def a_write(action: Action, **values: Any) -> Write:
    return Write(
        key="k" * 40, lead=LEAD, system="salesforce", action=action, values=values, target=RECORD
    )


def lines(write: Write, **told: str) -> tuple[str, ...]:
    return diff(write, NAMES, told, BERLIN)


def test_an_owner_change_names_both_people() -> None:
    write = replace(a_write(Action.OWNER, owner=BEN.key), judged=Judged(ANA.key, None))

    assert lines(write) == ("~ owner: Ana (005ANA) -> Ben (005BEN)",)


def test_an_owner_nobody_knows_is_shown_by_his_key() -> None:
    write = replace(a_write(Action.OWNER, owner="005NEW"), judged=Judged(None, None))

    assert lines(write) == ("~ owner: nobody -> 005NEW",)


def test_a_task_is_shown_word_for_word_and_due_in_the_readers_zone() -> None:
    write = a_write(
        Action.TASK, subject="Call Lou", text="By noon.\nReally.", owner=ANA.key,
        priority="High", due="2026-03-03T16:00:00+00:00",
    )  # fmt: skip

    assert lines(write) == (
        "+ task for Ana (005ANA), High, due Tue 03 Mar 2026 17:00 Europe/Berlin",
        "  subject: Call Lou",
        "  | By noon.",
        "  | Really.",
    )


def test_a_task_that_only_moves_says_to_whom() -> None:
    assert lines(a_write(Action.TASK, owner=BEN.key)) == ("~ open task: to Ben (005BEN)",)


def test_only_properties_that_change_are_shown() -> None:
    write = a_write(Action.PROPERTIES, stage="mql", owner="ana@sandbox.example", due="")

    assert lines(write, stage="lead", owner="ana@sandbox.example", due="2026-03-03") == (
        "~ stage: lead -> mql",
        "~ due: 2026-03-03 -> nothing",
    )


def test_a_new_lead_shows_what_is_known_of_it_and_no_key() -> None:
    write = a_write(Action.CREATE_LEAD, owner=ANA.key, lead_key=LEAD, last_name="Reed", phone=None)

    assert lines(write) == ("+ lead in salesforce, owner Ana (005ANA)", "  last_name: Reed")


def test_a_flag_tells_since_when_and_why() -> None:
    write = a_write(Action.FLAG_STALE, since="2026-03-12T08:00:00+00:00", why="day 8 passed")

    assert lines(write) == (
        "~ stale: no -> since Thu 12 Mar 2026 09:00 Europe/Berlin",
        "  why: day 8 passed",
    )
    assert lines(a_write(Action.CLEAR_STALE)) == ("~ stale: yes -> no",)


def test_a_task_that_changes_hands_shows_what_it_says_to_the_next_reader() -> None:
    words = {"subject": "Rufen Sie an", "text": "Bis morgen", "due_date": "2026-03-04"}

    assert lines(a_write(Action.TASK, owner=ANA.key, words=words)) == (
        "~ open task: to Ana (005ANA)",
        "  subject: Rufen Sie an",
        "  | Bis morgen",
    )


def test_closing_a_task_tells_the_reason() -> None:
    assert lines(a_write(Action.CLOSE_TASK, text="touched")) == ("- task: touched",)


def test_every_action_has_a_name_of_its_own() -> None:
    assert len({described(a_write(action)) for action in Action}) == len(Action)


def test_a_task_is_named_by_its_rung_and_subject() -> None:
    write = replace(a_write(Action.TASK, subject="Call"), clock="first_touch", rung="day_1")

    assert described(write) == "task (first_touch day_1): Call"
