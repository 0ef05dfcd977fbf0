"""By which edition of the agreement a cycle's clocks are run, in words."""

from slasync.domain.agreement import Agreement
from slasync.domain.rulings import SHOWN, Ruling


def ruling_words(ruling: Ruling | None) -> str:
    """Say it where that is not just the agreement in force; empty where it is."""
    if ruling is None:
        return ""
    began = _named(ruling.first)
    if ruling.before is None:
        return f"kept from {began}: the cycle began under it"
    return f"by {_named(ruling.agreement)}, nowhere stricter than by {began}, under which it began"


def lost_words(hash_: str, why: str) -> str:
    """Say that a cycle cannot be kept to the edition that it began under."""
    return f"it began under hash {hash_[:SHOWN]}, and {why}: judged by the agreement in force"


def _named(agreement: Agreement) -> str:
    return f"version {agreement.version}, hash {agreement.hash[:SHOWN]}"
