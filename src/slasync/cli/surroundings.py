"""What a command finds around it: environment, clock, configuration, systems, database."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slasync import logs
from slasync.abreast import threads
from slasync.borrowed_clock import clock_of
from slasync.clock import Seams, SystemClock, steadied
from slasync.errors import SlasyncError
from slasync.settings import Settings, load, load_without_secrets

if TYPE_CHECKING:
    from slasync.connectors.http import Observer
    from slasync.wiring import Connectors


class WrongCall(SlasyncError):
    """slasync was called in a way that cannot work: exit code 2."""


Connect = Callable[[Settings, Seams, tuple["Observer", ...]], "Connectors"]


def connect_really(
    settings: Settings, seams: Seams, observers: tuple["Observer", ...]
) -> "Connectors":
    """Connect to the systems that the settings name; no call is made yet."""
    from slasync.wiring import connect  # noqa: PLC0415 - vendors' libraries: half a second

    return connect(settings, seams, observers)


def machine_seams() -> Seams:
    """The machine's own time, or that of a sandbox on it (see borrowed_clock), kept steady."""
    return steadied(Seams(clock=clock_of(os.environ), abreast=threads))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """In production the machine's own; tests and rehearsals hand in theirs as click's `obj`."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    seams: Seams = field(default_factory=machine_seams)
    connect: Connect = connect_really

    def settings(
        self,
        given: Path | None,
        *,
        today: date | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> Settings:
        """Load the configuration, as on another day or with other texts in its files' place.

        Raises ConfigurationError, or WrongCall when there is none.
        """
        home = find_home(given, self.environ)
        today = today or self.seams.clock.now().date()
        return load(home.config, home.connectors, self.environ, today=today, texts=texts)

    def settings_without_secrets(
        self, given: Path | None, *, texts: Mapping[str, str] | None = None
    ) -> Settings:
        """Load the configuration to look at it: a secret that is not set is no mistake then."""
        home = find_home(given, self.environ)
        today = self.seams.clock.now().date()
        return load_without_secrets(
            home.config, home.connectors, self.environ, today=today, texts=texts
        )

    @contextmanager
    def connected(self, settings: Settings, *observers: "Observer") -> Iterator["Connectors"]:
        """Connect, and close at the end; `observers` are told of every call."""
        connectors = self.connect(settings, self.seams, observers)
        with ExitStack() as closing:
            closing.callback(connectors.close)
            closing.callback(_settle, connectors)
            yield connectors


def _settle(connectors: "Connectors") -> None:
    """Give back the calls that were taken and not made."""
    for calls in connectors.calls.values():
        with suppress(SlasyncError):  # then they are lost, as after a crash
            calls.allowance.settle()


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one configuration."""

    config: Path
    connectors: Path


def find_home(given: Path | None, environ: Mapping[str, str]) -> Home:
    """Return the folders: under what was given, else SLASYNC_CONFIG, else here."""
    named = given or (Path(environ["SLASYNC_CONFIG"]) if environ.get("SLASYNC_CONFIG") else None)
    root = named or Path()
    if (root / "config").is_dir():
        return Home(root / "config", root / "connectors")
    if named is not None and any(root.glob("*.yaml")):
        return Home(root, root.parent / "connectors")
    where = f"in {named}" if named else "here"
    raise WrongCall(
        f"there is no configuration {where}: `slasync init DIR` makes one, `--config DIR` or"
        " SLASYNC_CONFIG names it"
    )


config_option = click.option(
    "--config",
    "config_dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder that holds config/ and connectors/; default: SLASYNC_CONFIG, else this folder.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def around() -> Surroundings:
    """Return the surroundings of the command that runs; on the machine itself, keep logs quiet."""
    context = click.get_current_context()
    if context.find_object(Surroundings) is None:
        logs.configure(SystemClock(), level="error")
    return context.ensure_object(Surroundings)
