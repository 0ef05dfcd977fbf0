"""Which account marketing's system is, kept for ever: another one's ids name other people."""

from collections.abc import Callable

from sqlalchemy import Engine

from slasync.store.meta import account_key
from slasync.store.unit import retrying

Keep = Callable[[str], str]
"""Keeps the first account that it is ever told, and returns the one that is kept."""


def keeper(engine: Engine, system: str) -> Keep:
    """Return what keeps the account of a system."""
    return lambda told: retrying(engine, lambda unit: unit.meta.put_new(account_key(system), told))
