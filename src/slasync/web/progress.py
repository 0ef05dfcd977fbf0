"""Health told from progress: steps that go round, streams that are read, writes that go out.

Pure: a snapshot of what the daemon and its database know in, `Health` out.
"""

from collections.abc import Iterator
from datetime import timedelta

from slasync.domain.budgets import Lane
from slasync.domain.counting import so_many
from slasync.domain.forecast import notice_words, words
from slasync.domain.reviewing import review_words
from slasync.domain.writes import NOTIFY
from slasync.store.outbox_values import State
from slasync.web.gauges import gauges
from slasync.web.machine import machine_notes, machine_risks
from slasync.web.seen import seen
from slasync.web.self_check import mirror_notes
from slasync.web.snapshot import Disk, Progress
from slasync.web.spans import minutes
from slasync.web.symptoms import Health, Problem, Symptom

__all__ = ["Disk", "Progress", "health_of"]

ROUND = timedelta(minutes=10)  # a step that has not gone round for so long is stuck
LATE = timedelta(minutes=10)  # a watermark older than what its interval explains, by this
PREPARED = timedelta(hours=1)  # a system that prepares a first load for longer is told of
UNSENT = timedelta(minutes=15)  # a write that has waited so long is late
PERIOD_SOON = timedelta(days=30)
SUNSET_SOON = timedelta(days=60)  # an interface that ends within is told of


def health_of(progress: Progress) -> Health:
    """Judge a snapshot. Not ready: a promise is at risk now. Other problems are told as well."""
    risks = [
        *_starting(progress),
        *_steps(progress),
        *_streams(progress),
        *_served(progress),
        *_writes(progress),
        *_calls(progress),
        *machine_risks(progress),
    ]
    found = (*risks, *_notes(progress))
    return Health(
        ready=not risks,
        problems=tuple(problem.words for problem in found),
        gauges=gauges(progress),
        found=found,
        seen=seen(progress),
    )


def _starting(progress: Progress) -> Iterator[Problem]:
    if not progress.steps:
        why = f": {progress.waits_for}" if progress.waits_for else ""
        said = f"slasync is starting{why}; webhooks are kept, nothing else is done"
        yield Problem(Symptom.STARTING, said)


def _steps(progress: Progress) -> Iterator[Problem]:
    for step in progress.steps:
        last = progress.beats.get(step, progress.started)
        stuck = progress.now - last
        if stuck > ROUND:
            why = progress.failures.get(step)
            because = f", it fails with: {why}" if why else ""
            said = f"step {step} has not gone round for {minutes(stuck)}{because}"
            yield Problem(Symptom.STEP_STUCK, said)


def _streams(progress: Progress) -> Iterator[Problem]:
    for name, cursor in progress.cursors.items():
        age = progress.now - (cursor.watermark or progress.started)
        every = progress.intervals.get(name, timedelta(0))
        why = f": {cursor.error}" if cursor.error else ""
        if cursor.watermark is None:
            if cursor.failures and age > LATE:
                said = f"the first load of {name} does not get on{why}; nothing is judged before"
                yield Problem(Symptom.FIRST_LOAD, said)
            still = progress.now - (cursor.advanced_at or progress.started)
            if not cursor.failures and still > PREPARED:
                told = f"the first load of {name} has brought nothing for {minutes(still)}"
                said = f"{told}: the system prepares it yet; nothing is judged before"
                yield Problem(Symptom.FIRST_LOAD, said)
        elif age > every + progress.settle + LATE:
            said = f"{name} is known up to {minutes(age)} ago only{why}; rungs that need it wait"
            yield Problem(Symptom.STREAM_BEHIND, said)


def _served(progress: Progress) -> Iterator[Problem]:
    """What waits for data is told of by its stream; this is due and could be decided."""
    since = progress.oldest_unserved
    if since is not None and progress.now - since > LATE:
        late = minutes(progress.now - since)
        said = f"leads have been due for {late} and are not decided, though their data is complete"
        yield Problem(Symptom.UNSERVED, said)


def _writes(progress: Progress) -> Iterator[Problem]:
    for system, since in progress.unsent.items():
        late = progress.now - since
        why = progress.unsent_because.get(system)
        because = f": {why}" if why else ""
        if late > UNSENT and system == NOTIFY:
            said = f"messages to people have waited for {minutes(late)}{because}"
            yield Problem(Symptom.MESSAGES_LATE, said)
        elif late > UNSENT:
            told = f"writes to {system} have waited for {minutes(late)}{because}"
            said = f"{told}; tasks and owners come late"
            yield Problem(Symptom.WRITES_LATE, said)


def _calls(progress: Progress) -> Iterator[Problem]:
    """Without calls nothing is known any more, and in the end nothing written."""
    for outlook in progress.calls:
        if Lane.READ in outlook.stopped:
            said = f"calls to {outlook.system}: {words(outlook)}"
            yield Problem(Symptom.CALLS_END, said)


def _quota(progress: Progress) -> Iterator[Problem]:
    for outlook in progress.calls:
        if Lane.READ not in outlook.stopped and (outlook.stopped or outlook.ends):
            said = f"calls to {outlook.system}: {words(outlook)}"
            yield Problem(Symptom.CALLS_END, said)
        notice = outlook.notice
        if notice and (notice.ends is None or notice.ends < progress.now + SUNSET_SOON):
            yield Problem(Symptom.SUNSET, f"{outlook.system}: {notice_words(notice)}")


def _notes(progress: Progress) -> Iterator[Problem]:
    """Nothing stands still for these, but a person has to look."""
    yield from _quota(progress)
    for (system, state), count in progress.outbox.items():
        if state is State.PARKED and count:
            rows = so_many(count, f"write to {system} is", f"writes to {system} are")
            said = f"{rows} parked: `slasync parked list`"
            yield Problem(Symptom.PARKED, said)
    yield from _held(progress)
    for stream, count in progress.quarantined.items():
        if count:
            rows = so_many(count, f"record of {stream} is", f"records of {stream} are")
            said = f"{rows} set aside: `slasync parked list`"
            yield Problem(Symptom.SET_ASIDE, said)
    if progress.without_record:
        count = progress.without_record
        leads = so_many(count, "lead handed over is", "leads handed over are")
        said = f"{leads} not in the CRM yet: no task can be written"
        yield Problem(Symptom.WITHOUT_RECORD, said)
    yield from _routing(progress)
    yield from _digests(progress)
    yield from machine_notes(progress)
    yield from mirror_notes(progress.self_check, progress.now)
    yield from _agreement(progress)


def _agreement(progress: Progress) -> Iterator[Problem]:
    today = progress.now.date()
    if progress.ends is not None and progress.ends < today + PERIOD_SOON:
        verb = "ended" if progress.ends < today else "ends"
        said = f"the agreement {verb} on {progress.ends}; its clocks go on"
        yield Problem(Symptom.PERIOD_ENDS, said)
    yield from (Problem(Symptom.UNSIGNED, what) for what in progress.unsigned)
    if progress.review is not None and progress.review <= today:
        yield Problem(Symptom.REVIEW_DUE, review_words(progress.review, today))
    yield from (Problem(Symptom.CALENDAR_ENDS, what) for what in progress.running_out)


def _held(progress: Progress) -> Iterator[Problem]:
    for batch in progress.held:
        since = minutes(progress.now - batch.opened_at)
        old = progress.now - batch.opened_at > progress.held_at_most
        end = (
            "; it is not folded, since no digest reaches anybody"
            if old and not progress.folds
            else ""
        )
        said = (
            f"batch {batch.name} has held {so_many(batch.writes, 'write')} for {since}:"
            f" {batch.because};"
            f" `slasync held show {batch.name}`{end}"
        )
        yield Problem(Symptom.HELD, said)


def _digests(progress: Progress) -> Iterator[Problem]:
    if progress.untold:
        said = (
            f"{so_many(progress.untold, 'digest line is', 'digest lines are')} kept and"
            " sent to nobody: configure `notify` in"
            " slasync.yaml, and name their readers in teams.yaml"
        )
        yield Problem(Symptom.DIGESTS_UNREAD, said)
    for why in progress.unsent_digests:
        yield Problem(Symptom.DIGESTS_UNSENT, f"a digest has not gone out: {why}")


def _routing(progress: Progress) -> Iterator[Problem]:
    for pool, count in progress.unfilled.items():
        if count:
            said = (
                f"{so_many(count, 'lead')} went to the queue of pool {pool} in the last"
                " day: nobody there was"
                " eligible; see absences and limits in teams.yaml"
            )
            yield Problem(Symptom.UNFILLED, said)
    if progress.put_off:
        told = so_many(
            progress.put_off,
            "lead has no owner yet: nobody can take it",
            "leads have no owner yet: nobody can take them",
        )
        said = f"{told}; the log says why"
        yield Problem(Symptom.NO_OWNER, said)
