"""A lead as somebody names it on the command line: by address, by key, by a record's id."""

from slasync.cli.surroundings import WrongCall
from slasync.domain.lead import LeadKey
from slasync.store.unit import Unit


def lead_named(unit: Unit, named: str) -> LeadKey:
    """Return the one lead that is meant. Raises WrongCall for none, and for several."""
    keys = unit.leads.find(named)
    if not keys:
        raise WrongCall(f"no lead is known as {named}: not mirrored yet, or not in the systems")
    if len(keys) > 1:
        raise WrongCall(f"{named} is {len(keys)} leads: name one of {', '.join(sorted(keys))}")
    return next(iter(keys))
