"""A desk to sit at: a simulated company, a configuration on disk, and the command line."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from slasync.cli.databases import database
from slasync.cli.main import main
from slasync.cli.surroundings import Surroundings
from slasync.cli.sync import until_idle
from slasync.clock import Seams
from slasync.connectors.http import Observer
from slasync.rehearsal.driver import DrivenClock
from slasync.rehearsal.stage import environment, in_process
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town, build
from slasync.sandbox.world import World
from slasync.settings import Settings, copy_defaults
from slasync.wiring import Connectors, assemble

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)  # 10:00 in Berlin
A_WHILE = timedelta(minutes=5)  # after it everything told is also complete
FILLED_BY_REPS = """\
  snooze_until: {field: Slasync_Snooze_Until__c, type: datetime}
  snooze_reason: {field: Slasync_Snooze_Reason__c}
  dispute: {field: Slasync_Dispute__c, type: bool}
  dispute_reason: {field: Slasync_Dispute_Reason__c}
  dispute_decision: {field: Slasync_Dispute_Decision__c}
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """`slasync(...)` runs a command in its surroundings."""

    home: Path
    driven: Driven
    town: Town
    environ: dict[str, str]
    seams: Seams = field(repr=False)

    def slasync(self, *arguments: str, stdin: str | None = None) -> Result:
        around = Surroundings(self.environ, self.seams, self._connect)
        return CliRunner().invoke(main, arguments, obj=around, input=stdin)

    def json(self, *arguments: str) -> Any:
        """Run a command with --json and return what it printed."""
        return json.loads(self.slasync(*arguments, "--json").stdout)

    def change(self, name: str, old: str, new: str) -> None:
        """Replace the first `old` in a file of the configuration."""
        path = self.home / name
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), "utf-8")

    def map_rep_fields(self, further: str = "") -> None:
        """Have the fields read by which reps ask for something; `further`: lines of the like."""
        text = f"{FILLED_BY_REPS}{further}contact:\n"
        self.change("connectors/salesforce/connector.yaml", "contact:\n", text)

    def mode(self, mode: str) -> None:
        self.environ["SLASYNC_MODE"] = mode

    def wait(self, span: timedelta = A_WHILE) -> None:
        self.driven.advance_to(self.driven.now() + span)

    def work(self, span: timedelta = A_WHILE) -> None:
        """Let time pass and do what there is to do then."""
        self.wait(span)
        self.slasync("sync", "--once")

    def only_read(self, span: timedelta = A_WHILE) -> None:
        """Let time pass and read the systems; nothing is decided."""
        self.wait(span)
        around = Surroundings(self.environ, self.seams, self._connect)
        settings = around.settings(None)
        with database(settings) as engine, around.connected(settings) as connectors:
            steps = assemble(settings, self.seams, connectors, engine=engine).steps
            pulls = [step for step in steps if step.name.startswith("pull")]
            until_idle(pulls, self.seams.clock)

    def arrives(self, email: str = "lou@x.example", score: int = 80) -> str:
        """Have a lead appear in HubSpot; return its id there."""
        values = {"email": email, "firstname": "Lou", "lastname": "Reed", "company": "VU"}
        known = values | {"hubspotscore": str(score)}
        return self.town.hubspot.create("contacts", known, "import")

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        """Return the rows of one of Salesforce's objects."""
        return list(self.town.salesforce.rows(name))

    def _connect(self, settings: Settings, seams: Seams, _: tuple[Observer, ...]) -> Connectors:
        return in_process(settings, self.town, seams, ExitStack())


def a_desk(home: Path, **salesforce: Any) -> Desk:
    """Everything is configured, in mode enforce; nothing has been read yet."""
    driven = Driven(MONDAY)
    town = build(World(driven.now), salesforce=salesforce)
    copy_defaults(home)
    environ = environment(town) | {
        "SLASYNC_CONFIG": str(home),
        "SLASYNC_DATABASE": f"sqlite:///{home / 'slasync.db'}",
        "SLASYNC_MODE": "enforce",
    }
    return Desk(home, driven, town, environ, Seams(clock=DrivenClock(driven)))
