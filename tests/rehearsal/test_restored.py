"""A backup is restored, and the systems kept everything that slasync has forgotten."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.marks import fault
from tests.rehearsal.scene import BEGINS, DAY, Scene, a_scene


def copied(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as a, closing(sqlite3.connect(target)) as b:
        a.backup(b)


def rows_in(database: Path) -> int:
    with closing(sqlite3.connect(database)) as db:
        count: int = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
    return count


def open_tasks(played: Scene) -> dict[tuple[str, str], int]:
    """Count our open tasks of each lead and owner, as the reps see them."""
    crm, us = played.stage.town.salesforce, played.stage.town.salesforce.integration_user_id
    counted: dict[tuple[str, str], int] = {}
    for row in crm.rows("Task"):
        if row["CreatedById"] == us and not row["IsClosed"]:
            place = (str(row["WhoId"]), str(row["OwnerId"]))
            counted[place] = counted.get(place, 0) + 1
    return counted


@fault("L25")
@pytest.mark.slow
@pytest.mark.parametrize("lost_days", [1, 2])
def test_a_day_lost_from_the_database_makes_no_task_twice(tmp_path: Path, lost_days: int) -> None:
    with a_scene(tmp_path) as played:
        database, backup = tmp_path / "slasync.db", tmp_path / "backup.db"
        town, driver = played.stage.town, played.stage.driver
        town.world.agenda.add(BEGINS + 2 * DAY, "backup", lambda: copied(database, backup))

        forgotten: list[int] = []

        def restore() -> None:
            before = rows_in(database)
            copied(backup, database)
            forgotten.append(before - rows_in(database))
            driver.ask_again()

        town.world.agenda.add(BEGINS + (2 + lost_days) * DAY, "restore", restore)
        played.play()
        figures = played.figures()
        keys = [row["Slasync_Lead_Key__c"] for row in town.salesforce.rows("Lead")]
        most = max(open_tasks(played).values(), default=0)
    assert forgotten[0] > 0
    assert figures.duplicate_tasks == 0
    assert len(keys) == len(set(keys))
    assert (figures.mirror_differences, figures.parked) == (0, 0)
    assert most <= 2  # one for each clock
