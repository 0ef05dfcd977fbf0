"""The database under a running daemon: removed, replaced, damaged or gone back, it is noticed."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from slasync.errors import Stopped
from slasync.store.engine import open_engine
from slasync.store.soundness import Onward, SameFile, check_pages, file_of
from slasync.store.unit import transaction
from tests.cli.test_backup import damage
from tests.faults.marks import fault


@pytest.fixture
def path(sqlite_engine: Engine) -> Path:
    found = file_of(sqlite_engine)
    assert found is not None
    return found


@fault("L11")
def test_a_file_that_is_written_to_is_the_same(path: Path, sqlite_engine: Engine) -> None:
    watched = SameFile(path)
    with transaction(sqlite_engine) as unit:
        unit.meta.put("a", "b")
    watched.check()


@fault("L11")
def test_a_file_that_was_removed_ends_the_daemon(path: Path) -> None:
    watched = SameFile(path)
    path.unlink()
    with pytest.raises(Stopped, match="was removed while slasync worked"):
        watched.check()


@fault("L11")
def test_a_file_that_was_replaced_ends_the_daemon(path: Path, tmp_path: Path) -> None:
    watched, other = SameFile(path), tmp_path / "other.db"
    shutil.copy(path, other)
    other.replace(path)
    with pytest.raises(Stopped, match="was replaced by another file"):
        watched.check()


@fault("L12")
def test_a_sound_database_passes(engine: Engine) -> None:
    check_pages(engine)


@fault("L12")
def test_a_damaged_page_is_found_and_says_what_to_do(path: Path, sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as unit:
        for number in range(300):
            unit.meta.put(f"key-{number}", "x" * 1_000)
    sqlite_engine.dispose()
    damage(path)
    with pytest.raises(Stopped, match=r"is damaged .*put the last backup back"):
        check_pages(open_engine(f"sqlite:///{path}"))


@fault("L15")
def test_a_database_that_only_goes_on_is_well(engine: Engine) -> None:
    one, other = Onward(engine), Onward(engine)
    for watching in (one, other, other, one):
        watching.check()


@fault("L15")
def test_a_database_that_went_back_ends_the_daemon(engine: Engine) -> None:
    watched = Onward(engine)
    watched.check()
    watched.check()
    with transaction(engine) as unit:
        unit.meta.put("beat", "1")
    with pytest.raises(Stopped, match="went back in time"):
        watched.check()
