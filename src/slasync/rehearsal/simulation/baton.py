"""The baton: many calls under way, each in a thread of its own, and exactly one goes on at a time.

A call gives the baton away at a yield point, when it sleeps or waits for a lock, and when it ends.
Who gets it is drawn from one stream, so one seed gives one order. The main thread holds the baton
while no call does; it is drawn like a call, now and then, to look for new work.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random  # noqa: TID251 - its type only: a stream is given
from time import perf_counter

Call = Callable[[], object]
MAIN = "scheduler"


@dataclass(slots=True, eq=False)
class Strand:
    """One call under way. `until`: asleep until then; `waits`: for a lock."""

    name: str
    call: Call
    place: str = "begin"  # the last named point it came to
    result: object = None
    error: BaseException | None = None
    ended: bool = False
    until: datetime | None = None
    waits: "TurnLock | None" = None
    worker: "_Worker | None" = field(default=None, repr=False)
    step: str = field(init=False)  # the last part of its name

    def __post_init__(self) -> None:
        self.step = self.name.rpartition("/")[2]


class Baton:
    """Hands one baton around among strands and the main thread. To be closed at the end."""

    def __init__(self, chance: Random, main_share: float) -> None:
        self._chance = chance
        self._main_share = main_share  # of the draws in which the main thread takes part
        self._main = _closed()
        self._ready: list[Strand] = []
        self._waiting: list[Strand] = []  # asleep, or for a lock
        self._idle: list[_Worker] = []
        self._workers: list[_Worker] = []
        self._since = perf_counter()
        self.holder: Strand | None = None
        self.handovers = 0
        self.spent: dict[str, float] = {}

    # from the main thread

    def start(self, name: str, call: Call) -> Strand:
        """Have a call go on as soon as it is drawn."""
        strand = Strand(name, call)
        self._ready.append(strand)
        return strand

    def go(self) -> None:
        """Let strands go on until none can, or until the main thread is drawn."""
        if self._ready:
            self._hand_to(self._drawn())
            self._main.acquire()

    @property
    def busy(self) -> bool:
        return bool(self._ready)

    def next_at(self) -> datetime | None:
        """Return when the first sleeper wakes up."""
        return min((s.until for s in self._waiting if s.until is not None), default=None)

    def wake(self, now: datetime) -> None:
        """Have sleepers go on whose time has come."""
        if self._waiting:
            self._rouse([s for s in self._waiting if s.until is not None and s.until <= now])

    def rouse(self, strands: list[Strand]) -> None:
        """Have these go on whatever they wait for: what they belonged to has died."""
        self._rouse([s for s in self._waiting if s in strands])

    def close(self) -> None:
        """End all threads. Strands must have ended."""
        for worker in self._workers:
            worker.stop()

    # from within a strand

    def pass_on(self) -> None:
        """Let others go on, if it falls out so. Does nothing in the main thread."""
        me = self.holder
        if me is None:
            return
        to_main = self._chance.random() < self._main_share
        if not to_main and not self._ready:
            return
        self._ready.append(me)
        self._leave(me, None if to_main else self._drawn())

    def sleep(self, until: datetime) -> None:
        """Let others go on, and time pass, until then."""
        me = self._mine()
        me.until = until
        self._waiting.append(me)
        self._leave(me, self._next())

    def wait_for(self, lock: "TurnLock") -> None:
        """Let others go on until the lock was let go."""
        me = self._mine()
        me.waits = lock
        self._waiting.append(me)
        self._leave(me, self._next())

    def let_go(self, lock: "TurnLock") -> None:
        """Have those go on who wait for a lock."""
        self._rouse([s for s in self._waiting if s.waits is lock])

    # handing over

    def _mine(self) -> Strand:
        if self.holder is None:
            raise RuntimeError("only a strand can wait: the main thread drives time")
        return self.holder

    def _rouse(self, strands: list[Strand]) -> None:
        for strand in strands:
            self._waiting.remove(strand)
            strand.until = strand.waits = None
            self._ready.append(strand)

    def _next(self) -> Strand | None:
        return self._drawn() if self._ready else None

    def _drawn(self) -> Strand:
        place = self._chance.randrange(len(self._ready)) if len(self._ready) > 1 else 0
        return self._ready.pop(place)

    def _leave(self, me: Strand, to: Strand | None) -> None:
        if to is me:
            return
        self._hand_to(to)
        if me.worker is not None:
            me.worker.turn.acquire()

    def _hand_to(self, strand: Strand | None) -> None:
        self.handovers += 1
        self._clock(strand)
        if strand is None:
            self._main.release()
            return
        if strand.worker is None:
            strand.worker = self._idle.pop() if self._idle else self._hired()
            strand.worker.strand = strand
        strand.worker.turn.release()

    def _clock(self, to: Strand | None) -> None:
        now = perf_counter()
        name = self.holder.name if self.holder else MAIN
        self.spent[name] = self.spent.get(name, 0.0) + now - self._since
        self.holder, self._since = to, now

    def _hired(self) -> "_Worker":
        worker = _Worker(self)
        self._workers.append(worker)
        return worker

    def ended(self, worker: "_Worker", strand: Strand) -> None:
        """Take back the baton from a call that came to its end."""
        strand.ended, strand.worker, worker.strand = True, None, None
        self._idle.append(worker)
        self._hand_to(self._next())


def _closed() -> threading.Lock:
    """Return a gate: who acquires it waits until it is released, once."""
    gate = threading.Lock()
    gate.acquire()
    return gate


class TurnLock:
    """A lock during which others go on: held, for instance, while a request is under way. Whoever
    holds it may take it again."""

    def __init__(self, baton: Baton, waited: Callable[[], None]) -> None:
        self._baton = baton
        self._waited = waited  # called after each wait; may raise
        self._owner: Strand | None = None
        self._times = 0  # that it is held by its owner

    def __enter__(self) -> None:
        while self._times and self._owner is not self._baton.holder:
            self._baton.wait_for(self)
            self._waited()
        self._owner = self._baton.holder
        self._times += 1

    def __exit__(self, *_: object) -> None:
        self._times -= 1
        if not self._times:
            self._baton.let_go(self)


class _Worker:
    """A thread that runs one strand after another, each when it is given the baton."""

    def __init__(self, baton: Baton) -> None:
        self.turn = _closed()
        self.strand: Strand | None = None
        self._baton = baton
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="strand", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self.turn.release()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self.turn.acquire()
            strand = self.strand
            if self._stopped or strand is None:
                return
            try:
                strand.result = strand.call()
            except BaseException as error:  # noqa: BLE001 - told to whoever started the strand
                strand.error = error
            self._baton.ended(self, strand)
