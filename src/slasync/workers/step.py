"""A step: a piece of work that is repeated, and can say when it will be of use again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Step:
    """`run` returns whether it found work. `next_at` tells when it will next find some, if known.

    `next_at` may be early, never late; None: not before something else happens. `feeds` names the
    steps whose `next_at` may be another after this one was run, itself aside.
    """

    name: str
    run: Callable[[], bool]
    next_at: Callable[[], datetime | None]
    feeds: frozenset[str] = frozenset()
