"""A bug counts as caught when a seed shows something with it and nothing without it."""

from pathlib import Path

from tests.simulation.bugs.bug import Bug, Edit
from tests.simulation.bugs.planting import Checkout
from tests.simulation.bugs.results import table
from tests.simulation.bugs.trying import Trial, Tried

BUG = Bug("wrong", "Something is wrong.", (4,), (Edit("thing.py", "right", "wrong"),))
PLAYED = """\
import argparse, json
from slasync import thing
parser = argparse.ArgumentParser()
for name in ("--json", "--stop-at-first"):
    parser.add_argument(name, action="store_true")
for name in ("--first", "--seeds", "--jobs"):
    parser.add_argument(name, type=int)
asked = parser.parse_args()
for seed in range(asked.first, asked.first + asked.seeds):
    seen = thing.seen(seed)
    told = [{"invariant": n, "lead": lead, "says": f"{lead} at {seed}"} for n, lead in seen]
    print(json.dumps({"seed": seed, "violations": told}), flush=True)
    if told:
        break
"""


def a_checkout(folder: Path, thing: str) -> Checkout:
    """A slasync whose simulation shows what `thing` says of each seed."""
    package = folder / "src" / "slasync"
    simulation = package / "rehearsal" / "simulation"
    simulation.mkdir(parents=True)
    for path in (package, package / "rehearsal", simulation):
        (path / "__init__.py").write_text("", "utf-8")
    (simulation / "__main__.py").write_text(PLAYED, "utf-8")
    (package / "thing.py").write_text(f"WORD = 'right'\n{thing}", "utf-8")
    for name in ("config", "connectors"):
        (folder / name).mkdir()
    return Checkout(folder)


def test_the_first_seed_that_shows_something_catches_the_bug(tmp_path: Path) -> None:
    thing = "def seen(seed): return [(4, 'a'), (11, 'b')] if WORD == 'wrong' and seed > 2 else []"

    tried = Trial(a_checkout(tmp_path, thing)).attempt(BUG, 10)

    assert (tried.seed, tried.seeds, tried.invariants) == (3, 3, ("4", "11"))
    assert tried.says == "a at 3"


def test_a_seed_that_shows_something_without_the_bug_catches_nothing(tmp_path: Path) -> None:
    thing = """\
def seen(seed):
    always = [(9, "z")] if seed == 1 else []
    return [*always, (4, "a")] if WORD == "wrong" else always
"""

    tried = Trial(a_checkout(tmp_path, thing)).attempt(BUG, 10)

    assert (tried.seed, tried.seeds, tried.invariants) == (2, 2, ("4",))


def test_a_bug_that_no_seed_shows_is_not_caught(tmp_path: Path) -> None:
    tried = Trial(a_checkout(tmp_path, "def seen(seed): return []")).attempt(BUG, 5)

    assert (tried.seed, tried.seeds, tried.broken) == (None, 5, "")


def test_a_simulation_that_fails_is_neither_a_catch_nor_a_miss(tmp_path: Path) -> None:
    thing = "def seen(seed): return [1 / 0] if seed == 2 else []"

    tried = Trial(a_checkout(tmp_path, thing)).attempt(BUG, 5)

    assert tried.seed is None
    assert tried.broken == "ZeroDivisionError: division by zero"


def test_the_table_says_by_what_each_bug_was_caught_and_which_was_not() -> None:
    caught = Tried("no-settle", "abc", 7, 7, ("3", "9"), "too early")
    missed = Tried("no-overlap", "abc", 2000)

    told = table({tried.bug: tried for tried in (caught, missed)})

    assert "| 3, 9 | 7 |" in told
    assert "| **not caught** | 2000 |" in told
    assert "2 tried, 1 caught; half of these within 7 seeds" in told
