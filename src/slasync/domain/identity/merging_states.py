"""Two states become one: attempts united, the earliest clock, and what was fired stays fired."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from slasync.domain.agreement import End
from slasync.domain.facts import Fact
from slasync.domain.identity.merging import qualified
from slasync.domain.lead import UserKey
from slasync.domain.state import Begin, Cycle, Met, OwnedFrom, Restart, State

T = TypeVar("T")


def unite(mine: State, theirs: State, loser: str, at: datetime) -> None:
    """Take the state of `loser` into the survivor's, which holds where both say something.

    Cycles that ran at the same time become one, which ends when all of them have ended.
    """
    mine.cycles = united_cycles(mine.cycles, theirs.cycles, loser)
    mine.into.update(theirs.into)
    theirs.into.update(mine.into)
    stays, goes = (theirs, mine) if _lives_as(mine, theirs) else (mine, theirs)
    _owners(mine, theirs, stays.owners or goes.owners, at)
    _status(mine, theirs, goes.status if stays.status is None else stays.status, at)
    _endings(mine, theirs, at)
    if mine.open_cycle and mine.owner:
        mine.open_cycle.kept_by = (at, mine.owner)
    # in place: whoever folds the history holds on to these
    mine.fields.update({n: v for n, v in theirs.fields.items() if mine.fields.get(n) is None})
    mine.held.update({text: since for text, since in theirs.held.items() if text not in mine.held})
    mine.touches = sorted([*mine.touches, *theirs.touches], key=lambda touch: touch.at)
    mine.asked = sorted([*mine.asked, *theirs.asked], key=lambda asking: asking.at)
    mine.uncounted = sorted([*mine.uncounted, *theirs.uncounted], key=lambda u: u.touch.at)
    mine.unclassified += theirs.unclassified
    mine.truth.update({name: True for name, holds in theirs.truth.items() if holds})
    mine.by_merge |= theirs.by_merge
    mine.merges = sorted([*mine.merges, *theirs.merges])
    mine.enrolments = sorted([*mine.enrolments, *theirs.enrolments])
    mine.known_as |= theirs.known_as
    mine.made |= theirs.made
    mine.leads |= theirs.leads
    mine.joined += [loser, *theirs.joined]
    _hand_overs_due(mine, theirs)
    _own_doings(mine, theirs)


def _own_doings(mine: State, theirs: State) -> None:
    """What slasync has done for either."""
    mine.told_times += theirs.told_times
    mine.shown_times += theirs.shown_times
    mine.mode_times += theirs.mode_times
    mine.resumed += theirs.resumed
    mine.lead_mode = mine.lead_mode or theirs.lead_mode
    if {**mine.told, "due": ""} != {**theirs.told, "due": ""}:
        mine.told = {}  # the contact that remains may say what either was told
    if mine.shown != theirs.shown:
        mine.shown = None  # so may the record
    mine.withdrawn = {**theirs.withdrawn, **mine.withdrawn}
    mine.closed = {**theirs.closed, **mine.closed}
    mine.remade = {**theirs.remade, **mine.remade}
    mine.found_closed |= theirs.found_closed
    mine.closed_by_machine |= theirs.closed_by_machine
    mine.over |= theirs.over
    mine.released = max(filter(None, (mine.released, theirs.released)), default=None)


def note_record(state: State, fact: Fact, owner: UserKey) -> None:
    """Note whose a record is. What we have just written is told of no record yet."""
    if fact.about:
        state.whose[fact.about] = owner
        return
    for record, before in state.whose.items():
        if before == state.owner and record not in state.into:
            state.whose[record] = owner


def take_over(state: State, fact: Fact) -> None:
    """Who owns the record that remains of a merge has the lead: no clock starts again for him."""
    kind = fact.about.rpartition(":")[0]
    state.into.update({f"{kind}:{id_}": fact.about for id_ in fact.data["from"]})
    if fact.about in state.whose:
        _keep(state, state.whose[fact.about], fact.occurred_at)


def find_lead(state: State, record: str) -> None:
    """Note a lead of the CRM: with it lives again whose every record before was deleted."""
    state.leads.add(record)
    if record in _left(state) and not state.converted:
        state.deleted = False


def lose_record(state: State, fact: Fact) -> bool:
    """Note that a record was deleted; tell whether the person lives on in another one.

    Whoever owns that one has the lead then: no clock starts again for him either.
    """
    if not fact.about:
        return False  # nobody told which
    state.lost.add(fact.about)
    if state.converted or not _left(state):
        return False
    if left := _living(state):  # else whose it is has not been told yet
        _keep(state, left[max(left)], fact.occurred_at)
    return True


def regain_record(state: State, fact: Fact) -> None:
    """Note that a record was restored: in which the person lives again, if in no other."""
    state.lost.discard(fact.about)
    state.deleted = False
    if fact.about in _living(state):
        _keep(state, state.whose[fact.about], fact.occurred_at)


def of_lost_record(state: State, fact: Fact) -> bool:
    """Tell whether it is told of a deleted record, while the person lives on in another one."""
    return fact.about in state.lost and bool(_left(state)) and not state.converted


def _keep(state: State, owner: UserKey, at: datetime) -> None:
    """Have the lead be that of a remaining record's owner, unless it is such a one's already."""
    if state.owner in _living(state).values():
        return
    state.owners.append(OwnedFrom(at, owner, None, ours=True))
    if state.open_cycle:
        state.open_cycle.kept_by = (at, owner)


def _left(state: State) -> set[str]:
    """Return the records that are neither deleted nor part of another."""
    return {*state.whose, *state.leads} - state.into.keys() - state.lost


def _living(state: State) -> dict[str, UserKey]:
    """Return whose each of these is, where that has been told."""
    left = _left(state)
    return {record: owner for record, owner in state.whose.items() if record in left}


def _lives_as(mine: State, theirs: State) -> bool:
    """Tell whether the record that remains is not the survivor's, but the other's.

    Where the CRM's records were made one before we knew the two for one person, or the survivor's
    were deleted, that may be so; or the one and the other, where it had several. The other's lead,
    first read after the join, is older than that, and told of the survivor as well.
    """
    merged = bool(mine.whose) and mine.whose.keys() <= mine.into.keys()
    others = {*theirs.whose, *theirs.leads} - mine.whose.keys()
    gone = mine.deleted or (bool(mine.whose) and not _left(mine) - others)
    return merged or (gone and _lives(theirs))


def _owners(mine: State, theirs: State, kept: Sequence[OwnedFrom], at: datetime) -> None:
    """Whose record remains, his owner stays: kept as one whom a person chose, if that was so."""
    mine.lost |= theirs.lost
    mine.whose.update({r: w for r, w in theirs.whose.items() if r not in mine.whose})
    if not theirs.owners:
        return
    current = kept[-1]
    chosen = not current.ours and mine.cycle is not None and current.at > mine.cycle.anchor
    mine.owners = sorted([*mine.owners, *theirs.owners], key=lambda owned: owned.at)
    if mine.owners[-1].owner != current.owner:
        since = max(at, mine.owners[-1].at)
        mine.owners.append(replace(current, at=since, ours=not chosen))


def _status(mine: State, theirs: State, kept: str | None, at: datetime) -> None:
    mine.status = kept
    mine.statuses = sorted([*mine.statuses, *theirs.statuses])
    if mine.status is not None and mine.statuses[-1][1] != mine.status:
        mine.statuses.append((max(at, mine.statuses[-1][0]), mine.status))


def _endings(mine: State, theirs: State, at: datetime) -> None:
    """Who was converted as either is converted; deleted is whose last record in the CRM is."""
    gone = mine.deleted or theirs.deleted
    mine.deleted = gone and not _lives(mine) and not _lives(theirs)
    mine.converted = min(filter(None, (mine.converted, theirs.converted)), default=None)
    mine.opportunity = mine.opportunity or theirs.opportunity
    cycle = mine.open_cycle
    if cycle and (mine.converted or mine.deleted):
        cycle.ended = (at, End.CONVERTED if mine.converted else End.DELETED)


def _lives(state: State) -> bool:
    """Tell whether the CRM has a record of the person: of whom it never had one it has none."""
    return not state.deleted and bool(_left(state))


def _hand_overs_due(mine: State, theirs: State) -> None:
    """A hand-over that was due of either still is, unless sales has the person already."""
    idle = mine.open_cycle is None and not mine.converted and not mine.deleted
    mine.met = _first(mine.met, theirs.met) if idle else None
    mine.kept_back = _first(mine.kept_back, theirs.kept_back) if idle else None
    mine.coming = {**theirs.coming, **mine.coming} if idle else {}


def _first(*met: Met | None) -> Met | None:
    return min((each for each in met if each is not None), key=lambda m: m.at, default=None)


def united_cycles(mine: Sequence[Cycle], theirs: Sequence[Cycle], loser: str) -> list[Cycle]:
    """Return the cycles of both in order; those that ran at the same time are one."""
    for cycle in theirs:
        cycle.names = {qualified(name, loser) for name in cycle.names}
        cycle.key = qualified(cycle.key, loser)
    own = {id(cycle) for cycle in mine}
    found: list[Cycle] = []
    for cycle in sorted([*mine, *theirs], key=lambda c: (c.opened, c.key)):
        last = found[-1] if found else None
        if last is None or (last.ended is not None and last.ended[0] <= cycle.opened):
            found.append(cycle)
        else:
            stays = cycle if id(cycle) in own and id(last) not in own else last
            found[-1] = _one(stays, last if stays is cycle else cycle)
            own.add(id(found[-1]))
    return found


def _one(stays: Cycle, goes: Cycle) -> Cycle:
    """Make one cycle of two: the earliest anchor, and every rung that has fired in either."""
    first = min(stays, goes, key=lambda c: (c.opened, c.key))
    stays.names |= {goes.key, *goes.names}
    stays.definition, stays.evidence = first.definition, first.evidence
    stays.anchor = min(stays.anchor, goes.anchor)
    stays.opened = first.opened
    _end(stays, goes)
    stays.accepted = sorted([*stays.accepted, *goes.accepted])
    stays.routed = _choices(stays, goes)
    stays.fired = {**goes.fired, **stays.fired}
    stays.refused |= goes.refused
    stays.restarts = _restarts([*stays.restarts, *goes.restarts])
    stays.begins = {
        clock: _begins([*stays.begins.get(clock, ()), *goes.begins.get(clock, ())])
        for clock in {**stays.begins, **goes.begins}
    }
    stays.tasks = {**goes.tasks, **stays.tasks}
    stays.stale = stays.stale or goes.stale
    stays.said = {**goes.said, **stays.said}
    stays.closed = [*stays.closed, *goes.closed]
    stays.afterwards = sorted([*stays.afterwards, *goes.afterwards])
    return stays


def _end(stays: Cycle, goes: Cycle) -> None:
    """It has ended when both have, as the later one did; until then sales has the person."""
    if stays.ended is None or goes.ended is None:
        stays.ended, stays.given_back = None, {}
    elif goes.ended > stays.ended:
        stays.ended, stays.ended_by_us = goes.ended, goes.ended_by_us
        stays.given_back, stays.stood = goes.given_back, goes.stood


def _choices(stays: Cycle, goes: Cycle) -> list[Fact]:
    """Return the choices of both by generation. Of two for one that comes last which took effect;
    where both did, or neither, the survivor's.
    """
    found = [
        (at := int(fact.data["generation"]), cycle.has_fired("routing", at, "place"), mine, fact)
        for mine, cycle in enumerate((goes, stays))
        for fact in cycle.routed
    ]
    return [fact for *_, fact in sorted(found, key=itemgetter(0, 1, 2))]


def _restarts(restarts: Iterable[Restart]) -> list[Restart]:
    """Return each generation once, as it first began."""
    return list(_earliest((r.generation, r) for r in sorted(restarts, key=lambda r: r.at)).values())


def _begins(begins: Iterable[Begin]) -> list[Begin]:
    return list(_earliest((b.generation, b) for b in sorted(begins, key=lambda b: b.at)).values())


def _earliest(pairs: Iterable[tuple[int, T]]) -> Mapping[int, T]:
    found: dict[int, T] = {}
    for number, each in pairs:
        found.setdefault(number, each)
    return dict(sorted(found.items()))
