"""Who may do what on the dashboard, and which passwords are refused."""

from datetime import datetime, timedelta
from enum import StrEnum

SHORTEST, LONGEST = 12, 200  # characters of a password
FEWEST = 5  # different characters of a password
NAME_LONGEST = 60
WELL_KNOWN = (
    "password", "passwort", "kennwort", "qwertyuiop", "qwertzuiop", "asdfghjkl", "123456789",
    "letmein", "iloveyou", "welcome", "willkommen", "administrator", "changeme", "slasync",
)  # fmt: skip


class Rank(StrEnum):
    """What a user of the dashboard may do; the least first."""

    VIEWER = "viewer"  # sees everything that is about leads
    OPERATOR = "operator"  # decides about held batches and parked writes, too
    ADMIN = "admin"  # sees users, sessions and the audit, and ends sessions

    def may(self, needed: "Rank") -> bool:
        """Tell whether this rank is enough where `needed` is asked for."""
        return _ORDER[self] >= _ORDER[needed]


_ORDER = {rank: place for place, rank in enumerate(Rank)}


def highest(ranks: frozenset[Rank]) -> Rank | None:
    """Return the rank that holds for who was given several; None where there is none."""
    return max(ranks, key=_ORDER.__getitem__, default=None)


def wrong_name(name: str) -> str | None:
    """Say what is wrong with a user's name; None: nothing. Names are compared in small letters."""
    if not name or len(name) > NAME_LONGEST:
        return f"a user's name has 1 to {NAME_LONGEST} characters"
    if not name.isprintable() or any(c.isspace() for c in name) or name != name.lower():
        return "a user's name is written in small letters, without blanks: ana, or ana@acme.example"
    return None


def weak(password: str, name: str) -> str | None:
    """Say why a password is refused; None: it is not."""
    if len(password) < SHORTEST:
        return (
            f"a password has at least {SHORTEST} characters: four words that do not belong together"
        )
    if len(password) > LONGEST:
        return f"a password has at most {LONGEST} characters"
    low = password.lower()
    if len(set(low)) < FEWEST:
        return f"a password has at least {FEWEST} different characters"
    if name.partition("@")[0] in low and len(name.partition("@")[0]) > 2:  # noqa: PLR2004 - `jo` is in many words
        return "a password does not hold the user's name"
    left = low
    for word in WELL_KNOWN:
        left = left.replace(word, "")
    if len(left) < SHORTEST - FEWEST:
        return "that is among the first passwords anybody would try"
    return None


FORGOTTEN = timedelta(hours=1)  # after the last failure: as if there had been none
ONE_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 5, 20  # failures that cost no time


def let_in_again(failures: int, free: int, last_at: datetime) -> datetime:
    """Return from when on the next login is tried: each failure above `free` doubles the wait."""
    above = failures - free
    if above < 0:
        return last_at
    doubled: int = 2 ** min(above, 10)
    return last_at + min(ONE_WAIT * doubled, LONGEST_WAIT)
