"""16, 19, 24: what starts, stops and resets clocks is what happened, and they are set right."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from slasync.rehearsal.simulation.casebook import (
    CLOSE,
    SECOND,
    Case,
    Cycle,
    Restart,
    Violation,
    clock_time,
)
from slasync.rehearsal.simulation.evidence import Row, Rung
from slasync.rehearsal.simulation.invariants.tasks import ends_of, sure_ends_of, touches_of
from slasync.rehearsal.simulation.story import Owned, Story

USER = "005"  # how ids of users begin; those of queues do not


def cycles_have_a_cause(case: Case) -> Iterator[Violation]:
    """16: a cycle begins when a definition was met, and at no other time."""
    for story, cycles in case.clear():
        for cycle in cycles:
            low, high = cycle.anchor - SECOND, cycle.anchor + SECOND
            if not any(m.at <= high and m.latest >= low for m in story.mets):
                says = f"cycle {cycle.name} counts from {clock_time(cycle.anchor)}; nothing was met"
                yield Violation(16, cycle.lead, says)
            if cycle.anchor < case.policy.effective_from:
                says = f"cycle {cycle.name} counts from before the start"
                yield Violation(7, cycle.lead, says)


def ends_have_a_cause(case: Case) -> Iterator[Violation]:
    """16: a clock ends by a person's touch or an outcome, never by our own writes."""
    for story, cycles in case.clear():
        for cycle in cycles:
            for clock, row in cycle.clocks.items():
                at, reason = row["ended_at"], row["end_reason"]
                if at is not None and not _caused(case, story, cycle, at, reason):
                    says = f"{clock} of {cycle.name} ended {clock_time(at)} by {reason}; nobody did"
                    yield Violation(16, cycle.lead, says)


def _caused(case: Case, story: Story, cycle: Cycle, at: datetime, reason: str) -> bool:
    """What is found by comparing versions is dated by the version that was read."""
    if reason == "touch":
        return any(abs(t.at - at) <= CLOSE for t in story.touches)
    del cycle
    return any(
        e.reason == reason and e.at - CLOSE <= at <= _read_by(case, e.visible) for e in story.ends
    )


def _read_by(case: Case, visible: datetime) -> datetime:
    """Return by when a change of a lead has surely been read."""
    stream = "salesforce.leads"
    later = [
        c.at
        for c in case.evidence.cursor_log
        if c.stream == stream and c.at > visible and c.new_watermark != c.old_watermark
    ]
    return (sorted(later)[:2] or [case.evidence.ended])[-1]


def restarts_have_a_cause(case: Case) -> Iterator[Violation]:
    """16: a clock starts again only where somebody else was given the lead, and not too often."""
    for story, cycles in case.clear():
        for cycle in cycles:
            for restart in cycle.restarts:
                if not any(_given(case, story, cycle, o, restart) for o in story.owners):
                    says = (
                        f"{cycle.name} started again {clock_time(restart.at)} for"
                        f" {restart.owner}, who was not given the lead then"
                    )
                    yield Violation(16, cycle.lead, says)
            for ladder in case.policy.ladders:
                if ladder.restart and len(cycle.restarts) > ladder.restarts:
                    says = f"{cycle.name} started again {len(cycle.restarts)} times"
                    yield Violation(16, cycle.lead, says)


def _given(case: Case, story: Story, cycle: Cycle, change: Owned, restart: Restart) -> bool:
    """Tell whether a restart is dated by this change of owner, or follows it where it may.

    A change of ours is dated while it is being sent, which may take more than one try: a vendor
    may be slow to apply it, or to answer. Who was given the lead before the hand-over, or is being
    given it only now, after an outage, has the clock from the decision on.
    """
    if change.owner != restart.owner:
        return False
    slack = case.slack
    if abs(change.at - restart.at) <= slack:
        return True
    if change.at <= restart.at and restart.at <= cycle.recorded + slack:
        return True
    return any(
        begun - slack <= restart.at <= over + slack
        for begun, over in _placings(case, story, change)
    )


def _placings(case: Case, story: Story, change: Owned) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when each row was under way that asks for a change of owner."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for step in case.evidence.outbox_log:
        times[step.key].append(step.at)
    for row in case.outbox.values():
        given = row["payload"]["values"].get("owner")
        placed = row["action"] in {"owner", "create_lead"} and given == change.owner
        if placed and row["lead_key"] in story.keys and times[row["key"]]:
            yield times[row["key"]][0], times[row["key"]][-1]


def new_owners_start_again(case: Case) -> Iterator[Violation]:
    """2: whoever has the lead at last had the whole ladder before him, if a restart was left."""
    known_by = case.evidence.ended - case.policy.settle - 2 * case.policy.poll
    for story, cycles in case.clear():
        for cycle in cycles:
            for ladder in case.policy.ladders:
                change = _last_change(story, cycle)
                if change is None or not ladder.restart or change.visible > known_by:
                    continue
                if _over_by(story, cycle, ladder.ends, change.at):
                    continue
                before = [r for r in cycle.restarts if r.at < change.at - CLOSE]
                last = before[-1].owner if before else cycle.given
                if len(before) >= ladder.restarts or change.owner == last:
                    continue
                if not any(r.owner == change.owner for r in cycle.restarts[len(before) :]):
                    says = f"{change.owner} was given it {clock_time(change.at)}"
                    yield Violation(
                        2, cycle.lead, f"{says}; {ladder.clock} did not start again for him"
                    )


def _last_change(story: Story, cycle: Cycle) -> Owned | None:
    """Return the last change of owner in a cycle, when it was to a person."""
    until = cycle.later.anchor if cycle.later else None
    begun = max(cycle.anchor, cycle.recorded)
    changes = [o for o in story.owners if o.at > begun and (until is None or o.at < until)]
    last = changes[-1] if changes else None
    return last if last and last.before is not None and last.owner.startswith(USER) else None


def _over_by(story: Story, cycle: Cycle, ends: frozenset[str], at: datetime) -> bool:
    """Tell whether anything may have ended the clock before."""
    ended = [e.at for e in ends_of(story, cycle)]
    ended += [t.at for t in touches_of(story, cycle)] if "touch" in ends else []
    return any(t <= at + CLOSE for t in ended)


def ends_are_the_earliest(case: Case) -> Iterator[Violation]:
    """19: whatever was learned first, a clock ends with what happened first."""
    for story, cycles in case.clear():
        for cycle in cycles:
            for ladder in case.policy.ladders:
                row = cycle.clocks.get(ladder.clock)
                truth = _true_end(case, story, cycle, ladder.ends)
                if row is None or truth is None:
                    continue
                if row["ended_at"] is None:
                    says = f"{ladder.clock} of {cycle.name} runs on; it ended {clock_time(truth)}"
                    yield Violation(19, cycle.lead, says)
                elif row["ended_at"] > truth + CLOSE and not _derived(row, story, cycle, truth):
                    says = (
                        f"{ladder.clock} of {cycle.name} ended {clock_time(truth)}, not"
                        f" {clock_time(row['ended_at'])}"
                    )
                    yield Violation(19, cycle.lead, says)


def _derived(row: Row, story: Story, cycle: Cycle, truth: datetime) -> bool:
    """A deletion is found by comparing: its time is an upper bound."""
    end = next((e for e in sure_ends_of(story, cycle) if e.at == truth), None)
    return row["end_reason"] == "deleted" and end is not None and end.reason == "deleted"


def _true_end(case: Case, story: Story, cycle: Cycle, ends: frozenset[str]) -> datetime | None:
    known_by = case.evidence.ended - case.policy.settle - 2 * case.policy.poll
    sure = sure_ends_of(story, cycle)
    found = [e.at for e in sure if e.reason in ends and e.visible <= known_by]
    if "touch" in ends:
        found += [
            t.at
            for t in touches_of(story, cycle)
            if t.counts
            and t.gone is None
            and t.visible <= known_by
            and not _at_a_restart(cycle, t.at)
        ]
    return min(found, default=None)


def _at_a_restart(cycle: Cycle, at: datetime) -> bool:
    """Within the second in which a clock started again: the CRM tells whole seconds, so nobody can
    say which came first."""
    return any(abs(at - restart.at) < SECOND for restart in cycle.restarts)


def due_times_are_right(case: Case) -> Iterator[Violation]:
    """24: each due time kept is the one that the calendar gives for its anchor and rung."""
    for cycles in case.cycles.values():
        for cycle in cycles:
            if case.at_rest(cycle):
                continue
            for fired in cycle.fired.values():
                ladder, rung = case.ladder(fired.clock), case.rung(fired.clock, fired.rung)
                anchors = case.anchors(cycle, ladder, fired.generation) if ladder else []
                if rung is None or not anchors:
                    continue
                for each in () if fired.generation else (cycle, *cycle.same):
                    anchors += _met_before(case, each)
                due = min(dues := [case.due(anchor, rung) for anchor in anchors])
                right = any(abs(fired.due - each) <= SECOND for each in dues)
                if not right and not _moved(cycle):
                    says = f"{fired.clock} {fired.rung} fired as due {clock_time(fired.due)}"
                    yield Violation(24, cycle.lead, f"{says}; it was due {clock_time(due)}")
            yield from _stored(case, cycle)


def _met_before(case: Case, cycle: Cycle) -> list[datetime]:
    """Return the hand-overs that may have moved the anchor of a lead that is another's by now: it
    has no clocks of its own any more that would show it."""
    story = case.story_of(cycle.lead)
    if story is None or case.root(cycle.lead) == cycle.lead:
        return []
    return [m.at for m in story.mets if m.at <= cycle.recorded]


def _moved(cycle: Cycle) -> bool:
    """An earlier hand-over learned late moves the anchor; what had fired stays as it was."""
    return cycle.recorded != cycle.anchor


def _stored(case: Case, cycle: Cycle) -> Iterator[Violation]:
    for clock, row in cycle.clocks.items():
        rung = case.rung(clock, str(row["next_rung"]))
        if row["state"] not in {"running", "waiting_for_record"} or rung is None:
            continue
        wakes = case.due(row["anchor_at"], rung)
        due = _asked_by(case, clock, rung, row["anchor_at"])
        if not _near(row["due_at"], due):
            kept, said = ((clock_time(at) if at else "no time") for at in (row["due_at"], due))
            says = f"{clock} {rung.name} is next, kept as due {kept}; what is due is due {said}"
            yield Violation(24, cycle.lead, says)
        if row["state"] == "running" and not _near(row["wake_at"], wakes):
            yield Violation(24, cycle.lead, f"{clock} is due and nobody will look at it then")


def _near(kept: datetime | None, due: datetime | None) -> bool:
    return kept == due if kept is None or due is None else abs(kept - due) <= SECOND


def _asked_by(case: Case, clock: str, rung: Rung, anchor: datetime) -> datetime | None:
    """Return until when something is to be done: a rung at the anchor itself asks for nothing."""
    ladder = case.ladder(clock)
    rungs = ladder.rungs if ladder else (rung,)
    return next((case.due(anchor, r) for r in rungs[rungs.index(rung) :] if r.amount > 0), None)


def owners_agree(case: Case) -> Iterator[Violation]:
    """19: at the end slasync knows the owner whom the CRM has."""
    rows = {row["key"]: row for row in case.rows("lead")}
    for story, _ in case.clear():
        if len(story.leads) != 1 or len(story.keys) != 1 or not story.owners:
            continue
        row = rows.get(story.keys[0])
        gone = any(e.reason in {"deleted", "converted"} for e in story.ends)
        if row is None or gone or row["owner"] is None:
            continue
        if row["owner"] != story.owners[-1].owner:
            says = f"the owner is {story.owners[-1].owner}, kept is {row['owner']}"
            yield Violation(19, story.name, says)
