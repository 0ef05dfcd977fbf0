"""A daemon's parts over real sockets, told of changes by Salesforce's Pub/Sub API."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from slasync.cli.sandbox_env import PLACES
from slasync.cli.sync import until_idle
from slasync.clock import Seams
from slasync.connecting import connect
from slasync.sandbox.runner import Settings, Up
from slasync.store.engine import open_engine
from slasync.store.unit import reading
from slasync.wiring import Application, assemble
from tests.settings.configs import ENVIRON, shipped
from tests.settings.test_pubsub import CONNECTOR

LOOKS = 100


@pytest.fixture
def up() -> Iterator[Up]:
    with Up(Settings(people=False, pubsub=True)) as running:
        yield running


@pytest.fixture(params=["poll", "pubsub"])
def application(request: pytest.FixtureRequest, tmp_path: Path, up: Up) -> Iterator[Application]:
    """Yield slasync, put together for the sandbox, after its first load."""
    told = up.describe()
    environ = ENVIRON | {n: told[part][key] for n, (part, key) in PLACES.items()}
    configuration = shipped(tmp_path, environ)
    configuration.change(CONNECTOR, "changes: poll", f"changes: {request.param}")
    settings, seams = configuration.load(), Seams()
    with ExitStack() as stack:
        engine = open_engine(f"sqlite:///{tmp_path / 'slasync.db'}")
        stack.callback(engine.dispose)
        connectors = stack.enter_context(closing(connect(settings, seams)))
        made = assemble(settings, seams, connectors, engine=engine)
        until_idle(made.steps, seams.clock)
        yield made


@pytest.mark.parametrize("application", ["pubsub"], indirect=True)
def test_a_lead_that_is_saved_in_salesforce_is_known_between_two_polls(
    up: Up, application: Application
) -> None:
    steps = {step.name: step for step in application.steps}
    steps["feed:salesforce"].run()
    crm = up.town.salesforce
    lead = crm.create("Lead", {"LastName": "Hopper", "Company": "Navy"}, crm.admin_id)
    assert any(steps["feed:salesforce"].run() for _ in range(LOOKS))
    assert steps["inbox"].run()
    with reading(application.engine) as unit:
        assert [key.rpartition(":")[2] for key in unit.leads.all_keys()] == [lead]


@pytest.mark.parametrize("application", ["poll"], indirect=True)
def test_as_shipped_nobody_listens(application: Application) -> None:
    assert not [step for step in application.steps if step.name.startswith("feed:")]
