"""`slasync run`: the daemon in the foreground; logs go to stderr, one JSON object a line."""

import os
import sys
import threading
from contextlib import closing
from pathlib import Path

import click
import structlog

from slasync import logs
from slasync.cli.databases import database
from slasync.cli.main import Exit
from slasync.cli.reload import watched
from slasync.cli.surroundings import around, config_option
from slasync.daemon import reload_on_signal, stop_on_signals
from slasync.serving import Serving
from slasync.tracing import Tracing, provider_of
from slasync.web.metrics import Metrics
from slasync.workers.reload import Reloading

log = structlog.get_logger()

LONGEST_STOP = 9.0  # seconds from the signal to the end


@click.command()
@config_option
def run(*, config_dir: Path | None) -> None:
    """Run until SIGTERM or SIGINT; ends within 10 s. After a crash it goes on where it was."""
    stop = threading.Event()
    stop_on_signals(stop, told=_leave_soon)
    surroundings = around()
    metrics = Metrics(surroundings.seams.clock)
    settings = surroundings.settings(config_dir)
    logs.configure(surroundings.seams.clock, level=settings.log_level)
    for warning in (*settings.warnings, *settings.unsigned):
        log.warning("configuration", problem=str(warning))
    tracing = Tracing(surroundings.seams.clock, provider_of(surroundings.environ))
    with (
        closing(tracing),
        database(settings) as engine,
        surroundings.connected(settings, metrics.called, tracing.called) as connectors,
    ):
        serving = Serving(settings, engine, surroundings.seams, connectors, metrics, stop=stop)
        serving.tracing = tracing
        serving.reloading = Reloading(watched(surroundings, config_dir))
        reload_on_signal(serving.reloading.again)
        if not serving.run():
            _leave()


def _leave_soon() -> None:
    """However long anything takes that is under way: within 10 s the process has ended."""
    timer = threading.Timer(LONGEST_STOP, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    """End without waiting for a step that hangs in a call: nothing is lost by that."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(Exit.OK)
