"""20 and 23: a restart changes nothing, and nothing secret or personal is ever shown."""

from collections.abc import Iterator
from datetime import datetime

from slasync.rehearsal.simulation.casebook import Case, Fired, Violation, clock_time
from slasync.rehearsal.simulation.story import Story


def restart_writes_nothing(case: Case) -> Iterator[Violation]:
    """20: started again with nothing changed, slasync writes nothing and queues nothing.

    Time goes on meanwhile: leads with a rung due, that wake up from a rest, or somebody at work on
    them, do not count.
    """
    since, us = case.evidence.quiet_from, case.evidence.us
    if since is None:
        return
    alive = _alive(case, since)
    for change in case.evidence.outbox_log:
        row = case.outbox.get(change.key)
        lead = str(row["lead_key"]) if row else ""
        if change.at >= since and change.old_state is None and case.root(lead) not in alive:
            what = row["action"] if row else "a row"
            yield Violation(20, lead, f"{what} was queued {clock_time(change.at)}, after a restart")
    kept = _kept_under(case)
    for entry in case.evidence.journal:
        lead = kept.get(entry.id, "")
        ours = entry.at >= since and entry.by == us.get(entry.system)
        if ours and case.root(lead) not in alive:
            says = f"{entry.object} {entry.id} was written {clock_time(entry.at)}, after a restart"
            yield Violation(20, lead, says)


def _alive(case: Case, since: datetime) -> set[str]:
    """Return the leads about which something was to be decided after `since` anyway: of those that
    became one, the one that they are. What had not been read before, as calls were few, is news,
    for every lead that a person is: it may tell which records are whose."""
    late = min(since - case.policy.settle - 2 * case.policy.poll, _read_to(case, since))
    whose = {id_: story for story in case.stories for id_ in (*_records(story), *story.tasks)}
    us = case.evidence.us
    concerned = [
        story
        for story in case.stories
        if any(late <= until <= case.evidence.ended for until in story.wakes)
    ]
    for entry in case.evidence.journal:
        about = whose.get(entry.id) or whose.get(str(entry.after.get("WhoId")))
        if about and entry.at >= late and entry.by != us.get(entry.system):
            concerned.append(about)
    found = {key for story in concerned for key in (story.name, *story.keys)}
    for lead, cycles in case.cycles.items():
        every = [fired for cycle in cycles for fired in cycle.fired.values()]
        if any(fired.due >= late or _waited(case, fired, since) for fired in every):
            found.add(lead)
    return {case.root(lead) for lead in found}


def _read_to(case: Case, since: datetime) -> datetime:
    """Return up to when both systems had been read at `since`."""
    streams = {stream for ladder in case.policy.ladders for stream in ladder.streams}
    streams.add(case.policy.marketing.stream)
    return min(case.watermark(stream, since) or case.evidence.began for stream in sorted(streams))


def _waited(case: Case, fired: Fired, since: datetime) -> bool:
    """Tell whether a rung was due before `since` and had to wait for what was not read by then."""
    ladder = case.ladder(fired.clock)
    if ladder is None or fired.at < since:
        return False
    return any((case.watermark(s, since) or fired.due) < fired.due for s in ladder.streams)


def _kept_under(case: Case) -> dict[str, str]:
    """Return the lead that slasync keeps each record under: the CRM may have several of a person,
    each with a cycle of its own."""
    linked = {str(row["external_id"]): str(row["lead_key"]) for row in case.rows("link")}
    found: dict[str, str] = {}
    for story in case.stories:
        found |= {id_: linked.get(id_, story.name) for id_ in _records(story)}
        found |= {t.id: found.get(t.lead, story.name) for t in story.tasks.values()}
    return found


def _records(story: Story) -> list[str]:
    return [*story.leads, *([story.contact] if story.contact else [])]


def no_canary_shows(case: Case) -> Iterator[Violation]:
    """23: neither a secret nor a name is in a log or any other output."""
    outputs = {"the log": "\n".join(case.evidence.logs), **case.evidence.outputs}
    for name, text in outputs.items():
        for canary in case.evidence.canaries:
            if canary in text:
                line = next((row for row in text.splitlines() if canary in row), "")
                yield Violation(23, "", f"{name} shows {canary!r}: {line[:200]}")
