"""A changed configuration is taken up while slasync runs; a broken one is refused and told."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat

import pytest
from sqlalchemy import Engine

from slasync.cli.databases import database
from slasync.cli.reload import watched
from slasync.cli.surroundings import Surroundings
from slasync.clock import Seams
from slasync.errors import SlasyncError
from slasync.rehearsal.stage import in_process
from slasync.sandbox.time import Driven
from slasync.serving import Serving
from slasync.settings import Settings
from slasync.store.schema import migrate
from slasync.store.unit import Unit, reading
from slasync.wiring import assemble
from slasync.workers.reload import Fate, Reloading, Told, Watched, keep, kept
from tests.cli.desk import MONDAY, Desk
from tests.e2e.processes import free_port
from tests.faults.marks import fault


@dataclass(frozen=True, slots=True)
class StillClock:
    """A day that does not pass, and waits that are short."""

    driven: Driven

    def now(self) -> datetime:
        return self.driven.now()

    def mono(self) -> float:
        return time.monotonic()  # noqa: TID251 - threads wait for one another

    def wait(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(min(seconds, 0.02))


@dataclass(slots=True)
class Running:
    desk: Desk
    serving: Serving
    engine: Engine
    ended: list[bool] = field(default_factory=list)

    def edition(self) -> str:
        with reading(self.engine) as unit:
            last = unit.editions.last()
        return last.files["agreement"] if last else ""


@contextmanager
def running(desk: Desk) -> Iterator[Running]:
    """Have the daemon run over the desk's systems, in threads of this process."""
    on_free_ports(desk)
    seams = Seams(clock=StillClock(desk.driven))
    around = Surroundings(desk.environ, seams)
    settings = around.settings(None)
    with ExitStack() as closing:
        engine = closing.enter_context(database(settings))
        connectors = in_process(settings, desk.town, seams, closing)
        found = watched(around, None)
        reloading = Reloading(Watched(found.digest, found.load, every=0.01))
        serving = Serving(settings, engine, seams, connectors, reloading=reloading)
        made = Running(desk, serving, engine)
        thread = threading.Thread(target=lambda: made.ended.append(serving.run()))
        thread.start()
        try:
            until(lambda: told(made), "it has started")
            yield made
        finally:
            serving.stop.set()
            thread.join(30)
    assert made.ended == [True]


def on_free_ports(desk: Desk) -> None:
    text = (desk.home / "config/slasync.yaml").read_text("utf-8")
    for port in ("8811", "8812", "8813"):
        if f"port: {port}" in text:
            desk.change("config/slasync.yaml", f"port: {port}", f"port: {free_port()}")


def until(met: Callable[[], object], what: str) -> None:
    for _ in range(1500):
        if met():
            return
        threading.Event().wait(0.02)
    pytest.fail(f"never: {what}")


def told(running: Running) -> str:
    reloading = running.serving.reloading
    return reloading.told.fate if reloading and reloading.told else ""


def kept_words(engine: Engine) -> str:
    with reading(engine) as unit:
        found = kept(unit)
    return found.words if found else ""


def test_a_changed_agreement_comes_into_force_without_a_restart(new_desk: Desk) -> None:
    with running(new_desk) as daemon:
        before = daemon.edition()
        new_desk.change("config/agreement.yaml", 'version: "1"', 'version: "7"')

        until(lambda: daemon.edition() != before, "the new edition is in force")
        until(lambda: daemon.serving.settings.files["agreement"] != before, "it goes on by it")
        until(lambda: daemon.serving.health().ready, "the steps go on")

        shown = new_desk.json("status")["configuration"]
        assert shown["state"] == "in_force"
        assert any(line.startswith('+version: "7"') for line in shown["difference"])


@fault("L22")
def test_broken_files_are_refused_and_the_old_configuration_stays(new_desk: Desk) -> None:
    with running(new_desk) as daemon:
        before = daemon.edition()
        new_desk.change("config/agreement.yaml", "version: ", "versoin: ")

        until(lambda: kept_words(daemon.engine), "the files are refused")

        assert daemon.edition() == before
        (said,) = [p for p in daemon.serving.health().problems if "configuration" in p]
        assert "is refused, the one before stays" in said
        assert "agreement.yaml:" in said
        assert "agreement.yaml:5:1: versoin: unknown key" in new_desk.slasync("status").output
        new_desk.change("config/agreement.yaml", "versoin: ", "version: ")
        until(lambda: told(daemon) == Fate.IN_FORCE, "the files are mended")
        assert not [p for p in daemon.serving.health().problems if "configuration" in p]


def test_another_address_of_a_system_waits_for_a_restart(new_desk: Desk) -> None:
    with running(new_desk) as daemon:
        before = daemon.serving.settings
        new_desk.change(
            "connectors/salesforce/connector.yaml", "page_size: 2000", "page_size: 1000"
        )

        until(lambda: told(daemon) == Fate.NEEDS_RESTART, "it is told that a restart is needed")
        until(lambda: kept_words(daemon.engine), "who asks the database is told")

        assert daemon.serving.settings is before
        shown = new_desk.json("status")["configuration"]["words"]
        assert "waits for a restart of slasync: salesforce changed" in shown


def test_a_mode_is_taken_up_and_told_by_name(new_desk: Desk) -> None:
    with running(new_desk) as daemon:
        new_desk.environ["SLASYNC_MODE"] = "observe"
        assert daemon.serving.reloading
        daemon.serving.reloading.again()

        until(lambda: str(daemon.serving.settings.modes) == "observe", "the mode is another")

        shown = new_desk.json("status")["configuration"]
        assert shown["difference"] == ["slasync.yaml or connector.yaml: mode"]


@fault("crash/config-swap")
def test_a_process_that_ends_while_taking_up_goes_on_by_the_new_one(new_desk: Desk) -> None:
    with running(new_desk) as daemon:
        before = daemon.edition()
    new_desk.change("config/agreement.yaml", 'version: "1"', 'version: "7"')
    around = Surroundings(new_desk.environ, new_desk.seams)
    settings = around.settings(None)
    with ExitStack() as closing:
        engine = closing.enter_context(database(settings))
        connectors = in_process(settings, new_desk.town, new_desk.seams, closing)
        assemble(settings, new_desk.seams, connectors, engine=engine)  # then it ends

    with running(new_desk) as again, reading(again.engine) as unit:
        assert len(unit.editions.changes()) == 2
        assert again.edition() != before


# without a daemon


def loading(*found: Settings | Exception) -> Callable[[], Settings]:
    answers = list(found)

    def load() -> Settings:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return load


def test_a_file_that_is_still_being_written_is_not_read(new_desk: Desk) -> None:
    settings = Surroundings(new_desk.environ, new_desk.seams).settings(None)
    digests = iter(["a", "b", "c", "c"])
    reloading = Reloading(Watched(lambda: next(digests), loading(settings)))

    assert reloading.look(settings, MONDAY) is None
    assert reloading.look(settings, MONDAY) is None
    found = reloading.look(settings, MONDAY)

    assert found is not None
    assert found[0].fate is Fate.IN_FORCE
    assert found[0].difference == ()


def test_files_that_do_not_change_are_not_loaded_again(new_desk: Desk) -> None:
    settings = Surroundings(new_desk.environ, new_desk.seams).settings(None)
    reloading = Reloading(Watched(lambda: "a", loading()))

    assert reloading.look(settings, MONDAY) is None


def test_asked_by_a_signal_it_loads_what_did_not_change(new_desk: Desk) -> None:
    settings = Surroundings(new_desk.environ, new_desk.seams).settings(None)
    reloading = Reloading(Watched(lambda: "a", loading(settings)))

    reloading.again()

    assert reloading.look(settings, MONDAY) is not None
    assert reloading.look(settings, MONDAY) is None


def test_what_could_not_be_kept_is_told_again(
    new_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Surroundings(new_desk.environ, new_desk.seams).settings(None)
    digests = chain("a", repeat("b"))
    wrong = SlasyncError("agreement.yaml:5:1: versoin: unknown key")
    watched = Watched(lambda: next(digests), loading(wrong, wrong), every=0.01)
    reloading, stop = Reloading(watched), threading.Event()
    failures = [OSError("disk I/O error")]
    monkeypatch.setattr("slasync.workers.reload.keep", failing_first(failures, keep))
    with database(settings) as engine:
        migrate(engine)
        halted = reloading.halt(engine, settings, StillClock(new_desk.driven), stop)
        try:
            until(lambda: kept_words(engine), "the second look told who asks the database")
        finally:
            stop.set()
            assert halted.wait(30)

    assert not failures


def failing_first(
    failures: list[OSError], then: Callable[[Unit, Told], None]
) -> Callable[[Unit, Told], None]:
    def called(unit: Unit, told: Told) -> None:
        if failures:
            raise failures.pop()
        then(unit, told)

    return called


def test_config_diff_shows_what_is_not_in_force_yet(desk: Desk) -> None:
    assert "are those in force" in desk.slasync("config", "diff").output
    desk.change("config/agreement.yaml", 'version: "1"', 'version: "7"')

    shown = desk.slasync("config", "diff")

    assert shown.exit_code == 0, shown.output
    assert '+version: "7"' in shown.output
    assert "agreement.yaml in force" in shown.output
