"""Puts the parts together: settings in, steps out. The only module that names concrete classes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.connecting import Connectors, Marketing, connect
from slasync.connectors.notify import MESSAGES, MessageSink
from slasync.domain.agreement import Agreement
from slasync.domain.digests.addressees import Hours
from slasync.domain.draft import Terms
from slasync.domain.facts import FactKind
from slasync.domain.rulings import Rulings
from slasync.domain.writes import NOTIFY, Write
from slasync.errors import Stopped
from slasync.polling import FULL_STREAMS, pace_of, slow_streams
from slasync.ports import Messenger, Sink, Source
from slasync.reports.morning import Mornings
from slasync.settings import Settings
from slasync.store.engine import open_engine
from slasync.store.ledger import CallLedger
from slasync.store.schema import migrate
from slasync.store.unit import Unit, reading, transaction
from slasync.workers.deciding.decide import NEVER_READ, Deciding, decide_at, decide_batch
from slasync.workers.deciding.editions import as_defined, note_start, rulings, terms_of
from slasync.workers.deciding.held import Fold, Folding
from slasync.workers.deciding.review import Reminding
from slasync.workers.digest import Digest
from slasync.workers.kept_alike import keeping_alike, kept_of
from slasync.workers.pulling.hearing import Hearing
from slasync.workers.pulling.hurried import Hurry
from slasync.workers.pulling.inbox import Inbox
from slasync.workers.pulling.ingest import Rules
from slasync.workers.pulling.mapped import note_fields
from slasync.workers.pulling.pinning import keeper
from slasync.workers.pulling.pull import Pull
from slasync.workers.pushing.push import Push
from slasync.workers.running_mode import note_mode
from slasync.workers.step import Step
from slasync.workers.sweeping.sweep import Sweep, groups_of

__all__ = ["Application", "Connectors", "Marketing", "assemble", "connect"]

log = structlog.get_logger()

EFFECTIVE_FROM = "effective_from"
OWED = "owed:"
ORGANISATION = "salesforce.organisation"


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
    sources: Mapping[str, Source]
    rules: Rules
    worker: str  # owner of leases


def assemble(
    settings: Settings,
    seams: Seams,
    connectors: Connectors,
    *,
    engine: Engine | None = None,
    worker: str | None = None,
) -> Application:
    """Open the database, pin the organisation and the start, and make the steps.

    Raises Stopped when a system is another organisation than the one this database knows.
    """
    engine = engine or open_engine(settings.database_url)
    migrate(engine)
    for calls in connectors.calls.values():
        calls.keep_in(CallLedger(engine))
    agreement = _agreement(settings, engine, connectors)
    connectors.marketing.pin(keeper(engine, agreement.marketing))
    with transaction(engine) as unit:
        note_start(settings, agreement, unit, seams.clock.now())
        note_fields(settings, unit, seams.clock.now())
        note_mode(settings.modes.deployment.mode, unit, seams.clock.now())
        agreement = as_defined(settings, agreement, unit, seams.clock.now())
    ruled = _rulings(settings, agreement, engine, seams)
    worker = worker or seams.new_id()
    rules = _rules(settings, agreement, ruled, engine, seams)
    deciding = replace(_deciding(settings, engine, seams, connectors, agreement), rulings=ruled)
    parts = _Parts(connectors, connectors.defined(seams.clock), rules, worker)
    pulls = _pulls(deciding, settings, parts)
    inbox = Inbox(engine, seams, parts.sources, rules, worker)
    pushes = tuple(_pushes(settings, engine, seams, connectors, worker))
    telling = (
        *_telling(settings, deciding, connectors.messenger, worker),
        *_reviewing(settings, deciding),
        *keeping_alike(settings, deciding),
        *_sweeping(settings, deciding, parts),
        *_hearing(deciding, pulls, connectors, worker),
    )
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


def _rules(
    settings: Settings, agreement: Agreement, ruled: Rulings | None, engine: Engine, seams: Seams
) -> Rules:
    """What readings become mirror and facts by."""
    return Rules(
        watched=agreement.watched | (ruled.watched if ruled else frozenset()),
        tracked=frozenset(f.lower() for f in _tracked(settings)),
        crm=agreement.crm,
        precedence=(agreement.crm, agreement.marketing),
        begins=agreement.effective_from,
        owed=_owed_since(settings, engine, seams.clock.now()),
        kept=frozenset(kept_of(settings)),
        hurry=_hurry(agreement),
        guard=settings.self_check.guard,
    )


def _hurry(agreement: Agreement) -> Hurry | None:
    haste = agreement.evidence.haste
    statuses = {FactKind.STATUS} if agreement.statuses_touch else set()
    return Hurry(haste, frozenset({FactKind.TOUCH, *statuses})) if haste else None


def _pushes(
    settings: Settings, engine: Engine, seams: Seams, connectors: Connectors, worker: str
) -> Iterator[Push]:
    """Yield a step for whatever is written to.

    Also where nothing is enforced: what may have been sent before is looked up, nothing is sent.
    """
    flights = {name: calls.concurrency for name, calls in connectors.calls.items()}
    for sink in (*connectors.sinks.values(), *_people(settings, seams, connectors)):
        yield Push(engine, seams, sink, worker, seams.abreast(flights.get(sink.system, 1)))


def _people(settings: Settings, seams: Seams, connectors: Connectors) -> Iterator[Sink]:
    """Yield the people as a system that is written to, where there is a way to them."""
    if connectors.messengers:
        hours = Hours(settings.pools, settings.calendars, settings.agreement.calendar)
        crm = connectors.crm.sink
        yield MessageSink(connectors.messengers, hours, crm, seams.clock)


def _tracked(settings: Settings) -> tuple[str, ...]:
    if settings.salesforce:
        return settings.salesforce.tracked_history
    return ("Owner", "Status") if settings.crm else ()  # HubSpot keeps the history of every one


def _agreement(settings: Settings, engine: Engine, connectors: Connectors) -> Agreement:
    """Complete the agreement by what is fixed at the first start and kept for ever."""
    org = connectors.crm.org_id
    start = settings.agreement.effective_from or connectors.crm.source.vendor_now()
    with transaction(engine) as unit:
        pinned = unit.meta.put_new(ORGANISATION, org)
        if settings.agreement.effective_from is None:
            start = datetime.fromisoformat(unit.meta.put_new(EFFECTIVE_FROM, start.isoformat()))
    if pinned != org:
        raise Stopped(
            f"this database belongs to {_named(settings)} {pinned}, the credentials to {org}:"
            " use another database, or the credentials of that organisation"
        )
    return replace(
        settings.agreement,
        org=org,
        crm_url=settings.records_at(org),
        effective_from=start,
        create_leads=settings.creates_leads,
    )


def _named(settings: Settings) -> str:
    return "Salesforce organisation" if settings.salesforce else "HubSpot account"


def _rulings(
    settings: Settings, agreement: Agreement, engine: Engine, seams: Seams
) -> Rulings | None:
    """Read the earlier editions that have a say in open leads; say which cannot be read."""
    with reading(engine) as unit:
        found = rulings(settings, agreement, unit, seams.clock.now())
        for hash_, why in found.read_all().items() if found else ():
            log.warning("leads are not kept to their agreement", agreement=hash_, why=why)
    return found


def _deciding(
    settings: Settings,
    engine: Engine,
    seams: Seams,
    connectors: Connectors,
    agreement: Agreement,
) -> Deciding:
    sinks = connectors.sinks

    def lane_of(write: Write) -> str:
        return MESSAGES if write.system == NOTIFY else sinks[write.system].lane(write)

    asked = {f"{agreement.crm}.accounts"} if agreement.routing.matching else set()
    return Deciding(
        engine=engine,
        seams=seams,
        agreement=agreement,
        calendars=settings.calendars,
        pools=settings.pools,
        absences=settings.absences,
        lane_of=lane_of,
        modes=settings.modes,
        needed=tuple(dict.fromkeys((
            *(f"{agreement.crm}.{name}" for name in ("users", "queues", "leads", "contacts")),
            f"{agreement.marketing}.contacts", *(slow_streams(settings).keys() & asked),
        ))),
        caps=settings.caps,
    )  # fmt: skip


def _pulls(deciding: Deciding, settings: Settings, parts: _Parts) -> tuple[Pull, ...]:
    pulls = []
    for name, source in parts.sources.items():
        pull = Pull(
            deciding.engine,
            deciding.seams,
            source,
            parts.rules,
            pace_of(settings, name),
            parts.worker,
            deciding.watching,
        )
        pulls.append(pull)
    return tuple(pulls)


def _hearing(
    deciding: Deciding, pulls: tuple[Pull, ...], connectors: Connectors, worker: str
) -> Iterator[Step]:
    """Yield the steps that listen to what systems tell by themselves."""
    polled = {p.source.system: [s for s in p.source.streams if not p.pace.own(s)] for p in pulls}
    for feed in connectors.feeds:
        streams = tuple(polled[feed.system])
        yield Hearing(deciding.engine, deciding.seams, feed, streams, worker).step


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
    if not settings.modes.any_enforced:
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
        _mornings(settings, deciding),
        settings.notify.digest.if_nothing,
    )
    folding = Folding(settings.readers, settings.pools, settings.caps.max_age)
    fold = Fold(deciding.engine, deciding.seams, folding)
    return (
        Step("held", fold.run, fold.next_at, frozenset({"digest"})),
        Step("digest", digest.run, digest.next_at),
    )


def _mornings(settings: Settings, deciding: Deciding) -> Mornings | None:
    """Return what tells managers and leadership their morning; None: nobody is to be told."""
    notify = settings.notify
    if notify is None or not notify.digest.mornings_for:
        return None

    def at(unit: Unit, now: datetime) -> Terms:
        found = rulings(settings, deciding.agreement, unit, now)
        return terms_of(settings, deciding.agreement, unit, now, found)

    return Mornings(at, notify.digest, settings.obligations, by_mail=notify.via == "smtp")


def _reviewing(settings: Settings, deciding: Deciding) -> tuple[Step, ...]:
    """Return the step that reminds both heads of the review, where one is agreed."""
    review = settings.review
    if review is None or not review.heads or not settings.modes.any_enforced:
        return ()
    calendar = settings.calendars[deciding.agreement.calendar]
    languages = {who: reader.language for reader in settings.readers for who in reader.addresses}
    zone = ZoneInfo(calendar.spec.zone)
    reminding = Reminding(
        deciding.engine, deciding.seams, review, deciding.agreement.org, zone, languages
    )
    return (reminding.step(),)


def _sweeping(settings: Settings, deciding: Deciding, parts: _Parts) -> tuple[Step, ...]:
    """Return the steps that compare the mirror with each system."""
    check, calendar = settings.self_check, settings.calendars[deciding.agreement.calendar]
    if check.again_after is None and check.sweep_at is None:
        return ()
    return tuple(
        Step(f"sweep:{name}", sweep.run, sweep.next_at, frozenset({"decide"}))
        for name, source in parts.sources.items()
        for sweep in (
            Sweep(
                deciding.engine,
                deciding.seams,
                source,
                parts.connectors.listers.get(name),
                parts.rules,
                check,
                ZoneInfo(calendar.spec.zone),
                groups_of(source.streams, FULL_STREAMS, slow_streams(settings)),
                parts.worker,
            ),
        )
    )


def _owed_since(settings: Settings, engine: Engine, now: datetime) -> Mapping[str, datetime]:
    """Return since when each field owed at the hand-over is watched: from the first start with it.

    A mirror that is still empty holds no record which was read before.
    """
    complete = settings.obligations.completeness
    if complete is None:
        return {}
    with transaction(engine) as unit:
        since = now if unit.cursors.all() else NEVER_READ
        return {
            name: datetime.fromisoformat(unit.meta.put_new(f"{OWED}{name}", since.isoformat()))
            for name in complete.told_by
        }
