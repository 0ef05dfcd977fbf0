"""The daemon with its listeners: it listens first, then starts, then works until it is stopped.

Webhooks are kept from the first second on, even while a system that slasync needs is down.
"""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy import Engine

from slasync import daemon
from slasync.clock import Seams
from slasync.connectors.hubspot.signature import verifier
from slasync.connectors.marketo.webhook import SecretHeader
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.settings import Settings
from slasync.showing import dashboard_server
from slasync.snapshots import known
from slasync.store.schema import migrate
from slasync.store.soundness import Onward, SameFile, check_pages, check_synced, file_of
from slasync.store.unit import Unit, reading
from slasync.systems import Secret
from slasync.tracing import Tracing
from slasync.watchdog import Check, Watchdog
from slasync.web import marketo_webhooks, outbound_messages
from slasync.web.health import health_app
from slasync.web.keeping import keeper
from slasync.web.metrics import Metrics
from slasync.web.plain import plain_app
from slasync.web.progress import Disk, Progress, health_of
from slasync.web.server import WebServer
from slasync.web.symptoms import Health
from slasync.web.webhooks import webhook_app
from slasync.wiring import Application, Connectors, assemble
from slasync.workers.deciding.decide import ready_gates
from slasync.workers.reload import Fate, Reloading, Told
from slasync.workers.step import Step

log = structlog.get_logger()

AGAIN = timedelta(seconds=5)  # between two attempts to start while a system is out of reach
LONGEST = timedelta(minutes=1)
PATIENCE = timedelta(seconds=4)  # for steps under way, once slasync is to stop


@dataclass(slots=True)
class Serving:
    """One process: what it is made of, and how far it has come."""

    settings: Settings
    engine: Engine
    seams: Seams
    connectors: Connectors
    metrics: Metrics = field(default_factory=Metrics)
    pulse: daemon.Pulse = field(default_factory=daemon.Pulse)
    stop: threading.Event = field(default_factory=threading.Event)
    reloading: Reloading | None = None  # None: the configuration is read once
    tracing: Tracing | None = None
    application: Application | None = None
    waits_for: str = ""
    watchdog: Watchdog = field(init=False)
    started: datetime = field(init=False)
    _ended: threading.Event = field(default_factory=threading.Event)
    _failed: SlasyncError | None = None
    _shown: WebServer | None = None  # the dashboard: made anew with another configuration
    _found: SlasyncError | None = None  # by the watchdog

    def __post_init__(self) -> None:
        self.started = self.seams.clock.now()
        self.watchdog = Watchdog(self.seams.machine, checks(self.engine))

    def run(self, told: Callable[[dict[str, int]], None] = lambda _: None) -> bool:
        """Work until `stop` is set. `told` is given the ports, by listener's name.

        Returns whether everything ended in time: if not, the process has to be left at once. What
        a step was doing then is taken up at the next start, as after a crash. Raises SlasyncError
        when slasync cannot work at all.
        """
        check_pages(self.engine)
        migrate(self.engine)
        with self._listening() as ports:
            told(ports)
            threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
            threading.Thread(target=self._work, name="steps", daemon=True).start()
            daemon.wait_until(self.stop, self._ended)
            in_time = self._ended.wait(PATIENCE.total_seconds())
        log.info("stopped", in_time=in_time)
        if in_time and self._found is not None:
            raise self._found
        if in_time and self._failed is not None:
            raise self._failed
        return in_time

    def health(self) -> Health:
        """Judge the progress made; asks the database."""
        with reading(self.engine) as unit:
            found = health_of(snapshot(self, unit))
        told = self.reloading.told if self.reloading else None
        also = (told.words,) if told and told.words else ()
        return replace(found, problems=(*found.problems, *also))

    @contextmanager
    def _listening(self) -> Iterator[dict[str, int]]:
        with ExitStack() as closing:
            ports = {}
            closing.callback(self._close_dashboard)
            for name, server in self._servers().items():
                ports[name] = server.start()
                if server is not self._shown:
                    closing.callback(server.stop)
                log.info("listening", listener=name, port=ports[name])
            yield ports

    def _servers(self) -> dict[str, WebServer]:
        listeners = self.settings.listeners
        health = health_app(self.health, self.metrics)
        at = listeners.health
        servers = {"health": WebServer(health, at.host, at.port, name="health")}
        shown = dashboard_server(self.settings, self.engine, self.seams, partial(snapshot, self))
        self._shown = shown
        if shown is not None:
            servers["dashboard"] = shown
        app = self._webhooks()
        if app is None:
            return servers
        at = listeners.webhooks
        return servers | {"webhooks": WebServer(app, at.host, at.port, name="webhooks")}

    def _webhooks(self) -> FastAPI | None:
        """Return what takes webhooks; one that nobody can check is not accepted."""
        app, clock, hubspot = None, self.seams.clock, self.settings.hubspot
        if hubspot is not None and "webhook_secret" in hubspot.secrets:
            verify = verifier(hubspot.public_url, hubspot.secrets, clock)
            app = webhook_app(keeper(self.engine, clock), verify, self.metrics)
        marketo = self.settings.marketo
        if marketo is not None and "webhook_secret" in marketo.secrets:
            app = app or plain_app()
            keep_told = marketo_webhooks.keeper(self.engine, clock)
            sender = marketo_sender(marketo.secrets)
            marketo_webhooks.accept(app, keep_told, sender, self.metrics)
        salesforce = self.settings.salesforce
        secret = salesforce.secrets.get("outbound_message_path") if salesforce else None
        if secret is not None:
            app = app or plain_app()
            keep = outbound_messages.keeper(self.engine, clock)
            org = outbound_messages.organisation(self.engine)
            known_by = outbound_messages.Sender(org, secret)
            outbound_messages.accept(app, keep, known_by, self.metrics)
        return app

    def _started(self) -> Application | None:
        """Assemble the application, as soon as the systems answer; None: stopped before."""
        wait = AGAIN
        while not self.stop.is_set():
            try:
                return assemble(self.settings, self.seams, self.connectors, engine=self.engine)
            except TryLater as error:
                self.waits_for = str(error)
                log.warning("not started yet", error=str(error))
                self.seams.clock.wait(wait.total_seconds(), self.stop)
                wait = min(2 * wait, LONGEST)
        return None

    def _watch(self) -> None:
        """Watch over the process; what the watchdog finds ends it."""
        try:
            self.watchdog.run(self.stop)
        except SlasyncError as error:
            log.error("slasync has to end", why=str(error))  # noqa: TRY400 - the words say it all
            self._found = error
            self.stop.set()

    def _work(self) -> None:
        """Start, then run the steps; in a thread that cannot keep the process from ending."""
        self._failed = Stopped("the steps ended by themselves; the log tells why")
        try:
            self.application = self._started()
            if self.reloading and self.application:
                begun = Told(Fate.IN_FORCE, self.seams.clock.now().isoformat())
                self.reloading.note(self.engine, begun)
            while self.application is not None and not self.stop.is_set():
                log.info("started", mode=str(self.settings.modes))
                steps = [
                    counted(traced(step, self.tracing), self.metrics)
                    for step in self.application.steps
                ]
                daemon.run(steps, self.seams.clock, self._halt(), self.pulse)
                self._take_up()
            self._failed = None
        except SlasyncError as error:
            self._failed = error
        finally:
            self._ended.set()
            self.stop.set()

    def _halt(self) -> threading.Event:
        """Return what ends the steps: `stop`, or another configuration to be taken up."""
        if self.reloading is None:
            return self.stop
        return self.reloading.halt(self.engine, self.settings, self.seams.clock, self.stop)

    def _take_up(self) -> None:
        """Go on with the configuration that was found, between steps: as at a restart."""
        if self.reloading is None or self.stop.is_set():
            return
        taken = self.reloading.taken(
            self.engine,
            lambda found: assemble(found, self.seams, self.connectors, engine=self.engine),
        )
        if taken is not None:
            self.application, self.settings = taken
            self._show_anew()

    def _show_anew(self) -> None:
        """Open the dashboard again over the configuration in force."""
        if self._shown is None:
            return
        self._close_dashboard()
        look = partial(snapshot, self)
        self._shown = dashboard_server(self.settings, self.engine, self.seams, look)
        if self._shown is not None:
            self._shown.start()

    def _close_dashboard(self) -> None:
        if self._shown is not None:
            self._shown.stop()


def checks(engine: Engine) -> tuple[Check, ...]:
    """Return what is looked at while slasync works."""
    path = file_of(engine)
    onward = Check("onward", timedelta(minutes=1), Onward(engine).check)
    if path is None:
        return (onward,)
    return (
        Check("file", timedelta(seconds=5), SameFile(path).check),
        Check("synced", timedelta(seconds=1), partial(check_synced, engine)),
        onward,
        Check("pages", timedelta(days=7), partial(check_pages, engine)),
    )


def marketo_sender(secrets: Mapping[str, Secret]) -> SecretHeader:
    """Return what knows Marketo's webhooks. Raises Stopped when the secret is too short."""
    try:
        return SecretHeader(secrets)
    except ValueError as error:
        raise Stopped(str(error)) from error


def traced(step: Step, tracing: Tracing | None) -> Step:
    """Return the step, its rounds told to OpenTelemetry where that is asked for."""
    if tracing is None:
        return step
    return replace(step, run=partial(tracing.round_of, step.name, step.run))


def counted(step: Step, metrics: Metrics) -> Step:
    """Return the step, counting how its rounds end."""

    def run() -> bool:
        try:
            found = step.run()
        except BaseException:
            metrics.stepped(step.name, "failed")
            raise
        metrics.stepped(step.name, "worked" if found else "idle")
        return found

    return replace(step, run=run)


def snapshot(serving: Serving, unit: Unit) -> Progress:
    """Collect what health is judged by."""
    settings, application = serving.settings, serving.application
    now = serving.seams.clock.now()
    ruled = application.deciding.rulings if application else None
    ready = ready_gates(settings.agreement, unit.cursors.watermarks(), ruled)
    return Progress(
        now=now,
        started=serving.started,
        steps=tuple(step.name for step in application.steps) if application else (),
        waits_for=serving.waits_for,
        beats=serving.pulse.beats(),
        failures=serving.pulse.failures(),
        **known(settings, unit, now, ready),
        **_dues(application, unit, now),
        **_surroundings(serving),
    )


def _dues(application: Application | None, unit: Unit, now: datetime) -> dict[str, Any]:
    """Tell since when the oldest rung is due, and the oldest of those that could be decided."""
    if application is None:
        return {}
    deciding, marks = application.deciding, unit.cursors.watermarks()
    ready = ready_gates(deciding.agreement, marks, deciding.rulings)
    whole = all(stream in marks for stream in deciding.needed)  # before, nothing is decided
    due = {gate: at for gate, at in unit.clocks.next_wakes().items() if gate in ready and at <= now}
    served = [at for gate, at in due.items() if whole and at <= ready[gate]]
    return {
        "oldest_due": min(due.values(), default=None),
        "oldest_unserved": min(served, default=None),
    }


def _surroundings(serving: Serving) -> dict[str, Any]:
    """Tell what slasync stands on: credentials, clocks, the disk, the process itself."""
    noticed, path = serving.metrics.noticed, file_of(serving.engine)
    told = {name: calls.vendor_time.skew() for name, calls in serving.connectors.calls.items()}
    taken, unsigned = noticed.of_hour()
    return {
        "refused": noticed.refused(),
        "skews": {name: skew for name, skew in told.items() if skew is not None},
        "disk": disk_at(path) if path else None,
        "stalled": serving.watchdog.stalled(),
        "webhooks": taken,
        "unsigned_webhooks": unsigned,
    }


def disk_at(path: Path) -> Disk | None:
    """Return how much room there is where the database's file lies; None: it cannot be told."""
    try:
        found = shutil.disk_usage(path.parent)
    except OSError:
        return None
    return Disk(found.free, found.total)
