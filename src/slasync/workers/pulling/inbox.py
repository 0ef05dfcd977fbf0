"""inbox: webhooks only wake a fetch; what they say is read from the system itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.lead import Ref
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Source
from slasync.store.inbox import ClaimedEvent
from slasync.store.unit import reading, transaction
from slasync.workers.pulling.burying import bury
from slasync.workers.pulling.ingest import Rules, ingest

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
BATCH = 100
RETRY = timedelta(seconds=30)


@dataclass(slots=True)
class Inbox:
    """The step for all systems' webhooks."""

    engine: Engine
    seams: Seams
    sources: Mapping[str, Source]
    rules: Rules
    owner: str  # of leases
    _until: dict[str, datetime] = field(default_factory=dict)  # systems that cannot be asked

    def run(self) -> bool:
        """Fetch what the next events name. True if there were any."""
        now = self.seams.clock.now()
        self._until = {system: at for system, at in self._until.items() if at > now}
        with transaction(self.engine) as unit:
            events = unit.inbox.claim(self.owner, now, now + LEASE, BATCH, besides=self._until)
        for system in sorted({event.system for event in events}):
            self._fetch(system, [e for e in events if e.system == system])
        return bool(events)

    def next_at(self) -> datetime | None:
        with reading(self.engine) as unit:
            at = unit.inbox.next_at(besides=self._until)
            waiting = [(unit.inbox.next_at(of), until) for of, until in self._until.items()]
        times = [max(free, until) for free, until in waiting if free is not None]
        return min([*times, *([at] if at is not None else [])], default=None)

    def _fetch(self, system: str, events: list[ClaimedEvent]) -> None:
        ids = [event.id for event in events]
        source = self.sources.get(system)
        refs = sorted({_ref(system, event) for event in events})
        if source is None:
            with transaction(self.engine) as unit:
                for number in ids:
                    unit.inbox.quarantine(number, f"no system {system} is configured")
            return
        self.seams.reached("inbox.claimed")
        asked = self.seams.clock.now()
        try:
            found = source.fetch(refs)
        except (TryLater, Stopped) as error:
            at = self.seams.clock.now() + (error.after or RETRY)
            self._until[system] = at  # its other events would fare no better
            with transaction(self.engine) as unit:
                unit.inbox.later(ids, at)
            log.warning("events wait", system=system, events=len(ids), error=str(error))
            return
        except Refused as error:
            self._apart(system, events, error)
            return
        now = self.seams.clock.now()
        with transaction(self.engine) as unit:
            if not unit.inbox.holds(ids, self.owner, now):  # what was gone may be back since
                log.warning("answer came too late", system=system, events=len(ids))
                return
            cursors = unit.cursors.all()
            # until the first load is complete, an old lead must not look like a new one
            baseline = not all(s in cursors and cursors[s].passes for s in source.streams)
            ingest(unit, found, self.rules, now, baseline=baseline)
            back = bury(unit, _gone(system, events), found, self.rules, now, asked)
            again = [e.id for e in events if not back.isdisjoint(_read_as(_ref(system, e)))]
            unit.inbox.later(again, now + RETRY)
            unit.inbox.done(set(ids).difference(again))
        self.seams.reached("inbox.done")

    def _apart(self, system: str, events: list[ClaimedEvent], error: Refused) -> None:
        """Fetch by halves, until the one event that the system will not hear of is alone."""
        middle = len(events) // 2
        if middle:
            self._fetch(system, events[:middle])
            self._fetch(system, events[middle:])
            return
        with transaction(self.engine) as unit:
            unit.inbox.quarantine(events[0].id, str(error))
        log.warning("event set aside", system=system, error=str(error))


def _gone(system: str, events: list[ClaimedEvent]) -> dict[Ref, bool]:
    """Return the records that events say are gone, and whether they were erased for good."""
    gone: dict[Ref, bool] = {}
    for event in events:
        if event.payload.get("gone"):
            erased = bool(event.payload.get("erased"))
            for ref in _read_as(_ref(system, event)):
                gone[ref] = gone.get(ref, False) or erased
    return gone


def _read_as(ref: Ref) -> tuple[Ref, ...]:
    """Return what a record is mirrored as: where HubSpot is the CRM, a contact is a lead too."""
    return (ref, Ref(ref.system, "lead", ref.id)) if ref.kind == "contact" else (ref,)


def _ref(system: str, event: ClaimedEvent) -> Ref:
    return Ref(system, str(event.payload["kind"]), str(event.payload["id"]))
