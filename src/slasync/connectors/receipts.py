"""From an error to the receipt of one row."""

from slasync.domain.lead import Ref
from slasync.errors import Refused, SlasyncError, TryLater
from slasync.ports import Outcome, Receipt

NEW_REFUSAL = (
    "slasync does not know this refusal: mend what its words name, or show them to whoever looks"
    " after {}"
)


class Missing(Refused):
    """There is no such record, list, campaign or job."""


def mended(words: str, remedy: str) -> str:
    """Return the vendor's words with the way to mend it."""
    return f"{words.rstrip('. ')}. To mend it: {remedy}."


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


def folded(receipt: Receipt) -> Receipt:
    """Return the receipt of a write whose values went with a later one to the same record."""
    if receipt.outcome is not Outcome.APPLIED:
        return receipt
    return Receipt(Outcome.ALREADY, receipt.ref, message="written with a later change")
