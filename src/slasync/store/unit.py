"""One transaction and what can be done in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from slasync.errors import TryLater
from slasync.store.access import Access
from slasync.store.assessments import Assessments
from slasync.store.audit import Audit
from slasync.store.board import Board
from slasync.store.budgets import CallBudgets
from slasync.store.clocks import Clocks
from slasync.store.companies import Companies
from slasync.store.cursors import Cursors
from slasync.store.decisions import Decisions
from slasync.store.digests import Digests
from slasync.store.editions import Editions
from slasync.store.engine import BUSY_SECONDS, READ_ONLY, begin, readers, write_lock
from slasync.store.erasing import Erasing
from slasync.store.facts import Facts
from slasync.store.failures import Collided, translated
from slasync.store.feeds import Feeds
from slasync.store.forgotten import Forgotten
from slasync.store.held import HeldBatches
from slasync.store.inbox import Inbox
from slasync.store.joins import Joins
from slasync.store.kept_fields import KeptFields
from slasync.store.leads import Leads
from slasync.store.link_notes import LinkNotes
from slasync.store.links import Links
from slasync.store.meta import Meta
from slasync.store.modes import LeadModes, ShadowWrites
from slasync.store.mornings import Mornings
from slasync.store.outages import Outages
from slasync.store.outbox import Outbox
from slasync.store.pools import Pools
from slasync.store.quarantine import Quarantine
from slasync.store.records import Records
from slasync.store.sweeps import Sweeps
from slasync.store.users import Users
from slasync.store.vanished import Vanished

T = TypeVar("T")
R = TypeVar("R")

RUNS = 5
"""How often a transaction is run that others get in the way of, before it is put off."""


class _Of(Generic[R]):
    """A repository that is made when it is first asked for: most units need few."""

    def __init__(self, made: Callable[[Connection], R]) -> None:
        self._made = made

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, unit: "Unit", _: type) -> R:
        found = unit.__dict__[self._name] = self._made(unit.db)
        return found


class Unit:
    """The repositories of one transaction."""

    meta = _Of(Meta)
    access = _Of(Access)
    audit = _Of(Audit)
    board = _Of(Board)
    call_budgets = _Of(CallBudgets)
    cursors = _Of(Cursors)
    records = _Of(Records)
    links = _Of(Links)
    link_notes = _Of(LinkNotes)
    joins = _Of(Joins)
    kept_fields = _Of(KeptFields)
    leads = _Of(Leads)
    companies = _Of(Companies)
    facts = _Of(Facts)
    feeds = _Of(Feeds)
    forgotten = _Of(Forgotten)
    erasing = _Of(Erasing)
    users = _Of(Users)
    clocks = _Of(Clocks)
    inbox = _Of(Inbox)
    outages = _Of(Outages)
    assessments = _Of(Assessments)
    outbox = _Of(Outbox)
    pools = _Of(Pools)
    decisions = _Of(Decisions)
    digests = _Of(Digests)
    editions = _Of(Editions)
    modes = _Of(LeadModes)
    mornings = _Of(Mornings)
    shadow = _Of(ShadowWrites)
    held = _Of(HeldBatches)
    quarantine = _Of(Quarantine)
    sweeps = _Of(Sweeps)
    vanished = _Of(Vanished)

    def __init__(self, db: Connection) -> None:
        self.db = db


@contextmanager
def transaction(engine: Engine) -> Iterator[Unit]:
    """Commit when the block ends; leave nothing behind when it raises.

    Never call a vendor inside the block: a transaction lasts milliseconds, a request minutes.
    Nor open a second one: it would wait for the first. Raises TryLater when the database is busy
    or out of reach, Collided when another transaction had to go first.
    """
    with _turn(engine), translated(), engine.begin() as db:
        begin(db)
        unit = Unit(db)
        yield unit
        unit.pools.store()


@contextmanager
def reading(engine: Engine) -> Iterator[Unit]:
    """See the database as it is at one moment, without making a writer wait. Refuses to write."""
    with translated(), readers(engine).connect() as db:
        if engine.dialect.name == "postgresql":
            db.execution_options(**{READ_ONLY: True, "isolation_level": "REPEATABLE READ"})
        with db.begin():
            begin(db, reads=True)
            yield Unit(db)


def retrying(engine: Engine, function: Callable[[Unit], T]) -> T:
    """Run `function` in a transaction, and again when another transaction had to go first.

    `function` must do nothing but through its unit: what it did in vain is undone.
    """
    for _ in range(RUNS - 1):
        try:
            return _run(engine, function)
        except Collided:
            continue
    return _run(engine, function)


def _run(engine: Engine, function: Callable[[Unit], T]) -> T:
    with transaction(engine) as unit:
        return function(unit)


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait until no other thread of this process writes, where there can be one writer only."""
    lock = write_lock(engine)
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=BUSY_SECONDS):
        raise TryLater(f"another thread has been writing for {BUSY_SECONDS} seconds")
    try:
        yield
    finally:
        lock.release()
