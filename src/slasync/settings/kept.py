"""Editions that still have a say in open leads: compiled from their stored texts."""

from collections.abc import Mapping
from datetime import date

from slasync.domain.recorded import said
from slasync.domain.rulings import Agreed, Unreadable
from slasync.settings.policy import policy_of
from slasync.settings.problems import ConfigurationError
from slasync.settings.values import Settings


def read_edition(settings: Settings, files: Mapping[str, str], today: date) -> Agreed:
    """Compile an edition for the systems as they are mapped now.

    Raises Unreadable, with the first problem, where this version cannot do so any more.
    """
    if not files:
        raise Unreadable(said("files_not_kept"))
    try:
        policy = policy_of(files, settings.connectors, today=today)
    except ConfigurationError as error:
        more = f", and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
        raise Unreadable(said("unreadable", problem=f"{error.problems[0]}{more}")) from error
    return Agreed(policy.agreement, policy.calendars, policy.pools)
