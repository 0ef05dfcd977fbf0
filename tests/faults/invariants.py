"""What must be true in every simulated run, whatever went wrong in it; as the judge lists it."""

from slasync.rehearsal.simulation.oracle import INVARIANTS, Invariant
from tests.faults.rows import Answer, Later, Row, Simulated


def _answer(invariant: Invariant) -> Answer:
    """What is judged is simulated; what a test shows elsewhere carries its mark there."""
    if invariant.later:
        return Later(invariant.later)
    return Simulated(f"invariant {invariant.number}") if invariant.checks else None


ROWS = tuple(
    Row(f"I{each.number}", each.title.lower().rstrip("."), _answer(each)) for each in INVARIANTS
)
