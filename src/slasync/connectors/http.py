"""What every connector shares on its way out: budget, burst, call counts, the vendor's clock."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

import structlog

from slasync.clock import Clock, SteadyClock, nothing_heard
from slasync.errors import TryLater
from slasync.systems import Budget

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(hours=24)
KEPT_DATES = 16
MOST_DIGITS = 9
JUMP = timedelta(minutes=1)  # a Date header further off is believed once the next one agrees
HOURS_A_DAY = 24
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
BORNE = 3  # calls in a row that fail before a system is left alone
MOST_ALONE = 120.0  # seconds
BROKEN = 500  # such an answer is none
REFUSING = 400  # from here on Retry-After is meant


class Lane(StrEnum):
    """What a call is made for. Reads stop first when the budget runs low."""

    READ = "read"
    WRITE = "write"
    REREAD = "reread"  # what a write depends on: part of the writes' reserve
    LOGIN = "login"  # vendors do not count these: never held back


@dataclass(frozen=True, slots=True)
class Quota:
    """What the vendor says of the whole organisation's use."""

    used: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request as it went. `status` is None when no answer came."""

    system: str
    lane: Lane
    operation: str  # method and path, without query or anything personal
    status: int | None
    seconds: float


Observer = Callable[[Call], None]

_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.READ)


@contextmanager
def on_lane(lane: Lane) -> Iterator[None]:
    """Mark the calls made inside, in this thread, as made for `lane`."""
    before = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(before)


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


def _http_date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        stamp = parsedate_to_datetime(text)
        utc = (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return utc


class VendorTime:
    """The vendor's clock as its Date headers tell it, never ahead of the truth.

    A Date header is cut to the second and is already past when it is read, so each is a lower
    bound, carried on by our own steady clock; the highest of the last few is taken.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bounds: deque[tuple[datetime, float]] = deque(maxlen=KEPT_DATES)
        self._doubtful: tuple[datetime, float] | None = None

    def learn(self, date_header: str | None) -> None:
        """Take in one Date header; one that cannot be read is passed over."""
        stamp = _http_date(date_header)
        if stamp is None or not EARLIEST <= stamp <= LATEST:
            return
        told = (stamp, self._clock.mono())
        if not self._bounds or abs(stamp - self._carried(self._bounds[-1])) <= JUMP:
            self._bounds.append(told)
            self._doubtful = None
        elif self._doubtful and abs(stamp - self._carried(self._doubtful)) <= JUMP:
            self._bounds.clear()  # the vendor's clock was set: two in a row say so
            self._bounds.append(told)
            self._doubtful = None
        else:
            self._doubtful = told

    def now(self) -> datetime | None:
        """Return the vendor's time in UTC; None when nothing was learned yet."""
        bounds, mono = (*self._bounds,), self._clock.mono()
        return max((at + timedelta(seconds=mono - read) for at, read in bounds), default=None)

    def _carried(self, bound: tuple[datetime, float]) -> datetime:
        """Carry a bound on to this moment."""
        stamp, read_at = bound
        return stamp + timedelta(seconds=self._clock.mono() - read_at)

    def skew(self) -> timedelta | None:
        """Return vendor time minus the machine's; None when nothing was learned yet."""
        vendor, own = self.now(), self._clock
        off = own.off() if isinstance(own, SteadyClock) else timedelta(0)
        return None if vendor is None else vendor - own.now() + off


class Burst:
    """At most `limit` calls in any `window`; 0 means no such limit."""

    def __init__(self, limit: int, window: timedelta, clock: Clock) -> None:
        self._limit = limit
        self._window = window.total_seconds()
        self._clock = clock
        self._taken: deque[float] = deque()

    def take(self) -> None:
        """Count one call. Raises TryLater(after) when it would be one too many."""
        if not self._limit:
            return
        now = self._clock.mono()
        while self._taken and self._taken[0] <= now - self._window:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            wait = timedelta(seconds=self._taken[0] + self._window - now)
            raise TryLater("the burst limit for calls is reached", wait)
        self._taken.append(now)


class Allowance:
    """slasync's share of the daily quota over the last 24 hours, with a reserve for writes."""

    def __init__(self, budget: Budget, clock: Clock) -> None:
        share = int(budget.daily_calls * budget.share)
        self._for_writes = share
        self._for_reads = int(share * (1 - budget.reserve))
        self._clock = clock
        self._hours: dict[datetime, int] = {}

    def take(self, lane: Lane) -> None:
        """Count one call. Raises TryLater(until the hour turns) when the share is used up."""
        if lane is Lane.LOGIN:
            return
        hour = self._hour()
        allowed = self._for_reads if lane is Lane.READ else self._for_writes
        if self.spent() >= allowed:
            after = hour + timedelta(hours=1) - self._clock.now()
            raise TryLater(f"the share of {allowed} calls a day for {lane} is used up", after)
        self._hours[hour] = self._hours.get(hour, 0) + 1

    def spent(self) -> int:
        """Return how many calls were made in the last 24 hours."""
        oldest = self._hour() - timedelta(hours=HOURS_A_DAY - 1)
        self._hours = {hour: n for hour, n in self._hours.items() if hour >= oldest}
        return sum(self._hours.values())

    def by_hour(self) -> Mapping[datetime, int]:
        """Return what was spent in each hour: to be kept over a restart."""
        return dict(self._hours)

    def restore(self, by_hour: Mapping[datetime, int]) -> None:
        """Take up what an earlier process spent."""
        self._hours = dict(by_hour)

    def _hour(self) -> datetime:
        return self._clock.now().replace(minute=0, second=0, microsecond=0)


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
    """One call under way, told what came back."""

    def __init__(self, calls: "Calls") -> None:
        self._calls = calls
        self.status: int | None = None

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer's status and headers, in whatever case they are written."""
        self.status = status
        self._calls.learn(status, {name.lower(): value for name, value in headers.items()})


class Calls:
    """The calls of one system: asked for before, counted and told to observers after."""

    def __init__(
        self,
        system: str,
        clock: Clock,
        budget: Budget,
        observers: tuple[Observer, ...] = (),
        heard: Callable[[datetime], None] = nothing_heard,
    ) -> None:
        self.system = system
        self.vendor_time = VendorTime(clock)
        self.allowance = Allowance(budget, clock)
        self.quota: Quota | None = None  # as the vendor last said
        self._breaker = Breaker(clock)
        self._burst = Burst(budget.burst, budget.burst_window, clock)
        self._clock = clock
        self._observers = observers
        self._heard = heard
        self._asked_to_wait = float("-inf")  # until then by the steady clock, for every lane
        self._counts: Counter[Lane] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def one(self, operation: str) -> Iterator[Exchange]:
        """Make one call inside; it is counted whether or not it is `answered`.

        Raises TryLater, with nothing sent, when budget or burst is used up, or while the system
        has asked to be left alone or does not answer.
        """
        lane = _lane.get()
        self._take(lane)
        exchange = Exchange(self)
        started = self._clock.mono()
        try:
            yield exchange
        finally:
            with self._lock:
                self._breaker.ended(exchange.status)
            seconds = self._clock.mono() - started
            self._tell(Call(self.system, lane, operation, exchange.status, seconds))

    def learn(self, status: int, headers: Mapping[str, str]) -> None:
        """Take in an answer's headers, named in lower case: the time, and how long to wait."""
        self.vendor_time.learn(headers.get("date"))
        if (told := self.vendor_time.now()) is not None:
            self._heard(told)
        after = retry_after(headers.get("retry-after"), told or self._clock.now())
        if after is not None and status >= REFUSING:
            until = self._clock.mono() + after.total_seconds()
            self._asked_to_wait = max(self._asked_to_wait, until)

    def by_lane(self) -> Mapping[Lane, int]:
        """Return how many calls were made so far, for each lane."""
        with self._lock:
            return dict(self._counts)

    def total(self) -> int:
        """Return how many calls were made that count against the quota."""
        return sum(n for lane, n in self.by_lane().items() if lane is not Lane.LOGIN)

    def _take(self, lane: Lane) -> None:
        left = self._asked_to_wait - self._clock.mono()
        if left > 0:
            raise TryLater(f"{self.system} asked to be left alone", timedelta(seconds=left))
        with self._lock:
            self._breaker.check()
            if lane is not Lane.LOGIN:
                self._burst.take()
            self.allowance.take(lane)
            self._breaker.begun()
            self._counts[lane] += 1

    def _tell(self, call: Call) -> None:
        log.debug(
            "call", system=call.system, lane=call.lane, operation=call.operation,
            status=call.status, seconds=round(call.seconds, 3),
        )  # fmt: skip
        for observer in self._observers:
            observer(call)
