"""Another configuration while slasync runs: noticed by its bytes, checked, taken up or refused.

Broken files change nothing: the old configuration stays in force, and it is told which line is
wrong. How a system is reached is fixed when slasync starts, so such a change waits for a restart.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from difflib import unified_diff
from enum import StrEnum
from threading import Event, Thread
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine

from slasync.clock import Clock
from slasync.errors import SlasyncError, TryLater
from slasync.settings import Settings
from slasync.store.unit import Unit, retrying

log = structlog.get_logger()

T = TypeVar("T")

KEPT = "configuration"
MOST_LINES = 200  # of a difference that is kept to be shown
AT_START = ("database_url", "salesforce", "hubspot", "marketo", "listeners", "notify", "log_level")
"""What slasync is built on when it starts: the database, connections, listeners."""
TEXTS = ("agreement", "calendars", "teams")
BESIDE = ("mode", "canary", "team_modes", "polls", "settle", "overlap", "caps", "self_check",
          "waiting_for_record_alarm")  # fmt: skip
"""What slasync.yaml says besides, by the names that the file uses."""


class Fate(StrEnum):
    IN_FORCE = "in_force"
    REFUSED = "refused"  # the one before stays in force
    NEEDS_RESTART = "needs_restart"  # likewise


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the files as they were last read."""

    fate: Fate
    at: str  # ISO 8601, UTC
    problems: tuple[str, ...] = ()  # with file and line; or what needs a restart
    difference: tuple[str, ...] = ()  # to what was in force before

    @property
    def words(self) -> str:
        """Return one line for people; empty where nothing is wrong."""
        match self.fate:
            case Fate.REFUSED:
                said = "; ".join(self.problems)
                return f"the changed configuration is refused, the one before stays: {said}"
            case Fate.NEEDS_RESTART:
                said = ", ".join(self.problems)
                return f"the changed configuration waits for a restart of slasync: {said} changed"
        return ""


@dataclass(frozen=True, slots=True)
class Watched:
    """Where a configuration comes from: a function that tells its bytes, and one that loads it."""

    digest: Callable[[], str]
    load: Callable[[], Settings]  # raises SlasyncError
    every: float = 3.0  # seconds between two looks


@dataclass(slots=True)
class Reloading:
    """Looks at the files again and again. A change counts once it was seen twice the same."""

    watched: Watched
    asked: bool = False  # by a signal: load again, whatever the bytes say
    told: Told | None = None  # what became of the files as they were last read
    next: Settings | None = None  # checked, and to be taken up
    _known: str = field(init=False)
    _seen: str = field(init=False)

    def __post_init__(self) -> None:
        self._known = self._seen = self.watched.digest()

    def look(self, running: Settings, now: datetime) -> tuple[Told, Settings] | None:
        """Return what became of changed files, with the settings to go on with; None: no change."""
        seen, before = self.watched.digest(), self._seen
        self._seen = seen
        if not self.asked and (seen == self._known or seen != before):
            return None
        self._known, self.asked = seen, False
        try:
            found = self.watched.load()
        except SlasyncError as error:
            return Told(Fate.REFUSED, now.isoformat(), tuple(str(error).splitlines())), running
        return judged(running, found, now)

    def halt(self, engine: Engine, running: Settings, clock: Clock, stop: Event) -> Event:
        """Return what ends the steps: `stop`, or a configuration to be taken up."""
        halt = Event()

        def watch() -> None:
            try:
                while not stop.is_set() and self.next is None:
                    clock.wait(self.watched.every, stop)
                    self._tried(engine, running, clock.now())
            finally:
                halt.set()

        Thread(target=watch, name="reload", daemon=True).start()
        return halt

    def taken(self, engine: Engine, make: Callable[[Settings], T]) -> tuple[T, Settings] | None:
        """Make anew what the configuration that was found is for; None: the old one goes on.

        A system that does not answer just then leaves the old one in force until it does.
        """
        told, settings, self.next = self.told, self.next, None
        if told is None or settings is None:
            return None
        try:
            made = make(settings)
        except TryLater as error:
            self.again()
            log.warning("configuration taken up later", error=str(error))
            return None
        except SlasyncError as error:
            self.note(engine, replace(told, fate=Fate.REFUSED, problems=(str(error),)))
            log.error("configuration not taken up", why=str(error))  # noqa: TRY400 - told in words
            return None
        for warning in (*settings.warnings, *settings.unsigned):
            log.warning("configuration", problem=str(warning))
        log.info("configuration taken up", difference=list(told.difference))
        self.note(engine, told)
        return made, settings

    def note(self, engine: Engine, told: Told) -> None:
        """Keep what became of the files, here and for who asks the database."""
        self.told = told
        retrying(engine, lambda unit: keep(unit, told))

    def _tried(self, engine: Engine, running: Settings, now: datetime) -> None:
        try:
            self._look_once(engine, running, now)
        except (SlasyncError, OSError) as error:
            log.warning("configuration not read", error=str(error))
            self.again()  # who asks the database was perhaps not told

    def _look_once(self, engine: Engine, running: Settings, now: datetime) -> None:
        found = self.look(running, now)
        if found is None:
            return
        told, settings = found
        if told.fate is Fate.IN_FORCE and told.difference:
            self.told, self.next = told, settings
            return
        if told.words:
            log.error("configuration not taken up", why=told.words)
        self.note(engine, told)

    def again(self) -> None:
        """Have the same files be looked at once more: what they say could not be taken up yet."""
        self.asked = True


def judged(running: Settings, found: Settings, now: datetime) -> tuple[Told, Settings]:
    """Tell whether a configuration can be taken up without a restart; return what to go on with."""
    lines = tuple(difference(running, found))[:MOST_LINES]
    waits = tuple(n for n in AT_START if getattr(running, n) != getattr(found, n))
    if waits:
        return Told(Fate.NEEDS_RESTART, now.isoformat(), waits, lines), running
    return Told(Fate.IN_FORCE, now.isoformat(), (), lines), found


def difference(old: Settings, new: Settings) -> Iterator[str]:
    """Yield what differs: the agreement's files line by line, and the names of other settings.

    Values of slasync.yaml are not told: they may come from the environment.
    """
    yield from lines_between(old.files, new.files)
    for name in (*AT_START, *BESIDE):
        if getattr(old, name) != getattr(new, name):
            yield f"slasync.yaml or connector.yaml: {name}"


def lines_between(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines by which the agreement's files differ, as `diff -u` writes them."""
    for name in TEXTS:
        was, becomes = old.get(name, "").splitlines(), new.get(name, "").splitlines()
        yield from unified_diff(was, becomes, f"{name}.yaml in force", f"{name}.yaml", lineterm="")


def keep(unit: Unit, told: Told) -> None:
    """Keep what became of the files, for who asks the database."""
    unit.meta.put(KEPT, json.dumps(asdict(told)))


def kept(unit: Unit) -> Told | None:
    """Return what became of the files as they were last read; None: they never changed."""
    text = unit.meta.get(KEPT)
    if text is None:
        return None
    stored: dict[str, Any] = json.loads(text)
    return Told(
        Fate(stored["fate"]), stored["at"], tuple(stored["problems"]), tuple(stored["difference"])
    )
