"""What the crash test has done in a process of its own: push, ended by SIGKILL at a point named.

The points are those that push itself names, after each commit and after the system's answer, and
the moments before each commit.
"""

import os
import signal
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from threading import Event

from sqlalchemy import Connection, Engine, event

from slasync.clock import Seams, SystemClock
from slasync.connectors.salesforce import build_connector
from slasync.sandbox.world import Chance
from slasync.store.engine import READ_ONLY, open_engine
from slasync.systems import CreateLeads, Login, SalesforceConfig, Secret
from slasync.workers.pushing.push import Push

CREDENTIALS = "SLASYNC_TEST_SALESFORCE"
KILL_AT = "SLASYNC_TEST_KILL_AT"  # the number of the point; unset: never


class LaterClock(SystemClock):
    """The machine's time and more: leases of a process that was killed need not be waited for."""

    def __init__(self, later: timedelta) -> None:
        self._later = later

    def now(self) -> datetime:
        return super().now() + self._later

    def wait(self, seconds: float, stop: Event) -> None:
        if not stop.is_set():
            self._later += timedelta(seconds=seconds)


@dataclass(slots=True)
class Points:
    """Counts the points passed, and ends the process at one of them."""

    kill_at: int | None
    passed: list[str] = field(default_factory=list)

    def reached(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) - 1 == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def push_everything(url: str, later: timedelta, environ: dict[str, str], trace: Pipe) -> None:
    """Send what is queued for Salesforce. Sends the points passed through `trace` at the end."""
    kill_at = environ.get(KILL_AT)
    points = Points(int(kill_at) if kill_at else None)
    clock = LaterClock(later)
    seams = Seams(clock=clock, chance=Chance(1), reached=points.reached)
    connector = build_connector(_config(*environ[CREDENTIALS].split()), seams)
    engine = open_engine(url, durable=False)
    _watch_commits(engine, points)
    push = Push(engine, seams, connector.sink, f"process {os.getpid()}")
    while (at := push.next_at()) is not None:
        clock.wait(max((at - clock.now()).total_seconds(), 0), Event())
        push.run()
    trace.send(points.passed)


def _config(url: str, key: str, secret: str) -> SalesforceConfig:
    return SalesforceConfig(
        url=url,
        login=Login.CLIENT_CREDENTIALS,
        secrets={"consumer_key": Secret(key), "consumer_secret": Secret(secret)},
        create_leads=CreateLeads.AT_HANDOVER,
    )


def _watch_commits(engine: Engine, points: Points) -> None:
    @event.listens_for(engine, "commit")
    def about_to_commit(db: Connection) -> None:
        if not db.get_execution_options().get(READ_ONLY):
            points.reached("before a commit")
