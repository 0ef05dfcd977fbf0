"""What is secret or personal in a whole rehearsal is in none of its log lines."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from slasync import logs
from slasync.sandbox.faults import Kind, Rule
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault
from tests.rehearsal.scene import Scene, a_scene

FAULTS = [
    Rule(Kind.TOKEN_EXPIRED, probability=0.02),
    Rule(Kind.SERVER_ERROR, probability=0.02),
    Rule(Kind.TOO_MANY, probability=0.02),
    Rule(Kind.TRUNCATED, probability=0.02),
    Rule(Kind.ROW_REFUSED, probability=0.05),
    Rule(Kind.HTML, probability=0.02),
]
PERSONAL = ("email", "phone", "lastname", "mobilephone")
SHORTEST = 5  # a shorter text may stand anywhere by chance


@pytest.fixture
def out() -> Iterator[io.BytesIO]:
    """Everything that is logged, down to the last detail."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    level, stream = logging.root.level, io.BytesIO()
    logs.configure(DrivenClock(), level="debug", out=stream)
    yield stream
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def secrets(scene: Scene) -> set[str]:
    settings = scene.stage.application.settings
    configs = [settings.salesforce, settings.hubspot]
    return {secret.reveal() for config in configs if config for secret in config.secrets.values()}


def persons(scene: Scene) -> set[str]:
    rows = [e.after for e in scene.stage.town.world.journal.writes("hubspot", "contacts", "create")]
    found = {str(row[name]) for row in rows for name in PERSONAL if row.get(name)}
    return {text for text in found if len(text) >= SHORTEST}


@fault("S10", "S11", "I23")
def test_no_secret_and_nobodys_data_is_in_the_log_of_a_rehearsal(
    tmp_path: Path, out: io.BytesIO
) -> None:
    with a_scene(tmp_path, new=12) as scene:
        scene.play(days=1, afterwards=3, faults=FAULTS)
        planted, named = secrets(scene), persons(scene)
    text = out.getvalue().decode()

    assert len(text.splitlines()) > 300
    assert len(planted) >= 3
    assert len(named) >= 30
    assert [secret for secret in planted if secret in text] == []
    assert [each for each in named if each in text] == []
