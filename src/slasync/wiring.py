"""Puts the parts together: settings in, steps out. The only module that names concrete classes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.connectors import hubspot, salesforce
from slasync.connectors.http import Observer
from slasync.connectors.notify import MailMessenger, WebhookMessenger
from slasync.domain.agreement import Agreement
from slasync.domain.writes import Write
from slasync.errors import Stopped
from slasync.ports import Messenger, Sink, Source
from slasync.settings import Mode, Settings, poll_interval
from slasync.settings.time_data import time_data
from slasync.store.editions import Edition
from slasync.store.engine import open_engine
from slasync.store.schema import migrate
from slasync.store.unit import reading, transaction
from slasync.systems import CreateLeads
from slasync.workers.decide import Caps, Deciding, decide_batch, ready_gates
from slasync.workers.digest import Digest
from slasync.workers.inbox import Inbox
from slasync.workers.ingest import Rules
from slasync.workers.pull import Pace, Pull
from slasync.workers.push import Push
from slasync.workers.step import Step

log = structlog.get_logger()

FULL_STREAMS = frozenset({"salesforce.users", "salesforce.queues", "hubspot.archived"})
HOURLY = timedelta(hours=1)  # streams read in full; less often where polls are rarer
CALLS_A_POLL = {"salesforce": 1, "hubspot": 1}
EFFECTIVE_FROM = "effective_from"
MODE = "mode"
TIME_DATA = "time_data"
ORGANISATION = "salesforce.organisation"


@dataclass(frozen=True, slots=True)
class Connectors:
    """The systems, connected: for production by `connect`, for rehearsals in process."""

    salesforce: salesforce.SalesforceConnector
    hubspot: hubspot.HubSpotConnector
    messenger: Messenger | None = None  # of digests; a rehearsal writes to nobody

    @property
    def sources(self) -> Mapping[str, Source]:
        found: list[Source] = [self.salesforce.source, self.hubspot.source]
        return {source.system: source for source in found}

    @property
    def sinks(self) -> Mapping[str, Sink]:
        found: list[Sink] = [self.salesforce.sink, self.hubspot.sink]
        return {sink.system: sink for sink in found}


@dataclass(frozen=True, slots=True)
class Application:
    """slasync, put together."""

    settings: Settings
    engine: Engine
    seams: Seams
    connectors: Connectors
    agreement: Agreement
    deciding: Deciding
    rules: Rules
    pulls: tuple[Pull, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Parts:
    connectors: Connectors
    rules: Rules
    worker: str  # owner of leases


def connect(settings: Settings, seams: Seams, observers: tuple[Observer, ...] = ()) -> Connectors:
    """Connect to the real systems; no call is made yet. `observers` are told of every call."""
    if settings.salesforce is None or settings.hubspot is None:
        raise Stopped("both salesforce and hubspot must be configured in slasync.yaml")
    return Connectors(
        salesforce.build_connector(settings.salesforce, seams, observers=observers),
        hubspot.build_connector(settings.hubspot, seams, observers=observers),
        _messenger(settings, seams, observers),
    )


def _messenger(
    settings: Settings, seams: Seams, observers: tuple[Observer, ...]
) -> Messenger | None:
    """Return the way digests go; no connection is made yet."""
    told = settings.notify
    if told is None:
        return None
    if told.via == "smtp" and told.smtp:
        return MailMessenger(told.smtp)
    return WebhookMessenger(told.webhook, seams, observers=observers) if told.webhook else None


def assemble(
    settings: Settings,
    seams: Seams,
    connectors: Connectors,
    *,
    engine: Engine | None = None,
    worker: str | None = None,
) -> Application:
    """Open the database, pin the organisation and the start, and make the steps.

    Raises Stopped when the CRM is another organisation than the one this database knows.
    """
    engine = engine or open_engine(settings.database_url)
    migrate(engine)
    agreement = _agreement(settings, engine, connectors)
    _note_start(settings, engine, seams)
    worker = worker or seams.new_id()
    rules = Rules(
        watched=agreement.watched,
        tracked=frozenset(f.lower() for f in _tracked(settings)),
        crm=agreement.crm,
        precedence=(agreement.crm, agreement.marketing),
        begins=agreement.effective_from,
    )
    deciding = _deciding(settings, engine, seams, connectors, agreement)
    pulls = _pulls(deciding, settings, _Parts(connectors, rules, worker))
    inbox = Inbox(engine, seams, connectors.sources, rules, worker)
    sinks = connectors.sinks.values() if settings.mode == Mode.ENFORCE else ()
    pushes = tuple(Push(engine, seams, sink, worker) for sink in sinks)  # else nothing is sent
    telling = _telling(settings, deciding, connectors.messenger, worker)
    return Application(
        settings=settings,
        engine=engine,
        seams=seams,
        connectors=connectors,
        agreement=agreement,
        deciding=deciding,
        rules=rules,
        pulls=pulls,
        steps=_steps(pulls, inbox, deciding, pushes, telling),
    )


def _tracked(settings: Settings) -> tuple[str, ...]:
    return settings.salesforce.tracked_history if settings.salesforce else ()


def _agreement(settings: Settings, engine: Engine, connectors: Connectors) -> Agreement:
    """Complete the agreement by what is fixed at the first start and kept for ever."""
    org = connectors.salesforce.org_id
    start = settings.agreement.effective_from or connectors.salesforce.source.vendor_now()
    with transaction(engine) as unit:
        pinned = unit.meta.put_new(ORGANISATION, org)
        if settings.agreement.effective_from is None:
            start = datetime.fromisoformat(unit.meta.put_new(EFFECTIVE_FROM, start.isoformat()))
    if pinned != org:
        raise Stopped(
            f"this database belongs to Salesforce organisation {pinned}, the credentials to {org}:"
            " use another database, or the credentials of that organisation"
        )
    creates = settings.salesforce is not None and (
        settings.salesforce.create_leads == CreateLeads.AT_HANDOVER
    )
    return replace(settings.agreement, org=org, effective_from=start, create_leads=creates)


def _note_start(settings: Settings, engine: Engine, seams: Seams) -> None:
    """Keep the agreement's files where they changed, the mode, and what time is counted by.

    A change of any has every lead at work decided anew: what was only observed is placed, and a
    deadline that moved to an earlier time is not waited for.
    """
    now, noted = seams.clock.now(), {MODE: settings.mode.value, TIME_DATA: time_data()}
    with transaction(engine) as unit:
        # what was decided until the next change can be explained by the agreement it was made by
        changed = unit.editions.keep(Edition(settings.agreement.hash, now, settings.files))
        changed |= any(unit.meta.get(name) not in {None, value} for name, value in noted.items())
        if changed:
            unit.leads.mark_dirty(unit.clocks.not_ended(None), now)
        for name, value in noted.items():
            unit.meta.put(name, value)


def _deciding(
    settings: Settings,
    engine: Engine,
    seams: Seams,
    connectors: Connectors,
    agreement: Agreement,
) -> Deciding:
    sinks = connectors.sinks

    def lane_of(write: Write) -> str:
        return sinks[write.system].lane(write)

    return Deciding(
        engine=engine,
        seams=seams,
        agreement=agreement,
        calendars=settings.calendars,
        pools=settings.pools,
        absences=settings.absences,
        lane_of=lane_of,
        mode=settings.mode,
        needed=("salesforce.users", "salesforce.queues", "salesforce.leads",
                "salesforce.contacts", "hubspot.contacts"),
        caps=Caps(per_owner=settings.caps.per_owner, total=settings.caps.total),
    )  # fmt: skip


def _pulls(deciding: Deciding, settings: Settings, parts: _Parts) -> tuple[Pull, ...]:
    pulls = []
    for name, source in parts.connectors.sources.items():
        every = poll_every(settings, name)
        pace = Pace(
            every=every,
            full_every=max(every, HOURLY),
            settle=settings.settle,
            overlap=settings.overlap,
            full=FULL_STREAMS,
        )
        pull = Pull(
            deciding.engine,
            deciding.seams,
            source,
            parts.rules,
            pace,
            parts.worker,
            deciding.agreement,
        )
        pulls.append(pull)
    return tuple(pulls)


def _steps(
    pulls: tuple[Pull, ...],
    inbox: Inbox,
    deciding: Deciding,
    pushes: tuple[Push, ...],
    telling: tuple[Step, ...],
) -> tuple[Step, ...]:
    pulling = {f"pull:{pull.source.system}": pull for pull in pulls}
    pushing = {f"push:{push.sink.system}": push for push in pushes}
    told = (step.name for step in telling)
    decides, decided = frozenset({"decide"}), frozenset({*pulling, *pushing, *told})
    return (
        *(Step(name, pull.run, pull.next_at, decides) for name, pull in pulling.items()),
        Step("inbox", inbox.run, inbox.next_at, decides),
        Step("decide", lambda: decide_batch(deciding), lambda: decide_at(deciding), decided),
        *(Step(name, push.run, push.next_at, decides) for name, push in pushing.items()),
        *telling,
    )


def _telling(
    settings: Settings, deciding: Deciding, messenger: Messenger | None, worker: str
) -> tuple[Step, ...]:
    """Return the step that sends digests, where slasync writes and there is a way to send them."""
    if settings.mode != Mode.ENFORCE:
        return ()
    if settings.notify is None or messenger is None:
        log.warning("lines for leadership are kept and sent to nobody: notify is not configured")
        return ()
    digest = Digest(
        deciding.engine,
        deciding.seams,
        messenger,
        settings.readers,
        deciding.agreement.org,
        worker,
        settings.notify.digest.max_age,
    )
    return (Step("digest", digest.run, digest.next_at),)


def poll_every(settings: Settings, system: str) -> timedelta:
    """Return how often a system is polled: as configured, else as its call budget allows."""
    configured = settings.polls.get(system)
    config = settings.salesforce if system == "salesforce" else settings.hubspot
    if configured is not None or config is None:
        return configured or timedelta(minutes=1)
    return poll_interval(config.budget, CALLS_A_POLL[system])


def decide_at(deciding: Deciding) -> datetime | None:
    """Return when the next lead can be decided: at once when dirty, else when its rung is due.

    A rung that waits for data is woken by the poll that brings it, so it gives no time here.
    """
    now = deciding.seams.clock.now()
    with reading(deciding.engine) as unit:
        marks = unit.cursors.watermarks()
        if any(stream not in marks for stream in deciding.needed):
            return None
        times = [t for t in [unit.leads.next_dirty()] if t]
        gates = ready_gates(deciding.agreement, marks)
        for gate, at in unit.clocks.next_wakes().items():
            if gate in gates and (at > now or at <= gates[gate]):  # else of an agreement gone by
                times.append(at)
    return min(times, default=None)
