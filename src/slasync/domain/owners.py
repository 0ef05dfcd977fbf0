"""Who owns a lead: seeing to it that the routed owner does, and what follows from a change."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.agreement import OnReassign
from slasync.domain.draft import ROUTING, Draft
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.ladder import another, miss, remake
from slasync.domain.lead import User, UserKey
from slasync.domain.recorded import said
from slasync.domain.routing import Assign, routed_id
from slasync.domain.saying import moved_words
from slasync.domain.state import Cycle, OpenTask
from slasync.domain.writes import Action, Judged, Role, Write

PLACE = "place"
"""Stands in the rung's place of what gives a lead to the owner chosen."""


def place(draft: Draft, cycle: Cycle) -> None:
    """See that the routed owner owns the record; route first where nobody was chosen."""
    if draft.linked and draft.record is None:
        return  # there is a record: whose it is has to be read first
    if not cycle.routed:
        _choose(draft, cycle)
        return
    wanted = cycle.routed[-1].data
    generation = int(wanted["generation"])
    owner = UserKey(wanted["owner"])
    if cycle.has_fired(ROUTING, generation, PLACE) or not owner:
        return
    if draft.record is None:
        _create(draft, cycle, owner, generation, str(wanted.get("why", "")))
        return
    taken = None
    given = draft.state.owner in _chosen(cycle, generation)
    if not given and not draft.state.pinned(draft.terms.roster):
        taken = _take_over(draft, cycle, owner, generation, str(wanted.get("why", "")))
    _mark(draft, cycle, generation, PLACE, {"from": draft.state.owner} if taken else {})
    draft.refold()


def owner_refused(write: Write, why: str, now: datetime) -> Fact:
    """Return the fact that the CRM refused the owner whom `write` was to give the lead to."""
    marked = 0 if write.action is Action.CREATE_LEAD else write.generation
    data = {
        "cycle": write.cycle, "generation": write.generation, "owner": write.values["owner"],
        "why": why, "mark": _marked(write.cycle, marked, write.rung),
    }  # fmt: skip
    return Fact(
        kind=FactKind.OWNER_REFUSED, occurred_at=now, seen_at=now, source=OURS,
        source_id=f"{FactKind.OWNER_REFUSED}:{write.key}", data=data,
    )  # fmt: skip


def chosen_in(fact: Fact) -> tuple[str, int, str]:
    """Return the cycle, the generation and the owner that a choice, or its refusal, is about."""
    return str(fact.data["cycle"]), int(fact.data["generation"]), str(fact.data["owner"])


def never_placed(history: Iterable[Fact]) -> set[tuple[str, int, str]]:
    """Return the choices, as `chosen_in` has them, that the CRM refused."""
    return {chosen_in(fact) for fact in history if fact.kind is FactKind.OWNER_REFUSED}


def _chosen(cycle: Cycle, generation: int) -> list[UserKey]:
    """Return who was to have the lead in a generation: where two became one, somebody for each,
    and whichever of them has it keeps it.
    """
    chosen = (fact.data for fact in cycle.routed)
    return [UserKey(each["owner"]) for each in chosen if int(each["generation"]) == generation]


def offer_again(draft: Draft, cycle: Cycle, ended: Collection[str]) -> None:
    """Wish again for the owner that a rung promised and nobody could be; see `ended` clocks.

    Of a breach that was none nothing is promised any more.
    """
    promised = [
        (int(effect.get("generation", 0)), clock)
        for (clock, _, _), fact in cycle.fired.items()
        for effect in fact.data.get("effects", ())
        if effect["kind"] == "reassign" and clock not in ended
    ]
    if not promised:
        return
    generation, clock = max(promised)
    routed = (int(f.data["generation"]) for f in cycle.routed)
    reached = max([cycle.generation, *cycle.unchosen, *routed])
    if generation > reached and not draft.state.pinned(draft.terms.roster):
        so_far = said("others_refused" if cycle.refused else "nobody_before", clock=clock)
        draft.assign = another(draft, cycle, generation, so_far)


def _choose(draft: Draft, cycle: Cycle) -> None:
    """Keep an owner who is there to work it, or whom a person chose since; else wish for one."""
    terms, owner = draft.terms, draft.state.owner
    user = terms.roster.users.get(owner) if owner else None
    works = user is not None and user.works
    away = bool(user and user.email and terms.roster.absent(user.email, terms.now))
    if user and works and (not away or draft.state.pinned(terms.roster)):
        data = {
            "cycle": cycle.key, "generation": 0, "owner": user.key, "from": user.key,
            "pool": "", "why": said("owner_kept"),
        }  # fmt: skip
        draft.decide(FactKind.ROUTED, routed_id(cycle.key, 0, cycle.refused), data)
        _mark(draft, cycle, 0, PLACE)
        draft.refold()
        return
    refused = frozenset(cycle.refused)
    reason = said("owner_away" if works else "by_marketing")
    draft.assign = Assign(terms.agreement.pool, cycle.key, 0, reason=reason, refused=refused)


def _mark(
    draft: Draft, cycle: Cycle, generation: int, rung: str, more: Mapping[str, Any] | None = None
) -> None:
    data = {"cycle": cycle.key, "clock": ROUTING, "generation": generation, "rung": rung}
    named = _place(cycle) if rung == PLACE else rung
    draft.decide(FactKind.FIRED, _marked(cycle.key, generation, named), data | dict(more or {}))


def _marked(cycle: str, generation: int, rung: str) -> str:
    return f"fired:{cycle}:{ROUTING}:{generation}:{rung}"


def _place(cycle: Cycle) -> str:
    """Name the placing of an owner; after one whom the CRM refused it is another effect."""
    return f"{PLACE}{len(cycle.refused) or ''}"


def _create(draft: Draft, cycle: Cycle, owner: UserKey, generation: int, why: str) -> None:
    """Make the CRM's record at the hand-over, where the agreement with the CRM says so."""
    # a creation that was called off, or refused for its owner, is asked for again
    name = f"create{draft.state.resumed + len(cycle.refused) or ''}"
    if not draft.terms.agreement.create_leads or cycle.has_fired(ROUTING, 0, name):
        return
    values = {**draft.lead.fields, "owner": owner, "lead_key": draft.lead.key}
    parts = draft.parts(cycle, ROUTING, generation, name)
    because = said("lead_created", what=why)
    draft.write(parts, Action.CREATE_LEAD, values, because=because)
    _mark(draft, cycle, 0, name)
    draft.refold()


def _take_over(
    draft: Draft, cycle: Cycle, owner: UserKey, generation: int, why: str
) -> Write | None:
    """Queue the change of a lead's owner. A contact's owner is not ours to change."""
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if record is None:
        draft.because.append(said("no_lead_owner"))
        return None
    parts = replace(draft.parts(cycle, ROUTING, generation, _place(cycle)), role=Role.OWNER)
    made = draft.write(
        parts,
        Action.OWNER,
        {"owner": owner},
        target=record,
        because=said("owner_changed", what=why),
    )
    draft.writes[-1] = replace(made, judged=Judged(draft.state.owner, None))
    return draft.writes[-1]


def restart(draft: Draft, cycle: Cycle) -> None:
    """Another owner, however he came by the lead, has the whole clock before him."""
    cycle, owner = _found_placed(draft, cycle), draft.state.owner
    if not cycle.has_fired(ROUTING, 0, PLACE) or not draft.terms.roster.is_person(owner):
        return
    last = _last_owner(draft, cycle)
    if owner is None or owner == last or draft.replacing:
        return
    for policy in draft.begun(cycle):
        if policy.on_reassign != OnReassign.RESTART:
            continue
        clock, at = draft.run(policy, cycle), max(draft.state.owners[-1].at, cycle.opened)
        # what ended it may have been learned first, or together with its new owner
        running = clock.ended is None or at < clock.ended[0]
        if cycle.generation < policy.restarts and running:
            # what the owner before let pass, while nothing could be learned, is his all the same
            miss(draft, cycle, clock, at)
            generation = cycle.generation + 1
            data = {
                "cycle": cycle.key, "clock": policy.name, "generation": generation, "owner": owner,
            }  # fmt: skip
            draft.decide(FactKind.RESTARTED, f"restarted:{cycle.key}:{generation}", data, at)
            draft.because.append(said("restarted", clock=policy.name))
            draft.refold()
            return


def miss_of_first(draft: Draft, cycle: Cycle) -> None:
    """Record what the first owner let pass, where it is learned after another has the lead that it
    counts from earlier.
    """
    for policy in draft.begun(cycle):
        if policy.on_reassign is not OnReassign.RESTART or not cycle.restarts:
            continue
        first = draft.run(policy, replace(cycle, restarts=[]))
        until = cycle.restarts[0].at
        miss(draft, cycle, first, min(until, first.ended[0]) if first.ended else until)


def _found_placed(draft: Draft, cycle: Cycle) -> Cycle:
    """Note that somebody was placed, where that is learned only with the end of the cycle.

    Nobody is placed any more then. Who came after him has a clock of his own all the same.
    """
    if cycle.ended is None or cycle.has_fired(ROUTING, 0, PLACE):
        return cycle
    chosen = {owner for owner in _chosen(cycle, 0) if owner}
    had = {owned.owner for owned in draft.state.owners}
    if not chosen or not (had & chosen or draft.state.pinned(draft.terms.roster)):
        return cycle
    _mark(draft, cycle, 0, PLACE)
    draft.refold()
    return draft.state.cycle or cycle


def _last_owner(draft: Draft, cycle: Cycle) -> UserKey:
    """Return for whom the clock counts: who had the lead at its last start, or at a merge since."""
    if cycle.kept_by and not any(each.at > cycle.kept_by[0] for each in cycle.restarts):
        return cycle.kept_by[1]
    return cycle.restarts[-1].owner if cycle.restarts else _first_owner(draft, cycle)


def _first_owner(draft: Draft, cycle: Cycle) -> UserKey:
    """Return who had the lead first: where we only thought of somebody, whom others gave it to;
    where somebody was chosen for each of two that became one, which of them was given it.
    """
    chosen, mark = cycle.routed[0].data, cycle.fired[ROUTING, 0, PLACE]
    if "mode" in mark.data and chosen["owner"] != chosen.get("from"):
        for owned in draft.state.owners:
            if owned.at >= cycle.anchor and draft.terms.roster.is_person(owned.owner):
                return owned.owner
    either = _chosen(cycle, 0)
    had = (owned.owner for owned in draft.state.owners if owned.owner in either)
    return next(had, UserKey(chosen["owner"]))


def move(draft: Draft, cycle: Cycle) -> None:
    """Give open tasks of the owner to whoever stands for him now; make those that were dropped."""
    if draft.state.owner is None or cycle.ended or draft.placing:
        return
    current = draft.state.cycle or cycle
    for task in list(current.tasks.values()):
        if task.made and task.role != Role.OWNER.value:
            continue  # it stays with whom it was written for
        user = draft.stands_for(Role(task.role))
        if user is None or _closing(draft, task):
            continue
        if not task.made:
            if task.of != draft.state.owner:
                remake(draft, current, task, user)
        elif task.to != user.key:
            _move(draft, current, task, user)


def _move(draft: Draft, cycle: Cycle, task: OpenTask, to: User) -> None:
    words = moved_words(draft, cycle, task, to)
    times = len(draft.state.owners)
    parts = draft.parts(cycle, task.clock, task.generation, f"move{times}:{task.key}")
    draft.write(
        replace(parts, role=Role.OWNER),
        Action.TASK,
        {"owner": to.key} | ({"words": words} if words else {}),
        target=draft.record,
        task_key=task.key,
        because=said("task_moved"),
    )
    data = {"cycle": cycle.key, "task_key": task.key, "to": to.key, "of": draft.state.owner}
    data |= {"due": words["due"]} if words else {}
    draft.decide(FactKind.MOVED, f"moved:{task.key}:{times:04}", data)


def _closing(draft: Draft, task: OpenTask) -> bool:
    return any(w.action == Action.CLOSE_TASK and w.task_key == task.key for w in draft.writes)
