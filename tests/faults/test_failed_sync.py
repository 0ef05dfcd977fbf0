"""A disk that fails to sync: what is on it is not known, so nothing more is written to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from slasync.errors import Stopped
from slasync.serving import checks
from slasync.store.engine import open_engine
from slasync.store.inbox import InboxEvent
from slasync.store.schema import migrate
from slasync.store.unit import reading, transaction
from slasync.watchdog import Check
from slasync.web.keeping import keeper
from tests.connectors.hubspot.bench import DrivenClock
from tests.faults.failing_syncs import while_syncs_fail
from tests.faults.marks import fault
from tests.store.given import NOW
from tests.web.asgi import calls
from tests.web.test_webhooks import a_delivery, an_app, an_event


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/slasync.db"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    migrate(opened)
    put(opened, "before")
    yield opened
    opened.dispose()


def put(engine: Engine, key: str) -> None:
    with transaction(engine) as unit:
        unit.inbox.add([InboxEvent("hubspot", key, {})], NOW)


def failed(engine: Engine) -> None:
    """Have one commit fail because the disk does not keep it."""
    error = while_syncs_fail(lambda: put(engine, "lost"))
    assert isinstance(error, OperationalError)
    assert "disk I/O error" in str(error)


def synced(engine: Engine) -> Check:
    return next(check for check in checks(engine) if check.name == "synced")


@fault("L8")
def test_after_a_sync_has_failed_nothing_more_is_written_though_the_next_might_succeed(
    engine: Engine,
) -> None:
    failed(engine)

    with pytest.raises(Stopped, match="the disk did not keep what was written") as told:
        put(engine, "after")

    assert "start slasync again" in str(told.value)


@fault("L8")
def test_what_watches_over_the_process_ends_it(engine: Engine) -> None:
    synced(engine).run()
    failed(engine)

    with pytest.raises(Stopped, match="a sync failed"):
        synced(engine).run()


@fault("L8")
def test_what_was_committed_before_can_be_read_and_what_failed_is_not_there(
    engine: Engine,
) -> None:
    failed(engine)

    with reading(engine) as unit:
        assert sum(unit.inbox.counts().values()) == 1


@fault("L8")
def test_a_webhook_is_not_acknowledged_any_more(engine: Engine) -> None:
    failed(engine)

    app = an_app(keeper(engine, DrivenClock()))
    assert calls(app, a_delivery(an_event(1)))[0].status == 503


@fault("L8")
def test_another_process_that_starts_on_a_sound_disk_goes_on(engine: Engine, url: str) -> None:
    failed(engine)

    other = open_engine(url)
    put(other, "after")
    with reading(other) as unit:
        assert sum(unit.inbox.counts().values()) == 2
    other.dispose()


@fault("L8")
def test_an_error_that_is_none_of_the_disks_leaves_the_database_writable(engine: Engine) -> None:
    with pytest.raises(OperationalError), transaction(engine) as unit:
        unit.db.exec_driver_sql("SELECT * FROM nowhere")

    put(engine, "after")
    synced(engine).run()
