"""A history of six leads, written here, replayed from its two files."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from slasync.domain.facts import FactKind
from slasync.rehearsal.figures import Figures
from slasync.rehearsal.replay import Replay, prepare, read_history, result
from slasync.sandbox.replay_map import load_map
from slasync.store.unit import reading

LEADS = """\
id,arrived
a,2024-03-04
b,2024-03-04
c,2024-03-05
d,2024-03-08
e,2024-03-11
f,2024-03-12
"""
OUTCOMES = """\
id,won,what
b,2024-03-06 10:30:00,won
d,2024-03-07 09:00:00,won
e,2024-03-25 16:00:00,lost
"""
MAP = """\
title: six leads
zone: America/Sao_Paulo
country: BR
leads:
  key: id
  at: arrived
  met:
    form: Demo request
  templates:
    email: "{id}@leads.example"
    lastname: "Lead {id}"
    company: "Loja {id}"
outcomes:
  lead: id
  at: won
  kind:
    column: what
    values:
      won: converted
      lost: disqualified
"""


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    folder = tmp_path_factory.mktemp("replay")
    for name, text in (("leads.csv", LEADS), ("outcomes.csv", OUTCOMES), ("map.yaml", MAP)):
        (folder / name).write_text(text, "utf-8")
    replay_map = load_map(folder / "map.yaml")
    history = read_history(replay_map, folder / "leads.csv", folder / "outcomes.csv")
    replay = prepare(history, folder / "slasync.db")
    replay.run()
    yield replay
    replay.stage.close()


@pytest.fixture(scope="module")
def figures(replayed: Replay) -> Figures:
    return result(replayed, 0.0)


def test_every_lead_is_mirrored_and_handed_over_once(figures: Figures) -> None:
    assert (figures.leads, figures.mirrored, figures.handed_over) == (6, 6, 6)


def test_what_happened_is_found_again(figures: Figures) -> None:
    assert figures.won == 2
    assert figures.conversion == 33.33


def test_every_clock_has_ended_or_run_out_of_rungs(figures: Figures) -> None:
    assert figures.clocks_started == 12
    assert figures.clocks_left == 0


def test_nothing_was_done_twice_and_the_mirror_is_equal(figures: Figures) -> None:
    assert (figures.duplicate_tasks, figures.double_effects) == (0, 0)
    assert (figures.mirror_differences, figures.parked) == (0, 0)


def test_the_idle_are_reminded_and_the_won_are_not(replayed: Replay) -> None:
    with reading(replayed.stage.engine) as unit:
        facts = unit.facts.of(unit.leads.all_keys())
    rungs = {
        str(replayed.contacts[name]): {
            str(f.data["rung"])
            for f in facts[key]
            if f.kind == FactKind.FIRED and f.data["clock"] == "first_touch"
        }
        for name in replayed.contacts
        for key in facts
        if key.endswith(f":{replayed.contacts[name]}")
    }
    assert {"day_1", "day_2", "day_3"} <= rungs[replayed.contacts["a"]]
    assert "day_3" not in rungs[replayed.contacts["b"]]


def test_an_outcome_dated_before_its_lead_happens_right_after_it(replayed: Replay) -> None:
    contact = replayed.contacts["d"]
    with reading(replayed.stage.engine) as unit:
        (lead,) = [k for k in unit.leads.all_keys() if k.endswith(f":{contact}")]
        facts = unit.facts.of([lead])[lead]
    converted = {f.occurred_at for f in facts if f.kind == FactKind.CONVERTED}
    arrived = datetime(2024, 3, 8, 3, tzinfo=UTC)  # midnight in São Paulo
    assert converted
    assert all(arrived < at < arrived.replace(minute=5) for at in converted)
