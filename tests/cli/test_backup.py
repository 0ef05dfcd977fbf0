"""backup: a copy of one moment, sound and private; what is put back makes nothing twice."""

import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.cli.desk import Desk
from tests.faults.marks import fault

DAY = timedelta(days=1)


def restored(desk: Desk, backup: Path) -> None:
    """Do what docs/operating.md says: the old files away, the copy in their place."""
    for name in ("slasync.db", "slasync.db-wal", "slasync.db-shm"):
        (desk.home / name).unlink(missing_ok=True)
    shutil.copy(backup, desk.home / "slasync.db")


def damage(database: Path) -> None:
    """Overwrite pages near the end of a file."""
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(size - 10 * 4_096)
        file.write(b"\xff" * 4_096 * 4)


def test_a_backup_is_one_file_that_only_its_owner_reads(desk: Desk, tmp_path: Path) -> None:
    desk.arrives()
    desk.work()
    copy = tmp_path / "monday.db"

    done = desk.slasync("backup", str(copy))

    assert done.exit_code == 0, done.output
    assert "sound" in done.output
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("monday*")) == ["monday.db"]
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT count(*) FROM lead").fetchone() == (1,)


def test_a_backup_holds_one_moment_while_somebody_writes(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "monday.db"
    with closing(sqlite3.connect(desk.home / "slasync.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO meta (key, value) VALUES ('half', 'done')")
        done = desk.slasync("backup", str(copy))
        writer.execute("COMMIT")

    assert done.exit_code == 0, done.output
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT * FROM meta WHERE key = 'half'").fetchall() == []


@fault("crash/backup")
def test_what_a_backup_that_was_killed_has_left_is_no_backup_and_in_nobodys_way(
    desk: Desk, tmp_path: Path
) -> None:
    copy, left = tmp_path / "monday.db", tmp_path / "monday.db.part"
    left.write_bytes((desk.home / "slasync.db").read_bytes()[:5_000])
    assert not copy.exists()

    done = desk.slasync("backup", str(copy))

    assert (done.exit_code, left.exists()) == (0, False)
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_backup_overwrites_nothing(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "monday.db"
    copy.write_text("precious")

    done = desk.slasync("backup", str(copy))

    assert done.exit_code == 1
    assert "exists already" in done.output
    assert copy.read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(desk: Desk, tmp_path: Path) -> None:
    done = desk.slasync("backup", str(tmp_path / "nowhere" / "monday.db"))

    assert (done.exit_code, "nowhere" in done.output) == (2, True)


@fault("L12")
def test_a_damaged_database_gives_no_backup(desk: Desk, tmp_path: Path) -> None:
    damage(desk.home / "slasync.db")

    done = desk.slasync("backup", str(tmp_path / "monday.db"))

    assert done.exit_code == 1
    assert "is damaged" in done.output
    assert list(tmp_path.glob("monday*")) == []


def test_of_postgresql_its_own_tool_is_named(new_desk: Desk) -> None:
    new_desk.environ["SLASYNC_DATABASE"] = "postgresql://slasync@db.example/slasync"

    done = new_desk.slasync("backup", "monday.db")

    assert done.exit_code == 2
    assert "pg_dump" in done.output


@fault("L25", "L15")
def test_yesterdays_copy_put_back_makes_no_second_effect(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "yesterday.db"
    desk.slasync("backup", str(copy))
    desk.arrives()
    desk.work()
    desk.work(DAY)
    before = {row["Slasync_Key__c"] for row in desk.rows("Task")}
    leads = len(desk.rows("Lead"))

    restored(desk, copy)
    desk.work()
    desk.work()

    tasks = [row["Slasync_Key__c"] for row in desk.rows("Task")]
    assert before
    assert before <= set(tasks)
    assert len(tasks) == len(set(tasks))
    assert len(desk.rows("Lead")) == leads == 1
