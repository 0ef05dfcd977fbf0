"""A window of streams, or all there is, read once more by the calls of the increments."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from slasync.errors import Refused, TryLater
from slasync.ports import Answer, Ask, Position, Source
from slasync.store.sweeps import Run
from slasync.store.unit import Unit
from slasync.workers.pulling.ingest import Rules
from slasync.workers.sweeping.missed import take_in


@dataclass(frozen=True, slots=True)
class PagesRead:
    """One page of each stream, read and not yet taken in."""

    run: Run
    streams: Sequence[str]
    answers: Sequence[Answer]
    rules: Rules

    @property
    def wait(self) -> timedelta | None:
        """How long the system goes on preparing, where it brought nothing else."""
        waits = [answer.wait for answer in self.answers]
        return max((w for w in waits if w), default=None) if all(waits) else None

    def __call__(self, unit: Unit, now: datetime) -> Run:
        """Take the pages in; return where the run stands then."""
        run, rows = self.run, 0
        ends = places(self.run)
        # in the source's order: what is about people comes after the people
        for answer in self.answers:
            found = take_in(unit, answer.readings, self.rules, now, run.upto)
            if answer.rejected:
                unit.quarantine.put(list(answer.rejected), now)
            run = run.found(answer.stream, found)
            rows += len(answer.readings)
            ends[answer.stream] = answer.position
            if answer.error is not None:
                run = replace(run, error=str(answer.error))
        done = all(stream in ends and ends[stream] is None for stream in self.streams)
        return replace(
            run,
            rows=run.rows + rows,
            position=json.dumps(ends),
            ended_at=now if done else None,
        )


def read_on(run: Run, source: Source, streams: Sequence[str], rules: Rules) -> PagesRead:
    """Read the next page of each stream that has one. Raises what the answer's error means."""
    reached = places(run)
    going_on = [s for s in streams if s not in reached or reached[s] is not None]
    asks = [Ask(stream, run.upto, run.since, reached.get(stream)) for stream in going_on]
    answers = source.read(asks)
    for ask, answer in zip(asks, answers, strict=True):
        if answer.error is not None and not isinstance(answer.error, Refused):
            raise answer.error  # a stream that is refused must not keep the others from being read
        if answer.position == ask.position is not None and answer.wait is None:
            raise TryLater(f"{ask.stream} gave the same page twice; nothing is skipped")
    return PagesRead(run, streams, answers, rules)


def places(run: Run) -> dict[str, Position | None]:
    """Return how far each stream has been read; None: to its end."""
    return dict(json.loads(run.position)) if run.position else {}
