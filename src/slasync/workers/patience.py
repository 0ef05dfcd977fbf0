"""How long to wait after a failure: twice as long each time, and not everybody at once."""

from datetime import timedelta
from random import Random  # noqa: TID251 - the type alone: chance comes through the seam

LONGEST = timedelta(hours=1)
_DOUBLED = 12  # times; more would be longer than any wait


def doubling(failures: int, longest: timedelta = LONGEST) -> timedelta:
    """Return two seconds after the first failure, and twice as long after each further one."""
    return min(timedelta(seconds=2 ** min(failures, _DOUBLED)), longest)


def patience(failures: int, chance: Random, longest: timedelta = LONGEST) -> timedelta:
    """Return the doubled wait, up to a quarter shorter by chance."""
    return doubling(failures, longest) * (0.75 + 0.25 * chance.random())
