"""Houses for the tests of the dashboard."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.desk import Desk, a_desk
from tests.web.dashboard.house import House, a_house


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk at which one lead, Lou Reed, was handed over; tests copy its database."""
    desk = a_desk(tmp_path_factory.mktemp("desk"))
    desk.slasync("sync", "--once")
    desk.arrives()
    desk.work()
    desk.work()
    return desk


@pytest.fixture
def new_house(worked: Desk, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """A maker of dashboards over copies of that database."""
    with ExitStack() as closing:
        yield lambda **how: a_house(worked, tmp_path / "house.db", closing, **how)


@pytest.fixture
def house(new_house: Callable[..., House]) -> House:
    """A dashboard with a viewer, an operator and an admin."""
    return new_house()
