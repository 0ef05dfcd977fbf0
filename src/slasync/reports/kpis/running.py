"""What the running month has come to so far, from its own hand-overs alone: for every morning."""

from zoneinfo import ZoneInfo

from slasync.domain.draft import Terms
from slasync.domain.figures.custody import roles_of
from slasync.domain.figures.kpis import Figure
from slasync.domain.figures.obligations import Obligations
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.time.months import Month
from slasync.reports.kpis.building import aim_of
from slasync.reports.kpis.gathering import Gathering
from slasync.reports.kpis.lookback import Lookback, Versions
from slasync.reports.kpis.sales import MQL_TO_SAL, mql_to_sal
from slasync.reports.obligations import Unread, evidence_known_to, known_to
from slasync.store.unit import Unit


def accepted_so_far(unit: Unit, terms: Terms, owed: Obligations) -> Figure | None:
    """Return the running month's MQL to SAL, by the formula of the monthly pack.

    None where nothing was handed over in it yet, or where it cannot be told.
    """
    zone = ZoneInfo(terms.calendars[terms.agreement.calendar].spec.zone)
    try:
        back = Lookback.of_month(Month.of(terms.now, zone), zone, known_to(unit, terms))
        told_to = evidence_known_to(unit, terms)
        versions = Versions((), (), terms.agreement.version)
        sums = Gathering(
            unit, terms, owed, back, versions, told_to, (), roles_of(terms.roster)
        ).handed_over()  # fmt: skip
    except (Unread, CoverageEnded):
        return None
    return mql_to_sal(sums, aim_of(owed, MQL_TO_SAL)) if sums.handed else None
