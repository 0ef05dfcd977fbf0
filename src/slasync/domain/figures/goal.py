"""From the revenue both sides want to the MQLs that marketing owes a month: exact, rounded up."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from fractions import Fraction
from math import ceil, prod

MONTHS_A_YEAR = 12
ERA = 400  # years after which the calendar repeats itself
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is wanted of a period, both dates included; what nobody said is None or empty."""

    begins: date
    ends: date
    revenue: Fraction | None = None
    average_deal: Fraction | None = None
    customers_given: int | None = None
    rates: tuple[Fraction, ...] = ()  # conversion from MQL to customer, step by step
    mqls_given: int | None = None  # a month

    @property
    def months(self) -> Fraction:
        """How many months the period has; a month that is not whole counts by its days."""
        back = ERA if self.ends.year == MAXYEAR else 0  # the day after must have a date
        begins, ends = (d.replace(year=d.year - back) for d in (self.begins, self.ends))
        return _months(begins, ends + _A_DAY)

    @property
    def customers_needed(self) -> int | None:
        """Revenue / average deal."""
        if self.revenue is None or not self.average_deal:
            return None
        return ceil(self.revenue / self.average_deal)

    @property
    def customers(self) -> int | None:
        """New customers in the period: as given, else as the revenue needs."""
        return self.customers_needed if self.customers_given is None else self.customers_given

    @property
    def mqls_exactly(self) -> Fraction | None:
        """Customers / all conversion rates / months."""
        if self.customers is None or not self.rates:
            return None
        return self.customers / prod(self.rates, start=Fraction(1)) / self.months

    @property
    def mqls_needed(self) -> int | None:
        """MQLs a month that the goal needs."""
        return None if self.mqls_exactly is None else ceil(self.mqls_exactly)

    @property
    def mqls_a_month(self) -> int | None:
        """The figure that counts: the one given by hand, else the one needed."""
        return self.mqls_needed if self.mqls_given is None else self.mqls_given


def _months(begins: date, until: date) -> Fraction:
    """Count the months from `begins` up to before `until`."""
    whole = (until.year - begins.year) * MONTHS_A_YEAR + until.month - begins.month
    if _later(begins, whole) > until:
        whole -= 1
    last = _later(begins, whole)
    return whole + Fraction((until - last).days, (_later(begins, whole + 1) - last).days)


def _later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day."""
    years, month = divmod(day.month - 1 + months, MONTHS_A_YEAR)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
