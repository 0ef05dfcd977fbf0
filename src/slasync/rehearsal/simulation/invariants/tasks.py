"""SLA tasks in the CRM: one each, never too early, never against the evidence, never a storm."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, pairwise

from slasync.rehearsal.simulation.casebook import (
    INSTANT,
    SECOND,
    Case,
    Cycle,
    Purpose,
    Violation,
    clock_time,
    subject_in,
)
from slasync.rehearsal.simulation.evidence import Ladder, Rung
from slasync.rehearsal.simulation.story import Ended, Owned, Story, TaskStory, TaskWrite, Touch

VISIBLE = timedelta(seconds=60)
HOUR = timedelta(hours=1)
TASKS = "salesforce.tasks"


def one_task_a_key(case: Case) -> Iterator[Violation]:
    """1: a key occurs once. Where a person deleted the task and slasync could not know it when
    it decided, an upsert makes it anew: accepted."""
    by_key: dict[str, list[tuple[Story, TaskStory]]] = defaultdict(list)
    for story, task in case.tasks():
        by_key[task.key].append((story, task))
    for key, found in by_key.items():
        found.sort(key=lambda each: (each[1].made, each[1].id))
        for (_, before), (story, task) in pairwise(found):
            if not _unknowably_gone(case, before, task.made):
                says = f"two tasks have the key {key}: the second was made {clock_time(task.made)}"
                yield Violation(1, story.name, says)


def _unknowably_gone(case: Case, before: TaskStory, at: datetime) -> bool:
    """Tell whether the earlier task was gone, and how could slasync have read that."""
    gone = [t for t, by in before.over if t <= at and by != case.evidence.us.get("salesforce")]
    if not gone or before.is_open(at):
        return False
    sent = _last_sent(case, before.key, at)
    if sent <= gone[-1]:
        return True  # carried out only now
    mark = case.watermark(TASKS, sent - INSTANT)  # what is read at one instant may be later
    settled = case.policy.settle + case.policy.poll + VISIBLE
    return mark is None or mark < gone[-1] or sent - gone[-1] <= settled


def _last_sent(case: Case, task_key: str, at: datetime) -> datetime:
    """Return when the last write that can have made the task was sent; to close it makes none."""
    rows = [str(row["key"]) for row in case.asking[task_key] if row["action"] == "task"]
    return case.sent(rows, at) or at


def one_open_task(case: Case) -> Iterator[Violation]:
    """1: no task is made while another for the same purpose is open. One that a person opened
    again is the person's doing."""
    purposes = case.purposes()
    by_purpose: dict[Purpose, list[tuple[Story, TaskStory]]] = defaultdict(list)
    for story, task in case.tasks():
        purpose = case.purpose_when_made(task) or purposes.get(task.key)
        if purpose is not None:
            by_purpose[purpose].append((story, task))
    for purpose, found in by_purpose.items():
        found.sort(key=lambda each: (each[1].made, each[1].id))
        for (_, other), (story, task) in combinations(found, 2):
            if other.key != task.key and not other.over:
                says = f"{task.id} was made {clock_time(task.made)} while {other.id} is open"
                yield Violation(1, story.name, f"{says}: {purpose}")
            elif other.key != task.key and other.over[0][0] > task.made:
                says = f"{task.id} was made {clock_time(task.made)} while {other.id} was open"
                yield Violation(1, story.name, f"{says}: {purpose}")


def nothing_before_due(case: Case) -> Iterator[Violation]:
    """4: no rung is written before its due time, counted from what the vendors saw happen."""
    for story, task, write, cycle, ladder, rung, generation in rungs_written(case):
        anchor = case.earliest_anchor(cycle, ladder, generation)
        if anchor is None:
            continue
        due = case.due(anchor, rung)
        if write.at < due - SECOND:
            yield Violation(
                4,
                story.name,
                f"{ladder.clock} {rung.name} was due {clock_time(due)}, counted from"
                f" {clock_time(anchor)}; task {task.id} was written {clock_time(write.at)}",
            )


def flags_before_due(case: Case) -> Iterator[Violation]:
    """4: a lead is not flagged before a rung that flags is due."""
    for story, cycles in case.clear():
        for flag in story.flags:
            if not flag.on or flag.by != case.evidence.us.get("salesforce") or not cycles:
                continue
            dues = [
                case.due(anchor, rung)
                for cycle in cycles
                for ladder in case.policy.ladders
                for rung in ladder.rungs
                for generation in range(len(cycle.restarts) + 1 if ladder.restart else 1)
                if any(e.kind == "flag_stale" for e in rung.effects)
                and (anchor := case.earliest_anchor(cycle, ladder, generation)) is not None
            ]
            if dues and flag.at < min(dues) - SECOND:
                says = f"flagged {clock_time(flag.at)}, due at the earliest {clock_time(min(dues))}"
                yield Violation(4, story.name, says)


def no_blame_on_answered(case: Case) -> Iterator[Violation]:
    """3: no task blames somebody who had answered before it was due, when that could be seen for
    a minute before the write."""
    for story, task, write, cycle, ladder, rung, generation in rungs_written(case):
        if story.unclear or not rung_blames(ladder, rung):
            continue
        anchor = case.anchor(cycle, ladder, generation)
        if anchor is None:
            continue
        due = case.due(anchor, rung)
        found = answer_before(case, story, cycle, ladder, due)
        if found is None:
            continue
        at, visible, how = found
        sent = case.sent(_behind(case, task, write, rung), write.at) or write.at
        if visible + VISIBLE <= sent:
            yield Violation(
                3,
                story.name,
                f"{ladder.clock} {rung.name} was due {clock_time(due)}; {how} at {clock_time(at)},"
                f" visible {clock_time(visible)}; task {task.id} was written all the same"
                f" {clock_time(write.at)}, sent {clock_time(sent)}",
            )


def no_blame_on_moved_on(case: Case) -> Iterator[Violation]:
    """3: no task is written for somebody who had lost the lead, or about one that was converted,
    when that could be seen for a minute before: leads are read again before they are blamed."""
    purposes = case.purposes()
    for story, task, write, _, ladder, rung, _ in rungs_written(case):
        sent = case.sent(_behind(case, task, write, rung), write.at)
        if story.unclear or sent is None:
            continue
        seen = sent - VISIBLE
        name = f"{ladder.clock} {rung.name}, sent {clock_time(sent)}"
        over = [e for e in story.ends if e.reason == "converted" and e.visible <= seen]
        if over:
            says = f"{name}: the lead was converted {clock_time(over[0].at)}"
            yield Violation(3, story.name, says)
        had = [o for o in story.owners if _known(case, o) <= seen]
        stayed = all(_known(case, o) <= seen or o.at > sent for o in story.owners)
        role = purposes[task.key][4]
        if not had or not stayed or role != "owner" or write.owner is None:
            continue
        had_it = had[-1].owner
        if had_it == write.owner or had_it not in case.policy.members:
            continue
        if case.always_active(had_it):  # else his manager stands for him
            says = f"{name} to {write.owner}: the lead had been {had_it}'s since"
            yield Violation(3, story.name, f"{says} {clock_time(had[-1].at)}")


def _known(case: Case, change: Owned) -> datetime:
    """Our own changes are known to us at once, however late others see them."""
    return change.at if change.by == case.evidence.us.get("salesforce") else change.visible


def rung_blames(ladder: Ladder, rung: Rung) -> bool:
    """Tell whether a rung says that somebody was late: one due at the anchor only announces."""
    return rung.amount > 0 or rung is not ladder.rungs[0]


def answer_before(
    case: Case, story: Story, cycle: Cycle, ladder: Ladder, due: datetime
) -> tuple[datetime, datetime, str] | None:
    """Return the first answer that ended a clock before `due`: when, since when visible, what."""
    found: list[tuple[datetime, datetime, str]] = []
    if "touch" in ladder.ends:
        found += [
            (t.at, t.visible, f"a touch ({t.how})")
            for t in touches_of(story, cycle)
            if t.counts and t.gone is None and t.at < due
        ]
    found += [
        (e.at, e.visible, e.reason)
        for e in sure_ends_of(story, cycle)
        if e.reason in ladder.ends and e.at < due
    ]
    del case
    return min(found, default=None)


def touches_of(story: Story, cycle: Cycle) -> Sequence[Touch]:
    """Return what people did about a lead between its hand-over and the next."""
    until = cycle.later.anchor if cycle.later else None
    return [t for t in story.touches if t.at >= cycle.anchor and (until is None or t.at < until)]


def ends_of(story: Story, cycle: Cycle) -> Sequence[Ended]:
    """Return the first end after the hand-over, if any; who was over before is over at once."""
    after = [e for e in story.ends if e.at >= cycle.anchor]
    return [*_over_before(story, cycle), *after][:1]


def sure_ends_of(story: Story, cycle: Cycle) -> Sequence[Ended]:
    """Return the first end after the hand-over that nobody can have missed, if any."""
    after = [e for e in story.ends if e.at >= cycle.anchor]
    return [e for e in (*_over_before(story, cycle), *after) if e.certain][:1]


def _over_before(story: Story, cycle: Cycle) -> list[Ended]:
    """Return what had become of a lead that was handed over before that was known: nobody hands
    over who was converted, or is deleted."""
    back = [at for at in story.restored if at <= cycle.anchor]
    for end in (e for e in story.ends if e.at < cycle.anchor):
        undone = end.reason == "deleted" and any(at > end.at for at in back)
        if end.reason in {"converted", "deleted"} and not undone:
            return [replace(end, at=cycle.anchor)]
    return []


def data_complete(case: Case) -> Iterator[Violation]:
    """3: a rung is decided only when each stream its clock reads is known past its due time."""
    for row in case.outbox.values():
        inserted = case.inserted.get(row["key"])
        write = row["payload"]
        rung = case.rung(write["clock"], write["rung"])
        ladder = case.ladder(write["clock"])
        if inserted is None or rung is None or ladder is None:
            continue
        cycle = _cycle(case, row["lead_key"], write["cycle"])
        anchor = case.anchor(cycle, ladder, int(write["generation"])) if cycle else None
        if anchor is None:
            continue
        due = case.due(anchor, rung)
        for stream in ladder.streams:
            mark = case.watermark(stream, inserted.at)
            if mark is None or mark < due - SECOND:
                yield Violation(
                    3,
                    row["lead_key"],
                    f"{ladder.clock} {rung.name}, due {clock_time(due)}, was decided"
                    f" {clock_time(inserted.at)} when {stream} was known"
                    f" to {clock_time(mark) if mark else 'no time'}",
                )


def late_news_withdrawn(case: Case) -> Iterator[Violation]:
    """3: at the end no task is open, and no flag set, of a clock that has ended."""
    purposes = case.purposes()
    parked = {
        case.payload(k).get("task_key") for k, r in case.outbox.items() if r["state"] == "parked"
    }
    for story, cycles in case.clear():
        for task in story.tasks.values():
            purpose = purposes.get(task.key)
            ladder = case.ladder(purpose[2]) if purpose else None
            cycle = next((c for c in cycles if purpose and c.name == purpose[1]), None)
            if ladder is None or cycle is None or task.key in parked or task.back:
                continue
            if _closed_unseen(case, task):
                continue
            ended = _ended(case, story, cycle, ladder)
            if ended is not None and task.is_open(case.evidence.ended):
                says = f"task {task.id} of {ladder.clock} is open, which ended {clock_time(ended)}"
                yield Violation(3, story.name, says)


def _closed_unseen(case: Case, task: TaskStory) -> bool:
    """Tell whether the task was to be closed while no reader could see it: to look for it by its
    key tells nothing then."""
    return any(
        task.made <= at < task.visible
        for row in case.outbox.values()
        if row["action"] == "close_task" and row["payload"].get("task_key") == task.key
        for at in case.sendings.get(row["key"], ())
    )


def no_flag_is_left(case: Case) -> Iterator[Violation]:
    """3: at the end no lead is flagged whose last cycle was recycled or disqualified."""
    us, settled = case.evidence.us.get("salesforce"), case.policy.settle + 2 * case.policy.poll
    for story, cycles in case.clear():
        if not cycles or not story.flags or not story.flags[-1].on or story.flags[-1].by != us:
            continue
        ended = ends_of(story, cycles[-1])
        gone = any(e.reason in {"converted", "deleted"} for e in story.ends)
        stuck = any(
            row["action"] == "clear_stale" and row["state"] in {"parked", "superseded"}
            for row in case.outbox.values()
            if row["lead_key"] == cycles[-1].lead
        )
        if ended and not gone and not stuck and ended[0].visible <= case.evidence.ended - settled:
            says = f"still flagged stale, though {ended[0].reason} {clock_time(ended[0].at)}"
            yield Violation(3, story.name, says)


def _ended(case: Case, story: Story, cycle: Cycle, ladder: Ladder) -> datetime | None:
    """Return when a clock surely ended, long enough ago to be known."""
    known_by = case.evidence.ended - case.policy.settle - 2 * case.policy.poll
    ends = [(e.at, e.visible) for e in ends_of(story, cycle) if e.reason in ladder.ends]
    if any(e.reason == "deleted" for e in ends_of(story, cycle)):
        return None  # its tasks went with it; restored, they come back as they were
    if "touch" in ladder.ends:
        ends += [(t.at, t.visible) for t in touches_of(story, cycle) if t.counts and not t.gone]
    return min((at for at, visible in ends if visible <= known_by), default=None)


def caps_hold(case: Case) -> Iterator[Violation]:
    """7: of tasks decided late, no more are made in an hour than the caps allow, but for those
    that a person let go. Late: long after the due time, whatever held it up."""
    let_go = {c.key for c in case.evidence.outbox_log if c.by_person}
    late: list[tuple[datetime, str]] = []
    for _, task, write, cycle, ladder, rung, generation in rungs_written(case):
        anchors = case.anchors(cycle, ladder, generation)
        keys = [k for k in _keys_of(case, task, rung) if k in case.inserted]
        if not write.created or not anchors or not keys or case.at_rest(cycle):
            continue
        behind = _behind(case, task, write, rung)
        if {*keys, *behind} & let_go:
            continue
        decided = case.believed(case.inserted[keys[0]])
        # an anchor that was not known by then makes nothing late
        anchor = max([*anchors, *([] if generation else [cycle.recorded])])
        if decided - case.due(anchor, rung) > case.policy.late_after + case.slack:
            # what was dropped and is made again, for a new owner, counts when that is decided
            made = [case.inserted[key] for key in behind if key in case.inserted]
            again = [case.believed(row) for row in made if row.at <= write.at]
            late.append((max(again, default=decided), write.owner or ""))
    yield from _over(case, sorted(late))


def _over(case: Case, late: Sequence[tuple[datetime, str]]) -> Iterator[Violation]:
    for n, (at, _) in enumerate(late):
        hour = [owner for t, owner in late[: n + 1] if at - t < HOUR]
        most = max(Counter(hour).values())
        if most > case.policy.cap_owner or len(hour) > case.policy.cap_total:
            says = f"{len(hour)} late tasks in the hour to {clock_time(at)}, {most} for one owner"
            yield Violation(7, "", says)
            return


def history_is_left_alone(case: Case) -> Iterator[Violation]:
    """7: nothing is written about a lead handed over before slasync began to judge."""
    start = case.policy.effective_from
    for story, _ in case.clear():
        if any(m.latest >= start for m in story.mets):
            continue
        for task in story.tasks.values():
            if task.writes:
                says = f"task {task.id} was written though nothing happened since the start"
                yield Violation(7, story.name, says)


def _keys_of(case: Case, task: TaskStory, rung: Rung) -> list[str]:
    return [
        row["key"] for row in case.asking.get(task.key, ()) if row["payload"]["rung"] == rung.name
    ]


def _behind(case: Case, task: TaskStory, write: TaskWrite, rung: Rung) -> list[str]:
    """Return the rows that ask for just this write: a task that was dropped because the lead had
    another owner is made again by a row of its own, for him."""
    same = [
        row["key"]
        for row in case.asking.get(task.key, ())
        if subject_in(row["payload"]["values"]) == write.subject
        and write.owner in {None, row["payload"]["values"].get("owner")}
    ]
    return same or _keys_of(case, task, rung)


def _cycle(case: Case, lead: str, name: str) -> Cycle | None:
    return case.by_name.get((lead, name))


Written = tuple[Story, TaskStory, TaskWrite, Cycle, Ladder, Rung, int]


def rungs_written(case: Case) -> Iterator[Written]:
    """Yield each write of a rung's own words to a task in the CRM."""
    purposes = case.purposes()
    for story, task in case.tasks():
        purpose = purposes.get(task.key)
        cycle = _cycle(case, purpose[0], purpose[1]) if purpose else None
        if purpose is None or cycle is None:
            continue
        for write in task.writes:
            named = case.named_in(write.subject) if write.subject else None
            if named is not None:
                yield story, task, write, cycle, *named, purpose[3]
