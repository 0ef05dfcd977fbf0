"""Passwords: kept as argon2id hashes; checked in equal time, a few at once."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from slasync.errors import TryLater

AT_ONCE = 2  # each takes 64 MB and a twentieth of a second
PATIENCE = 5.0  # seconds that a login waits for its turn

_HASHER = PasswordHasher()
_TURNS = threading.BoundedSemaphore(AT_ONCE)
_NOBODY = _HASHER.hash("the password of a user that there is not")


def hashed(password: str) -> str:
    """Return what is kept of a password: the hash, its salt and its parameters."""
    return _HASHER.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Tell whether a password is the one of `kept`. None, of no user, takes as long and fails.

    Raises TryLater when too many are being checked.
    """
    if not _TURNS.acquire(timeout=PATIENCE):
        raise TryLater("too many people log in at once")
    try:
        right = _HASHER.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _TURNS.release()
    return right and kept is not None
