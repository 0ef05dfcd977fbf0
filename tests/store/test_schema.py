"""The tables come from one history, the same on both databases."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from slasync.errors import Stopped
from slasync.store.decisions import DecisionRow
from slasync.store.engine import open_engine
from slasync.store.schema import HISTORY, migrate, newest_version, schema_version
from slasync.store.tables import METADATA
from slasync.store.unit import transaction
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.store.elsewhere import migrated_version
from tests.store.given import LEAD, NOW


def test_an_empty_database_gets_the_very_tables_the_code_works_with(empty_url: str) -> None:
    engine = open_engine(empty_url, durable=False)
    assert schema_version(engine) is None
    migrate(engine)
    assert schema_version(engine) == newest_version()
    with engine.connect() as db:
        context = MigrationContext.configure(
            db, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_each_migration_is_in_the_file_that_is_named_by_its_version_in_their_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(HISTORY))
    history = list(ScriptDirectory.from_config(config).walk_revisions())

    files = [Path(each.path).name[1:5] for each in history]
    assert files == [each.revision for each in history] == sorted(files, reverse=True)
    assert newest_version() == files[0]


def test_a_difference_between_tables_and_code_would_be_seen(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.db.execute(text("ALTER TABLE lead ADD COLUMN colour VARCHAR"))
        unit.db.execute(text("DROP INDEX ix_clock_gate_wake_at"))
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert len(compare_metadata(context, METADATA)) == 2


def test_to_migrate_again_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.meta.put("color", "green")
    migrate(engine)
    with transaction(engine) as unit:
        assert unit.meta.get("color") == "green"


@fault("L23")
def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    with ProcessPoolExecutor(3, get_context("spawn")) as processes:
        versions = list(processes.map(migrated_version, [empty_url] * 3))
    assert versions == [newest_version()] * 3


@fault("L23")
def test_the_database_of_a_newer_slasync_is_refused(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Stopped, match=r"version 9999.*start the newer slasync"):
        migrate(engine)


@pain("P30/reasons")
@pytest.mark.parametrize("change", ["UPDATE decision SET mode = 'enforce'", "DELETE FROM decision"])
def test_a_decision_is_never_changed_or_removed(engine: Engine, change: str) -> None:
    taken = DecisionRow(LEAD, NOW, "abc", "observe", ("late",), (), ("task-1",))
    with transaction(engine) as unit:
        unit.decisions.add([taken])
    with pytest.raises(DBAPIError, match="append-only"), transaction(engine) as unit:
        unit.db.execute(text(change))
    with transaction(engine) as unit:
        assert unit.decisions.of(LEAD) == [taken]
