"""The month that a report is of, as it is given on the command line."""

from zoneinfo import ZoneInfo

from slasync.cli.surroundings import WrongCall
from slasync.domain.draft import Terms
from slasync.domain.time.months import Month


def month_of(text: str | None, terms: Terms) -> Month:
    """Return the month asked for, by default the running one. Raises WrongCall."""
    zone = ZoneInfo(terms.calendars[terms.agreement.calendar].spec.zone)
    running = Month.of(terms.now, zone)
    if text is None:
        return running
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise WrongCall(f"--month {error}") from error
    if month > running:
        raise WrongCall(f"--month {month} is still to come: it is {running} now")
    return month
