"""Health told from progress: steps that go round, streams that are read, writes that go out.

Pure: a snapshot of what the daemon and its database know in, `Health` out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from slasync.domain.budgets import Lane
from slasync.domain.caps import Reason
from slasync.domain.forecast import Outlook, notice_words, words
from slasync.domain.reviewing import review_words
from slasync.domain.writes import NOTIFY
from slasync.store.cursors import Cursor
from slasync.store.held import HeldBatch
from slasync.store.outbox_values import State
from slasync.web.health import Health

ROUND = timedelta(minutes=10)  # a step that has not gone round for so long is stuck
LATE = timedelta(minutes=10)  # a watermark older than what its interval explains, by this
PREPARED = timedelta(hours=1)  # a system that prepares a first load for longer is told of
UNSENT = timedelta(minutes=15)  # a write that has waited so long is late
PERIOD_SOON = timedelta(days=30)
SUNSET_SOON = timedelta(days=60)  # an interface that ends within is told of
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known at one moment."""

    now: datetime
    started: datetime  # of this process
    steps: tuple[str, ...]  # empty while slasync is starting
    waits_for: str = ""  # why it has not started yet
    beats: Mapping[str, datetime] = field(default_factory=dict)  # step -> last round
    failures: Mapping[str, str] = field(default_factory=dict)  # step -> why the last one failed
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    intervals: Mapping[str, timedelta] = field(default_factory=dict)  # stream -> how often read
    settle: timedelta = timedelta(minutes=2)
    outbox: Mapping[tuple[str, State], int] = field(default_factory=dict)
    held: tuple[HeldBatch, ...] = ()  # batches that wait for a person
    held_at_most: timedelta = timedelta(days=1)  # then they are folded into digests...
    folds: bool = True  # ...where there are any
    unsent: Mapping[str, datetime] = field(default_factory=dict)  # system -> since when
    quarantined: Mapping[str, int] = field(default_factory=dict)  # stream -> records
    waiting_for_data: Mapping[str, int] = field(default_factory=dict)  # clock -> rungs due
    without_record: int = 0  # leads that the CRM should have by now
    unfilled: Mapping[str, int] = field(default_factory=dict)  # pool -> leads given to its queue
    put_off: int = 0  # leads that nobody at all could take
    untold: int = 0  # digest lines that no digest goes out with
    unsent_digests: tuple[str, ...] = ()  # why readers' last digests have not gone out
    calls: tuple[Outlook, ...] = ()  # how each system's calls stand
    ends: date | None = None  # of the agreement
    unsigned: tuple[str, ...] = ()  # who has not signed the agreement that runs
    review: date | None = None  # when both heads are to look at the agreement again
    running_out: tuple[str, ...] = ()  # calendars in use


def health_of(progress: Progress) -> Health:
    """Judge a snapshot. Not ready: a promise is at risk now. Other problems are told as well."""
    risks = [
        *_starting(progress),
        *_steps(progress),
        *_streams(progress),
        *_writes(progress),
        *_calls(progress),
    ]
    return Health(
        ready=not risks,
        problems=(*risks, *_notes(progress)),
        gauges=_gauges(progress),
    )


def _starting(progress: Progress) -> Iterator[str]:
    if not progress.steps:
        why = f": {progress.waits_for}" if progress.waits_for else ""
        yield f"slasync is starting{why}; webhooks are kept, nothing else is done"


def _steps(progress: Progress) -> Iterator[str]:
    for step in progress.steps:
        last = progress.beats.get(step, progress.started)
        stuck = progress.now - last
        if stuck > ROUND:
            why = progress.failures.get(step)
            because = f", it fails with: {why}" if why else ""
            yield f"step {step} has not gone round for {_minutes(stuck)}{because}"


def _streams(progress: Progress) -> Iterator[str]:
    for name, cursor in progress.cursors.items():
        age = progress.now - (cursor.watermark or progress.started)
        every = progress.intervals.get(name, timedelta(0))
        why = f": {cursor.error}" if cursor.error else ""
        if cursor.watermark is None:
            if cursor.failures and age > LATE:
                yield f"the first load of {name} does not get on{why}; nothing is judged before"
            still = progress.now - (cursor.advanced_at or progress.started)
            if not cursor.failures and still > PREPARED:
                told = f"the first load of {name} has brought nothing for {_minutes(still)}"
                yield f"{told}: the system prepares it yet; nothing is judged before"
        elif age > every + progress.settle + LATE:
            yield f"{name} is known up to {_minutes(age)} ago only{why}; rungs that need it wait"


def _writes(progress: Progress) -> Iterator[str]:
    for system, since in progress.unsent.items():
        late = progress.now - since
        if late > UNSENT and system == NOTIFY:
            yield f"messages to people have waited for {_minutes(late)}"
        elif late > UNSENT:
            yield f"writes to {system} have waited for {_minutes(late)}: tasks and owners come late"


def _calls(progress: Progress) -> Iterator[str]:
    """Without calls nothing is known any more, and in the end nothing written."""
    for outlook in progress.calls:
        if Lane.READ in outlook.stopped:
            yield f"calls to {outlook.system}: {words(outlook)}"


def _quota(progress: Progress) -> Iterator[str]:
    for outlook in progress.calls:
        if Lane.READ not in outlook.stopped and (outlook.stopped or outlook.ends):
            yield f"calls to {outlook.system}: {words(outlook)}"
        notice = outlook.notice
        if notice and (notice.ends is None or notice.ends < progress.now + SUNSET_SOON):
            yield f"{outlook.system}: {notice_words(notice)}"


def _notes(progress: Progress) -> Iterator[str]:
    """Nothing stands still for these, but a person has to look."""
    yield from _quota(progress)
    for (system, state), count in progress.outbox.items():
        if state is State.PARKED and count:
            yield f"{count} writes to {system} are parked: `slasync parked list`"
    yield from _held(progress)
    for stream, count in progress.quarantined.items():
        if count:
            yield f"{count} records of {stream} are set aside: `slasync parked list`"
    if progress.without_record:
        count = progress.without_record
        yield f"{count} leads handed over are not in the CRM yet: no task can be written"
    yield from _routing(progress)
    yield from _digests(progress)
    if progress.ends is not None and progress.ends < progress.now.date() + PERIOD_SOON:
        verb = "ended" if progress.ends < progress.now.date() else "ends"
        yield f"the agreement {verb} on {progress.ends}; its clocks go on"
    yield from progress.unsigned
    if progress.review is not None and progress.review <= progress.now.date():
        yield review_words(progress.review, progress.now.date())
    yield from progress.running_out


def _held(progress: Progress) -> Iterator[str]:
    for batch in progress.held:
        since = _minutes(progress.now - batch.opened_at)
        old = progress.now - batch.opened_at > progress.held_at_most
        end = (
            "; it is not folded, since no digest reaches anybody"
            if old and not progress.folds
            else ""
        )
        yield (
            f"batch {batch.name} has held {batch.writes} writes for {since}: {batch.because};"
            f" `slasync held show {batch.name}`{end}"
        )


def _digests(progress: Progress) -> Iterator[str]:
    if progress.untold:
        count = progress.untold
        yield (
            f"{count} digest lines are kept and sent to nobody: configure `notify` in"
            " slasync.yaml, and name their readers in teams.yaml"
        )
    for why in progress.unsent_digests:
        yield f"a digest has not gone out: {why}"


def _routing(progress: Progress) -> Iterator[str]:
    for pool, count in progress.unfilled.items():
        if count:
            yield (
                f"{count} leads went to the queue of pool {pool} in the last day: nobody there was"
                " eligible; see absences and limits in teams.yaml"
            )
    if progress.put_off:
        yield f"{progress.put_off} leads have no owner yet: nobody can take them, and the log why"


def _gauges(progress: Progress) -> dict[str, float]:
    found: dict[str, float] = {}
    for step, beat in progress.beats.items():
        found[f"step_age_seconds[{step}]"] = (progress.now - beat).total_seconds()
    for name, cursor in progress.cursors.items():
        if cursor.watermark is not None:
            age = progress.now - cursor.watermark
            found[f"freshness_seconds[{name}]"] = age.total_seconds()
    for (system, state), count in progress.outbox.items():
        found[f"outbox_rows[{system}/{state.value}]"] = count
    for system, since in progress.unsent.items():
        waited = max(progress.now - since, timedelta(0))  # one that is to wait is not late
        found[f"oldest_write_seconds[{system}]"] = waited.total_seconds()
    found |= _held_gauges(progress)
    for stream, count in progress.quarantined.items():
        found[f"quarantined_records[{stream}]"] = count
    for clock, count in progress.waiting_for_data.items():
        found[f"waiting_for_data[{clock}]"] = count
    found["waiting_for_record"] = progress.without_record
    for pool, count in progress.unfilled.items():
        found[f"unfilled[{pool}]"] = count
    found["put_off"] = progress.put_off
    for outlook in progress.calls:
        found |= _call_gauges(outlook, progress.now)
    found["untold_lines"] = progress.untold
    found["unsent_digests"] = len(progress.unsent_digests)
    return found


def _call_gauges(outlook: Outlook, now: datetime) -> dict[str, float]:
    """Calls of the day and of the hour, what is left, and in how many seconds they end."""
    of, quota, notice = outlook.system, outlook.quota, outlook.notice
    found = {
        f"calls_of_day[{of}]": float(outlook.spent),
        f"calls_of_hour[{of}]": outlook.pace,
        f"calls_left[{of}]": float(max(0, outlook.share - outlook.spent)),
    }
    if quota is not None:
        found |= {f"quota_left[{of}]": float(quota.left),
                  f"calls_of_others[{of}]": float(outlook.others or 0)}  # fmt: skip
    if outlook.ends is not None:
        found[f"calls_end_seconds[{of}]"] = (outlook.ends - now).total_seconds()
    if notice is not None and notice.ends is not None:
        found[f"sunset_seconds[{of}]"] = (notice.ends - now).total_seconds()
    return found


def _held_gauges(progress: Progress) -> dict[str, float]:
    """Batches, their writes by reason, and how long the oldest has waited; 0 where none is."""
    writes = {f"held_writes[{reason.value}]": 0.0 for reason in Reason}
    for batch in progress.held:
        writes[f"held_writes[{batch.reason.value}]"] += batch.writes
    oldest = min((batch.opened_at for batch in progress.held), default=progress.now)
    return writes | {
        "held_batches": float(len(progress.held)),
        "oldest_held_seconds": max((progress.now - oldest).total_seconds(), 0.0),
    }


def _minutes(span: timedelta) -> str:
    return f"{span // _MINUTE} minutes"
