"""Desks for tests of commands, and of what people see."""

from pathlib import Path

import pytest

from tests.cli.desk import Desk, a_desk


@pytest.fixture
def new_desk(tmp_path: Path) -> Desk:
    """A configuration, and systems that nobody has read yet."""
    return a_desk(tmp_path)


@pytest.fixture
def desk(new_desk: Desk) -> Desk:
    """The same after slasync's first start, in mode enforce, with nothing in the systems."""
    new_desk.slasync("sync", "--once")
    return new_desk
