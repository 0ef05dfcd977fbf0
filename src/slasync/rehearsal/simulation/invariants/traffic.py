"""Cursors, webhooks, calls and queues: 9, 10, 11, 21, 26."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from slasync.rehearsal.simulation.casebook import SECOND, Case, Violation, clock_time
from slasync.rehearsal.simulation.evidence import CursorChange, Exchange, Row

MOST_A_LEAD = 60  # open rows; a lead has two clocks of at most four rungs, three generations
FLOOR = 300
CALLS_A_POLL = 20
CALLS_A_CHANGE = 12
MOST_CALLS = 2_000
WAITED, CALLS_MEANWHILE = timedelta(minutes=10), 20
DAYS = {"hubspot": ZoneInfo("Europe/Berlin"), "marketo": ZoneInfo("America/Chicago")}


def cursors_only_advance(case: Case) -> Iterator[Violation]:
    """9: a watermark is not above the vendor's time when its pass began, and never goes back."""
    asked: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for request in _as_sent(case):
        asked[request.system, request.daemon].append(request.at)
    begun: dict[str, datetime] = {}
    for change in case.evidence.cursor_log:
        if change.new_upto is not None and change.old_upto is None:
            begun[change.stream] = change.at
        old, new = change.old_watermark, change.new_watermark
        if new is None or new == old:
            continue
        if old is not None and new < old and change.stream not in case.evidence.rewound:
            says = f"{change.stream} went back from {old.isoformat()} to {new.isoformat()}"
            yield Violation(9, "", f"{says}, {clock_time(change.at)}")
        limit = _pass_began(change, asked, begun)
        if new > limit + SECOND:
            says = f"{change.stream} is said to be known to {clock_time(new)}, its pass began"
            yield Violation(9, "", f"{says} {clock_time(limit)}")


def _pass_began(
    change: CursorChange,
    asked: Mapping[tuple[str, str], Sequence[datetime]],
    begun: Mapping[str, datetime],
) -> datetime:
    """Return the latest that a pass can have begun: one of a page with its last request, one of
    several pages when the first of them was stored."""
    if change.old_upto is not None:
        return begun.get(change.stream, change.at)
    daemon = change.who.partition("-")[0]  # a lease names the life of a daemon as well
    times = asked.get((change.stream.partition(".")[0], daemon), ())
    place = bisect_right(times, change.at)
    return times[place - 1] if place else change.at


def acknowledged_is_kept(case: Case) -> Iterator[Violation]:
    """10: what was acknowledged is in the inbox, whatever died since."""
    kept = {row["dedup_key"] for row in case.rows("inbox")}
    for delivery in case.evidence.webhooks:
        if delivery.status is None or delivery.status >= 300:  # noqa: PLR2004 - not acknowledged
            continue
        for key in delivery.dedup_keys:
            if key not in kept:
                says = f"event {key}, acknowledged {clock_time(delivery.at)}, is not in the inbox"
                yield Violation(10, "", says)


def retry_after_is_kept(case: Case) -> Iterator[Violation]:
    """11: a process that was told to wait does. One that was started since was not told; logging in
    is not what it was told to wait with, unless the login was refused."""
    starts: dict[str, list[datetime]] = defaultdict(list)
    for life in case.evidence.up:
        starts[life.what].append(life.since)
    waiting: dict[tuple[str, str, bool], tuple[datetime, datetime]] = {}
    for request in case.evidence.requests:
        who = (request.system, request.daemon, _counted(request))
        told, until = waiting.get(who, (request.at, request.at))
        begun_since = any(told < at <= request.at for at in starts[request.daemon])
        if request.at < until and request.at > told and not begun_since:
            says = (
                f"{request.method} {request.path} at {clock_time(request.at)}, though"
                f" {request.system} had said to wait until {clock_time(until)}"
            )
            yield Violation(11, "", says)
        if request.retry_after:
            answered = request.answered_at or request.at
            waiting[who] = (answered, answered + timedelta(seconds=request.retry_after))


def share_is_kept(case: Case) -> Iterator[Violation]:
    """11: no more calls in a day than slasync's share, a day being what the vendor counts by."""
    for system, share in case.policy.reads_share.items():
        calls = [r.at for r in _as_sent(case) if r.system == system and _counted(r)]
        for n, at in enumerate(calls):
            if n >= share and _of_one_day(system, calls[n - share], at):
                says = f"{system} was called more than {share} times in the day to {clock_time(at)}"
                yield Violation(11, "", says)
                break


def _of_one_day(system: str, first: datetime, last: datetime) -> bool:
    """Marketing's systems count by dates of their own, the CRM any 24 hours."""
    if zone := DAYS.get(system):
        return first.astimezone(zone).date() == last.astimezone(zone).date()
    return last - first < timedelta(days=1)


def escalations_go_first(case: Case) -> Iterator[Violation]:
    """11: where calls are few, what is urgent does not wait while some are made for others."""
    answered: dict[str, list[datetime]] = defaultdict(list)
    for request in _as_sent(case):
        if request.fault is None and _counted(request):
            answered[request.system].append(request.at)
    for key, since, until in _waits(case):
        row = case.outbox[key]
        calls = answered[row["system"]]
        meanwhile = bisect_left(calls, until) - bisect_right(calls, since)
        if until - since > WAITED and meanwhile > CALLS_MEANWHILE:
            says = f"{key} is urgent and waited from {clock_time(since)} to {clock_time(until)}"
            yield Violation(11, row["lead_key"], f"{says}, while {meanwhile} calls were made")


def _waits(case: Case) -> Iterator[tuple[str, datetime, datetime]]:
    """Yield from when to when each urgent row was free to be sent and nobody took it; not those
    that were sent before or let go, which may have to wait for their time."""
    free: dict[str, datetime] = {}
    for change in case.evidence.outbox_log:
        row = case.outbox.get(change.key)
        if row is None or not row.get("urgent") or row.get("let_go_at"):
            continue
        if row["system"] not in case.policy.reads_share:
            continue
        since = free.pop(change.key, None)
        if since is not None:
            yield change.key, since, change.at
        unsent = change.old_state in {None, "pending"} and change.new_state == "pending"
        if unsent and change.new_lease_by is None:
            free[change.key] = change.at


def _as_sent(case: Case) -> list[Exchange]:
    """Return the requests as they were sent: one may end long after others that were sent later."""
    return sorted(case.evidence.requests, key=attrgetter("at"))


def _counted(request: Exchange) -> bool:
    return "oauth" not in request.path


def queues_are_bounded(case: Case) -> Iterator[Violation]:
    """21: no queue grows beyond what its leads can fill."""
    bound = FLOOR + MOST_A_LEAD * len(case.stories)
    for depth in case.evidence.depths:
        for name, rows in (("outbox", depth.outbox), ("inbox", depth.inbox)):
            if rows > bound:
                says = f"{rows} rows wait in the {name} {clock_time(depth.at)}, more than {bound}"
                yield Violation(21, "", says)
                return


def calls_are_few(case: Case) -> Iterator[Violation]:
    """26: calls follow polls and changes; nothing calls in a circle."""
    evidence = case.evidence
    polls = (evidence.ended - evidence.started) / case.policy.poll
    daemons = max(1, len({r.daemon for r in evidence.requests}))
    bound = MOST_CALLS + daemons * CALLS_A_POLL * polls + CALLS_A_CHANGE * len(evidence.journal)
    for system, calls in Counter(r.system for r in evidence.requests).items():
        if calls > bound:
            says = f"{calls} calls to {system} for {len(evidence.journal)} changes"
            yield Violation(26, "", says)


def nothing_told_twice(case: Case) -> Iterator[Violation]:
    """26: the marketing system is told when something changed, not at every look. The due time
    alone is no news. A lead that became one with this one is, unless it was told the same: what the
    contact that remains says is not known then."""
    told: dict[str, tuple[datetime, Row]] = {}
    for change in case.evidence.outbox_log:
        row = case.outbox.get(change.key)
        if change.old_state is not None or row is None or row["action"] != "properties":
            continue
        lead = str(row["lead_key"])
        values = {k: v for k, v in row["payload"]["values"].items() if k != "due"}
        last, said = told.get(lead, (change.at, None))
        others = (told.get(other) for other in _joined(case, lead, last, change.at))
        if said == values and all(other and other[1] == values for other in others):
            says = f"the same was told again {clock_time(change.at)}: {values}"
            yield Violation(26, lead, says)
        told[lead] = change.at, values


def _joined(case: Case, lead: str, since: datetime, until: datetime) -> Iterator[str]:
    """Yield the leads that became one with a lead in between, be they two again since."""
    for joined in case.joinings:
        other = str(joined["data"]["lead"])
        between = since - case.slack <= joined["occurred_at"] <= until + case.slack
        if between and lead in {case.root(other), joined["lead_key"]}:
            yield other
