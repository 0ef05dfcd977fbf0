"""In which mode a lead is decided about, and what follows when that becomes another one."""

from dataclasses import replace
from typing import TypeGuard

from slasync.domain.draft import ROUTING, Draft
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import User, UserKey, UserKind
from slasync.domain.modes import LeadMode, most_careful
from slasync.domain.recorded import said
from slasync.domain.rep_fields import take_down
from slasync.domain.state import Cycle
from slasync.domain.writes import Action, Role


def act(draft: Draft) -> None:
    """Give the draft the mode that holds for its lead now, and record it where it is another.

    An owner who is only being given the lead counts too: where he or the present one is not to be
    written to, nothing is.
    """
    modes, known = draft.terms.modes, draft.state.lead_mode
    if modes.plain and known is None:
        return
    holds = standing(draft)
    if _settled(draft) and (known is None or _differs(known, holds)):
        _change(draft, known, holds)
    coming = _coming(draft)
    draft.mode = most_careful([holds.mode, *([coming.mode] if coming else [])])


def standing(draft: Draft) -> LeadMode:
    """Return what holds for a lead by whose it is: the team of its owner, pool or queue."""
    modes, roster, state = draft.terms.modes, draft.terms.roster, draft.state
    owner = roster.users.get(state.owner) if state.owner else None
    dealt_in = _dealt_in(draft)
    if _is_person(owner):
        return modes.holds(draft.lead.key, modes.teams_of(owner, dealt_in), owner.email)
    coming = _coming(draft)
    if coming is not None:
        return coming
    return modes.holds(draft.lead.key, modes.teams_of(owner, dealt_in), _last_rep(draft))


def _differs(known: LeadMode, holds: LeadMode) -> bool:
    return (known.mode, known.teams) != (holds.mode, holds.teams)


def _settled(draft: Draft) -> bool:
    """Tell whether it is clear whose the lead is: before it is dealt out nothing is recorded."""
    cycle, roster = draft.state.cycle, draft.terms.roster
    return cycle is not None and (bool(cycle.routed) or roster.is_person(draft.state.owner))


def _dealt_in(draft: Draft) -> str | None:
    """Return the pool in which the lead was dealt out last in this cycle."""
    routed = draft.state.cycle.routed if draft.state.cycle else ()
    pools = [str(f.data["pool"]) for f in routed if f.data["pool"] in draft.terms.modes.pools]
    return pools[-1] if pools else None


def _last_rep(draft: Draft) -> str | None:
    """Return the address of the person who had the lead before a queue or a machine did."""
    cycle, users = draft.state.cycle, draft.terms.roster.users
    had = [
        user.email
        for owned in draft.state.owners
        if _is_person(user := users.get(owned.owner)) and cycle and owned.at >= cycle.anchor
    ]
    return had[-1] if had else None


def _coming(draft: Draft) -> LeadMode | None:
    """Return what holds for the lead with the person who is being given it, if there is one."""
    choice = _being_placed(draft)
    user = draft.terms.roster.users.get(UserKey(choice.data["owner"])) if choice else None
    if choice is None or not _is_person(user):
        return None
    modes = draft.terms.modes
    return modes.holds(draft.lead.key, modes.teams_of(user, choice.data["pool"]), user.email)


def _being_placed(draft: Draft) -> Fact | None:
    """Return the choice of an owner who does not own the lead yet, and is on his way to."""
    cycle = draft.state.open_cycle
    last = cycle.routed[-1] if cycle and cycle.routed else None
    if cycle is None or last is None or last.data["owner"] in {"", draft.state.owner}:
        return None
    to_be_done = not cycle.has_fired(ROUTING, int(last.data["generation"]), "place")
    return last if to_be_done or draft.placing else None


def _is_person(user: User | None) -> TypeGuard[User]:
    return user is not None and user.kind is UserKind.PERSON


# another mode than before


def _change(draft: Draft, known: LeadMode | None, holds: LeadMode) -> None:
    """Record the new mode, and leave behind what is right in it.

    A lead that goes to a team that is not written to leaves none of our tasks behind. Where the
    team stays and only its mode changes, nothing is written at all.
    """
    modes, cycle = draft.terms.modes, draft.state.cycle
    stops = known is not None and known.writes and not holds.writes
    moved = known is not None and known.teams != holds.teams
    data = {"mode": holds.mode.value, "teams": list(holds.teams), "why": holds.why}
    number = draft.state.mode_times
    if cycle is not None and moved and stops and modes.deployment.may_write:
        data |= {"last_writes": f"left{number}:"}
        _take_back(draft, cycle, holds)
    if cycle is not None and moved and holds.writes and known and not known.writes:
        _keep_owner(draft, cycle)
    draft.stopped = draft.stopped or stops
    now = draft.terms.now
    draft.decide(FactKind.MODE, f"mode:{number:04}:{now.isoformat()}", data, now)
    if known is not None or not holds.writes:
        draft.because.append(said("mode", mode=holds.mode, what=holds.why))
    draft.refold()


def _keep_owner(draft: Draft, cycle: Cycle) -> None:
    """Whoever was chosen for the lead in another team is not put in its present owner's place."""
    if not cycle.routed:
        return
    generation = int(cycle.routed[-1].data["generation"])
    if cycle.has_fired(ROUTING, generation, "place"):
        return
    data = {"cycle": cycle.key, "clock": ROUTING, "generation": generation, "rung": "place"}
    draft.decide(FactKind.FIRED, f"fired:{cycle.key}:{ROUTING}:{generation}:place", data)


def _take_back(draft: Draft, cycle: Cycle, holds: LeadMode) -> None:
    """Close our open tasks and clear our flag: the last writes before there are none any more."""
    state, number = draft.state, draft.state.mode_times
    reason = said("closed_team" if holds.teams else "closed_no_team", teams=_teams(holds))
    tasks = [cycle.tasks[key] for key in sorted(cycle.tasks) if cycle.tasks[key].written]
    flagged = cycle.stale and not state.deleted
    for task in tasks if not state.deleted else ():
        parts = draft.parts(cycle, task.clock, task.generation, f"left{number}:{task.key}")
        parts = replace(parts, role=Role(task.role))
        draft.write(parts, Action.CLOSE_TASK, {"text": reason}, task_key=task.key)
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if flagged and record is not None and not state.converted:
        parts = draft.parts(cycle, ROUTING, 0, f"left{number}:stale")
        draft.write(parts, Action.CLEAR_STALE, {}, target=record, because=said("unflagged"))
    take_down(draft, cycle, f"left{number}:shown")
    data = {"cycle": cycle.key, "clock": ROUTING, "task_keys": [t.key for t in tasks],
            "flag": flagged, "why": reason}  # fmt: skip
    if tasks or flagged:
        draft.decide(FactKind.WITHDRAWN, f"left:{cycle.key}:{number:04}", data)


def _teams(holds: LeadMode) -> str:
    return " and ".join(holds.teams)
