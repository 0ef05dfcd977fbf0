"""2: every true breach ends somewhere: a task, a digest line, a reason why not, or a parked row."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from slasync.rehearsal.simulation.casebook import (
    INSTANT,
    SECOND,
    Case,
    Cycle,
    Fired,
    Violation,
    clock_time,
)
from slasync.rehearsal.simulation.evidence import Ladder, Rung
from slasync.rehearsal.simulation.invariants.tasks import TASKS, ends_of, touches_of
from slasync.rehearsal.simulation.story import Ended, Story, TaskStory
from slasync.sandbox.journal import Entry

MARGIN = timedelta(minutes=5)


def handed_over(case: Case) -> Iterator[Violation]:
    """Every hand-over that nobody may have missed is a cycle."""
    for story, cycles in case.clear():
        for episode in story.episodes:
            if episode.latest > _judged_until(case) or _not_read(case, story):
                continue
            if episode.ended and _over_unread(case, episode.latest, episode.ended):
                continue
            low, high = episode.at - SECOND, episode.latest + SECOND
            if not any(low <= cycle.anchor <= high for cycle in cycles):
                says = f"{episode.definition} was met {clock_time(episode.at)}; no cycle began"
                yield Violation(2, story.name, says)


def _over_unread(case: Case, met: datetime, ended: Ended) -> bool:
    """Tell whether it was over before anybody could have read that it had begun."""
    known = case.known_from(case.policy.marketing.stream, met)
    return known is None or ended.at <= known


def _judged_until(case: Case) -> datetime:
    """What happens in the last minutes cannot have been decided."""
    until = min(case.evidence.ended, case.evidence.quiet_from or case.evidence.ended)
    return until - case.policy.settle - 2 * case.policy.poll - MARGIN


def _not_read(case: Case, story: Story) -> bool:
    """Tell whether the person is set aside for somebody to look at."""
    aside = {str(row["external_id"]) for row in case.rows("quarantine")}
    return bool(aside & {str(story.contact), *story.leads})


def every_rung_is_told(case: Case) -> Iterator[Violation]:
    """Every rung whose time came while its clock ran was fired, or is told to be superseded."""
    for story, cycles in case.clear():
        for cycle in cycles:
            if _no_record(case, cycle):
                continue
            for ladder in case.policy.ladders:
                yield from _ladder_told(case, story, cycle, ladder)


def _no_record(case: Case, cycle: Cycle) -> bool:
    """Tell whether the CRM does not have the lead because its creation waits for a person."""
    creations = [
        row["state"]
        for row in case.outbox.values()
        if row["lead_key"] == cycle.lead and row["action"] == "create_lead"
    ]
    return bool(creations) and set(creations) <= {"parked", "superseded"}


def _ladder_told(case: Case, story: Story, cycle: Cycle, ladder: Ladder) -> Iterator[Violation]:
    generations = range(len(cycle.restarts) + 1) if ladder.restart else range(1)
    for generation in generations:
        anchor = case.anchor(cycle, ladder, generation)
        if anchor is None:
            continue
        until = _ran_until(case, story, cycle, ladder, generation)
        for rung in ladder.rungs:
            due = case.due(anchor, rung)
            if due >= until:
                continue
            fired = cycle.fired.get((ladder.clock, generation, rung.name))
            if fired is None:
                says = (
                    f"{ladder.clock} {rung.name} (generation {generation}) was due"
                    f" {clock_time(due)}, nobody had answered, and nothing is told of it"
                )
                yield Violation(2, story.name, says)
            else:
                yield from _effects_told(case, cycle, ladder, rung, fired)


def _ran_until(case: Case, story: Story, cycle: Cycle, ladder: Ladder, generation: int) -> datetime:
    """Return until when a clock ran at least: up to anything that may have ended it, and as far as
    what it is judged by was read before the end, where calls are few."""
    ends = [_judged_until(case)]
    if case.policy.reads_share:
        marks = [case.watermark(stream, ends[0]) for stream in ladder.streams]
        ends += [mark or case.evidence.began for mark in marks]
    # the CRM tells whole seconds: what is due in the second of the end may be due after it
    ends += [e.at.replace(microsecond=0) for e in ends_of(story, cycle)]
    if "touch" in ladder.ends:
        ends += [t.at for t in touches_of(story, cycle)]
    following = cycle.restarted(generation + 1)
    if ladder.restart and following is not None:
        ends.append(following.at)
    if cycle.later:
        ends.append(cycle.later.anchor)
    return min(ends)


def _effects_told(
    case: Case, cycle: Cycle, ladder: Ladder, rung: Rung, fired: Fired
) -> Iterator[Violation]:
    """A rung that fired did all it is to do; a superseded one left only its message out."""
    told = {(e.get("kind"), e.get("role", "nobody")) for e in fired.effects}
    name = f"{ladder.clock} {rung.name} (generation {fired.generation})"
    ended_first = _ended_before(cycle, ladder, fired)
    if fired.superseded and not ended_first and not _higher(cycle, ladder, rung, fired):
        says = f"{name} is superseded, but no higher rung fired with it and its clock ran"
        yield Violation(2, cycle.lead, says)
    for effect in rung.effects:
        wanted = (effect.kind, effect.role)
        message = effect.kind in {"task", "digest"}
        if effect.kind == "reassign" or wanted in told or (fired.superseded and message):
            continue
        if ended_first or (effect.kind == "task" and not _somebody(case, effect.role)):
            continue
        says = f"{name} fired {clock_time(fired.at)} without {effect.kind} for {effect.role}"
        yield Violation(2, cycle.lead, says)
    if ("digest", "leadership") in told and not _line(case, cycle.lead, ladder, rung):
        yield Violation(2, cycle.lead, f"{name} says it told leadership; there is no line")


def said_once(case: Case) -> Iterator[Violation]:
    """Of several rungs due at once only the highest says something to each role. At once: in one
    look, that is one decision; data may be known further at the next, within the same second."""
    for decision in case.rows("decision"):
        said: dict[tuple[str, str, int, str], set[str]] = defaultdict(set)
        for row in (case.outbox[key] for key in decision["writes"] if key in case.outbox):
            write = row["payload"]
            if row["action"] == "task" and case.rung(write["clock"], write["rung"]):
                place = (write["cycle"], write["clock"], write["generation"], write["role"])
                said[place].add(str(write["rung"]))
        for (_, clock, _, role), rungs in said.items():
            if len(rungs) > 1:
                says = f"{', '.join(sorted(rungs))} of {clock} all wrote to the {role}"
                yield Violation(2, str(decision["lead_key"]), f"{says} at once")


def said_where_it_is_seen(case: Case) -> Iterator[Violation]:
    """A task that a person closed or deleted is written no more once that was read: nobody sees it,
    so the next rung makes another."""
    found: dict[str, list[tuple[Story, TaskStory]]] = defaultdict(list)
    for story, _ in case.clear():
        for task in story.tasks.values():
            found[task.key].append((story, task))
    for key, of_key in found.items():
        story, task = of_key[0]
        if len(of_key) > 1 or task.back:
            continue  # which of them it is about, or whether it was to be seen again, is not clear
        for row in case.asking[key]:
            write, made = row["payload"], case.inserted.get(row["key"])
            rung = case.rung(write["clock"], write["rung"])
            if row["action"] != "task" or row["key"] == key or rung is None or made is None:
                continue
            over = _read_to_be_over(case, task, made.at - INSTANT)
            if over is not None:
                says = f"{write['clock']} {rung.name} wrote to task {task.id}"
                yield Violation(2, story.name, f"{says}, which was over {clock_time(over)}")


def _read_to_be_over(case: Case, task: TaskStory, at: datetime) -> datetime | None:
    """Return when a person closed or deleted a task, if that had been read by `at`. Who did it is
    not told of one that we wrote to since."""
    mark, people = case.watermark(TASKS, at), case.evidence.users
    entry = next((e for e in case.evidence.journal if _ends(e, task)), None)
    if mark is None or entry is None or entry.by not in people:
        return None
    visible = case.evidence.visible.get(entry.number, entry.at)
    # a pass knows things up to `settle` before it began, and may begin before they show
    read = entry.at <= mark and visible <= mark + case.policy.settle
    by_person = people[entry.by].kind == "person"
    since = any(entry.at <= write.at <= at for write in task.writes)
    return entry.at if read and by_person and not since else None


def _ends(entry: Entry, task: TaskStory) -> bool:
    closed = entry.operation == "delete" or entry.after.get("IsClosed") is True
    return entry.object == "Task" and entry.id == task.id and closed


def _ended_before(cycle: Cycle, ladder: Ladder, fired: Fired) -> bool:
    """Tell whether the clock had ended, or started again for another owner, when the rung was
    decided, as far as slasync says."""
    row = cycle.clocks.get(ladder.clock)
    ended = row is not None and row["ended_at"] is not None
    again = ladder.restart and cycle.restarted(fired.generation + 1) is not None
    return fired.superseded and (ended or again)


def _higher(cycle: Cycle, ladder: Ladder, rung: Rung, fired: Fired) -> bool:
    names = [r.name for r in ladder.rungs]
    above = names[names.index(rung.name) + 1 :]
    return any(
        other.at == fired.at and not other.superseded
        for name in above
        if (other := cycle.fired.get((ladder.clock, fired.generation, name))) is not None
    )


def _somebody(case: Case, role: str) -> bool:
    """Tell whether there always was an active person for a role: managers may have left."""
    users = case.evidence.users.items()
    wanted = [key for key, user in users if user.rep or (role != "owner" and user.kind == "person")]
    return all(case.always_active(key) for key in wanted)


def _line(case: Case, lead: str, ladder: Ladder, rung: Rung) -> bool:
    if not case.policy.leadership:
        return True
    words = f"{ladder.clock} {rung.name}"
    return any(
        row["lead_key"] == lead and words in str(row["text"]) for row in case.rows("digest_line")
    )
