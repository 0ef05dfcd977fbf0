"""15: a person's choice of owner stands; slasync gives leads only to those who may have them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from slasync.rehearsal.simulation.casebook import INSTANT, Case, Cycle, Violation, clock_time
from slasync.rehearsal.simulation.story import Owned, Story

WINDOW = timedelta(seconds=2)
USERS = "salesforce.users"
NEVER = datetime.max.replace(tzinfo=UTC)


def no_human_change_undone(case: Case) -> Iterator[Violation]:
    """After a person chose an owner, no owner is written in that cycle."""
    us = case.evidence.us.get("salesforce")
    for story, cycles in case.clear():
        for n, change in enumerate(story.owners):
            if change.by != us or change.before is None:
                continue
            chosen = _last_of_a_person(case, story, n)
            cycle = next((c for c in reversed(cycles) if c.anchor <= change.at), None)
            if chosen is None or cycle is None or chosen.at <= _known_begin(cycle):
                continue
            if _ended_between(story, chosen.at, change.at) or _given_back(case, story, n):
                continue
            if change.at - chosen.at > WINDOW:
                yield Violation(
                    15,
                    story.name,
                    f"{chosen.by} gave it to {chosen.owner} {clock_time(chosen.at)}, slasync to"
                    f" {change.owner} {clock_time(change.at)}",
                )


def _last_of_a_person(case: Case, story: Story, n: int) -> Owned | None:
    """Return the change just before, when a person made it."""
    before = story.owners[n - 1] if n else None
    if before is None or before.before is None:
        return None
    user = case.evidence.users.get(before.by)
    return before if user is not None and user.kind == "person" else None


def _given_back(case: Case, story: Story, n: int) -> bool:
    """Tell whether the lead was taken from the owner and given back to the same one while slasync's
    own change was on its way, within a second in which slasync wrote something else to it: it finds
    whom it judged, and no stamp tells."""
    change = story.owners[n]
    decided = max(
        (
            case.inserted[row["key"]].at
            for row in case.outbox.values()
            if row["lead_key"] in story.keys
            and row["action"] == "owner"
            and row["payload"]["values"]["owner"] == change.owner
            and row["key"] in case.inserted
            and case.inserted[row["key"]].at <= change.at
        ),
        default=None,
    )
    judged = [o for o in story.owners[:n] if decided is not None and o.at <= decided]
    last = story.owners[n - 1]
    if not judged or judged[-1] is last or judged[-1].owner != last.owner:
        return False
    us, second = case.evidence.us.get("salesforce"), last.at.replace(microsecond=0)
    return any(
        e.by == us and e.id in story.leads and e.at.replace(microsecond=0) == second
        for e in case.evidence.journal
    )


def _known_begin(cycle: Cycle) -> datetime:
    return max(cycle.anchor, cycle.recorded)


def _ended_between(story: Story, since: datetime, until: datetime) -> bool:
    return any(since <= e.at <= until for e in story.ends)


def chosen_owners_are_active(case: Case) -> Iterator[Violation]:
    """Nobody is chosen of whom it had been read by then that he has left."""
    away = _away(case)
    for row in case.outbox.values():
        owner = row["payload"]["values"].get("owner")
        if row["action"] not in {"owner", "create_lead"} or row["key"] not in case.inserted:
            continue
        chosen = case.inserted[row["key"]].at
        mark = case.watermark(USERS, chosen - INSTANT)  # what is read at one instant may be later
        for since, visible, until in away.get(str(owner), ()):
            # a pass knows things up to `settle` before it began, and may begin before they show
            read = mark is not None and since <= mark and visible <= mark + case.policy.settle
            if read and chosen < until:
                says = f"{owner} was chosen {clock_time(chosen)}, who left {clock_time(since)}"
                yield Violation(15, row["lead_key"], says)


def owners_are_eligible(case: Case) -> Iterator[Violation]:
    """Whom slasync chooses is a present member who did not have the lead in the cycle,
    or the queue."""
    us = case.evidence.us.get("salesforce")
    for story, cycles in case.clear():
        for n, change in enumerate(story.owners):
            if change.by != us:
                continue
            says = _unfit(case, change)
            cycle = next((c for c in reversed(cycles) if c.anchor <= change.at), None)
            new = cycle is not None and not _given_back(case, story, n)
            if says is None and cycle and new and change.owner != case.policy.queue:
                had = {o.owner for o in story.owners[:n] if o.at >= cycle.anchor}
                says = "had it before in this cycle" if change.owner in had else None
            if says is not None:
                yield Violation(
                    15, story.name, f"given to {change.owner} {clock_time(change.at)}, who {says}"
                )


def _unfit(case: Case, change: Owned) -> str | None:
    if change.owner == case.policy.queue:
        return None
    if change.owner not in case.policy.members:
        return _not_a_member(case, change)
    return "is absent" if change.owner in case.policy.absent else None


def _not_a_member(case: Case, change: Owned) -> str | None:
    """Where the pool has no queue, its manager takes what nobody can."""
    managers = {case.evidence.users[m].manager for m in case.policy.members}
    if case.policy.queue is None and change.owner in managers:
        return None
    return "is no member of the pool"


def _away(case: Case) -> dict[str, list[tuple[datetime, datetime, datetime]]]:
    """Since when each user was not active, since when that could be read, and up to when."""
    found: dict[str, list[tuple[datetime, datetime, datetime]]] = {}
    for entry in case.evidence.journal:
        if entry.system != "salesforce" or entry.object != "User" or "IsActive" not in entry.after:
            continue
        spans = found.setdefault(entry.id, [])
        if not entry.after["IsActive"]:
            visible = case.evidence.visible.get(entry.number, entry.at)
            spans.append((entry.at, visible, NEVER))
        elif spans:
            spans[-1] = (*spans[-1][:2], entry.at)
    return found
