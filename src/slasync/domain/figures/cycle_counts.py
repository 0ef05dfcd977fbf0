"""What is counted of each cycle once all facts are read: touches, attempts, talks, pauses."""

from slasync.domain.agreement import Agreement
from slasync.domain.attempts import attempts, conversations, graded
from slasync.domain.lead import Roster
from slasync.domain.pausing import pauses_in
from slasync.domain.snooze import rests_in
from slasync.domain.state import State


def count_in_cycles(state: State, agreement_in_force: Agreement, roster: Roster) -> None:
    """Give each cycle the touches up to the next, what they amount to, and its pauses."""
    for cycle, later in zip(state.cycles, [*state.cycles[1:], None], strict=False):
        between = [
            t
            for t in state.touches
            if t.at >= cycle.anchor and (later is None or t.at < later.anchor)
        ]
        agreement = cycle.ruling.agreement if cycle.ruling else agreement_in_force
        cycle.touches = graded(between, agreement.evidence)
        cycle.attempts = attempts(cycle.touches, agreement.evidence)
        cycle.conversations = conversations(cycle.touches, agreement.evidence)
        cycle.rests = rests_in(cycle, later, state, agreement.rests) if agreement.rests else ()
        cycle.pauses = pauses_in(cycle, state, agreement, roster)
    if state.cycle is not None and state.owners:
        since = state.owners[-1].at
        state.cycle.owned_since = since if since > state.cycle.anchor else None
