"""What the table says of the simulation, the simulation says of itself."""

import ast
from pathlib import Path

import pytest

import slasync
from slasync.rehearsal.simulation.counters import SOMETIMES
from slasync.rehearsal.simulation.oracle import INVARIANTS
from tests.faults.catalogue import ROWS
from tests.faults.rows import Row, Simulated

SOURCE = Path(slasync.__file__).parent
COUNTED = {*SOMETIMES, "clock jump", *(f"invariant {i.number}" for i in INVARIANTS if i.checks)}
AROUND = {"transaction.begin", "transaction.after", "commit.before"}
SYSTEMS = {f"{system}.{what}" for system in ("salesforce", "hubspot") for what in
           ("sending", "answered", "unanswered")}  # fmt: skip


def points() -> set[str]:
    """Return the named points of the daemon's own code."""
    trees = [ast.parse(p.read_text(encoding="utf-8")) for p in SOURCE.glob("workers/**/*.py")]
    calls = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call)]
    reached = [n for n in calls if ast.unparse(n.func).endswith("seams.reached")]
    return {str(ast.literal_eval(n.args[0])) for n in reached}


@pytest.mark.parametrize(
    "row", [r for r in ROWS if isinstance(r.answer, Simulated)], ids=lambda r: r.id
)
def test_what_is_said_to_be_simulated_is_counted_or_judged_there(row: Row) -> None:
    assert isinstance(row.answer, Simulated)
    name = row.answer.name
    known = name in COUNTED or name.rpartition(":")[2] in points() | AROUND | SYSTEMS

    assert known, f"{row.id}: the simulation knows no {name!r}"


def test_every_point_of_the_daemons_code_has_a_row() -> None:
    named = {r.answer.name.rpartition(":")[2] for r in ROWS if isinstance(r.answer, Simulated)}
    of_the_inbox = {"inbox.claimed", "inbox.done"}  # as the rows of the inbox
    # fault row crash/digest-marked, test_sweep.py and test_hearing.py of the workers tell of them
    elsewhere = ("digest.", "feed.", "sweep.")
    tested = {point for point in points() if point.startswith(elsewhere)}

    assert points() - named <= of_the_inbox | tested
