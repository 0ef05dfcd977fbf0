"""What every connector shares on its way out: budget, burst, call counts, the vendor's clock."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import structlog

from slasync.abreast import Abreast, InOrder
from slasync.clock import Clock, Heard, SteadyClock, nothing_heard
from slasync.connectors.budget import Allowance, Ledger
from slasync.connectors.deadline import Watch
from slasync.connectors.limiter import Burst, Gate, Taken
from slasync.domain.budgets import Day, Lane, Notice, Quota, rank
from slasync.errors import TryLater
from slasync.purpose import lane_now, on_lane
from slasync.systems import Budget

__all__ = [
    "Allowance", "Breaker", "Burst", "Call", "Calls", "Exchange", "Lane", "Observer", "Quota",
    "VendorTime", "on_lane", "retry_after",
]  # fmt: skip

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(hours=24)
KEPT_DATES = 16
MOST_DIGITS = 9
JUMP = timedelta(minutes=1)  # a Date header further off is believed once the next one agrees
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
BORNE = 3  # calls in a row that fail before a system is left alone
MOST_ALONE = 120.0  # seconds
BROKEN = 500  # such an answer is none
REFUSING = 400  # from here on Retry-After is meant
LONGEST_CALL = timedelta(minutes=2)
NOTICED_EVERY = timedelta(days=1)
LONGEST_NOTICE = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request as it went. `status` is None when no answer came."""

    system: str
    lane: Lane
    operation: str  # method and path, without query or anything personal
    status: int | None
    seconds: float


Observer = Callable[[Call], None]


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or an HTTP date, within [0, 24 h]; None if unusable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0")  # thousands of them would be refused as a number
        long = len(digits) > MOST_DIGITS
        return LONGEST_WAIT if long else min(timedelta(seconds=int(digits or 0)), LONGEST_WAIT)
    stamp = _http_date(text)
    return None if stamp is None else min(max(stamp - now, timedelta(0)), LONGEST_WAIT)


@lru_cache(maxsize=64)  # calls of one second are told the same
def _http_date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        stamp = parsedate_to_datetime(text)
        utc = (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return utc


def notice_in(headers: Mapping[str, str]) -> Notice | None:
    """Read `Sunset` (RFC 8594) and `Deprecation` (RFC 9745: @seconds; before: a date, or true).

    Headers are named in lower case. None: the interface goes on.
    """
    sunset, since = headers.get("sunset"), headers.get("deprecation", "").strip()
    if not sunset and not since:
        return None
    more = headers.get("link", "") if 'rel="sunset"' in headers.get("link", "") else ""
    words = f"deprecated {since}".strip() if since else "to be switched off"
    words = " ".join(f"{words} {more}".split())[:LONGEST_NOTICE]
    return Notice(_http_date(sunset), words)


class Bound(NamedTuple):
    """The vendor's time was `stamp` when its answer was read, or later: it took seconds to come."""

    stamp: datetime
    read_at: float  # by our steady clock
    begun: datetime  # by it, the vendor's time when our steady clock began
    took: float = 0.0  # seconds, at the most


class VendorTime:
    """The vendor's clock as its Date headers tell it, never ahead of the truth.

    A Date header is cut to the second and is already past when it is read, so each is a lower
    bound, carried on by our own steady clock; the highest of the last few is taken.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bounds: deque[Bound] = deque(maxlen=KEPT_DATES)
        self._highest: Bound | None = None  # of the bounds, whenever it is asked
        self._doubtful: Bound | None = None

    def learn(self, date_header: str | None, took: float = 0.0) -> None:
        """Take in one Date header, of an answer that came within `took` seconds; one that cannot be
        read is passed over.
        """
        stamp = _http_date(date_header)
        if stamp is None or not EARLIEST <= stamp <= LATEST:
            return
        read_at = self._clock.mono()
        told = Bound(stamp, read_at, stamp - timedelta(seconds=read_at), took)
        if not self._bounds or abs(told.begun - self._bounds[-1].begun) <= JUMP:
            self._bounds.append(told)
            self._doubtful = None
        elif self._doubtful and abs(told.begun - self._doubtful.begun) <= JUMP:
            self._bounds.clear()  # the vendor's clock was set: two in a row say so
            self._bounds.append(told)
            self._doubtful = None
        else:
            self._doubtful = told
            return
        self._highest = max((*self._bounds,), key=attrgetter("begun"))

    def now(self) -> datetime | None:
        """Return the vendor's time in UTC; None when nothing was learned yet."""
        return None if self._highest is None else self._carried(self._highest)

    def behind(self) -> timedelta:
        """Return how far `now` may be behind, beside the fraction of a second that is cut off."""
        return timedelta(seconds=self._highest.took if self._highest else 0)

    def _carried(self, bound: Bound) -> datetime:
        """Carry a bound on to this moment."""
        return bound.stamp + timedelta(seconds=self._clock.mono() - bound.read_at)

    def skew(self) -> timedelta | None:
        """Return vendor time minus the machine's; None when nothing was learned yet."""
        vendor, own = self.now(), self._clock
        off = own.off() if isinstance(own, SteadyClock) else timedelta(0)
        return None if vendor is None else vendor - own.now() + off


class Breaker:
    """Leaves a system alone that does not answer: twice as long each time, up to two minutes.

    Whoever asks first when that is over tries it out; the others wait for what comes of it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0  # in a row
        self._until = float("-inf")

    def check(self) -> None:
        """Raise TryLater(after) while the system is left alone."""
        left = self._until - self._clock.mono()
        if left > 0:
            raise TryLater("it does not answer and is left alone", timedelta(seconds=left))

    def begun(self) -> None:
        """Learn that a call is made: while it tries the system out, no other is."""
        if self._failures >= BORNE:
            self._until = self._clock.mono() + self._wait()

    def ended(self, status: int | None) -> None:
        """Learn how a call ended; None: without an answer."""
        if status is not None and status < BROKEN:
            self._failures, self._until = 0, float("-inf")
            return
        self._failures += 1
        if self._failures >= BORNE:
            self._until = self._clock.mono() + self._wait()

    def _wait(self) -> float:
        return min(2.0 ** min(self._failures - BORNE + 1, 7), MOST_ALONE)


class Exchange:
    """One call under way, told what came back. `watch` cuts it off when its time is over."""

    def __init__(self, calls: "Calls", watch: Watch, since: float) -> None:
        self._calls, self._since = calls, since
        self.watch = watch
        self.status: int | None = None

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer's status and headers, in whatever case they are written."""
        self.status = status
        told = {name.lower(): value for name, value in headers.items()}
        self._calls.learn(status, told, self._since)


class Calls:
    """The calls of one system: asked for before, counted and told to observers after."""

    def __init__(  # noqa: PLR0913 - what a system's calls go by
        self,
        system: str,
        clock: Clock,
        budget: Budget,
        observers: tuple[Observer, ...] = (),
        heard: Heard = nothing_heard,
        *,
        abreast: Abreast | None = None,
        day: Day | None = None,
        deadline: timedelta = LONGEST_CALL,
    ) -> None:
        self.system = system
        self.abreast = abreast or InOrder()
        self.concurrency = budget.concurrency
        self.vendor_time = VendorTime(clock)
        self.allowance = Allowance(system, budget, clock, day)
        self.burst = Burst(budget.burst, budget.burst_window, clock)
        self._breaker = Breaker(clock)
        self._clock = clock
        self._deadline = deadline.total_seconds()
        self._gate = Gate(budget.concurrency) if self.abreast.waits else None
        self._observers = observers
        self._heard = heard
        self._asked_to_wait = float("-inf")  # until then by the steady clock, for every lane
        self._counts: Counter[Lane] = Counter()
        self._noticed: datetime | None = None
        self._lock = threading.Lock()

    @property
    def quota(self) -> Quota | None:
        """What the vendor last said of the organisation's calls."""
        return self.allowance.quota

    @quota.setter
    def quota(self, told: Quota) -> None:
        self.allowance.learn(replace(told, at=self._clock.now()))

    @contextmanager
    def one(self, operation: str, also: Burst | None = None) -> Iterator[Exchange]:
        """Make one call inside; it is counted whether or not it is `answered`.

        `also` is a limit that calls of its kind have besides.

        Raises TryLater, with nothing sent, when budget or burst is used up, or while the system
        has asked to be left alone or does not answer. Where threads may wait, a call waits for
        its place and for its turn within the burst.
        """
        lane = lane_now()
        with self._place(lane):
            bursts = [] if lane is Lane.LOGIN else [self.burst, *([also] if also else [])]
            taken = self._take(lane, bursts)
            try:
                with Watch(self._deadline) as watch:
                    yield from self._made(
                        lane, operation, Exchange(self, watch, self._clock.mono())
                    )
            finally:
                with self._lock:
                    for burst, call in zip(bursts, taken, strict=True):
                        burst.ended(call)

    def _made(self, lane: Lane, operation: str, exchange: Exchange) -> Iterator[Exchange]:
        started = self._clock.mono()
        try:
            yield exchange
        finally:
            with self._lock:
                self._breaker.ended(exchange.status)
            seconds = self._clock.mono() - started
            self._tell(Call(self.system, lane, operation, exchange.status, seconds))

    def learn(self, status: int, headers: Mapping[str, str], since: float | None = None) -> None:
        """Take in an answer's headers, named in lower case: the time, and how long to wait.

        `since`: when it was asked for, in steady seconds; None where it came at once.
        """
        took = 0.0 if since is None else self._clock.mono() - since
        self.vendor_time.learn(headers.get("date"), took)
        if (told := self.vendor_time.now()) is not None:
            self._heard(told, self.vendor_time.behind())
        after = retry_after(headers.get("retry-after"), told or self._clock.now())
        if after is not None and status >= REFUSING:
            self._leave_alone(after)
        if (notice := notice_in(headers)) is not None:
            self._notice(notice)

    def keep_in(self, ledger: Ledger) -> None:
        """Count in `ledger` from now on, and go on waiting where an earlier process was asked to.

        Raises TryLater when it is out of reach.
        """
        self.allowance.keep_in(ledger)
        until = self.allowance.left_alone()
        left = until - self._clock.now() if until else timedelta(0)
        wait = min(left, LONGEST_WAIT).total_seconds()  # the machine's clock may have been set
        with self._lock:
            self._asked_to_wait = max(self._asked_to_wait, self._clock.mono() + wait)

    def _leave_alone(self, after: timedelta) -> None:
        """Have no call made for so long, by a process that begins meanwhile neither."""
        until = self._clock.mono() + after.total_seconds()
        with self._lock:
            longer = until > self._asked_to_wait
            self._asked_to_wait = max(self._asked_to_wait, until)
        if longer:
            self.allowance.leave_alone(self._clock.now() + after)

    def by_lane(self) -> Mapping[Lane, int]:
        """Return how many calls were made so far, for each lane."""
        with self._lock:
            return dict(self._counts)

    def total(self) -> int:
        """Return how many calls were made that count against the quota."""
        return sum(n for lane, n in self.by_lane().items() if lane is not Lane.LOGIN)

    def permitted(self, most: int, window: timedelta, left: int | None) -> None:
        """Learn from headers how many calls the vendor permits in its window."""
        with self._lock:
            self.burst.told(most, window, left)

    @contextmanager
    def _place(self, lane: Lane) -> Iterator[None]:
        """Be one of the calls in flight; tokens are asked for by whoever is one already."""
        self._refuse_while_asked_to_wait()
        waits = self._gate is not None and lane is not Lane.LOGIN
        with self._gate.inside(rank(lane)) if self._gate and waits else nullcontext():
            yield

    def _refuse_while_asked_to_wait(self) -> None:
        left = self._asked_to_wait - self._clock.mono()
        if left > 0:
            raise TryLater(f"{self.system} asked to be left alone", timedelta(seconds=left))

    def _take(self, lane: Lane, bursts: Sequence[Burst]) -> list[Taken]:
        """Count a call. No lock is held while the ledger is asked: it may be a database."""
        self._refuse_while_asked_to_wait()
        self.allowance.take(lane)
        try:
            while True:
                with self._lock:
                    self._breaker.check()
                    wait = max((burst.wait() for burst in bursts), default=0.0)
                    if wait <= 0 or self._gate is None:
                        return self._begun(lane, bursts)
                self._clock.wait(wait, threading.Event())
                self._refuse_while_asked_to_wait()
        except BaseException:
            self.allowance.give_back(lane)
            raise

    def _begun(self, lane: Lane, bursts: Sequence[Burst]) -> list[Taken]:
        taken = [burst.take() for burst in bursts]
        self._breaker.begun()
        self._counts[lane] += 1
        return taken

    def _notice(self, notice: Notice) -> None:
        """Keep that the interface is about to end; say so in the log once a day."""
        now = self._clock.now()
        self.allowance.notice = replace(notice, at=now)
        with self._lock:
            if self._noticed is not None and now - self._noticed < NOTICED_EVERY:
                return
            self._noticed = now
        log.warning(
            "the interface in use is about to end", system=self.system, words=notice.words,
            ends=notice.ends.isoformat() if notice.ends else None,
        )  # fmt: skip

    def _tell(self, call: Call) -> None:
        log.debug(
            "call", system=call.system, lane=call.lane, operation=call.operation,
            status=call.status, seconds=round(call.seconds, 3),
        )  # fmt: skip
        for observer in self._observers:
            observer(call)
