"""Sinks that fail in their own ways, over a bench's memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from tests.workers.given import Bench


@dataclass
class _Sink:
    """A sink that does what the memory's does, where it is not told otherwise."""

    bench: Bench

    def __post_init__(self) -> None:
        inner = self.bench.sink
        self.system, self.lanes, self.lane = self.bench.name, inner.lanes, inner.lane

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self.bench.sink.apply(writes)

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        return self.bench.sink.reread(refs)

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self.bench.sink.look(writes)


@dataclass
class Busy(_Sink):
    """Never lets anything through."""

    asked: list[datetime] = field(default_factory=list)
    after: timedelta | None = None

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        self.asked.append(self.bench.clock.now())
        words = "the row is locked"
        return [Receipt(Outcome.TRY_LATER, message=words, after=self.after) for _ in writes]


@dataclass
class Outage(Busy):
    """Is out of reach so often, for so long as it says, and busy afterwards."""

    fails: int = 0
    rest: timedelta | None = timedelta(seconds=1)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        if self.fails:
            self.fails -= 1
            raise TryLater("out of reach", self.rest)
        return super().apply(writes)


@dataclass
class Forgetful(_Sink):
    """Writes everything, and answers for the first row only."""

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return self.bench.sink.apply(writes)[:1]


@dataclass
class NoReread(_Sink):
    """Cannot be asked again for a while."""

    fails: int = 0

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        if self.fails:
            self.fails -= 1
            raise TryLater("out of reach")
        return self.bench.sink.reread(refs)


@dataclass
class NoLook(_Sink):
    """Never tells what became of a write."""

    looked: list[Sequence[Write]] = field(default_factory=list)

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        self.looked.append(writes)
        raise TryLater("out of reach")
