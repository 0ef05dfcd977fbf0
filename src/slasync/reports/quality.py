"""What is lacking in leads' data, lead by lead from the mirror; no system is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from slasync.domain.draft import Terms
from slasync.domain.figures.quality import Lack, lacks_of
from slasync.domain.history import fold
from slasync.domain.lead import Lead, UserKey
from slasync.store.unit import Unit

AT_ONCE = 500  # leads read together


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing that is lacking, of which lead, and whose lead it is."""

    lead: Lead
    owner: UserKey | None
    lack: Lack


def lacking(unit: Unit, terms: Terms) -> Iterator[Lacking]:
    """Yield everything that is lacking, in the order of leads' keys.

    A cycle that an earlier edition rules is read by that.
    """
    keys = iter(unit.leads.all_keys())
    while chunk := list(islice(keys, AT_ONCE)):
        leads, facts = unit.leads.get(chunk), unit.facts.of(chunk)
        for key in chunk:
            if key not in leads:
                continue
            state = fold(facts[key], terms.agreement, terms.roster, terms.ruled)
            yield from (
                Lacking(leads[key], state.owner, each) for each in lacks_of(state, terms.agreement)
            )
