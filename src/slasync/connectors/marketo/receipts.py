"""From an error to the receipt of one row."""

from slasync.connectors.marketo.errors import Missing
from slasync.domain.lead import Ref
from slasync.errors import SlasyncError, TryLater
from slasync.ports import Outcome, Receipt


def receipt_of(error: SlasyncError, ref: Ref | None) -> Receipt:
    """Return how a row ended that failed so."""
    match error:
        case TryLater(unknown=True):
            return Receipt(Outcome.UNKNOWN, ref, message=str(error), after=error.after)
        case TryLater():
            return Receipt(Outcome.TRY_LATER, ref, message=str(error), after=error.after)
        case Missing():
            return Receipt(Outcome.GONE, ref, message=str(error))
        case _:
            return Receipt(Outcome.REFUSED, ref, message=str(error))
