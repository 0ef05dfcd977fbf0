"""Which editions of the agreement were in force, and which still have a say in open leads."""

import re
from collections.abc import Sequence
from datetime import datetime

from slasync.domain.agreement import Agreement, Definition, OnChange
from slasync.domain.draft import Terms
from slasync.domain.in_force import Defined, dated
from slasync.domain.lead import Roster
from slasync.domain.rulings import Agreed, Change, Rulings, Unreadable
from slasync.settings import Settings
from slasync.settings.kept import read_edition
from slasync.settings.time_data import time_data
from slasync.store.editions import Edition
from slasync.store.unit import Unit
from slasync.workers.deciding.decide import ready_gates
from slasync.workers.deciding.modes import brake

MODE = "mode"
TIME_DATA = "time_data"
CHOSEN = "on_change"
"""What an operator chose for the next change: the agreement's hash, and the choice."""


def note_start(settings: Settings, agreement: Agreement, unit: Unit, now: datetime) -> None:
    """Keep the agreement's files where they changed, the mode, and what time is counted by.

    A change of any has every lead at work decided anew: what was only observed is placed, and a
    deadline that moved to an earlier time is not waited for. Where a definition is new, that goes
    for all leads: who meets it is handed over now, not with the next news of him. What is queued
    for teams that are not written to any more is called off before any step runs.
    """
    noted = {MODE: str(settings.modes), TIME_DATA: time_data()}
    # what was decided until the next change can be explained by the agreement it was made by
    edition = edition_of(settings, unit, now)
    changed = unit.editions.keep(edition)
    agreement = as_defined(settings, agreement, unit, now)
    if changed and any(each.counts_since == edition.at for each in agreement.definitions):
        unit.leads.mark_dirty(unit.leads.all_keys(), now)
    changed |= any(unit.meta.get(name) not in {None, value} for name, value in noted.items())
    if changed:
        at_work = {*unit.clocks.not_ended(None), *unit.modes.not_enforced()}
        unit.leads.mark_dirty(sorted(at_work), now)
        if not settings.modes.plain:
            found = rulings(settings, agreement, unit, now)
            brake(unit, terms_of(settings, agreement, unit, now, found))
    for name, value in noted.items():
        unit.meta.put(name, value)


def edition_of(settings: Settings, unit: Unit, now: datetime) -> Edition:
    """Return the edition that the settings' files are, were slasync started with them."""
    agreement = settings.agreement
    choice = chosen(unit, agreement)
    return Edition(agreement.hash, now, settings.files, choice, settings.signable_hash)


def terms_of(
    settings: Settings, agreement: Agreement, unit: Unit, now: datetime, found: Rulings | None
) -> Terms:
    """Return what decisions are made by at this moment, as the database has it.

    `agreement`: that of the settings, completed.
    """
    return Terms(
        agreement=agreement,
        calendars=settings.calendars,
        roster=Roster.of(unit.users.all(), settings.pools, settings.absences),
        now=now,
        ready=ready_gates(agreement, unit.cursors.watermarks(), found),
        modes=settings.modes,
        ruled=found.of if found else None,
    )


def as_defined(
    settings: Settings,
    agreement: Agreement,
    unit: Unit,
    now: datetime,
    changes: Sequence[Change] | None = None,
) -> Agreement:
    """Return the agreement with since when its definitions count, by the editions that were kept.

    `changes`: by default those of `changes_to`. An edition that cannot be read any more is taken
    to have had none: then those that are agreed now count from the next one on.
    """
    changes = changes_to(settings, unit, now) if changes is None else changes
    found: dict[str, tuple[Definition, ...]] = {}
    for change in changes:
        if change.values not in found:
            found[change.values] = _definitions_of(settings, agreement, unit, change, now)
    editions = [Defined(change.hash, change.at, found[change.values]) for change in changes]
    return dated(agreement, editions)


_DEFINITIONS = re.compile(r"^definitions:.*?(?=^[^\s#]|\Z)", re.MULTILINE | re.DOTALL)


def _definitions_of(
    settings: Settings, agreement: Agreement, unit: Unit, change: Change, now: datetime
) -> tuple[Definition, ...]:
    if change.hash == settings.agreement.hash:
        return agreement.definitions
    edition = unit.editions.of(change.hash)
    files = edition.files if edition else {}
    texts = (each.get("agreement", "") for each in (files, settings.files))
    then, present = map(_DEFINITIONS.search, texts)
    # most changes are of something else: what is the same word for word need not be compiled
    if then and present and then[0] == present[0] and "*" not in then[0]:  # nor has an alias
        return agreement.definitions
    try:
        return read_edition(settings, files, now.date()).agreement.definitions
    except Unreadable:  # its leads are told of where it has a say: see `Rulings.problems`
        return ()


def rulings(
    settings: Settings,
    agreement: Agreement,
    unit: Unit,
    now: datetime,
    changes: Sequence[Change] | None = None,
) -> Rulings | None:
    """Return what rules cycles that began under earlier editions; None where all say the same.

    `changes`: by default those of `changes_to`. Editions are read through `unit` while they are
    asked for; `every()` asks for all.
    """
    changes = changes_to(settings, unit, now) if changes is None else changes
    if len({change.values for change in changes}) <= 1:
        return None

    def read(hash_: str) -> Agreed:
        edition = unit.editions.of(hash_)
        if edition is None:
            raise Unreadable("its files are not kept")
        return read_edition(settings, edition.files, now.date())

    return Rulings(changes, Agreed(agreement, settings.calendars, settings.pools), read)


def changes_to(settings: Settings, unit: Unit, now: datetime) -> list[Change]:
    """Return every coming into force up to the settings' own, which may be still to come."""
    changes = unit.editions.changes(now)
    if changes and changes[-1].hash != settings.agreement.hash:
        changes.append(edition_of(settings, unit, now).change)
    return changes


def chosen(unit: Unit, agreement: Agreement) -> OnChange:
    """Return what becomes of open leads when an agreement comes into force.

    That is in its own words, unless an operator chose otherwise for this very version.
    """
    hash_, _, word = (unit.meta.get(CHOSEN) or "").partition(" ")
    return OnChange(word) if hash_ == agreement.hash else agreement.on_change


def choose(unit: Unit, agreement: Agreement, choice: OnChange) -> None:
    """Have open leads treated so when this very version comes into force."""
    unit.meta.put(CHOSEN, f"{agreement.hash} {choice.value}")
