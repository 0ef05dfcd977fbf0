"""`slasync`: the entry point, its commands by name, and what each kind of failure exits with.

Exit codes: 0 done; 1 something is wrong in the systems, or rows are parked; 2 the configuration or
the call is wrong; 3 a system or the database cannot be reached.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from importlib.metadata import version
from typing import Any

import click

from slasync.cli.lazy import LazyGroup, Place
from slasync.errors import Refused, SlasyncError, Stopped, TryLater


class Exit(IntEnum):
    """What the process ends with."""

    OK = 0
    WRONG = 1  # in the systems; or rows are parked
    USAGE = 2  # the configuration, or how slasync was called
    UNREACHABLE = 3


PLACES = {
    "init": Place("slasync.cli.init:init", "Write a configuration into a folder: asks little."),
    "check": Place("slasync.cli.check:check", "Check the configuration; --live asks the systems."),
    "provision": Place(
        "slasync.cli.provision:provision", "Make what slasync needs in the systems."
    ),
    "run": Place("slasync.cli.run:run", "Run the daemon until it is stopped."),
    "sweep": Place("slasync.cli.sweep:sweep", "How mirror and systems agree; what vanished."),
    "verify": Place("slasync.cli.verify:verify", "Compare mirror and systems now."),
    "backfill": Place("slasync.cli.backfill:backfill", "Read all of a system again."),
    "sync": Place("slasync.cli.sync:sync", "Do once what the daemon does all the time."),
    "backup": Place("slasync.cli.backup:backup", "Copy the database while the daemon runs."),
    "status": Place("slasync.cli.status:status", "Show where everything stands."),
    "plan": Place("slasync.cli.plan:plan", "Show what would be written; nothing is sent."),
    "digest": Place("slasync.cli.digest:digest", "What managers and leadership will be told."),
    "explain": Place("slasync.cli.explain:explain", "Tell everything about one lead, and why."),
    "quality": Place("slasync.cli.quality:quality", "What is lacking in leads' data."),
    "conflicts": Place(
        "slasync.cli.conflicts:conflicts", "Fields of which systems say different things."
    ),
    "links": Place("slasync.cli.links:links", "Whose each record is: show, make, undo."),
    "score": Place("slasync.cli.score:score", "Check scores beside the marketing system's."),
    "test": Place("slasync.cli.testing:test", "Play the policy's own tests; needs no secrets."),
    "replay": Place("slasync.cli.what_if:replay", "Play the mirror by another agreement."),
    "parity": Place("slasync.cli.parity:parity", "What mode shadow would have done."),
    "obligations": Place(
        "slasync.cli.obligations:obligations",
        "What both sides owe, and how a month stands with it.",
    ),
    "report": Place(
        "slasync.cli.report:report", "The monthly pack: every figure both sides watch."
    ),
    "calibrate": Place(
        "slasync.cli.calibrate:calibrate", "Do both sides mean the same by a qualified lead?"
    ),
    "assess": Place("slasync.cli.assess:assess", "Assess how mature the work together is."),
    "parked": Place("slasync.cli.parked:parked", "Writes and records that a person must look at."),
    "held": Place("slasync.cli.held:held", "Batches that a storm brought: allow or discard."),
    "revert": Place("slasync.cli.revert:revert", "Put back what a run has written."),
    "users": Place("slasync.cli.users:users", "Users of the dashboard, and the audit."),
    "agreement": Place("slasync.cli.agreement:agreement", "The agreement to read and to sign."),
    "forget": Place("slasync.cli.forget:forget", "Erase what is known of a person."),
    "dispute": Place("slasync.cli.dispute:dispute", "Decide about breaches that reps dispute."),
    "release": Place("slasync.cli.release:release", "Let go of an owner whom a person chose."),
    "calendar": Place("slasync.cli.calendar:calendar", "Work out deadlines."),
    "config": Place("slasync.cli.config:config", "The JSON Schemas of the files."),
    "completion": Place("slasync.cli.completion:completion", "Completion for bash, zsh and fish."),
    "sandbox": Place("slasync.cli.sandbox:sandbox", "Simulated Salesforce, HubSpot and Marketo."),
    "demo": Place("slasync.cli.demo:demo", "Two weeks of a simulated company, in a minute."),
}


class Root(LazyGroup):
    """Turns slasync's errors into words on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        with told():
            return super().invoke(ctx)


@contextmanager
def told() -> Iterator[None]:
    """Say what went wrong and leave with its exit code."""
    try:
        yield
    except SlasyncError as error:
        click.echo(str(error), err=True)
        raise SystemExit(exit_code(error)) from error


def exit_code(error: SlasyncError) -> Exit:
    """Return the code for an error; what is neither of the three is a wrong configuration."""
    match error:
        case TryLater():
            return Exit.UNREACHABLE
        case Stopped() | Refused():
            return Exit.WRONG
        case _:
            return Exit.USAGE


EPILOG = (
    "Exit codes: 0 done; 1 something is wrong in the systems, or rows are parked; 2 configuration"
    " or usage; 3 a system or the database cannot be reached."
)


@click.group(
    cls=Root,
    places=PLACES,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(version("slasync"), prog_name="slasync")
def main() -> None:
    """Keep the agreement between marketing and sales true inside the CRM."""
