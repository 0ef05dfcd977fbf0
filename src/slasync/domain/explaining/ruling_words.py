"""By which edition of the agreement a cycle's clocks are run, in words."""

from slasync.domain.agreement import Agreement
from slasync.domain.explaining.tongue import Tongue
from slasync.domain.recorded import said
from slasync.domain.rulings import SHOWN, Ruling


def ruling_words(ruling: Ruling | None, tongue: Tongue) -> str:
    """Say it where that is not just the agreement in force; empty where it is."""
    if ruling is None:
        return ""
    began = _named(ruling.first, tongue)
    if ruling.before is None:
        return tongue.say("ruling.kept", began=began)
    return tongue.say("ruling.mixed", by=_named(ruling.agreement, tongue), began=began)


def lost_words(hash_: str, why: str) -> str:
    """Say that a cycle cannot be kept to the edition that it began under."""
    return said("lost", hash=hash_[:SHOWN], what=why)


def _named(agreement: Agreement, tongue: Tongue) -> str:
    hash_ = agreement.hash[:SHOWN]
    return tongue.say("ruling.edition", version=agreement.version, hash=hash_)
