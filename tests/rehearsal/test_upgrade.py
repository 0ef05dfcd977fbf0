"""A newer slasync is started over the database of an older one, in the middle of everything."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from slasync.rehearsal.stage import raise_curtain
from slasync.rehearsal.webhooks import subscribe
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.marketing import made_up
from slasync.store.engine import open_engine
from slasync.store.schema import newest_version, schema_version, upgrade
from tests.faults.marks import fault
from tests.rehearsal.scene import DAY, Scene, a_scene

NO_WRITES = Rule(Kind.SERVER_ERROR, path="(POST|PATCH|PUT) .*composite.*")


_COLUMNS = "SELECT name FROM pragma_table_info('{}')"
LATECOMERS = 4


def made_older(database: Path, older: Path, version: str) -> None:
    """Put the rows of a database into the tables that it had at an earlier version."""
    engine = open_engine(f"sqlite:///{older}", durable=False)
    with engine.connect() as db:
        upgrade(db, version)
    assert schema_version(engine) == version
    engine.dispose()
    with closing(sqlite3.connect(database)) as new, closing(sqlite3.connect(older)) as old, old:
        for table in _names(old, "SELECT name FROM sqlite_master WHERE type = 'table'"):
            if table not in {"alembic_version", "sqlite_sequence"}:
                _copy(new, old, table)


def _copy(new: sqlite3.Connection, old: sqlite3.Connection, table: str) -> None:
    both = [
        name
        for name in _names(old, _COLUMNS.format(table))
        if name in _names(new, _COLUMNS.format(table))
    ]
    columns = ", ".join(f'"{name}"' for name in both)
    rows = new.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 - its own tables
    places = ", ".join("?" for _ in both)
    old.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', rows)  # noqa: S608


def _names(db: sqlite3.Connection, query: str) -> Sequence[str]:
    return [name for (name,) in db.execute(query)]


def left_over(database: Path) -> tuple[int, int]:
    """Count the writes that nobody has sent and the clocks that run."""
    with closing(sqlite3.connect(database)) as db:
        unsent = db.execute("SELECT count(*) FROM outbox WHERE settled_at IS NULL").fetchone()[0]
        running = db.execute("SELECT count(*) FROM clock WHERE state = 'running'").fetchone()[0]
    return unsent, running


def interrupted(played: Scene) -> None:
    """Have leads come while Salesforce takes no write, until slasync is stopped."""
    town, driver = played.stage.town, played.stage.driver
    town.world.faults.switch_on(NO_WRITES)
    for number in range(LATECOMERS):
        town.marketing.market.arrive(made_up(20_000 + number, town.world.chance("late")), 90)
    driver.run(played.stage.driven.now() + timedelta(hours=3))
    town.world.faults.switch_off()


def upgraded(played: Scene, database: Path, version: str) -> Scene:
    """Stop the daemon, and start it over its rows in the tables of an earlier version."""
    stage = played.stage
    settings = stage.application.settings
    stage.close()
    older = database.with_name("older.db")
    made_older(database, older, version)
    again = raise_curtain(stage.town, stage.driven, settings, older, worker="newer")
    subscribe(again, again.application.seams)
    assert schema_version(again.engine) == newest_version()
    return replace(played, stage=again)


@fault("L24")
@pytest.mark.slow
@pytest.mark.parametrize("version", ["0014", "0018"])
def test_clocks_and_writes_go_on_over_an_upgrade_and_nothing_is_done_twice(
    tmp_path: Path, version: str
) -> None:
    with a_scene(tmp_path) as played:
        played.play(days=2, afterwards=1)
        interrupted(played)
        unsent, running = left_over(tmp_path / "slasync.db")
        fired = played.figures().rungs_fired
        newer = upgraded(played, tmp_path / "slasync.db", version)
        try:
            newer.stage.driver.run(newer.stage.driven.now() + 5 * DAY)
            figures = newer.figures()
        finally:
            newer.stage.close()
    assert unsent > 0
    assert running > 0
    assert figures.rungs_fired > fired
    assert figures.mirrored == figures.leads + LATECOMERS
    assert (figures.duplicate_tasks, figures.double_effects) == (0, 0)
    assert (figures.mirror_differences, figures.parked) == (0, 0)
