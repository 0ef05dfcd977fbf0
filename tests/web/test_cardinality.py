"""However many leads there are, and whatever they are called: metrics have few series, no names."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from slasync.connectors.http import Call, Lane
from slasync.errors import Stopped
from slasync.rehearsal.stage import in_process
from slasync.serving import Serving
from slasync.store.engine import open_engine
from slasync.web.metrics import MOST_VALUES, Metrics
from tests.cli.desk import Desk, a_desk
from tests.e2e.processes import free_port
from tests.faults.marks import fault
from tests.web.dashboard.house import desk_settings

LEADS = 10_000
MOST_SERIES = 400


def series(page: bytes) -> set[str]:
    lines = page.decode().splitlines()
    return {line.rpartition(" ")[0] for line in lines if line and not line.startswith("#")}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = a_desk(tmp_path)
    for port in ("8811", "8812", "8813"):
        made.change("config/slasync.yaml", f"port: {port}", f"port: {free_port()}")
    made.slasync("sync", "--once")
    return made


@pytest.fixture
def serving(desk: Desk) -> Iterator[Serving]:
    with ExitStack() as closing:
        engine = open_engine(desk.environ["SLASYNC_DATABASE"], durable=False)
        closing.callback(engine.dispose)
        settings = desk_settings(desk)
        connectors = in_process(settings, desk.town, desk.seams, closing)
        yield Serving(settings, engine, desk.seams, connectors)


@fault("S30", "S11")
def test_calls_about_ten_thousand_leads_make_few_series() -> None:
    metrics = Metrics()
    for number in range(LEADS):
        path = f"GET /crm/v3/objects/contacts/lead{number}@x.example"
        metrics.called(Call("hubspot", Lane.READ, path, 200 + number % 400, 0.1))
        metrics.webhook("stored")
        metrics.stepped("decide", "worked")

    page = metrics.page({})

    assert len(series(page)) < MOST_SERIES
    assert b"x.example" not in page


@fault("S30")
def test_a_gauge_of_too_many_values_is_cut_and_says_so() -> None:
    page = Metrics().page({f"unfilled[pool-{number}]": 1.0 for number in range(LEADS)})

    assert len([name for name in series(page) if name.startswith("slasync_unfilled")]) == 500
    assert f"slasync_gauges_left_out {LEADS - MOST_VALUES}.0" in page.decode().splitlines()


@fault("S30", "S28")
def test_leads_that_are_worked_add_no_series(desk: Desk, serving: Serving) -> None:
    for number in range(3):
        desk.arrives(f"first{number}@x.example")
    desk.work()
    before = series(serving.metrics.page(serving.health().gauges))
    for number in range(40):
        desk.arrives(f"lou{number}@x.example")
    desk.work()
    page = serving.metrics.page(serving.health().gauges)

    assert series(page) == before
    assert b"lou" not in page


@fault("L11")
def test_a_daemon_whose_database_is_replaced_ends_and_says_why(
    desk: Desk, serving: Serving
) -> None:
    def replaced(_: dict[str, int]) -> None:
        (desk.home / "slasync.db").rename(desk.home / "elsewhere.db")

    # a step that opens the database just then makes a new file in its place
    removed = "was (removed|replaced by another file) while slasync worked"
    with pytest.raises(Stopped, match=removed):
        serving.run(told=replaced)
