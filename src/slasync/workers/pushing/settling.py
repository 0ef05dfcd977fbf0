"""What becomes of a row after its answer: it is done, goes on, waits for a person, or is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from slasync.domain.recorded import said
from slasync.domain.writes import Judged
from slasync.ports import Outcome, Receipt
from slasync.store.outbox_values import Claimed, Settlement, State

log = structlog.get_logger()

ATTEMPTS = 20  # then a person has to look...
LONG_ENOUGH = timedelta(hours=6)  # ...but not sooner: an outage uses up attempts within minutes

Wait = Callable[[int], timedelta]
"""How long to wait after so many attempts."""


def settlement(
    row: Claimed, receipt: Receipt, now: datetime, fresh: Judged | None, wait: Wait
) -> Settlement:
    """Return how a row is settled; `fresh`: what it is to be judged by when it is sent again."""
    ref = str(receipt.ref) if receipt.ref else None
    match receipt.outcome:
        case Outcome.APPLIED | Outcome.ALREADY:
            return Settlement(
                row.id, row.term, State.DONE, receipt.outcome.value, ref, receipt.created
            )
        case Outcome.OVERTAKEN if fresh is not None:
            return _judged_again(row, receipt, now, fresh, wait)
        case Outcome.OVERTAKEN | Outcome.GONE:
            return Settlement(row.id, row.term, State.SUPERSEDED, _words(receipt), ref)
        case Outcome.REFUSED:
            log.error("write refused", key=row.write.key, action=row.write.action)
            return Settlement(row.id, row.term, State.PARKED, _words(receipt), ref)
        case _ if _tried_enough(row, now):
            words = said("given_up_after", n=row.attempts, what=_words(receipt))
            return Settlement(row.id, row.term, State.PARKED, words, ref)
        case _:
            state = State.MAYBE_SENT if receipt.outcome == Outcome.UNKNOWN else State.PENDING
            # never sooner than the system asks for, and longer each time
            at = now + max(receipt.after or timedelta(0), wait(row.attempts))
            return Settlement(row.id, row.term, state, _words(receipt), not_before=at)


def _judged_again(
    row: Claimed, receipt: Receipt, now: datetime, fresh: Judged, wait: Wait
) -> Settlement:
    """Once is chance and is tried at once; it must not go on and on."""
    if _tried_enough(row, now):
        words = said("given_up_after", n=row.attempts, what=_words(receipt))
        return Settlement(row.id, row.term, State.PARKED, words)
    at = now + wait(row.attempts) if row.attempts > 1 else now
    words = "judged again"
    return Settlement(row.id, row.term, State.PENDING, words, not_before=at, judged=fresh)


def _tried_enough(row: Claimed, now: datetime) -> bool:
    return row.attempts >= ATTEMPTS and now - row.since >= LONG_ENOUGH


def _words(receipt: Receipt) -> str:
    key = "outcome_because" if receipt.message else "outcome"
    return said(key, outcome=receipt.outcome, message=receipt.message)
